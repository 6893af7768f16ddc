"""The words of a query marked in the text of a hit."""

from __future__ import annotations

import html
import re
from collections import Counter

from codices.resources.search.query.folding import folded
from codices.resources.search.query.function_words import function_words

_SCRIPTS_WITHOUT_SPACES = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_SCRIPTS_WITHOUT_SPACES}]|[^\W_{_SCRIPTS_WITHOUT_SPACES}]+")
_ENDING = re.compile(r"(?:ings?|ies|ied|es|ed|ers?|en|em|ern|e|s|y|n)$")
_MARKS_THAT_TOUCH = re.compile(r"</mark>([_.:/-]?)<mark>")
_MAX_WORDS = 100


def highlighted(text: str, query: str, length: int = 300) -> str:
    """HTML of the cut of `text`, some `length` characters, with the most different words of `query`, those marked.

    Words are compared whole, without case, accents and endings. Function words are not marked, unless the query has no
    others.
    """
    wanted = _wanted(query)
    found = [(match, stem) for match in _WORD.finditer(text) if (stem := _stem(match.group())) in wanted]
    start = _best_start([(match.start(), match.end(), stem) for match, stem in found], length)
    start = max(0, start - length // 4)
    start = max(0, text.rfind(" ", 0, start) + 1) if start and start - text.rfind(" ", 0, start) < 30 else start
    end = min(len(text), start + length)
    marked, position = [], start
    for match, _ in found:
        if start <= match.start() and match.end() <= end:
            marked += [html.escape(text[position : match.start()]), f"<mark>{html.escape(match.group())}</mark>"]
            position = match.end()
    marked.append(html.escape(text[position:end]))
    joined = _MARKS_THAT_TOUCH.sub(r"\1", "".join(marked))
    return ("…" if start else "") + joined + ("…" if end < len(text) else "")


def _wanted(query: str) -> frozenset[str]:
    words = list(dict.fromkeys(word.casefold() for word in _WORD.findall(query)))
    english = function_words("English") or frozenset()
    content = [word for word in words if word not in english]
    return frozenset(_stem(word) for word in (content or words)[:_MAX_WORDS])


def _stem(word: str) -> str:
    """`word` without case, accents and common European endings: balancing and balance, theories and theory."""
    plain = folded(word)
    ending = _ENDING.search(plain)
    stem = plain[: ending.start()] if ending and ending.start() >= 3 else plain
    return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] else stem


def _best_start(found: list[tuple[int, int, str]], length: int) -> int:
    """Where the first of the most different words that fit together begins; 0 where there is none."""
    inside: Counter[str] = Counter()
    best, most, last = 0, 0, 0
    room = length - length // 4
    for start, _, stem in found:
        while last < len(found) and found[last][1] <= start + room:
            inside[found[last][2]] += 1
            last += 1
        different = sum(count > 0 for count in inside.values())
        if different > most:
            best, most = start, different
        inside[stem] -= 1
    return best
