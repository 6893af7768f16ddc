"""What is neither chart nor screen: maps, photographs, logos."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from codices.resources.training.synthetic_figures.brush import Brush, Canvas
from codices.resources.training.synthetic_figures.charts import Drawing
from codices.resources.training.synthetic_figures.vocabulary import BRANDS, METRICS, PLACES, THINGS


def map_(brush: Brush) -> Drawing:
    width, height = brush.integer(420, 900), brush.integer(300, 640)
    sea = brush.pick(((170, 211, 223), (200, 225, 240), (30, 40, 60), (235, 240, 245)))
    land = brush.pick(((242, 239, 233), (200, 220, 170), (70, 80, 90), (215, 215, 215)))
    if brush.held_out:
        sea, land = brush.pick((((188, 216, 235), (225, 230, 200)), ((45, 55, 75), (95, 105, 110))))
    image = Image.new("RGB", (width, height), sea)
    draw, font = ImageDraw.Draw(image), brush.font(brush.integer(9, 14))
    for _ in range(brush.integer(2, 7)):
        x, y, radius = brush.uniform(0, width), brush.uniform(0, height), brush.uniform(60, 260)
        # A coast: a circle whose radius wanders.
        wander = brush.numbers.normal(0, 0.12, 48).cumsum()
        wander -= np.linspace(0, wander[-1], 48)
        coast = [
            (
                x + radius * (1 + bend) * math.cos(turn) * 1.4,
                y + radius * (1 + bend) * math.sin(turn),
            )
            for turn, bend in zip(np.linspace(0, 2 * math.pi, 48), wander, strict=True)
        ]
        draw.polygon(coast, fill=land, outline=(150, 150, 150))
        draw.line([(x, y - radius), (x + brush.uniform(-60, 60), y + radius)], fill=(170, 170, 170))
    if brush.chance(0.4):
        for _ in range(25):
            road = [(brush.uniform(0, width), brush.uniform(0, height)) for _ in range(brush.integer(2, 5))]
            draw.line(
                road, fill=brush.pick(((255, 255, 255), (250, 210, 120), (200, 200, 200))), width=brush.integer(1, 6)
            )
    for _ in range(brush.integer(3, 20)):
        x, y, radius = brush.uniform(0, width), brush.uniform(0, height), brush.uniform(3, 14)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), brush.colour(), "white")
        if brush.chance(0.4):
            draw.text((x + radius + 2, y - 6), brush.pick(BRANDS), font=font, fill=(60, 60, 60))
    place = brush.pick(PLACES)
    return image, (
        f"map of {place}",
        f"geographic map of {brush.pick(METRICS)} by region",
        f"world map with markers for {place}",
    )


def photo(brush: Brush) -> Drawing:
    width, height = brush.integer(320, 640), brush.integer(240, 520)
    ground = brush.numbers.random((brush.integer(2, 9), brush.integer(2, 9), 3)) * brush.uniform(0.5, 1)
    image = Image.fromarray((ground * 255).astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(brush.integer(3, 25)):
        x, y = brush.uniform(-40, width), brush.uniform(-40, height)
        wide, high = brush.uniform(15, width / 2), brush.uniform(15, height / 2)
        fill = (*brush.colour(), brush.integer(50, 210))
        form = brush.random.random()
        if form < 0.4:
            draw.rectangle((x, y, x + wide, y + high), fill)
        elif form < 0.75:
            draw.ellipse((x, y, x + wide, y + high), fill)
        else:
            corners = [(x + brush.uniform(-1, 1) * wide, y + brush.uniform(-1, 1) * high) for _ in range(5)]
            draw.polygon(corners, fill)
    image = image.filter(ImageFilter.GaussianBlur(brush.uniform(0.8, 6))).rotate(
        brush.uniform(-20, 20) if brush.held_out else brush.uniform(-8, 8),
        Image.Resampling.BICUBIC,
        fillcolor=(90, 90, 90),
    )
    pixels = np.asarray(image).astype(np.float32)
    light = np.linspace(brush.uniform(0.5, 1), brush.uniform(0.7, 1.2), width)[None, :, None]
    grain = brush.numbers.normal(0, brush.uniform(3, 16), (height, width, 1))
    image = Image.fromarray(np.clip(pixels * light + grain, 0, 255).astype(np.uint8))
    thing = brush.pick(THINGS)
    return image, (f"photo of a {thing}", f"photograph showing a {thing}", "a picture taken with a camera")


def logo(brush: Brush) -> Drawing:
    side = brush.integer(120, 400)
    brand, worded = brush.pick(BRANDS), brush.chance(0.65)
    canvas = Canvas(brush, int(side * brush.uniform(1.6, 3)) if worded else side, side, dark=0.25)
    accent, draw = brush.colour(), canvas.draw
    middle, radius = (side / 2, side / 2), side * brush.uniform(0.25, 0.4)
    corners = brush.integer(3, 8)
    box = (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
    form = brush.pick(("polygon", "rings", "rounded", "star"))
    if form == "polygon":
        draw.regular_polygon((*middle, radius), corners, brush.integer(0, 90), accent)
    elif form == "rings":
        for index in range(brush.integer(2, 4)):
            shrink = radius * index / 4
            inner = (box[0] + shrink, box[1] + shrink, box[2] - shrink, box[3] - shrink)
            draw.ellipse(inner, accent if index % 2 == 0 else canvas.page)
    elif form == "rounded":
        draw.rounded_rectangle(box, radius / 3, accent)
        letter = brush.font(int(radius * 1.2))
        draw.text(middle, brand[0], font=letter, fill="white", anchor="mm")
    else:
        points = [
            (
                middle[0] + radius * (1 if index % 2 else 0.45) * math.sin(math.pi * index / corners),
                middle[1] + radius * (1 if index % 2 else 0.45) * math.cos(math.pi * index / corners),
            )
            for index in range(2 * corners)
        ]
        draw.polygon(points, accent)
    if worded:
        draw.text((side, side / 2), brand, font=brush.font(int(side * 0.3)), fill=canvas.ink, anchor="lm")
    return canvas.image, (f"logo of {brand}", f"{brand} brand mark", f"icon of the {brand} product")
