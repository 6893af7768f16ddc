"""Screens: source code, terminals, forms and other user interfaces, tables."""

from __future__ import annotations

import json

from PIL import Image, ImageDraw

from codices.resources.training.synthetic_figures.brush import Brush, Canvas
from codices.resources.training.synthetic_figures.charts import Drawing
from codices.resources.training.synthetic_figures.vocabulary import (
    ACTIONS,
    COMMANDS,
    COMPONENTS,
    METRICS,
    SCREENS,
    SUBJECTS,
)

THEMES = (
    "default", "monokai", "friendly", "colorful", "vs", "github-dark", "solarized-dark", "native", "xcode", "one-dark"
)  # fmt: skip
THEMES_HELD_OUT = ("vim", "dracula", "paraiso-dark", "tango")


def _identifier(brush: Brush) -> str:
    return brush.pick((*COMPONENTS, *METRICS)).lower().replace(" ", "_").replace("-", "_")


def _python(brush: Brush) -> str:
    lines = [f"import {brush.pick(('os', 'json', 'time', 'logging'))}", ""]
    for _ in range(brush.integer(1, 3)):
        name, argument = brush.pick(ACTIONS).replace(" ", "_").replace("-", "_"), _identifier(brush)
        lines += [f"def {name}({argument}: str, limit: int = {brush.integer(1, 99)}) -> None:"]
        lines += [f'    """{brush.pick(ACTIONS).capitalize()} and {brush.pick(ACTIONS)}."""']
        for _ in range(brush.integer(1, 5)):
            lines.append(
                brush.pick(
                    (
                        f"    {_identifier(brush)} = client.get({argument!r}, timeout={brush.integer(1, 30)})",
                        f"    for item in {_identifier(brush)}:\n        print(item.name, item.value)",
                        f"    if not {argument}:\n        raise ValueError('{brush.pick(ACTIONS)} failed')",
                        f"    # {brush.pick(ACTIONS)}",
                        f"    return [{_identifier(brush)} for _ in range(limit)]",
                    )
                )
            )
        lines.append("")
    return "\n".join(lines)


def _yaml(brush: Brush) -> str:
    name = brush.pick(COMPONENTS).lower().replace(" ", "-")
    return (
        f"apiVersion: apps/v1\nkind: {brush.pick(('Deployment', 'Service', 'Ingress', 'ConfigMap', 'Job'))}\n"
        f"metadata:\n  name: {name}\n  labels:\n    app: {name}\nspec:\n  replicas: {brush.integer(1, 9)}\n"
        f"  template:\n    spec:\n      containers:\n      - name: {name}\n"
        f"        image: registry/{name}:{brush.integer(1, 9)}.{brush.integer(0, 30)}\n"
        f"        ports:\n        - containerPort: {brush.integer(1000, 9999)}\n"
    )


def _sql(brush: Brush) -> str:
    metric, subject = _identifier(brush), brush.pick(SUBJECTS).replace(" ", "_")
    return (
        f"SELECT {subject}, avg({metric}) AS mean, count(*)\nFROM {_identifier(brush)}\n"
        f"WHERE created_at > now() - interval '{brush.integer(1, 30)} day'\n  AND {metric} > {brush.integer(1, 500)}\n"
        f"GROUP BY {subject}\nORDER BY mean DESC\nLIMIT {brush.integer(5, 100)};\n"
    )


def _json(brush: Brush) -> str:
    value = {
        brush.pick(SUBJECTS): brush.integer(1, 99),
        "name": brush.pick(COMPONENTS),
        "spec": {"enabled": brush.chance(0.5), "steps": brush.sample(ACTIONS, brush.integer(2, 5))},
        _identifier(brush): brush.uniform(0, 1),
    }
    return json.dumps(value, indent=brush.pick((2, 4)))


LANGUAGES = {"python": _python, "yaml": _yaml, "sql": _sql, "json": _json}


