"""Vector drawings with the origin at the top left: boxes, arrows, lanes. The same drawing goes into a PDF as
vectors and into every other format as a PNG rendered from it.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Literal

import pypdfium2
from reportlab.graphics import renderPDF
from reportlab.graphics.shapes import Circle, Drawing, Ellipse, Line, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from examples.corpus_maker.fonts import register_pdf_fonts

INK = "#1f2a37"
MUTED = "#5b6776"
LINE = "#8794a5"
BLUE, BLUE_FILL = "#1d5fa8", "#e3eefa"
GREEN, GREEN_FILL = "#2b7a4b", "#e2f3e8"
AMBER, AMBER_FILL = "#a86512", "#fcf0dc"
RED, RED_FILL = "#b0332f", "#fbe5e3"
GREY, GREY_FILL = "#6b7684", "#f1f3f6"
VIOLET, VIOLET_FILL = "#6a4ca3", "#eee8f8"
WHITE = "#ffffff"

Point = tuple[float, float]


def _color(value: str) -> Color:
    return HexColor(value)


class Sketch:
    """A drawing under construction. All lengths in points, y grows downwards."""

    def __init__(self, width: float, height: float) -> None:
        register_pdf_fonts()
        self.height = height
        self.drawing = Drawing(width, height)
        self.rect(0, 0, width, height, WHITE, None)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 9,
        color: str = INK,
        font: str = "Sans",
        anchor: Literal["start", "middle", "end"] = "middle",
    ) -> None:
        """One line, `y` at its baseline."""
        self.drawing.add(
            String(
                x,
                self.height - y,
                words,
                fontName=font,
                fontSize=size,
                fillColor=_color(color),
                textAnchor=anchor,
            )
        )

    def rect(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        fill: str | None = WHITE,
        stroke: str | None = LINE,
        radius: float = 0,
        width: float = 0.9,
        dash: list[float] | None = None,
    ) -> None:
        shape = Rect(x, self.height - y - h, w, h, rx=radius, ry=radius)
        shape.fillColor = _color(fill) if fill else None
        shape.strokeColor = _color(stroke) if stroke else None
        shape.strokeWidth = width
        shape.strokeDashArray = dash or ()
        self.drawing.add(shape)

    def box(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        title: str,
        *details: str,
        fill: str = BLUE_FILL,
        stroke: str = BLUE,
        size: float = 9.5,
        mono: bool = False,
    ) -> None:
        """A rounded box with a bold title and smaller lines below it, centred."""
        self.rect(x, y, w, h, fill, stroke, radius=4)
        self._centred(x + w / 2, y + h / 2, title, details, size, mono)

    def _centred(self, x: float, y: float, title: str, details: Sequence[str], size: float, mono: bool) -> None:
        step = size + 1.5
        top = y - (len(details) * step) / 2 + size * 0.34
        self.text(x, top, title, size, INK, "Sans-Bold")
        for number, line in enumerate(details, start=1):
            self.text(x, top + number * step, line, size - 1.5, MUTED, "Mono" if mono else "Sans")

    def cylinder(
        self, x: float, y: float, w: float, h: float, title: str, *details: str, fill: str, stroke: str
    ) -> None:
        lid = 6.0
        self.rect(x, y + lid, w, h - 2 * lid, fill, None)
        for centre in (y + h - lid, y + lid):
            self.drawing.add(
                Ellipse(
                    x + w / 2,
                    self.height - centre,
                    w / 2,
                    lid,
                    fillColor=_color(fill),
                    strokeColor=_color(stroke),
                    strokeWidth=0.9,
                )
            )
        self.rect(x + 0.5, y + h - 2 * lid - 1, w - 1, lid + 1, fill, None)
        for side in (x, x + w):
            self.line([(side, y + lid), (side, y + h - lid)], stroke)
        self._centred(x + w / 2, y + h / 2 + lid / 2, title, details, 9.5, False)

    def diamond(self, x: float, y: float, w: float, h: float, *lines: str) -> None:
        """A decision, `x` and `y` at its centre."""
        corners = [(x, y - h / 2), (x + w / 2, y), (x, y + h / 2), (x - w / 2, y)]
        flat = [value for cx, cy in corners for value in (cx, self.height - cy)]
        self.drawing.add(Polygon(flat, fillColor=_color(AMBER_FILL), strokeColor=_color(AMBER), strokeWidth=0.9))
        top = y - (len(lines) - 1) * 5.2 + 3
        for number, line in enumerate(lines):
            self.text(x, top + number * 10.4, line, 8.6)

    def circle(self, x: float, y: float, r: float, fill: str, stroke: str | None = None) -> None:
        self.drawing.add(
            Circle(
                x,
                self.height - y,
                r,
                fillColor=_color(fill),
                strokeColor=_color(stroke) if stroke else None,
                strokeWidth=0.9,
            )
        )

    def line(
        self, points: Sequence[Point], color: str = LINE, width: float = 0.9, dash: list[float] | None = None
    ) -> None:
        flat = [value for x, y in points for value in (x, self.height - y)]
        if len(points) == 2:
            self.drawing.add(Line(*flat, strokeColor=_color(color), strokeWidth=width, strokeDashArray=dash or ()))
        else:
            self.drawing.add(
                PolyLine(
                    flat,
                    strokeColor=_color(color),
                    strokeWidth=width,
                    strokeDashArray=dash or (),
                    strokeLineJoin=1,
                )
            )

    def polygon(self, points: Sequence[Point], fill: str) -> None:
        flat = [value for x, y in points for value in (x, self.height - y)]
        self.drawing.add(Polygon(flat, fillColor=_color(fill), strokeColor=None))

    def arrow(
        self,
        points: Sequence[Point],
        label: str = "",
        color: str = MUTED,
        dash: list[float] | None = None,
        both: bool = False,
        label_at: Point | None = None,
        size: float = 7.8,
    ) -> None:
        """A polyline with a head at its last point (and its first, if `both`); the label stands on white."""
        self.line(points, color, 1.0, dash)
        self._head(points[-2], points[-1], color)
        if both:
            self._head(points[1], points[0], color)
        if label:
            middle = len(points) // 2
            (x0, y0), (x1, y1) = points[middle - 1], points[middle]
            x, y = label_at or ((x0 + x1) / 2, (y0 + y1) / 2)
            wide = stringWidth(label, "Sans", size) + 4
            self.rect(x - wide / 2, y - size / 2 - 1, wide, size + 2, WHITE, None)
            self.text(x, y + size * 0.33, label, size, color)

    def _head(self, start: Point, end: Point, color: str) -> None:
        angle = math.atan2(end[1] - start[1], end[0] - start[0])
        spread = 0.42
        wings = [
            (end[0] - 6.5 * math.cos(angle + turn), end[1] - 6.5 * math.sin(angle + turn)) for turn in (-spread, spread)
        ]
        self.polygon([end, *wings], color)


def render_png(drawing: Drawing, scale: int = 2) -> bytes:
    """The drawing as an 8-bit palette PNG, `scale` pixels a point."""
    with pypdfium2.PdfDocument(renderPDF.drawToString(drawing)) as document:
        image = document[0].render(scale=scale).to_pil().convert("RGB")
    out = io.BytesIO()
    image.quantize(128, dither=0).save(out, "PNG", optimize=True)
    return out.getvalue()
