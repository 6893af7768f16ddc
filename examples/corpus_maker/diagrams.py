"""The diagrams of the Tidegate documentation: how its parts connect, what they decide, in which order they talk."""

from __future__ import annotations

from reportlab.graphics.shapes import Drawing

from examples.corpus_maker.drawing import (
    AMBER,
    AMBER_FILL,
    BLUE,
    BLUE_FILL,
    GREEN,
    GREEN_FILL,
    GREY,
    GREY_FILL,
    INK,
    LINE,
    MUTED,
    RED,
    RED_FILL,
    VIOLET,
    VIOLET_FILL,
    WHITE,
    Sketch,
)


def architecture() -> Drawing:
    """Clients, the active and standby load balancer, three sluice nodes, the control plane, the collector."""
    s = Sketch(480, 312)
    s.box(8, 118, 70, 46, "Clients", "HTTP/2, gRPC", fill=GREY_FILL, stroke=GREY)
    s.rect(100, 62, 108, 158, None, LINE, radius=6, dash=[4, 3])
    s.text(154, 56, "Load balancer pair (VRRP 51)", 8.2, MUTED)
    s.box(110, 76, 88, 46, "lb-a", "active, 203.0.113.10", size=9)
    s.box(110, 160, 88, 46, "lb-b", "standby", size=9, fill=GREY_FILL, stroke=GREY)
    s.arrow([(154, 122), (154, 160)], "VRRP", both=True, dash=[3, 2])
    s.rect(238, 28, 104, 224, None, LINE, radius=6, dash=[4, 3])
    s.text(290, 22, "Data plane", 8.2, MUTED)
    for number, y in enumerate((42, 116, 190), start=1):
        s.box(248, y, 84, 48, f"sluice-{number}", "proxy, TLS", "ballast quota", size=9)
        s.arrow([(198, 99), (222, 99), (222, y + 24), (248, y + 24)])
        s.arrow([(332, y + 24), (376, y + 24)])
    s.arrow([(78, 141), (92, 141), (92, 99), (110, 99)])
    for y, name in ((42, "pool checkout"), (116, "pool catalog"), (190, "pool search")):
        s.box(376, y, 94, 48, name, "4 members", size=9, fill=GREEN_FILL, stroke=GREEN)
    s.box(248, 264, 84, 40, "3 x lockmaster", "control plane", size=9, fill=VIOLET_FILL, stroke=VIOLET)
    s.cylinder(120, 260, 76, 46, "ledger", "config store", fill=VIOLET_FILL, stroke=VIOLET)
    s.box(376, 264, 94, 40, "tidemark", "telemetry", size=9, fill=AMBER_FILL, stroke=AMBER)
    s.arrow([(248, 284), (196, 284)], both=True)
    s.arrow([(270, 264), (270, 252)], color=VIOLET)
    s.arrow([(312, 252), (312, 258), (423, 258), (423, 264)], color=AMBER, dash=[3, 2])
    return s.drawing


