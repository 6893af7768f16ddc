"""The Office documents of the Tidegate documentation: a runbook, a change request, a review, a capacity plan."""

from __future__ import annotations

import io

import docx
import openpyxl
import pptx
from docx.document import Document as DocxDocument
from docx.shared import Inches as DocxInches
from docx.shared import Pt as DocxPt
from docx.styles.style import ParagraphStyle
from openpyxl.styles import Font, PatternFill
from pptx.chart.data import ChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.slide import Slide
from pptx.util import Inches, Pt

from examples.corpus_maker import charts, diagrams
from examples.corpus_maker.drawing import render_png
from examples.corpus_maker.product import Rows
from examples.corpus_maker.reproducible import DATE, normalize_zip

ROTA: Rows = [
    ["Role", "Who", "Reach by", "Answers within"],
    ["First line", "edge-oncall", "pager 4411", "5 minutes"],
    ["Second line", "network platform", "pager 4420", "15 minutes"],
    ["Database", "ledger owners", "pager 4437", "30 minutes"],
    ["Customer contact", "service desk", "desk 2200", "30 minutes"],
]

CHANGE_STEPS: Rows = [
    ["Step", "Command", "Owner", "Undo"],
    ["1", "tgctl config verify edge-1188.toml", "Nowicka", "-"],
    ["2", "tgctl route canary api-v2 --percent 10", "Nowicka", "--percent 0"],
    ["3", "watch TG-5021 for 30 minutes", "Okafor", "-"],
    ["4", "tgctl route canary api-v2 --percent 50", "Nowicka", "--percent 10"],
    ["5", "tgctl config apply edge-1188.toml", "Okafor", "tgctl config rollback --to 1187"],
]

COSTS: Rows = [
    ["Item", "Q1", "Q2", "Q3"],
    ["Egress, Rotterdam", "18,200", "19,050", "22,400"],
    ["Egress, Gdansk", "2,100", "2,180", "2,950"],
    ["Certificates", "640", "640", "710"],
    ["Support contract", "9,500", "9,500", "9,500"],
]


def _docx_table(document: DocxDocument, rows: Rows, caption: str) -> None:
    document.add_paragraph(caption, style="Caption")
    table = document.add_table(len(rows), len(rows[0]), style="Light Grid Accent 1")
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, words in zip(row.cells, cells, strict=True):
            cell.text = words
    document.add_paragraph()


def _docx(document: DocxDocument, title: str) -> bytes:
    properties = document.core_properties
    properties.title, properties.author = title, "Tidegate documentation team"
    properties.created = properties.modified = DATE
    out = io.BytesIO()
    document.save(out)
    return normalize_zip(out.getvalue())


def _new_document(title: str) -> DocxDocument:
    document = docx.Document()
    normal = document.styles["Normal"]
    assert isinstance(normal, ParagraphStyle)
    normal.font.name, normal.font.size = "Calibri", DocxPt(11)
    document.add_heading(title, 0)
    return document


