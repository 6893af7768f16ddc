"""Diagrams of boxes and arrows: architectures, flowcharts, sequences."""

from __future__ import annotations

import math

from codices.resources.training.synthetic_figures.brush import Brush, Canvas
from codices.resources.training.synthetic_figures.charts import Drawing
from codices.resources.training.synthetic_figures.vocabulary import ACTIONS, COMPONENTS

GROUPS = ("VPC", "Kubernetes cluster", "namespace", "region", "data center", "control plane", "cloud", "node", "edge")
STORES = ("database", "storage", "cache", "lake", "warehouse", "store", "index")


def architecture_diagram(brush: Brush) -> Drawing:
    canvas = Canvas(brush, brush.integer(480, 1100), brush.integer(300, 800))
    parts = brush.sample(COMPONENTS, brush.integer(3, 12))
    columns = brush.integer(2, 4)
    wide, high = canvas.width / columns, canvas.height / math.ceil(len(parts) / columns)
    for _ in range(brush.integer(0, 2)):
        x, y = brush.uniform(0, canvas.width * 0.4), brush.uniform(0, canvas.height * 0.4)
        right, bottom = x + canvas.width * brush.uniform(0.3, 0.55), y + canvas.height * brush.uniform(0.3, 0.55)
        canvas.draw.rectangle((x, y, right, bottom), outline=brush.pastel(True), width=2)
        canvas.text(x + 6, y + 4, brush.pick(GROUPS))
    places = [
        (
            (index % columns + brush.uniform(0.1, 0.2)) * wide,
            (index // columns + brush.uniform(0.15, 0.3)) * high,
            wide * brush.uniform(0.5, 0.65),
            high * brush.uniform(0.3, 0.5),
        )
        for index in range(len(parts))
    ]
    for _ in range(brush.integer(len(parts) - 1, len(parts) + 3)):
        near = brush.integer(0, len(parts) - 2)
        first, second = brush.sample(range(len(parts)), 2) if brush.chance(0.3) else (near, near + 1)
        canvas.arrow(*_facing(places[first], places[second]), dashed=brush.chance(0.15))
    for part, place in zip(parts, places, strict=True):
        stored = any(word in part for word in STORES) and brush.chance(0.6)
        canvas.box(*place, brush.word(part), "cylinder" if stored else "ellipse" if brush.chance(0.08) else "box")
    return canvas.image, (
        f"architecture diagram with {parts[0]}, {parts[1]} and {parts[2]}",
        f"how the {parts[0]} connects to the {parts[1]}",
        f"deployment overview: {parts[0]} and {parts[1]}",
        f"network topology of {', '.join(parts[:4])}",
        f"block diagram of the {parts[0]} sending data to the {parts[1]}",
    )


Place = tuple[float, float, float, float]


def _facing(first: Place, second: Place) -> tuple[tuple[float, float], tuple[float, float]]:
    """From the edge of one box to the facing edge of another."""
    ax, ay = first[0] + first[2] / 2, first[1] + first[3] / 2
    bx, by = second[0] + second[2] / 2, second[1] + second[3] / 2
    if abs(ax - bx) > abs(ay - by):
        side = 1 if bx > ax else -1
        return (ax + side * first[2] / 2, ay), (bx - side * second[2] / 2, by)
    side = 1 if by > ay else -1
    return (ax, ay + side * first[3] / 2), (bx, by - side * second[3] / 2)


def flowchart(brush: Brush) -> Drawing:
    upright = brush.chance(0.65)
    steps = brush.sample(ACTIONS, brush.integer(3, 7))
    if upright:
        canvas = Canvas(brush, brush.integer(280, 800), brush.integer(110, 150) * len(steps))
    else:
        canvas = Canvas(brush, brush.integer(130, 190) * len(steps), brush.integer(220, 480))
    pitch = (canvas.height if upright else canvas.width) / len(steps)
    width, height = (min(canvas.width * 0.5, 220), pitch * 0.55) if upright else (pitch * 0.68, canvas.height * 0.3)
    aside = brush.uniform(0.25, 0.5)
    before: tuple[float, float] | None = None
    for index, step in enumerate(steps):
        x = canvas.width * aside - width / 2 + 20 if upright else (index + 0.1) * pitch
        y = (index + 0.15) * pitch if upright else canvas.height * aside - height / 2
        ends = index in (0, len(steps) - 1)
        decides = not ends and brush.chance(0.5)
        if before:
            canvas.arrow(before, (x + width / 2, y) if upright else (x, y + height / 2))
        shape = "diamond" if decides else "ellipse" if ends and brush.chance(0.6) else "box"
        canvas.box(x, y, width, height, step + ("?" if decides else ""), shape)
        before = (x + width / 2, y + height) if upright else (x + width, y + height / 2)
        if decides and upright:
            canvas.arrow((x + width, y + height / 2), (min(canvas.width - 8, x + width + 90), y + height / 2))
            canvas.text(x + width + 8, y + height / 2 - 22, brush.pick(("no", "yes")))
        elif decides:
            canvas.arrow((x + width / 2, y + height), (x + width / 2, min(canvas.height - 8, y + height + 80)))
            canvas.text(x + width / 2 + 8, y + height + 8, brush.pick(("no", "yes")))
    return canvas.image, (
        f"flowchart: {steps[0]}, then {steps[1]}",
        f"flow chart of the process from {steps[0]} to {steps[-1]}",
        f"workflow with the decision to {steps[1]}",
        f"process flow: {', '.join(steps[:3])}",
        f"steps of the pipeline from {steps[0]} to {steps[-1]}",
    )


def sequence_diagram(brush: Brush) -> Drawing:
    canvas = Canvas(brush, brush.integer(480, 1000), brush.integer(320, 800))
    parts, messages = brush.sample(COMPONENTS, brush.integer(2, 6)), brush.integer(3, 11)
    pitch = canvas.width / len(parts)
    lanes = [pitch * (index + 0.5) for index in range(len(parts))]
    for lane, part in zip(lanes, parts, strict=True):
        canvas.arrow((lane, 44), (lane, canvas.height - 12), dashed=brush.chance(0.6), head=False)
        canvas.box(lane - pitch * 0.42, 6, pitch * 0.84, 40, part)
        if brush.chance(0.4):
            top = brush.uniform(60, canvas.height * 0.5)
            bottom = top + brush.uniform(30, canvas.height * 0.4)
            canvas.draw.rectangle((lane - 5, top, lane + 5, bottom), canvas.fill(), canvas.ink)
    for index in range(messages):
        start, end = brush.sample(lanes, 2)
        y = 80 + index * (canvas.height - 100) / messages
        canvas.arrow((start, y), (end, y), dashed=brush.chance(0.3))
        message = brush.pick((*ACTIONS, "200 OK", "GET /api", "POST /login", "ack", "token"))
        canvas.text(min(start, end) + 10, y - canvas.font.size - 4, message)
    return canvas.image, (
        f"sequence diagram of the {parts[0]} calling the {parts[1]}",
        f"sequence diagram between {parts[0]} and {parts[1]}",
        f"messages exchanged between {parts[0]} and {parts[-1]}",
        f"interaction: the {parts[0]} sends a request to the {parts[-1]}",
    )
