"""Screenshots of the Tidegate console and of a terminal, drawn pixel by pixel with the small text of real ones."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw

from examples.corpus_maker.fonts import pixel_font

PAGE, PANEL, RIM = "#f3f5f8", "#ffffff", "#dbe1e9"
INK, MUTED = "#1f2a37", "#64707f"
BLUE, GREEN, AMBER, RED, VIOLET = "#2468b2", "#2f9157", "#d18a1f", "#c23b36", "#7355b0"


class Screen:
    """An image with a browser window or a terminal on it; all lengths in pixels."""

    def __init__(self, width: int, height: int, background: str = PAGE) -> None:
        self.image = Image.new("RGB", (width, height), background)
        self.draw = ImageDraw.Draw(self.image)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: int = 14,
        color: str = INK,
        font: str = "Sans",
        anchor: str = "ls",
    ) -> None:
        """One line; the anchor is Pillow's, by default the left end of the baseline."""
        self.draw.text((x, y), words, fill=color, font=pixel_font(font, size), anchor=anchor)

    def panel(self, x: int, y: int, w: int, h: int, fill: str = PANEL, outline: str | None = RIM) -> None:
        self.draw.rounded_rectangle((x, y, x + w, y + h), 6, fill, outline)

    def browser(self, address: str) -> None:
        """The window's frame: three lamps and the address line, 40 pixels high."""
        width = self.image.width
        self.draw.rectangle((0, 0, width, 40), "#dfe3e9")
        for number, color in enumerate(("#e5655c", "#e8b43e", "#5fb85b")):
            self.draw.ellipse((14 + number * 20, 14, 26 + number * 20, 26), color)
        self.draw.rounded_rectangle((96, 8, width - 24, 32), 12, "#ffffff")
        self.text(112, 25, address, 14, MUTED)

    def side_bar(self, chosen: str) -> None:
        self.draw.rectangle((0, 40, 168, self.image.height), "#17283c")
        self.text(20, 74, "Tidegate", 20, "#ffffff", "Sans-Bold")
        self.text(20, 93, "cluster edge-eu-1", 13, "#9fb3c8")
        for number, name in enumerate(
            ("Overview", "Listeners", "Pools", "Health", "Certificates", "Quotas", "Traces", "Revisions")
        ):
            y = 122 + number * 34
            if name == chosen:
                self.draw.rectangle((0, y - 4, 168, y + 26), "#26405e")
                self.draw.rectangle((0, y - 4, 4, y + 26), "#5fa8f0")
            self.text(20, y + 16, name, 15, "#e6edf5" if name == chosen else "#aebdcd")
        self.text(20, self.image.height - 18, "4.7.2 (build 9c41e7d)", 12, "#7f93a8")

    def png(self) -> bytes:
        out = io.BytesIO()
        self.image.quantize(160, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        return out.getvalue()


def _series(seed: int, count: int, level: float, swing: float, noise: float) -> list[float]:
    chance = random.Random(seed)
    return [
        level + swing * math.sin(2 * math.pi * (i / count - 0.3)) + chance.uniform(-noise, noise) for i in range(count)
    ]


def _graph(
    screen: Screen,
    box: tuple[int, int, int, int],
    title: str,
    lines: Sequence[tuple[str, str, list[float]]],
    ticks: Sequence[int],
) -> None:
    x, y, w, h = box
    screen.panel(x, y, w, h)
    screen.text(x + 16, y + 26, title, 15, INK, "Sans-Bold")
    left, top, wide, tall = x + 52, y + 44, w - 70, h - 96
    for tick in ticks:
        level = top + tall - tall * tick / ticks[-1]
        screen.draw.line((left, level, left + wide, level), "#e6eaf0")
        screen.text(left - 8, level + 4, f"{tick:,}", 12, MUTED, anchor="rs")
    for number, hour in enumerate(("06:00", "07:00", "08:00", "09:00", "10:00")):
        screen.text(left + wide * number / 4, top + tall + 17, hour, 12, MUTED, anchor="ms")
    legend = left
    for name, color, values in lines:
        points = [
            (left + wide * i / (len(values) - 1), top + tall - tall * value / ticks[-1])
            for i, value in enumerate(values)
        ]
        screen.draw.line(points, color, 2, joint="curve")
        screen.draw.rectangle((legend, y + h - 22, legend + 12, y + h - 12), color)
        screen.text(legend + 18, y + h - 12, name, 13, MUTED)
        legend += 40 + int(pixel_font("Sans", 13).getlength(name))


def dashboard() -> bytes:
    """The overview of a cluster with one pool in panic."""
    s = Screen(1280, 760)
    s.browser("https://console.edge.example:7443/overview?range=4h")
    s.side_bar("Overview")
    s.text(192, 82, "Overview", 24, INK, "Sans-Bold")
    s.text(1256, 80, "last 4 hours, refreshed 10:02:41 UTC", 14, MUTED, anchor="rs")
    tiles = (
        ("Requests per second", "18,472", "+6 % to yesterday", INK),
        ("Error rate", "0.83 %", "objective 0.10 %", RED),
        ("p99 latency", "41 ms", "objective 50 ms", INK),
        ("Open connections", "63,118", "of 144,000", INK),
    )
    for number, (name, value, note, color) in enumerate(tiles):
        x = 192 + number * 268
        s.panel(x, 100, 256, 92)
        s.text(x + 16, 124, name, 14, MUTED)
        s.text(x + 16, 158, value, 28, color, "Sans-Bold")
        s.text(x + 16, 180, note, 13, MUTED)
    _graph(
        s,
        (192, 206, 524, 260),
        "Requests per second by pool",
        (
            ("catalog", BLUE, _series(1, 80, 9400, 2100, 260)),
            ("checkout", GREEN, _series(2, 80, 5200, 1300, 200)),
            ("search", VIOLET, _series(3, 80, 2600, 500, 120)),
        ),
        (0, 4000, 8000, 12000),
    )
    errors = [value if i < 58 else value + 190 for i, value in enumerate(_series(4, 80, 22, 6, 8))]
    _graph(
        s,
        (728, 206, 528, 260),
        "Errors per minute by code",
        (("TG-5031", RED, errors), ("TG-5021", AMBER, _series(5, 80, 34, 8, 9))),
        (0, 100, 200, 300),
    )
    s.panel(192, 480, 1064, 262)
    s.text(208, 506, "Pools", 15, INK, "Sans-Bold")
    columns = (208, 400, 540, 690, 820, 960, 1100)
    for x, name in zip(columns, ("Pool", "Healthy", "State", "Requests/s", "p99", "Open", "Last event"), strict=True):
        s.text(x, 532, name, 13, MUTED, "Sans-Bold")
    rows = (
        ("checkout", "4 of 4", "healthy", "5,914", "28 ms", "812", "-", GREEN),
        ("catalog", "8 of 8", "healthy", "9,630", "33 ms", "1,204", "-", GREEN),
        ("search", "1 of 6", "panic", "2,411", "212 ms", "2,977", "TG-4107 09:01", RED),
        ("api-canary", "1 of 2", "degraded", "488", "57 ms", "61", "TG-4107 09:47", AMBER),
        ("static", "3 of 3", "healthy", "29", "4 ms", "7", "-", GREEN),
    )
    for number, (*cells, color) in enumerate(rows):
        y = 564 + number * 36
        s.draw.line((208, y - 22, 1240, y - 22), "#e6eaf0")
        for column, (x, cell) in enumerate(zip(columns, cells, strict=True)):
            if column == 2:
                wide = pixel_font("Sans-Bold", 13).getlength(cell)
                s.draw.rounded_rectangle((x - 2, y - 15, x + wide + 16, y + 5), 10, color)
                s.text(x + 7, y - 1, cell, 13, "#ffffff", "Sans-Bold")
            else:
                s.text(x, y, cell, 14, INK, "Sans-Bold" if column == 0 else "Sans")
    return s.png()


TERMINAL: Sequence[tuple[str, str]] = (
    ("prompt", "tgctl node list"),
    ("head", "NODE            ROLE           VERSION  STATE        UPTIME"),
    ("line", "lb-a            load balancer  4.7.2    ready        41d 06h"),
    ("line", "sluice-1        proxy          4.7.2    ready        12d 19h"),
    ("line", "sluice-2        proxy          4.7.2    ready        12d 19h"),
    ("bad", "sluice-3        proxy          4.7.1    quarantined  00d 02h"),
    ("line", "lockmaster-1    control plane  4.7.2    ready        41d 06h"),
    ("prompt", "tgctl node describe sluice-3 | tail -n 3"),
    ("line", "reason:       clock differs from leader by 1843 ms (limit 500 ms)"),
    ("line", "ntp source:   none, chronyd.service is inactive"),
    ("line", "node id:      5d83c7a2-f41e-4690-9b2c-e8a70d514f36"),
    ("prompt", "tgctl config verify edge.toml"),
    ("bad", "error TG-5613: edge.toml:48: pool 'serach' is not defined (did you mean 'search'?)"),
    ("line", "revision 1187 stays active"),
    ("prompt", "echo $?"),
    ("line", "23"),
    ("prompt", ""),
)


def terminal() -> bytes:
    """A session with tgctl: a quarantined node and a configuration that is refused."""
    s = Screen(1000, 470, "#11161d")
    s.draw.rectangle((0, 0, 1000, 32), "#2a313b")
    for number, color in enumerate(("#e5655c", "#e8b43e", "#5fb85b")):
        s.draw.ellipse((14 + number * 20, 10, 26 + number * 20, 22), color)
    s.text(500, 21, "ops@bastion-1: ~/edge (ssh)", 14, "#b9c3cf", anchor="ms")
    colors = {"line": "#d5dde6", "head": "#8fa3b8", "bad": "#ff8f7f"}
    for number, (kind, words) in enumerate(TERMINAL):
        y = 58 + number * 24
        if kind == "prompt":
            s.text(16, y, "ops@bastion-1:~/edge$", 15, "#7fd18b", "Mono")
            s.text(16 + pixel_font("Mono", 15).getlength("ops@bastion-1:~/edge$ "), y, words, 15, "#fff", "Mono")
        else:
            s.text(16, y, words, 15, colors[kind], "Mono")
    s.draw.rectangle((214, 58 + 16 * 24 - 13, 223, 58 + 16 * 24 + 4), "#d5dde6")
    return s.png()


def listener_settings() -> bytes:
    """The form with a listener's settings, one field refused."""
    s = Screen(1000, 690)
    s.browser("https://console.edge.example:7443/listeners/edge-https/edit")
    s.side_bar("Listeners")
    s.text(192, 82, "Edit listener edge-https", 24, INK, "Sans-Bold")
    s.panel(192, 100, 784, 568)
    fields = (
        ("Bind address", "0.0.0.0:443", "listener.bind", ""),
        ("TLS profile", "modern", "listener.tls_profile", "select"),
        ("Certificate", "shop-example-com-2026 (expires 2026-09-14)", "listener.certificate", "select"),
        ("Idle timeout (ms)", "950000", "listener.idle_timeout_ms", "bad"),
        ("Maximum header size (KiB)", "64", "listener.max_header_kib", ""),
    )
    for number, (label, value, key, kind) in enumerate(fields):
        y = 128 + number * 72 + (12 if number == 4 else 0)  # below the message
        s.text(216, y, label, 14, INK, "Sans-Bold")
        s.text(952, y, key, 12, MUTED, "Mono", "rs")
        s.panel(216, y + 9, 736, 32, "#ffffff", RED if kind == "bad" else "#b9c3cf")
        s.text(228, y + 30, value, 15)
        if kind == "select":
            s.draw.polygon([(930, y + 22), (942, y + 22), (936, y + 29)], MUTED)
        if kind == "bad":
            s.text(216, y + 56, "Must be between 1000 and 900000.", 13, RED)
    boxes = (
        ("HTTP/3", "listener.http3_enabled", True),
        ("Redirect port 80 to HTTPS", "listener.redirect_http", True),
        ("Refuse duplicate content-length", "listener.http1.reject_duplicate_length", True),
        ("PROXY protocol v2", "listener.proxy_protocol", False),
    )
    for number, (label, key, checked) in enumerate(boxes):
        y = 506 + number * 30
        s.draw.rounded_rectangle((216, y - 14, 232, y + 2), 3, BLUE if checked else "#fff", BLUE)
        if checked:
            s.draw.line([(220, y - 6), (223, y - 2), (229, y - 10)], "#ffffff", 2)
        s.text(242, y, label, 15)
        s.text(952, y, key, 12, MUTED, "Mono", "rs")
    s.draw.line((192, 616, 976, 616), RIM)
    s.text(216, 647, "Saving makes revision 1188", 14, MUTED)
    s.panel(764, 628, 82, 30, "#ffffff", "#b9c3cf")
    s.text(805, 648, "Cancel", 14, INK, "Sans-Bold", "ms")
    s.panel(858, 628, 94, 30, "#9db9d8", None)
    s.text(905, 648, "Save", 14, "#ffffff", "Sans-Bold", "ms")
    return s.png()


def quota_dialog() -> bytes:
    """The error dialog that a customer photographed for the support case."""
    s = Screen(620, 330)
    s.browser("https://console.edge.example:7443/quotas")
    s.panel(60, 72, 500, 226, "#ffffff", "#aab4c0")
    s.draw.ellipse((84, 96, 112, 124), RED)
    s.text(98, 117, "!", 20, "#ffffff", "Sans-Bold", "ms")
    s.text(126, 118, "Quota shard is not reachable", 20, INK, "Sans-Bold")
    for number, line in enumerate(
        (
            "Counters for plan Partner cannot be read from gd-sluice-1.",
            "Requests are rejected because ballast.mode is strict.",
        )
    ):
        s.text(84, 156 + number * 22, line, 15)
    s.text(84, 212, "code TG-4291", 14, MUTED, "Mono")
    s.text(84, 234, "incident 1c7e90ab-52d4-4f6e-b8a1-d03f9e6724c5", 14, MUTED, "Mono")
    s.panel(440, 252, 96, 30, BLUE, None)
    s.text(488, 272, "Retry", 14, "#ffffff", "Sans-Bold", "ms")
    return s.png()


def screenshots() -> dict[str, bytes]:
    """Path inside the corpus -> bytes."""
    return {
        "screenshots/dashboard.png": dashboard(),
        "screenshots/terminal.png": terminal(),
        "screenshots/listener-settings.png": listener_settings(),
    }
