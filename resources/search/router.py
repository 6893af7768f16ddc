"""What a query asks for, read from its shape alone: identifiers, quoted phrases, and the modality it names.

Uses the extractors that indexing uses, so what is recognised here can be found there. Loads no model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from resources.elements.identifiers import Identifier, extract_identifiers, normalised, parts, skeleton

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

# Articles, pronouns, prepositions, conjunctions, auxiliaries, question words: what turns keywords into a sentence.
_FUNCTION_WORDS = {
    "English": """a about after again against all also although am an and another any are as at be because been before
        being below between both but by can cannot could did do does doing done down during each either else every few
        for from further had has have having he her here hers him his how however i if in instead into is it its itself
        just many may me might mine more most much must my neither no nor not of off on once one only onto or other our
        ours out over own per rather same shall she should since so some such than that the their theirs them then
        there these they this those though through to too toward towards under until up upon us very via was we were
        what when where whether which while who whom whose why will with within without would yet you your yours""",
    "German": """ab aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis
        bist da damit dann das dass dein deine dem den denn der des dich die dies diese diesem diesen dieser dieses dir
        doch dort du durch ein eine einem einen einer eines er es etwas euch für gegen hab habe haben hat hatte hier
        hinter ich ihm ihn ihr ihre im in ist ja jede jedem jeden jeder jedes jener kann kein keine können könnte man
        mein meine mich mir mit muss müssen nach nicht noch nun nur ob oder ohne sein seine sich sie sind so soll
        sollte sondern über um und uns unser unter vom von vor wann war waren warum was weil welche welchem welchen
        welcher welches wenn wer werde werden wie wird wo wohin würde zu zum zur zwischen""",
    "French": """à afin ai alors après as au aucun aussi autre aux avait avant avec avoir ce ceci cela ces cet cette
        ceux chaque chez ci comme comment dans de depuis des donc dont du elle elles en encore entre est et étaient
        était été être eu eux fait il ils je la le les leur leurs lors lorsque lui ma mais me même mes moi mon ne ni
        nos notre nous on ont ou où par parce pas pendant peut plus pour pourquoi pouvez puis quand que quel quelle
        quelles quels qui quoi sa sans se sera ses si son sont sous sur ta te tes toi ton tous tout toute toutes très
        tu un une vers vos votre vous y""",
    "Spanish": """a al algo algún alguna ante antes aquel así aunque cada como cómo con contra cual cuál cuales cuando
        cuándo de del desde donde dónde dos durante e el él ella ellas ellos en entre era es esa ese eso esta está
        están estar este esto estos fue ha hace hacia han has hasta hay la las le les lo los más me mi mientras muy
        nada ni no nos nosotros o otra otro para pero por porque puede pueden pues que qué quien quién se sea según
        ser si sí sin sino sobre son su sus también tan te tiene todo todos tu un una uno unos y ya yo""",
    "Italian": """a ad agli ai al alla alle allo anche ancora avere c che chi ci coi col come con contro cosa cui da
        dagli dai dal dalla dalle dallo degli dei del della delle dello di dopo dove e è ed era essere fra gli ha hanno
        ho i il in io la le lei lo loro lui ma me mi mio ne negli nei nel nella nelle nello no noi non nostro o ogni
        per perché più può qua quale quali quando quanto quello questa questo qui se sei sia siamo sono sotto su sua
        sue sui sul sulla sulle sullo suo suoi tra tu tua tuo tutti tutto un una uno vi voi""",
}
_IS_FUNCTION_WORD = frozenset(word for words in _FUNCTION_WORDS.values() for word in words.split()).__contains__

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
    `function_share`: 0-1, how many of its words carry grammar, not content: 0 for keywords, .35 and more for most
    sentences. None where the index's language is one whose function words are not known here.
    """

    identifiers: list[str]
    phrases: list[str]
    words: str
    intent: str | None
    identifier_share: float
    function_share: float | None


def analyse_query(text: str, language: str = "English") -> QueryAnalysis:
    """Take a query apart. `language` is the interface's, as in the settings of the full-text index; English modality
    words are understood in every language. Linear in the length of the query; never raises."""
    head = text[:MAX_LENGTH]
    words = " ".join(_QUOTED.sub(lambda match: f" {_inside(match)} ", head).split())
    identifiers, share = _routed(extract_identifiers(words), normalised(words))
    return QueryAnalysis(
        identifiers=list(dict.fromkeys(identifier.text for identifier in identifiers)),
        phrases=list(dict.fromkeys(_phrases(head))),
        words=words,
        intent=_intent(words, language),
        identifier_share=share,
        function_share=_function_share(words) if language in _FUNCTION_WORDS else None,
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


def _function_share(words: str) -> float | None:
    found = _WORD.findall(words.casefold())
    return sum(map(_IS_FUNCTION_WORD, found)) / len(found) if found else None


def _intent(words: str, language: str) -> str | None:
    for modality, of_language, pattern in _INTENTS:
        if of_language in ("English", language) and pattern.search(words):
            return modality
    return None
