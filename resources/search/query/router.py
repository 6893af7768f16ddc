"""What a query asks for, read from its shape alone: identifiers, quoted phrases, and the modality it names.

Uses the extractors that indexing uses, so what is recognised here can be found there. Loads no model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from codices.resources.identifiers.identifiers import Identifier, extract_identifiers, normalised, parts, skeleton
from codices.resources.search.query.function_words import function_words
from codices.resources.search.query.intent import named_modality

MAX_LENGTH = 10_000
"""Characters of a query that are used: far more than an encoder reads, and BM25 over a whole pasted log is noise."""

_QUOTED = re.compile(
    r"(?<!\w)\"([^\"]{2,500})\"(?!\w)"  # after a number it is the sign for inches
    r"|“([^“”]{2,500})”|„([^“”„]{2,500})[“”]|”([^”]{2,500})”|«([^«»]{2,500})»|»([^«»]{2,500})«|「([^「」]{2,500})」"
    r"|\u201a([^\u2018\u2019\u201a]{2,500})[\u2018\u2019]"  # single ones: below-above, then both above
    r"|(?<!\w)\u2018((?:[^\u2018\u2019]|\u2019(?=\w)){2,500})\u2019(?!\w)"
    r"|`([^`]{2,500})`|(?<!\S)'([^']{2,500})'(?!\w)"
)
_WORD = re.compile(r"\w[\w'-]*")
_STOP_WORDS = """
    a about all an and any are as at be by can did do does for from get give has have how i in into is it its me my not
    of on or our show so some that the their them there these this those to was we were what when where which who why
    will with you your der die das ein eine und oder in im mit von zu auf wie wo was le la les un une et ou de du des
    dans avec el los las una y o en con por
"""
_IS_STOP_WORD = frozenset(_STOP_WORDS.split()).__contains__


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
        intent=named_modality(words, language),
        identifier_share=share,
        function_share=_function_share(words, language),
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


def _function_share(words: str, language: str) -> float | None:
    known, found = function_words(language), _WORD.findall(words.casefold())
    return None if known is None or not found else sum(word in known for word in found) / len(found)