def code(brush: Brush) -> Drawing:
    from pygments.lexers import get_lexer_by_name
    from pygments.styles import get_style_by_name

    language = brush.pick(("python", "python", "yaml", "sql", "json"))
    source = "\n".join(LANGUAGES[language](brush) for _ in range(brush.integer(1, 2)))
    theme = get_style_by_name(brush.pick(THEMES_HELD_OUT if brush.held_out else THEMES))
    styles = dict(theme)
    font = brush.font(brush.integer(11, 17), mono=True)
    lines = source.split("\n")
    advance, pitch = font.getlength("m"), font.size * brush.uniform(1.2, 1.5)
    margin, numbered, window = brush.integer(6, 30), brush.chance(0.4), brush.chance(0.35)
    left, top = margin + (4 * advance if numbered else 0), margin + (36 if window else 0)
    width = int(left + advance * max(map(len, lines)) + margin)
    image = Image.new("RGB", (width, int(top + pitch * len(lines) + margin)), theme.background_color)
    draw = ImageDraw.Draw(image)
    if window:
        for index, light in enumerate(((255, 95, 86), (255, 189, 46), (39, 201, 63))):
            draw.ellipse((12 + 20 * index, 12, 24 + 20 * index, 24), fill=light)
    x, row = 0, 0
    plain = "#dddddd" if sum(image.getpixel((0, 0))[:3]) < 380 else "#333333"  # pyright: ignore
    for kind, value in get_lexer_by_name(language).get_tokens(source):
        while kind not in styles and kind.parent is not None:  # a lexer's own kinds take the style of the kind above
            kind = kind.parent
        colour = styles[kind]["color"]
        for part, text in enumerate(value.split("\n")):
            if part:
                x, row = 0, row + 1
            draw.text((left + x * advance, top + row * pitch), text, font=font, fill=f"#{colour}" if colour else plain)
            x += len(text)
    for number in range(len(lines) if numbered else 0):
        draw.text((margin, top + number * pitch), f"{number + 1:3}", font=font, fill="#888888")
    return image, (
        f"code snippet in {language}",
        f"screenshot of {language} source code in an editor",
        f"{language} code example",
        f"{language} file in the code editor with syntax highlighting",
    )


CONSOLES = (
    ((0, 0, 0), (200, 200, 200)), ((0, 0, 0), (60, 220, 60)), ((40, 42, 54), (230, 230, 230)),
    ((48, 10, 36), (238, 238, 236)), ((255, 255, 255), (20, 20, 20)), ((0, 43, 54), (131, 148, 150)),
)  # fmt: skip
CONSOLES_HELD_OUT = (((12, 12, 12), (204, 204, 204)), ((1, 36, 86), (238, 237, 240)), ((253, 246, 227), (88, 110, 117)))


def terminal(brush: Brush) -> Drawing:
    back, ink = brush.pick(CONSOLES_HELD_OUT if brush.held_out else CONSOLES)
    image = Image.new("RGB", (brush.integer(420, 1000), brush.integer(180, 640)), back)
    draw, font, command = ImageDraw.Draw(image), brush.font(brush.integer(10, 16), mono=True), brush.pick(COMMANDS)
    prompt = brush.pick(("$ ", "# ", "user@host:~$ ", "> ", "PS C:\\> "))
    draw.text((8, 8), prompt + command, font=font, fill=ink)
    y, listing = 8.0, brush.chance(0.5)
    while y < image.height - 2 * font.size:
        y += font.size * 1.3
        if brush.chance(0.04):
            draw.text((8, y), prompt, font=font, fill=ink)
            break
        name = brush.pick(COMPONENTS).lower().replace(" ", "-")
        if listing:
            state = brush.pick(("Running", "Pending", "CrashLoopBackOff", "Completed", "Error"))
            line = f"{name}-{brush.integer(0, 16**5):05x}   {brush.integer(0, 3)}/3   {state:18}{brush.integer(1, 90)}m"
        else:
            level = brush.pick(("INFO", "INFO", "WARN", "ERROR", "DEBUG"))
            line = f"{brush.integer(0, 23):02}:{brush.integer(0, 59):02} {level} {brush.pick(ACTIONS)} {name}"
        draw.text(
            (8, y), line if brush.chance(0.93) else "", font=font, fill=ink if brush.chance(0.85) else brush.colour()
        )
    return image, (
        f"terminal output of {command}",
        f"command line running {command}",
        f"console with {command} and log messages",
        f"shell session: {command}",
    )