def load_balancer_configuration() -> Drawing:
    """How one listener is configured: host rules, routes, weighted pools, members and the health probe."""
    s = Sketch(490, 300)
    for x, title in ((62, "Listener"), (174, "Host rules"), (296, "Backend pools"), (424, "Members")):
        s.text(x, 14, title, 8.8, MUTED, "Sans-Bold")
    s.box(10, 112, 104, 62, "edge-https", "0.0.0.0:443", "tls_profile: modern", mono=True)
    hosts = ((34, "shop.example.com", "path /checkout/*"), (120, "shop.example.com", "path /*"))
    for y, host, path in hosts:
        s.box(128, y, 92, 46, host, path, size=8.8, fill=WHITE, stroke=BLUE)
        s.arrow([(114, 143), (121, 143), (121, y + 23), (128, y + 23)])
    s.box(128, 206, 92, 46, "api.example.com", "path /v2/*", size=8.8, fill=WHITE, stroke=BLUE)
    s.arrow([(114, 143), (121, 143), (121, 229), (128, 229)])
    pools = (
        (34, "checkout", "least_requests", GREEN, GREEN_FILL),
        (120, "catalog", "round_robin", GREEN, GREEN_FILL),
        (206, "api-canary", "consistent_hash", AMBER, AMBER_FILL),
    )
    for y, name, policy, stroke, fill in pools:
        s.box(252, y, 88, 46, name, policy, size=9, fill=fill, stroke=stroke, mono=True)
    s.arrow([(220, 57), (252, 57)], "100")
    s.arrow([(220, 143), (252, 143)], "100")
    s.arrow([(220, 229), (252, 229)], "10", color=AMBER)
    s.arrow([(220, 220), (236, 220), (236, 155), (252, 155)], "90", label_at=(236, 186))
    members = (
        (24, "10.4.1.11:8080", "weight 3", GREEN),
        (58, "10.4.1.12:8080", "weight 1", GREEN),
        (110, "10.4.2.21:8080", "weight 1", GREEN),
        (144, "10.4.2.22:8080", "draining", AMBER),
        (212, "10.4.3.31:9090", "weight 1", GREEN),
    )
    for y, address, state, stroke in members:
        s.rect(370, y, 112, 28, WHITE, stroke, radius=3)
        s.circle(380, y + 14, 3.2, stroke)
        s.text(388, y + 12, address, 8, INK, "Mono", "start")
        s.text(388, y + 22.5, state, 7.6, MUTED, "Sans", "start")
        pool_y = 57 if y < 100 else 143 if y < 200 else 229
        s.arrow([(340, pool_y), (355, pool_y), (355, y + 14), (370, y + 14)])
    s.rect(136, 268, 204, 24, GREY_FILL, GREY, radius=3)
    s.text(238, 283.5, "buoy probe: GET /healthz every 5 s, fall 3, rise 2", 8.2)
    s.arrow([(340, 280), (426, 280), (426, 240)], color=GREY, dash=[3, 2])
    return s.drawing


def health_check_flow() -> Drawing:
    """The decision that buoy takes after each probe: evict, drain or readmit a pool member."""
    s = Sketch(440, 330)
    s.box(160, 8, 120, 34, "Probe pool member", fill=BLUE_FILL, stroke=BLUE)
    s.diamond(220, 86, 132, 58, "Answer within", "probe_timeout_ms?")
    s.arrow([(220, 42), (220, 57)])
    s.box(18, 66, 104, 40, "Count a failure", "failures + 1", fill=RED_FILL, stroke=RED)
    s.arrow([(154, 86), (122, 86)], "no")
    s.diamond(70, 168, 120, 58, "failures ≥", "fall_threshold?")
    s.arrow([(70, 106), (70, 139)])
    s.box(18, 232, 104, 44, "Evict member", "event TG-4107", fill=RED_FILL, stroke=RED)
    s.arrow([(70, 197), (70, 232)], "yes")
    s.diamond(220, 178, 126, 58, "Status 200 to 299?")
    s.arrow([(220, 115), (220, 149)], "yes")
    s.arrow([(157, 178), (144, 178), (144, 98), (122, 98)], "no", label_at=(144, 146))
    s.box(318, 158, 108, 40, "Count a success", "successes + 1", fill=GREEN_FILL, stroke=GREEN)
    s.arrow([(283, 178), (318, 178)], "yes")
    s.diamond(372, 250, 120, 58, "successes ≥", "rise_threshold?")
    s.arrow([(372, 198), (372, 221)])
    s.box(318, 294, 108, 32, "Readmit, slow start", fill=GREEN_FILL, stroke=GREEN, size=9)
    s.arrow([(372, 279), (372, 294)], "yes")
    s.box(168, 294, 104, 32, "Wait interval_ms", fill=GREY_FILL, stroke=GREY, size=9)
    s.arrow([(318, 310), (272, 310)])
    s.arrow([(312, 250), (220, 250), (220, 294)], "no", label_at=(262, 250))
    s.arrow([(70, 276), (70, 310), (168, 310)])
    s.arrow([(10, 168), (6, 168), (6, 25), (160, 25)], "no", label_at=(6, 130))
    return s.drawing


