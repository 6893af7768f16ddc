"""Tables of every shape that styles draw: their contents, not their looks."""

from __future__ import annotations

from benchmarks.extraction.drawn.blocks import Cell, Table
from benchmarks.extraction.drawn.words import Words


def value(words: Words, kind: int) -> str:
    """One value; `kind` 0-6 is the kind of its column."""
    chance = words.chance
    makers = (
        lambda: str(chance.randint(0, 999)),
        lambda: f"{chance.uniform(0, 100):.2f}",
        lambda: f"{chance.uniform(0, 100):.1f} %",
        lambda: f"{chance.randint(1000, 9_999_999):,}",
        words.state,
        lambda: f"{chance.choice('+-')}{chance.uniform(0, 10):.1f}",
        words.date,
    )
    return makers[kind]()


def simple(words: Words, columns: tuple[int, int] = (3, 6), rows: tuple[int, int] = (4, 10)) -> Table:
    """A head, a column of labels, and columns of values of one kind each."""
    chance = words.chance
    wide, tall = chance.randint(*columns), chance.randint(*rows)
    kinds = [chance.randrange(6) for _ in range(wide - 1)]
    heads = [words.one(("Site", "Item", "Unit", "Name", "Region", "Model", "Group", "Part"))]
    heads += [_head(words, noun) for noun in words.nouns(wide - 1)]
    body = [[label, *(value(words, kind) for kind in kinds)] for label in words.labels(tall)]
    return Table([[Cell(text) for text in row] for row in [heads, *body]])


def _head(words: Words, noun: str) -> str:
    shown = noun.capitalize()
    return f"{shown} ({words.unit()})" if words.chance.random() < 0.3 else shown


def described(words: Words, rows: tuple[int, int] = (3, 7)) -> Table:
    """A name, a short value, and a text of one or more lines."""
    chance = words.chance
    heads = words.one(
        (("Setting", "Default", "Meaning"), ("Name", "State", "Remarks"), ("Part", "Type", "Description"))
    )
    body = [
        [words.code_name(), value(words, chance.choice((0, 1, 4))), words.sentence()]
        for _ in range(chance.randint(*rows))
    ]
    table = Table([[Cell(text) for text in row] for row in [list(heads), *body]])
    table.numeric = False
    return table


def with_empty(words: Words) -> Table:
    """A tenth to a third of the values are empty or a dash."""
    table, share = simple(words, (4, 6), (6, 12)), words.chance.uniform(0.1, 0.35)
    empty = words.one(("", "", "\u2013", "n/a"))
    for row in table.rows[1:]:
        for cell in row[1:]:
            if words.chance.random() < share:
                cell.text = empty
    return table


def with_totals(words: Words) -> Table:
    """The last row adds the others up; a section's rows may have a subtotal."""
    chance = words.chance
    wide, tall = chance.randint(3, 5), chance.randint(5, 9)
    body = [[chance.randint(10, 90_000) for _ in range(wide)] for _ in range(tall)]
    rows = [
        [name, *(f"{number:,}" for number in numbers)] for name, numbers in zip(words.labels(tall), body, strict=True)
    ]
    rows.append(["Total", *(f"{sum(column):,}" for column in zip(*body, strict=True))])
    year = chance.randint(1995, 2018)
    heads = [words.one(("Account", "Region", "Item")), *(str(year + number) for number in range(wide))]
    table = Table([[Cell(text) for text in row] for row in [heads, *rows]])
    for cell in table.rows[-1]:
        cell.style = "font-weight: bold; border-top: 1px solid currentColor"
    return table


def spanning(words: Words) -> Table:
    """Two rows of heads: groups over their columns, the first head over both rows."""
    chance = words.chance
    groups = [chance.randint(2, 3) for _ in range(chance.randint(2, 3))]
    measures = words.one(
        (("p50", "p90", "p99"), ("min", "max", "mean"), ("plan", "actual", "change"), ("n", "%", "sd"))
    )
    first = [Cell(words.one(("Site", "Series", "Product", "Group")), rows=2)]
    first += [Cell(noun.capitalize(), columns=size, style="text-align: center") for noun, size in
              zip(words.nouns(len(groups)), groups, strict=True)]  # fmt: skip
    second = [Cell(measure) for size in groups for measure in measures[:size]]
    kinds = [chance.choice((0, 1, 3)) for _ in groups]
    body = [
        [Cell(label)]
        + [Cell(value(words, kind)) for kind, size in zip(kinds, groups, strict=True) for _ in range(size)]
        for label in words.labels(chance.randint(4, 9))
    ]
    return Table([first, second, *body], head=2)


def two_row_heads(words: Words) -> Table:
    """Names above, units below: no spans."""
    table = simple(words, (4, 6), (5, 9))
    units = [Cell("")] + [Cell(f"[{words.unit()}]") for _ in table.rows[0][1:]]
    for cell in table.rows[0]:
        cell.text = cell.text.split(" (")[0]
    table.rows.insert(1, units)
    table.head = 2
    return table


def row_spans(words: Words) -> Table:
    """A first column whose cells cover two to four rows each."""
    chance = words.chance
    columns = chance.randint(2, 4)
    heads = ["Region", "Site", *(noun.capitalize() for noun in words.nouns(columns))]
    rows = [[Cell(text) for text in heads]]
    kinds = [chance.choice((0, 1, 3, 4)) for _ in range(columns)]
    for place in words.several(["North", "South", "East", "West", "Centre", "Coast"], chance.randint(2, 4)):
        tall = chance.randint(2, 4)
        for number, label in enumerate(words.labels(tall)):
            row = [Cell(label), *(Cell(value(words, kind)) for kind in kinds)]
            rows.append([Cell(place, rows=tall), *row] if number == 0 else row)
    return Table(rows)


def key_values(words: Words, rows: tuple[int, int] = (5, 10)) -> Table:
    """Two columns without a head: a name and its value."""
    chance = words.chance
    names = [noun.capitalize() for noun in words.nouns(chance.randint(*rows))]
    body = [
        [name, f"{chance.randint(1, 900)} {words.unit()}" if chance.random() < 0.6 else words.phrase()]
        for name in names
    ]
    return Table([[Cell(text) for text in row] for row in body], head=0, numeric=False)


def long(words: Words, rows: tuple[int, int] = (45, 90)) -> Table:
    """More rows than a page holds."""
    table = simple(words, (4, 6), rows)
    for number, row in enumerate(table.rows[1:], 1):
        row[0].text = f"{number} {row[0].text}"
    return table
