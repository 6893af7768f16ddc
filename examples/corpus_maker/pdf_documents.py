"""The PDF documents of the Tidegate documentation: a guide, a two-column white paper, a data sheet, a scan, and
one file that was cut off."""

from __future__ import annotations

import io

import numpy as np
import pypdfium2
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, FrameBreak, PageBreak

from examples.corpus_maker import charts, diagrams, product
from examples.corpus_maker.pdf_parts import build, figure, paragraph, table
from examples.corpus_maker.product import Rows

BASE_MTU: Rows = [
    ["Interface", "Speed", "Connector", "MTU", "Use"],
    ["mgmt0", "1 Gbit/s", "RJ45", "1500", "management, console"],
    ["ge0 to ge7", "1 Gbit/s", "RJ45", "9000", "backend networks"],
    ["xe0 to xe3", "25 Gbit/s", "SFP28", "9216", "uplinks"],
]

PANEL: Rows = [
    ["No.", "Part", "Meaning"],
    ["1", "Lamps PWR, HA, ALM", "green: in order; amber ALM: see tgctl alarm list"],
    ["2", "RJ45 ge0 to ge7", "backend networks"],
    ["3", "SFP28 xe0 to xe3", "uplinks, LACP group po1"],
    ["4", "USB-C console", "115200 baud, 8N1"],
    ["5", "RJ45 mgmt0", "management, DHCP at delivery"],
]

ELECTRICAL: Rows = [
    ["Property", "TG-110", "TG-220"],
    ["Power, typical", "48 W", "132 W"],
    ["Power, maximum", "75 W", "210 W"],
    ["Operating temperature", "0 to 40 °C", "0 to 45 °C"],
    ["Weight", "2.9 kg", "7.4 kg"],
    ["Height", "1 U", "2 U"],
    ["MTBF at 25 °C", "310,000 h", "245,000 h"],
]

MEASURED: Rows = [
    ["Connections", "4.5", "4.6", "4.7"],
    *[
        [f"{thousand},000", *(f"{charts.LATENCY[version][index]:.1f}" for version in charts.LATENCY)]
        for index, thousand in enumerate(charts.CONNECTIONS)
    ],
]

ACCEPTANCE: Rows = [
    ["Test", "Expected", "Measured", "Result"],
    ["A1 Failover of lb-a", "< 3 s", "1.8 s", "passed"],
    ["A2 Throughput, 4 KiB", "> 9 Gbit/s", "9.6 Gbit/s", "passed"],
    ["A3 Handshakes", "> 2,500 /s", "2,310 /s", "failed"],
    ["A4 Power cut, feed B", "no outage", "no outage", "passed"],
    ["A5 Restore of ledger", "< 10 min", "7 min 40 s", "passed"],
]


def administration_guide() -> bytes:
    story: list[Flowable] = [
        paragraph("Tidegate Administration Guide", "title"),
        paragraph("Version 4.7.2. Document TGD-ADM-472, June 2026", "subtitle"),
        paragraph("1 Architecture", "h1"),
        paragraph(
            "A Tidegate installation has a data plane and a control plane. The data plane moves requests; it goes "
            "on working when the control plane is away. The control plane checks, stores and distributes "
            "configuration, and it issues certificates to the proxies."
        ),
        paragraph(
            "Two load balancers share one virtual address by VRRP. The active one forwards packets to the proxies "
            "and does not look into them. When it fails, the standby announces the address within three seconds."
        ),
        figure(
            diagrams.architecture(),
            "Figure 1. Architecture: clients, load balancer pair, proxies, pools, control plane and telemetry.",
        ),
        PageBreak(),
        paragraph("1.1 Ports", "h2"),
        paragraph("Open these ports between the networks. Anything else can stay closed."),
        table(product.PORTS, "Table 1. Network ports by component", (40, 60, 72, 84, 220), ruled=True),
        paragraph("2 Load balancer configuration", "h1"),
        paragraph(
            "A listener is configured in four steps. It binds an address and names a TLS profile; host rules match "
            "the request; each rule points to one or more pools with weights; each pool names its members and the "
            "policy that chooses between them. Figure 2 shows a complete example."
        ),
        figure(
            diagrams.load_balancer_configuration(),
            "Figure 2. Load balancer configuration: a listener, its host rules, weighted backend pools and members.",
        ),
        paragraph(
            "The weights on the arrows add up to 100 for each rule. A member that is being drained keeps its open "
            "requests and receives no new ones. The health probe at the bottom applies to every pool that does "
            "not bring its own."
        ),
        paragraph("2.1 Limits", "h2"),
        paragraph(
            "The installer chooses a size class by the memory of the machine. Beyond the limits of a class sluice "
            "refuses the configuration with TG-5613 instead of running short later."
        ),
        table(product.LIMITS, "Table 2. Limits by size class", (200, 80, 80, 80), ruled=False),
        paragraph("3 Health checks", "h1"),
        paragraph(
            "buoy probes members from at least two nodes. Their results are exchanged over port 8600, and a member "
            "counts as failed only when the majority of the observers agree. One broken link does therefore not "
            "empty a pool."
        ),
        figure(diagrams.health_check_flow(), "Figure 3. Decision of the health prober after each answer or timeout."),
        CondPageBreak(230),
        paragraph("3.1 Timeouts", "h2"),
        table(product.TIMEOUTS, "Table 3. Timeouts, defaults and ranges", (130, 52, 92, 200), ruled=True),
        paragraph("4 Backup and restore", "h1"),
        paragraph(
            "ledger writes a snapshot every ten minutes to <i>/var/lib/tidegate/ledger/snapshots</i>. Copy them to "
            "another place. A snapshot holds configuration, certificates (sealed) and quota plans, but no metrics."
        ),
        paragraph("tgctl ledger restore --from ledger-20260618T0410Z.snap --force-new-quorum", "code"),
        paragraph(
            "The command asks for the cluster's name. It starts one replica; the others join and copy the state. "
            "While fewer than two replicas run, changes are refused with TG-5607."
        ),
        paragraph("5 Performance", "h1"),
        paragraph(
            "Figure 4 was measured on a node of class large with 1 KiB responses over HTTP/2. Version 4.7 moves the "
            "timers of idle connections to a wheel per thread, which is why its curve stays flat for longer."
        ),
        figure(charts.latency_chart(), "Figure 4. Latency at the 99th percentile against concurrent connections."),
        table(MEASURED, "Table 4. The measured values of Figure 4 in milliseconds", (100, 70, 70, 70), ruled=False),
        paragraph("6 Support", "h1"),
        table(product.SUPPORT, "Table 5. Supported versions", (70, 90, 110, 110), ruled=True),
    ]
    return build(story, "Tidegate Administration Guide", "TGD-ADM-472 Administration Guide")


