"""What a query asks for, read from its shape alone: identifiers, quoted phrases, and the modality it names.

Uses the extractors that indexing uses, so what is recognised here can be found there. Loads no model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from resources.elements.identifiers import Identifier, extract_identifiers, parts, skeleton

MAX_LENGTH = 10_000
"""Characters of a query that are used: far more than an encoder reads, and BM25 over a whole pasted log is noise."""

_QUOTED = re.compile(
    r"\"([^\"]{2,500})\"|“([^”]{2,500})”|„([^“”]{2,500})[“”]|«([^»]{2,500})»|`([^`]{2,500})`"
    r"|(?<!\S)'([^']{2,500})'(?!\w)"
)
_WORD = re.compile(r"\w[\w'-]*")
_STOP_WORDS = """
    a about all an and any are as at be by can did do does for from get give has have how i in into is it its me my not
    of on or our show so some that the their them there these this those to was we were what when where which who why
    will with you your der die das ein eine und oder in im mit von zu auf wie wo was le la les un une et ou de du des
    dans avec el los las una y o en con por
"""
_IS_STOP_WORD = frozenset(_STOP_WORDS.split()).__contains__

# A word that only ever names a picture, and words that do when what follows (or precedes) says so: "image of", but not
# "docker image"; "bar chart", but not "helm chart"; "table of", but not "routing table".
_FIGURE = {
    "English": r"""\b(?: diagrams? | flow-?\s?charts? | screen-?\s?shots? | screen\s?grabs? | drawings?
        | illustrations? | schematics? | sketch(?:es)? | infographics? | photos? | photographs? | pictures?
        | hand-drawn | wireframes? | mock-?ups?
        | (?: bar | pie | line | area | scatter | gantt | stacked | radar | donut | bubble )[\s-]?
            (?:charts?|plots?|graphs?)
        | (?: chart | graph | plot | image | figure | map | histogram | heat-?map | curve
            | visuali[sz]ation ) s?
          \s+ (?: of | showing | shows | that\s+shows | with | on\s+which | in\s+which | where | depicting | for )
        | fig(?:ure|\.)\s?\d+ )(?!\w)""",
    "German": r"""\b(?: diagramm\w* | schaubild\w* | bildschirmfotos? | screenshots? | abbildung\w* | zeichnung\w*
        | skizze\w* | grafik\w* | fotos? | bild(?:er)?\s+(?:von|mit|der|des) )\b""",
    "French": r"""\b(?: diagrammes? | captures?\s+d.[ée]cran | sch[ée]mas? | graphiques? | dessins? | photos?
        | images?\s+(?:de|du|des|avec) | figures?\s+\d+ )\b""",
    "Spanish": r"""\b(?: diagramas? | capturas?\s+de\s+pantalla | esquemas? | gr[áa]fic[oa]s? | dibujos? | fotos?
        | im[áa]gen(?:es)?\s+(?:de|con|del) | figuras?\s+\d+ )\b""",
}
_TABLE = {
    "English": r"""\b(?: tables?\s+(?: of | with | showing | shows | listing | that | comparing | where | in\s+which
            | for | from )
        | (?: in | as | which | comparison | lookup | reference ) \s+ (?:a\s+|an\s+|the\s+)? tables?
        | spreadsheets? | table\s+\d+ | tabular )\b""",
    "German": r"\b(?: tabellen? | tabellarisch\w* | kalkulationstabelle\w* )\b",
    "French": r"\b(?: tableaux? (?!\s+de\s+bord) | feuilles?\s+de\s+calcul )\b",
    "Spanish": r"\b(?: tablas? | hojas?\s+de\s+c[áa]lculo )\b",
}
_INTENTS = [
    (modality, language, re.compile(pattern, re.IGNORECASE | re.VERBOSE))
    for modality, patterns in (("figure", _FIGURE), ("table", _TABLE))
    for language, pattern in patterns.items()
]


@dataclass(frozen=True)
class QueryAnalysis:
    """A query taken apart.

    `identifiers`: as written, each once; look up each as it is and case-folded (`lookup_forms`).
    `phrases`: quoted text without its quotes; word order counts.
    `words`: the query without quote signs: what BM25 and the encoders get.
    `intent`: "figure" or "table" when the query names that modality, else None. "text" is never asked for by name.
    `identifier_share`: 0-1, how much of the query (stop words aside) is identifiers: how far dense legs go down.
    """

    identifiers: list[str]
    phrases: list[str]
    words: str
    intent: str | None
    identifier_share: float


def analyse_query(text: str, language: str = "English") -> QueryAnalysis:
    """Take a query apart. `language` is the interface's, as in the settings of the full-text index; English modality
    words are understood in every language. Linear in the length of the query; never raises."""
    head = text[:MAX_LENGTH]
    words = " ".join(_QUOTED.sub(lambda match: f" {_inside(match)} ", head).split())
    identifiers, share = _routed(extract_identifiers(words), words)
    return QueryAnalysis(
        identifiers=list(dict.fromkeys(identifier.text for identifier in identifiers)),
        phrases=list(dict.fromkeys(_phrases(head))),
        words=words,
        intent=_intent(words, language),
        identifier_share=share,
    )


def lookup_forms(identifier: str) -> list[list[str]]:
    """Values of the `identifiers` column that mean this identifier, best tier first: as written, case-folded, a part
    of it (a path's file name), and the form that survives OCR damage. Tiers do not repeat each other."""
    found = extract_identifiers(identifier)
    inner = [part for one in found for part in parts(one) if part != identifier]
    damaged = skeleton(identifier)
    tiers = [
        [identifier],
        [identifier.casefold()],
        list(dict.fromkeys(form for part in inner for form in (part, part.casefold()))),
        [damaged] if damaged else [],
    ]
    seen: set[str] = set()
    unique: list[list[str]] = []
    for tier in tiers:
        fresh = [form for form in tier if form not in seen]
        seen.update(fresh)
        if fresh:
            unique.append(fresh)
    return unique


def _inside(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group is not None)


def _phrases(text: str) -> list[str]:
    inside = (" ".join(_inside(match).split()) for match in _QUOTED.finditer(text))
    return [phrase for phrase in inside if phrase]


def _routed(found: list[Identifier], words: str) -> tuple[list[Identifier], float]:
    rest = list(words)
    for identifier in found:
        rest[identifier.start : identifier.end] = " " * (identifier.end - identifier.start)
    plain = [word for word in _WORD.findall("".join(rest)) if not _IS_STOP_WORD(word.casefold())]
    strong = [identifier for identifier in found if not identifier.weak]
    if plain:
        content = len(plain) + len(found)
        return strong, len(strong) / content
    if not found:
        return [], 0.0
    if len(found) == 1:
        return found, 1.0
    return found, (len(strong) + 0.5 * (len(found) - len(strong))) / len(found)


def _intent(words: str, language: str) -> str | None:
    for modality, of_language, pattern in _INTENTS:
        if of_language in ("English", language) and pattern.search(words):
            return modality
    return None
