"""What a filter may cost. The query planner follows an expression by recursion and some functions make much out of
little, so that one line of SQL could end the process. Checked on the words alone, before anything is planned."""

from __future__ import annotations

import re
from dataclasses import dataclass

from codices.resources.search.query.errors import SearchError

MAX_LENGTH = 20_000  # characters: a list of some 300 paths
MAX_CONDITIONS = 500  # joined by AND and OR; 3,000 took .4 s
MAX_DEPTH = 40  # operators and brackets above one another; the planner's stack ended between 500 and 700
# Each reads its arguments once and returns no more than they hold. Left out are those that repeat, pad, join or replace
# (lpad took 7.9 GiB), and regular expressions, whose pattern multiplies their time.
FUNCTIONS = (
    *("lower", "upper", "btrim", "ltrim", "rtrim", "left", "right", "split_part"),
    *("length", "char_length", "character_length", "octet_length", "strpos", "starts_with", "ends_with", "contains"),
    *("coalesce", "ifnull", "nullif", "greatest", "least", "abs", "round", "cast", "try_cast"),
    *("array_has", "array_contains", "array_has_any", "array_has_all", "array_length", "array_position", "cardinality"),
    *("list_has", "list_contains", "list_has_any", "list_has_all"),
    *("date_part", "date_trunc", "to_date", "to_timestamp", "now", "current_date"),
)

_CONSTANTS = ("true", "false", "null")
# Words between or before operands. One that is missing here counts as soon as it follows an operand.
_OPERATORS = (
    *("and", "or", "not", "xor", "in", "between", "like", "ilike", "is", "similar", "escape", "div"),
    *("case", "when", "then", "else", "end", "any", "all", "some"),
)
_BEFORE_BRACKET = (*_OPERATORS, "decimal", "numeric", "varchar", "char", "timestamp", "time")
_TOKEN = re.compile(
    r"(?P<text>'(?:[^']|'')*')|(?P<name>[^\W\d]\w*|\"[^\"]*\"|`[^`]*`)|(?P<number>\d[\w.]*)|(?P<space>\s+)"
    r"|(?P<comma>,)|(?P<open>[(\[])|(?P<close>[)\]])|(?P<operator>::|[<>!]=|<>|==|\|\||.)",
    re.DOTALL,
)
_CALLED = re.compile(r"\s*\(")


def check_cost(where: str) -> None:
    """Raises SearchError, in one line that says what is allowed, for a filter that is too long, joins too many
    conditions, nests too deep, joins texts, makes a list out of columns, or calls a function not among FUNCTIONS."""
    if len(where) > MAX_LENGTH:
        raise SearchError(f"the filter has {len(where)} characters; {MAX_LENGTH} are allowed")
    scan = _Scan()
    for token in _TOKEN.finditer(where):
        kind, word = token.lastgroup or "", token[0]
        if kind == "name" and _CALLED.match(where, token.end()):
            _check_call(word.strip('"`').lower())
        if kind == "text" and where[token.start() - 1 : token.start()].isalnum():
            raise SearchError("the filter has letters directly before a quoted text; texts are written as 'text' only")
        if kind != "space":
            scan.take(kind, word.lower())
    conditions, depth = scan.conditions, scan.bracket.deepest
    if conditions > MAX_CONDITIONS:
        raise SearchError(f"the filter joins {conditions} conditions with AND and OR; {MAX_CONDITIONS} are allowed")
    if depth > MAX_DEPTH:
        raise SearchError(
            f"the filter is {depth} operators and brackets deep in one condition; {MAX_DEPTH} are allowed"
        )


def _check_call(name: str) -> None:
    if name not in FUNCTIONS and name not in _BEFORE_BRACKET:
        raise SearchError(f"the filter calls {name[:50]}(); allowed functions are {', '.join(sorted(FUNCTIONS))}")


@dataclass
class _Bracket:
    """What was read of one bracket, or of the whole. `chain` is the depth of the condition that is being read."""

    is_list: bool = False
    chain: int = 0
    deepest: int = 0
    betweens: int = 0  # whose AND is still to come

    def deepen(self, levels: int) -> None:
        self.chain += levels
        self.deepest = max(self.deepest, self.chain)


class _Scan:
    """Follows the tokens of a filter: `1 + 1 + 1` is two levels deep, as the planner has it, a bracket is one."""

    def __init__(self) -> None:
        self.conditions = 1
        self.bracket = _Bracket()
        self._around: list[_Bracket] = []
        self._after_operand = False

    def take(self, kind: str, word: str) -> None:
        if kind == "open":
            is_list = self.bracket.is_list or (word == "[" and not self._after_operand)
            self._around.append(self.bracket)
            self.bracket = _Bracket(is_list)
        elif kind == "close" and self._around:
            levels, self.bracket = 1 + self.bracket.deepest, self._around.pop()
            self.bracket.deepen(levels)
        elif kind == "comma":
            self.bracket.chain = 0
        elif kind == "name":
            self._take_name(word)
        elif kind == "operator":
            if word == "||":
                raise SearchError("the filter joins texts with ||; only conditions on single columns are allowed")
            self.bracket.deepen(1)
        self._after_operand = kind in ("text", "number", "close") or (
            kind == "name" and word not in _OPERATORS and word != "array"
        )

    def _take_name(self, word: str) -> None:
        bracket = self.bracket
        if word in ("and", "or") and not (word == "and" and bracket.betweens):
            self.conditions += 1
            bracket.chain = 0
        elif word in _OPERATORS or self._after_operand:
            bracket.betweens += {"between": 1, "and": -1}.get(word, 0)
            bracket.deepen(1)
        elif bracket.is_list and word not in _CONSTANTS:
            raise SearchError("the filter makes a list out of columns; a list holds constants, as in ['a', 'b']")