def white_paper() -> bytes:
    def column(*words: str) -> list[Flowable]:
        return [paragraph(text, "column") for text in words]

    story: list[Flowable] = [
        paragraph("Sizing an Edge Gateway for Encrypted Traffic", "title"),
        paragraph("M. Okonjo-Brandt, L. Vestergaard. Tidegate White Paper 17, March 2026", "subtitle"),
        FrameBreak(),
        paragraph("Abstract", "h2"),
        *column(
            "Most gateways are sized by requests per second. We show that for encrypted traffic the rate of new "
            "handshakes and the cipher suite decide how many machines are needed, and we give a rule that was "
            "right within 12 % on five installations."
        ),
        paragraph("1 Introduction", "h2"),
        *column(
            "A proxy that ends TLS does three kinds of work. It agrees on keys, which costs processor time for "
            "every new connection. It encrypts, which costs time for every byte. And it keeps state, which costs "
            "memory for every connection that is open. The three grow with different numbers, so one figure for "
            "the load cannot describe them.",
            "Operators often know their requests per second and nothing else. When clients keep connections open, "
            "that number says little: a shop with 9,000 requests per second may see 200 handshakes per second "
            "during the day and 4,000 after a push message has reached every telephone at once.",
        ),
        paragraph("2 Measurements", "h2"),
        *column(
            "We drove one TG-220 with synthetic clients. Each client opened a connection, asked for a body of "
            "64 KiB a hundred times and closed it. The processor was held at 70 % so that the kernel kept room "
            "for interrupts."
        ),
        figure(charts.cipher_chart(), "Figure 1. Throughput of one node by cipher suite."),
        *column(
            "AES in counter mode profits from instructions of the processor. ChaCha20 does without them and is "
            "the better choice for telephones, but costs the gateway 39 % of its throughput. The CBC suite is "
            "shown only because some payment terminals still ask for it.",
            "Resumption matters more than any cipher. With session tickets that live for one hour, 83 % of the "
            "handshakes in the trace of a news site were resumed, and a resumed handshake took 0.11 ms of "
            "processor time instead of 0.74 ms.",
        ),
        paragraph("3 The rule", "h2"),
        *column(
            "Let h be the full handshakes per second at the peak, r the resumed ones, b the bytes per second and "
            "c the open connections. A node of class large has a budget of one second of processor time per core "
            "and second. The share used is 0.74 h + 0.11 r milliseconds plus b divided by the throughput of "
            "Figure 1, and memory is 38 KiB for each of the c connections. Choose the number of nodes so that "
            "after the loss of one node no share passes 70 %."
        ),
        table(
            [
                ["Site", "Rule", "Bought", "Peak use"],
                ["News", "5", "6", "61 %"],
                ["Shop", "4", "4", "68 %"],
                ["Bank", "7", "8", "57 %"],
                ["Radio", "3", "3", "72 %"],
                ["City", "2", "2", "44 %"],
            ],
            "Table 1. Nodes by the rule and as bought",
            (62, 46, 52, 60),
            ruled=False,
        ),
        paragraph("4 What the rule leaves out", "h2"),
        *column(
            "It does not know of slow members. A member that answers late keeps connections open, and memory grows "
            "although the traffic is the same. Set request timeouts before you add nodes. It does not know of "
            "attacks either; a flood of handshakes from addresses without tickets should be met with the quota of "
            "new handshakes per address, key tls.handshake_quota_per_source.",
            "Finally, hardware ages. On the oldest machines of the bank we found a fan that had slowed down, and "
            "with it the clock of the processor. Telemetry of the temperature would have told us sooner.",
        ),
        paragraph("References", "h2"),
        *column(
            "[1] Tidegate Administration Guide, TGD-ADM-472.",
            "[2] L. Vestergaard: Tickets and their lifetime. Tidegate White Paper 11, 2024.",
        ),
    ]
    return build(story, "Sizing an Edge Gateway for Encrypted Traffic", "Tidegate White Paper 17", columns=2)


