"""The charts of the Tidegate documentation, from the numbers printed beside them."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.graphics.shapes import Drawing

from examples.corpus_maker.drawing import AMBER, BLUE, GREEN, INK, LINE, MUTED, RED, Sketch

CONNECTIONS = (1, 2, 4, 8, 12, 16, 20, 24)  # thousands
LATENCY = {
    "4.5": (3.1, 3.3, 3.9, 5.2, 7.8, 13.0, 24.5, 47.0),
    "4.6": (2.9, 3.0, 3.4, 4.4, 6.1, 9.6, 17.2, 33.5),
    "4.7": (2.6, 2.7, 2.9, 3.5, 4.4, 6.2, 9.9, 18.1),
}  # milliseconds at the 99th percentile
CIPHERS = (("AES-128-GCM", 18.4), ("AES-256-GCM", 16.9), ("ChaCha20-Poly1305", 11.2), ("AES-128-CBC", 6.3))
COLLECTOR_MEMORY = ((0, 0.6), (50, 0.9), (100, 1.3), (200, 2.2), (300, 3.0), (400, 4.1))


def _axes(
    s: Sketch,
    frame: tuple[float, float, float, float],
    top: float,
    step: float,
    x_title: str,
    y_title: str,
) -> None:
    x, y, w, h = frame
    value = 0.0
    while value <= top:
        level = y + h - h * value / top
        s.line([(x, level), (x + w, level)], "#e1e5eb", 0.7)
        s.text(x - 6, level + 3, f"{value:g}", 8, MUTED, "Sans", "end")
        value += step
    s.line([(x, y), (x, y + h), (x + w, y + h)], LINE, 1.0)
    s.text(x + w / 2, y + h + 30, x_title, 8.8, INK)
    s.text(x, y - 8, y_title, 8.8, INK, "Sans", "start")


def latency_chart() -> Drawing:
    """99th percentile latency against concurrent connections, one line a version."""
    s = Sketch(430, 230)
    x, y, w, h = frame = (44.0, 28.0, 310.0, 160.0)
    _axes(s, frame, 50, 10, "concurrent connections (thousands)", "p99 latency (ms)")
    for tick in CONNECTIONS:
        s.text(x + w * tick / 24, y + h + 13, str(tick), 8, MUTED)
    for (version, values), color in zip(LATENCY.items(), (RED, AMBER, BLUE), strict=True):
        points = [(x + w * c / 24, y + h - h * v / 50) for c, v in zip(CONNECTIONS, values, strict=True)]
        s.line(points, color, 1.8)
        for px, py in points:
            s.circle(px, py, 2.4, color)
        s.text(points[-1][0] + 8, points[-1][1] + 3, f"Tidegate {version}", 8.6, color, "Sans-Bold", "start")
    return s.drawing


def cipher_chart(width: float = 236) -> Drawing:
    """Throughput by cipher suite, for one column of the white paper."""
    s = Sketch(width, 176)
    x, y, w, h = frame = (30.0, 26.0, width - 40.0, 112.0)
    _axes(s, frame, 20, 5, "", "throughput (Gbit/s)")
    slot = w / len(CIPHERS)
    for number, (name, value) in enumerate(CIPHERS):
        left, tall = x + slot * number + slot * 0.2, h * value / 20
        s.rect(left, y + h - tall, slot * 0.6, tall, (BLUE, BLUE, GREEN, RED)[number], None)
        s.text(left + slot * 0.3, y + h - tall - 4, f"{value}", 8.2, INK, "Sans-Bold")
        for line, part in enumerate(name.split("-", 1) if number == 2 else (name,)):
            s.text(left + slot * 0.3, y + h + 12 + 9 * line, part, 6.8, MUTED)
    return s.drawing


def memory_chart() -> Drawing:
    """Resident memory of the collector against spans per second."""
    s = Sketch(400, 210)
    x, y, w, h = frame = (40.0, 26.0, 330.0, 140.0)
    _axes(s, frame, 5, 1, "spans per second (thousands)", "tidemark relay memory (GiB)")
    points: Sequence[tuple[float, float]] = [
        (x + w * spans / 400, y + h - h * memory / 5) for spans, memory in COLLECTOR_MEMORY
    ]
    s.polygon([(x, y + h), *points, (x + w, y + h)], "#e3eefa")
    s.line(points, BLUE, 1.8)
    for (spans, _), (px, py) in zip(COLLECTOR_MEMORY, points, strict=True):
        s.circle(px, py, 2.4, BLUE)
        s.text(px, y + h + 13, str(spans), 8, MUTED)
    limit = y + h - h * 4 / 5
    s.line([(x, limit), (x + w, limit)], RED, 1.1, [5, 3])
    s.text(x + 6, limit - 4, "memory_limit = 4 GiB", 8.2, RED, "Sans", "start")
    return s.drawing