def tls_sequence() -> Drawing:
    """A TLS 1.3 handshake at sluice, with the certificate fetched from lockmaster on the first contact."""
    s = Sketch(470, 320)
    lanes = ((60, "Client"), (200, "sluice"), (330, "lockmaster"), (430, "ledger"))
    for x, name in lanes:
        s.box(x - 38, 8, 76, 24, name, size=9.5)
        s.line([(x, 32), (x, 312)], LINE, 0.8, [3, 3])
    s.rect(195, 52, 10, 248, BLUE_FILL, BLUE, width=0.7)
    s.rect(325, 84, 10, 84, BLUE_FILL, BLUE, width=0.7)

    def message(y: float, start: float, end: float, words: str, dash: list[float] | None = None) -> None:
        s.arrow([(start, y), (end, y)], dash=dash, color=INK)
        s.text((start + end) / 2, y - 4, words, 8)

    message(60, 60, 195, "ClientHello (SNI shop.example.com)")
    message(92, 205, 325, "GetCertificate(sni)")
    message(116, 335, 430, "read cert/7f3a")
    message(138, 430, 335, "chain + sealed key", [3, 2])
    message(160, 325, 205, "certificate, ttl 3600 s", [3, 2])
    s.rect(212, 174, 108, 26, AMBER_FILL, AMBER, radius=2)
    s.text(266, 185, "cached in memory only,", 7.8)
    s.text(266, 195, "never on disk", 7.8)
    message(216, 195, 60, "ServerHello, Certificate", [3, 2])
    message(238, 195, 60, "CertificateVerify, Finished", [3, 2])
    message(262, 60, 195, "Finished")
    message(290, 60, 195, "GET /checkout (application data)")
    return s.drawing


def telemetry_pipeline() -> Drawing:
    """From the counters in sluice to the long-term store, with the spool that bridges an outage."""
    s = Sketch(480, 190)
    s.box(8, 20, 84, 42, "sluice", "counters, spans", fill=BLUE_FILL, stroke=BLUE)
    s.box(8, 84, 84, 42, "buoy", "probe results", fill=BLUE_FILL, stroke=BLUE)
    s.box(128, 52, 88, 42, "tidemark agent", "batches of 512", fill=AMBER_FILL, stroke=AMBER)
    s.box(256, 52, 88, 42, "tidemark relay", "dedupe, sample", fill=AMBER_FILL, stroke=AMBER)
    s.cylinder(384, 14, 86, 52, "metrics store", "90 days", fill=GREEN_FILL, stroke=GREEN)
    s.cylinder(384, 88, 86, 52, "trace store", "7 days", fill=GREEN_FILL, stroke=GREEN)
    s.cylinder(128, 124, 88, 52, "disk spool", "2 GiB, 6 hours", fill=GREY_FILL, stroke=GREY)
    s.arrow([(92, 41), (110, 41), (110, 66), (128, 66)])
    s.arrow([(92, 105), (110, 105), (110, 80), (128, 80)])
    s.arrow([(216, 73), (256, 73)], "OTLP")
    s.arrow([(344, 66), (364, 66), (364, 40), (384, 40)])
    s.arrow([(344, 80), (364, 80), (364, 114), (384, 114)])
    s.arrow([(172, 94), (172, 124)], both=True, dash=[3, 2])
    s.text(226, 112, "when the relay is unreachable", 7.8, MUTED, "Sans", "start")
    return s.drawing