def form(brush: Brush) -> Drawing:
    canvas = Canvas(brush, brush.integer(440, 1200), brush.integer(320, 800), dark=0.15)
    draw, accent, name = canvas.draw, brush.colour(), brush.pick(SCREENS)
    edge = (90, 90, 90) if canvas.dark else (200, 200, 200)
    if brush.chance(0.75):
        draw.rectangle((0, 0, canvas.width, 44), fill=accent if brush.chance(0.5) else (60, 64, 72))
        canvas.text(14, 12, name.title(), (255, 255, 255))
    x, y, right = 24.0, 66.0, canvas.width - 24.0
    if brush.chance(0.55):
        side = brush.integer(110, 200)
        draw.rectangle((0, 44, side, canvas.height), fill=(24, 26, 30) if canvas.dark else (243, 244, 246))
        for row in range(brush.integer(4, 10)):
            canvas.text(14, 60 + row * 32, brush.pick(SCREENS).title())
        x += side
    layout = brush.pick(("form", "form", "dialog", "list", "cards"))
    if layout == "dialog":
        x, y, right = canvas.width * 0.25, canvas.height * 0.15, canvas.width * 0.8
        draw.rounded_rectangle((x, y, right, canvas.height * 0.92), 8, canvas.page, edge, 2)
        x, y, right = x + 20, y + 16, right - 20
    canvas.text(x, y, name.title(), font=brush.font(22))
    y += 46
    while y < canvas.height - 90:
        if layout == "list":
            draw.rectangle((x, y, right, y + 34), outline=edge)
            draw.ellipse((x + 8, y + 9, x + 24, y + 25), fill=brush.colour())
            canvas.text(x + 34, y + 8, brush.pick(COMPONENTS + ACTIONS).title())
            canvas.text(right - 90, y + 8, brush.pick(("Healthy", "Synced", "Active", "Failed", "Edit")), accent)
            y += 40
        elif layout == "cards":
            wide = (right - x) / 3
            for column in range(3):
                draw.rounded_rectangle((x + column * wide, y, x + (column + 0.92) * wide, y + 84), 6, None, edge)
                canvas.text(x + column * wide + 8, y + 8, brush.pick(COMPONENTS)[: int(wide / 11)].title())
                canvas.text(
                    x + column * wide + 8, y + 36, brush.pick(("Synced", "Healthy", "Degraded", "Open")), accent
                )
            y += 98
        else:
            y += _field(brush, canvas, x, y, right, accent, edge)
    draw.rounded_rectangle((x, canvas.height - 50, x + 110, canvas.height - 18), 5, fill=accent)
    canvas.text(x + 14, canvas.height - 44, brush.pick(("Save", "Create", "Submit", "Next", "Apply")), (255, 255, 255))
    return canvas.image, (
        f"screenshot of the {name} page",
        f"{name} form in the web interface",
        f"the {name} screen of the console with a button to save",
        f"user interface for {name}",
        f"{name} page of the application",
    )


def _field(brush: Brush, canvas: Canvas, x: float, y: float, right: float, accent: object, edge: object) -> float:
    """One labelled input; returns its height."""
    draw, kind = canvas.draw, brush.random.random()
    canvas.text(x, y, brush.pick(SCREENS + METRICS + SUBJECTS).title())
    if kind < 0.65:
        end = min(right, x + brush.integer(200, 500))
        draw.rounded_rectangle((x, y + 22, end, y + 50), 4, outline=edge)  # pyright: ignore[reportArgumentType]
        canvas.text(
            x + 8, y + 27, brush.pick(("", "https://example.com", "admin", "Select", "default")), (150, 150, 150)
        )
        return 64
    if kind < 0.85:
        draw.rounded_rectangle((x, y + 24, x + 38, y + 44), 10, fill=accent)  # pyright: ignore[reportArgumentType]
        draw.ellipse((x + 20, y + 26, x + 36, y + 42), fill="white")
        return 58
    draw.rectangle((x, y + 24, x + 16, y + 40), outline=canvas.ink)
    canvas.text(x + 24, y + 22, brush.pick(ACTIONS))
    return 54


def table(brush: Brush) -> Drawing:
    subject, metrics, rows = brush.pick(SUBJECTS), brush.sample(METRICS, brush.integer(1, 6)), brush.integer(3, 16)
    pitch, width = brush.integer(20, 36), brush.integer(420, 1000)
    canvas = Canvas(brush, width, pitch * (rows + 1) + 20, dark=0.15)
    wide = (width - 20) / (len(metrics) + 1)
    head, banded = canvas.fill() if brush.chance(0.6) else canvas.page, brush.chance(0.5)
    ruled = brush.pick(("grid", "lines", "none"))
    edge = (100, 100, 110) if canvas.dark else (180, 180, 180)
    for row in range(rows + 1):
        y = 10 + row * pitch
        band = (
            head if row == 0 else tuple(abs(part - 12) for part in canvas.page) if banded and row % 2 else canvas.page
        )
        canvas.draw.rectangle((10, y, width - 10, y + pitch), fill=band)
        if ruled == "lines":
            canvas.draw.line((10, y + pitch, width - 10, y + pitch), fill=edge)
        for column, name in enumerate((subject, *metrics)):
            x = 10 + column * wide
            if ruled == "grid":
                canvas.draw.rectangle((x, y, x + wide, y + pitch), outline=edge)
            number = brush.pick((f"{brush.uniform(0, 100):.1f}", str(brush.integer(0, 9999)), "yes", "no", "-"))
            text = name if row == 0 else brush.pick(COMPONENTS) if column == 0 else number
            canvas.text(x + 5, y + 4, text[: int(wide / canvas.font.size / 0.55)])
    return canvas.image, (
        f"table of {metrics[0]} by {subject}",
        f"comparison table of {subject}s with {metrics[0]}",
        f"table with columns {', '.join(metrics[:3])}",
        f"data table of {metrics[-1]} per {subject}",
    )