def data_sheet() -> bytes:
    story: list[Flowable] = [
        paragraph("TG-220 Edge Appliance", "title"),
        paragraph("Data sheet TGD-DS-220, revision C", "subtitle"),
        paragraph(
            "The TG-220 is the appliance for sites that want Tidegate without servers of their own. It comes with "
            "sluice and buoy installed and joins a control plane by the token printed on its label. Its "
            "part number is 7TG-220-25G-EU."
        ),
        figure(diagrams.front_panel(), "Figure 1. Front panel of the TG-220 with numbered connectors and lamps."),
        table(PANEL, "Table 1. Parts of the front panel", (34, 130, 260), ruled=True),
        paragraph("Interfaces", "h2"),
        table(BASE_MTU, "Table 2. Interfaces and MTU", (80, 76, 72, 56, 150), ruled=False),
        paragraph("Electrical and mechanical data", "h2"),
        table(ELECTRICAL, "Table 3. Electrical and mechanical data", (160, 110, 110), ruled=True),
    ]
    return build(story, "TG-220 Edge Appliance", "TGD-DS-220 rev. C")


def acceptance_report() -> bytes:
    """Printed and scanned: pages are pictures with skew and grain, without a text layer."""
    story: list[Flowable] = [
        paragraph("Site Acceptance Report", "title"),
        paragraph("Rotterdam, hall 2, rack R12. Report SAR-2025-0093, 14 October 2025", "subtitle"),
        paragraph("1 Scope", "h1"),
        paragraph(
            "Two appliances of type TG-220 were installed and accepted in the presence of the customer. Firmware "
            "was 4.6.0, control plane version 4.6.0. The power feeds A and B are separate."
        ),
        paragraph("2 Results", "h1"),
        table(ACCEPTANCE, "Table 1. Acceptance tests", (140, 90, 90, 80), ruled=True),
        paragraph(
            "Test A3 failed by 190 handshakes per second. The cause was a wrong BIOS profile. It is to be repeated "
            "after ticket RTM-44871 is closed."
        ),
        paragraph("Signed: J. de Wolff, P. Nowicka"),
        PageBreak(),
        paragraph("3 Installation", "h1"),
        paragraph("The units stand in rack R12 as drawn below. Free units are covered with blanking plates."),
        figure(diagrams.rack_elevation(), "Figure 1. Elevation of rack R12 with both appliances."),
        paragraph("Cables are labelled R12-xx. The uplinks xe0 and xe1 go to sw-r12-a, xe2 and xe3 to sw-r12-b."),
    ]
    printed = build(story, "Site Acceptance Report", "SAR-2025-0093")
    grain = np.random.default_rng(1893)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=0)
    with pypdfium2.PdfDocument(printed) as document:
        for number in range(len(document)):
            page = document[number].render(scale=2).to_pil().convert("L")
            page = page.rotate((0.8, -0.6)[number % 2], Image.Resampling.BICUBIC, fillcolor=255)
            pixels = np.asarray(page, dtype=np.float64) * 0.9 + 18
            pixels += grain.normal(0, 5, pixels.shape)
            scan = io.BytesIO()
            Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(scan, "JPEG", quality=55)
            scan.seek(0)
            canvas.drawImage(ImageReader(scan), 0, 0, *A4)
            canvas.showPage()
    canvas.save()
    return out.getvalue()


def truncated_draft() -> bytes:
    """A draft whose upload broke off: the first part of a PDF, without its page tree."""
    story: list[Flowable] = [
        paragraph("Tidegate 5.0 Release Notes (draft)", "title"),
        paragraph("The new routing engine is described here."),
    ]
    return build(story, "Tidegate 5.0 Release Notes", "draft")[:9000]


def pdf_documents() -> dict[str, bytes]:
    """Path inside the corpus -> bytes."""
    return {
        "pdf/administration-guide.pdf": administration_guide(),
        "pdf/sizing-white-paper.pdf": white_paper(),
        "pdf/tg-220-data-sheet.pdf": data_sheet(),
        "pdf/acceptance-report-scan.pdf": acceptance_report(),
        "pdf/release-notes-5.0-draft.pdf": truncated_draft(),
    }