def token_bucket() -> Drawing:
    """How ballast admits or rejects a request: a bucket per client key, refilled at a steady rate."""
    s = Sketch(420, 210)
    s.text(210, 16, "refill: rate_per_second = 50", 8.6, GREEN)
    s.arrow([(210, 22), (210, 52)], color=GREEN)
    s.line([(160, 48), (166, 130), (254, 130), (260, 48)], BLUE, 1.6)
    for row, count in enumerate((4, 5, 4)):
        for column in range(count):
            s.circle(210 - (count - 1) * 8.5 + column * 17, 119 - row * 17, 6.5, AMBER_FILL, AMBER)
    s.text(274, 70, "burst = 200 tokens", 8.6, MUTED, "Sans", "start")
    s.box(12, 150, 96, 44, "Request", "key: api_token", fill=GREY_FILL, stroke=GREY)
    s.diamond(210, 172, 112, 50, "token left?")
    s.arrow([(108, 172), (154, 172)])
    s.arrow([(210, 130), (210, 147)], color=AMBER)
    s.box(306, 128, 104, 34, "Forward to pool", fill=GREEN_FILL, stroke=GREEN, size=9)
    s.box(306, 174, 104, 34, "429, TG-4290", fill=RED_FILL, stroke=RED, size=9)
    s.arrow([(248, 164), (280, 164), (280, 145), (306, 145)], "yes", label_at=(264, 164))
    s.arrow([(248, 180), (280, 180), (280, 191), (306, 191)], "no", label_at=(264, 180))
    return s.drawing