def incident_runbook() -> bytes:
    document = _new_document("Incident Runbook, Edge")
    document.add_paragraph("For the engineer on call. Valid for Tidegate 4.6 and 4.7. Last drill: 2026-04-23.")
    document.add_heading("First ten minutes", 1)
    document.add_paragraph(
        "Acknowledge the alert, open the overview, and answer two questions: is every pool affected, and is a "
        "certificate about to expire? The answers lead to one of four pages."
    )
    document.add_picture(io.BytesIO(render_png(diagrams.triage_flow())), DocxInches(5.4))
    document.add_paragraph("Figure 1. Triage in the first ten minutes of an incident.", style="Caption")
    document.add_heading("Who to call", 1)
    _docx_table(document, ROTA, "Table 1. On-call rota and reaction times")
    document.add_heading("Fail over to the standby site", 1)
    document.add_paragraph(
        "Fail over when Rotterdam cannot serve for longer than fifteen minutes. Requests that were written to "
        "ledger in the last two seconds may be missing afterwards; tell the service desk."
    )
    document.add_picture(io.BytesIO(render_png(diagrams.site_failover())), DocxInches(5.6))
    document.add_paragraph("Figure 2. Failover from Rotterdam to Gdansk by DNS weight.", style="Caption")
    for step in (
        "Run tgctl --context edge-eu-1 site fence rotterdam.",
        "Check that the replication lag is under two seconds: tgctl ledger lag.",
        "Run tgctl --context edge-eu-2 site promote gdansk --reason INC.",
        "Set the DNS weight of edge.example.com to 0 and 100. The time to live is 60 seconds.",
    ):
        document.add_paragraph(step, style="List Number")
    document.add_heading("After the incident", 1)
    document.add_paragraph(
        "Write the report within five working days. Attach the support bundle and the trace ids. The template has "
        "the number TGD-TPL-031."
    )
    return _docx(document, "Incident Runbook, Edge")


def change_request() -> bytes:
    document = _new_document("Change Request CR-2417")
    document.add_paragraph("Route one in ten API requests to the canary pool, then one in two.")
    document.add_heading("Reason", 1)
    document.add_paragraph(
        "Release 8.3 of the order service needs real traffic before the summer sale. Revision 1188 of the "
        "configuration adds the pool api-canary with the policy consistent_hash on the cookie cart_id."
    )
    document.add_heading("Plan", 1)
    _docx_table(document, CHANGE_STEPS, "Table 1. Steps of the change with their owners")
    document.add_heading("Risk", 1)
    document.add_paragraph(
        "Low. Sessions stay on their member because the hash does not change when the share grows. If TG-5021 "
        "passes 60 a minute, go back to revision 1187."
    )
    document.add_paragraph("Approved by the change board on 2026-06-09, window 2026-06-11 05:00 to 07:00 UTC.")
    return _docx(document, "Change Request CR-2417")


def _write(shape: BaseShape | None, words: str) -> None:
    """Fills a placeholder of the layout."""
    assert isinstance(shape, Shape)
    shape.text_frame.text = words


def operations_review() -> bytes:
    deck = pptx.Presentation()
    title = deck.slides.add_slide(deck.slide_layouts[0])
    _write(title.shapes.title, "Edge operations review")
    _write(title.placeholders[1], "Third quarter 2026, platform team")

    def slide(heading: str) -> Slide:
        made = deck.slides.add_slide(deck.slide_layouts[5])
        _write(made.shapes.title, heading)
        return made

    incidents = slide("Incidents fell by a third")
    data = ChartData()
    data.categories = ["Q4 2025", "Q1 2026", "Q2 2026", "Q3 2026"]
    data.add_series("Severity 1", (3, 2, 2, 1))
    data.add_series("Severity 2", (9, 11, 7, 5))
    frame = incidents.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_STACKED, Inches(0.5), Inches(1.6), Inches(5.8), Inches(5.2), data
    )
    assert isinstance(frame, GraphicFrame)
    chart = frame.chart
    chart.has_legend = True
    assert chart.legend is not None
    chart.legend.position = XL_LEGEND_POSITION.BOTTOM
    chart.legend.include_in_layout = False
    words = incidents.shapes.add_textbox(Inches(6.5), Inches(2), Inches(3.1), Inches(3.6)).text_frame
    words.word_wrap = True
    words.text = "Severity 1: INC-30982, search pool in panic for 61 minutes."
    words.add_paragraph().text = "Cause: probe path /healthz moved in release 6.2 of the search service."
    words.add_paragraph().text = "Action: contract test for the probe path, due 15 October."

    pipeline = slide("A second telemetry relay")
    picture = pipeline.shapes.add_picture(
        io.BytesIO(render_png(charts.memory_chart())), Inches(0.4), Inches(1.9), Inches(6)
    )
    picture.name = "Relay memory"
    picture._element.xpath(".//p:cNvPr")[0].set("descr", "Memory of the telemetry relay against spans per second")
    note = pipeline.shapes.add_textbox(Inches(6.6), Inches(2.2), Inches(3), Inches(3)).text_frame
    note.word_wrap = True
    note.text = "One relay reaches its memory limit at 380,000 spans a second. We peaked at 352,000 in September."

    costs = slide("Costs by quarter (euro)")
    grid = costs.shapes.add_table(len(COSTS), len(COSTS[0]), Inches(0.7), Inches(1.8), Inches(8.6), Inches(3.4)).table
    for row, cells in enumerate(COSTS):
        for column, value in enumerate(cells):
            grid.cell(row, column).text = value
            grid.cell(row, column).text_frame.paragraphs[0].font.size = Pt(18)
    notes = costs.notes_slide.notes_text_frame
    assert notes is not None
    notes.text = "Egress grew with the video pilot; the contract is renewed in March."
    deck.core_properties.title, deck.core_properties.author = "Edge operations review", "Platform team"
    deck.core_properties.created = deck.core_properties.modified = DATE
    out = io.BytesIO()
    deck.save(out)
    return normalize_zip(out.getvalue())