def front_panel() -> Drawing:
    """The front of the TG-220 appliance with its numbered connectors and lamps."""
    s = Sketch(480, 170)
    s.rect(20, 48, 440, 70, "#e6e9ee", GREY, radius=4, width=1.4)
    for x in (30, 450):
        for y in (58, 108):
            s.circle(x, y, 3, "#c2c9d3", GREY)
    s.text(44, 66, "TIDEGATE", 8, INK, "Sans-Bold", "start")
    s.text(44, 76, "TG-220", 8, MUTED, "Sans", "start")
    for number, color in enumerate(("#35a35f", "#35a35f", "#e0a526")):
        s.circle(50 + number * 18, 98, 4, color, GREY)
    for number in range(8):
        x, y = 130 + (number % 4) * 26, 58 + (number // 4) * 26
        s.rect(x, y, 22, 21, "#3a4350", INK, radius=1)
        s.rect(x + 5, y + 8, 12, 10, "#8a95a4", None)
    for number in range(4):
        s.rect(252 + number * 34, 66, 28, 36, "#c8ced7", GREY, radius=1)
        s.rect(255 + number * 34, 74, 22, 20, "#59636f", None)
    s.rect(400, 60, 34, 14, "#59636f", INK, radius=1)
    s.rect(400, 86, 34, 20, "#3a4350", INK, radius=1)
    calls = (
        (68, 98, 68, 146, "1"),
        (180, 110, 180, 146, "2"),
        (318, 102, 318, 146, "3"),
        (417, 60, 417, 26, "4"),
        (417, 106, 417, 146, "5"),
    )
    for x0, y0, x1, y1, number in calls:
        s.line([(x0, y0), (x1, y1)], RED, 0.8)
        s.circle(x1, y1, 8, WHITE, RED)
        s.text(x1, y1 + 3, number, 8.5, RED, "Sans-Bold")
    return s.drawing


def site_failover() -> Drawing:
    """Two sites with the direction of replication and the DNS weight before and after a failover."""
    s = Sketch(470, 230)
    s.box(180, 8, 110, 38, "DNS weighted record", "edge.example.com", size=9, fill=GREY_FILL, stroke=GREY)
    for x, site, role, stroke, fill in (
        (14, "Site Rotterdam", "primary", GREEN, GREEN_FILL),
        (256, "Site Gdansk", "warm standby", AMBER, AMBER_FILL),
    ):
        s.rect(x, 76, 200, 146, None, stroke, radius=6, dash=[4, 3])
        s.text(x + 14, 172, site, 9.5, INK, "Sans-Bold", "start")
        s.text(x + 14, 212, role, 8.6, stroke, "Sans", "start")
        s.box(x + 14, 104, 80, 40, "6 x sluice", "10.4.0.0/20" if x < 100 else "10.9.0.0/20", size=9)
        s.box(x + 106, 104, 80, 40, "lockmaster", "leader" if x < 100 else "follower", size=9)
        s.cylinder(x + 106, 164, 80, 48, "ledger", "3 replicas", fill=fill, stroke=stroke)
        s.arrow([(x + 146, 144), (x + 146, 164)])
        s.arrow([(x + 94, 124), (x + 106, 124)])
    s.arrow([(200, 46), (200, 60), (68, 60), (68, 104)], "weight 100 → 0", label_at=(120, 60))
    s.arrow([(270, 46), (270, 60), (310, 60), (310, 104)], "weight 0 → 100", label_at=(348, 60))
    s.arrow([(200, 190), (362, 190)], "asynchronous, lag < 2 s", color=VIOLET, label_at=(266, 190))
    return s.drawing


def triage_flow() -> Drawing:
    """First ten minutes of an incident: which question to ask, which page of the runbook to open."""
    s = Sketch(440, 250)
    s.box(150, 6, 140, 32, "Alert: error budget burn", fill=RED_FILL, stroke=RED)
    s.diamond(220, 80, 150, 54, "Errors on all pools?")
    s.arrow([(220, 38), (220, 53)])
    s.diamond(90, 152, 136, 54, "Certificate expired?")
    s.diamond(350, 152, 136, 54, "One member only?")
    s.arrow([(145, 80), (90, 80), (90, 125)], "yes")
    s.arrow([(295, 80), (350, 80), (350, 125)], "no")
    leaves = (
        (10, "Page 4: rotate", "certificate", 40, "yes", 90),
        (118, "Page 6: fail over", "to standby site", 140, "no", 90),
        (226, "Page 8: drain", "the member", 300, "yes", 350),
        (334, "Page 9: roll back", "last route change", 400, "no", 350),
    )
    for x, title, detail, leave, word, centre in leaves:
        s.box(x, 204, 98, 38, title, detail, size=9, fill=BLUE_FILL, stroke=BLUE)
        start = (centre - 36, 165) if leave < centre else (centre + 36, 165)
        s.arrow([start, (start[0], 190), (x + 49, 190), (x + 49, 204)], word, label_at=(start[0], 180))
    return s.drawing


def rolling_upgrade() -> Drawing:
    """The time line of a rolling upgrade of six sluice nodes in three batches."""
    s = Sketch(460, 196)
    left, minute = 84.0, 9.0
    for tick in range(0, 41, 5):
        x = left + tick * minute
        s.line([(x, 24), (x, 166)], "#dde2e9", 0.8)
        s.text(x, 18, str(tick), 8, MUTED)
    s.text(left + 180, 190, "minutes since the start of the upgrade", 8.4, MUTED)
    for row in range(6):
        y, start = 30 + row * 23, (row // 2) * 12
        s.text(left - 10, y + 11.5, f"sluice-{row + 1}", 8.8, INK, "Sans", "end")
        phases = (
            (start, 4, AMBER_FILL, AMBER, "drain"),
            (start + 4, 3, BLUE_FILL, BLUE, "swap"),
            (start + 7, 5, GREEN_FILL, GREEN, "soak"),
        )
        for begin, length, fill, stroke, word in phases:
            s.rect(left + begin * minute, y, length * minute, 16, fill, stroke, radius=2)
            s.text(left + (begin + length / 2) * minute, y + 11, word, 7.4, stroke)
    return s.drawing


def rack_elevation() -> Drawing:
    """A rack as it was drawn for the acceptance report: two appliances, switches, patch panels."""
    s = Sketch(260, 300)
    s.rect(70, 20, 150, 264, None, INK, width=1.6)
    units = (
        (40, "Patch panel A", 22),
        (64, "Core switch sw-r12-a", 22),
        (88, "Core switch sw-r12-b", 22),
        (124, "TG-220 serial TG220-00417", 34),
        (164, "TG-220 serial TG220-00418", 34),
        (214, "Console server", 22),
        (250, "UPS 3 kVA", 28),
    )
    for y, name, height in units:
        s.rect(78, y, 134, height, "#f4f4f4", INK)
        s.text(145, y + height / 2 + 3, name, 8.6)
    for unit in range(12, 0, -1):
        s.text(60, 20 + (13 - unit) * 21, f"U{unit}", 8, INK, "Sans", "end")
    s.text(145, 14, "Rack R12, front", 9, INK, "Sans-Bold")
    return s.drawing