def capacity_plan() -> bytes:
    book = openpyxl.Workbook()
    nodes = book.active
    assert nodes is not None
    nodes.title = "Nodes"
    forecast: list[list[str | int | float]] = [
        ["Month", "Peak requests/s", "Handshakes/s", "Nodes needed"],
        ["2026-07", 19400, 2900, 5],
        ["2026-08", 20100, 3050, 5],
        ["2026-09", 22800, 3600, 6],
        ["2026-10", 24900, 4100, 6],
        ["2026-11", 38500, 7800, 9],
        ["2026-12", 36200, 7100, 9],
    ]
    spare: list[list[str | int | float]] = [
        ["Site", "Rack", "Free units", "Spare power (kW)"],
        ["Rotterdam", "R12", 4, 1.9],
        ["Rotterdam", "R14", 12, 5.2],
        ["Gdansk", "G03", 8, 3.4],
    ]
    for title, region, left, top in (
        ("Forecast of the edge", forecast, 1, 1),
        ("Room in the racks", spare, 7, 4),
    ):
        nodes.cell(top, left, title).font = Font(bold=True, size=13)
        for r, cells in enumerate(region):
            for c, value in enumerate(cells):
                cell = nodes.cell(top + 1 + r, left + c, value)
                if r == 0:
                    cell.font = Font(bold=True)
                    cell.fill = PatternFill("solid", fgColor="DCE6F1")
    certificates = book.create_sheet("Certificates")
    for row in (
        ["Name", "Fingerprint (SHA-1)", "Expires", "Pool"],
        ["shop-example-com-2026", "9f2c41d07be85a3361c0d94e7a12f8b6530ced49", "2026-09-14", "checkout"],
        ["api-example-com-2026", "4be1907acd6238f5590e1b7da46c3f82d91507ea", "2026-11-02", "api-canary"],
        ["static-example-com-2025", "d2807f6b1c95e43aa8f016d37b5ec924410f9d83", "2026-08-21", "static"],
    ):
        certificates.append(row)
    for sheet in (nodes, certificates):
        for column in "ABCDGHIJ":
            sheet.column_dimensions[column].width = 24
    book.properties.creator = "Platform team"
    book.properties.created = book.properties.modified = DATE
    out = io.BytesIO()
    book.save(out)
    return normalize_zip(out.getvalue())


def office_documents() -> dict[str, bytes]:
    """Path inside the corpus -> bytes."""
    return {
        "runbooks/incident-runbook.docx": incident_runbook(),
        "changes/CR-2417.docx": change_request(),
        "reviews/operations-review-2026-q3.pptx": operations_review(),
        "planning/capacity-plan-2026.xlsx": capacity_plan(),
    }
