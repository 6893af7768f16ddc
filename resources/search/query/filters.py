"""SQL that a user filters with: checked before it is joined to other conditions, explained when it is wrong."""

from __future__ import annotations

import re

from lancedb.table import LanceTable

from codices.resources.index.schema import MODALITIES
from codices.resources.search.query.errors import SearchError
from codices.resources.search.query.filter_limits import check_cost

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`")
_TEXT = re.compile(r"'(?:[^']|'')*'")
_PLACEHOLDER = re.compile(r"[?$]")
_ITSELF = re.compile(
    r"(?<![\w.])([\"`]?)([A-Za-z_]\w*)\1\s*(?:==?|!=|<>|<=?|>=?)\s*([\"`]?)\2\3(?![\w.(])", re.IGNORECASE
)
_MODALITY_IS_COLUMN = re.compile(
    r"\bmodality[\"`]?\s*(?:==?|!=|<>|(?:not\s+)?(?:in\s*\((?:[^()]*,)?|like))\s*[\"`]?text\b", re.IGNORECASE
)
_STATEMENT = re.compile(
    r"\s*(?:insert|update|delete|drop|create|alter|truncate|merge|copy|select|with|attach|pragma|set)\b(?!\s*[=(<>!])",
    re.IGNORECASE,
)


def checked_where(table: LanceTable, where: str) -> str:
    """`where` as it may be joined with AND. Runs it once on one row.

    Raises SearchError naming the columns when it is no condition on them, holds a second statement, a comment or a
    placeholder, tries to write, compares a column with itself for want of single quotes, or could cost too much (see
    `filter_limits`). (LanceDB itself reads only the part before a semicolon, and cannot write through a filter.)
    """
    bare = _QUOTED.sub("''", where)
    if not where.strip():
        raise SearchError("the filter is empty; leave it out, or give a condition such as modality = 'table'")
    if ";" in bare or "--" in bare or "/*" in bare:
        raise SearchError("the filter must be one SQL condition, without semicolons and comments")
    if _STATEMENT.match(bare):
        raise SearchError(
            f"the filter must be a condition, not a statement ({bare.split()[0].upper()}): it chooses rows and cannot "
            f"write. {columns_help(table)}"
        )
    if _unbalanced(bare):
        told = f"the filter's parentheses or quotes do not match: {_shortened(where)}"
        raise SearchError(f"{told}. {columns_help(table)}; a single quote inside is doubled")
    if _PLACEHOLDER.search(bare):
        raise SearchError("the filter must hold its values: placeholders such as ? and $1 are not filled in")
    check_cost(where)
    names = _TEXT.sub("''", where)
    if _ITSELF.search(names) or _MODALITY_IS_COLUMN.search(names):
        raise SearchError(
            f"the filter {_shortened(where)} compares columns with each other: text goes between single quotes, as in "
            "modality = 'text'; double quotes name a column"
        )
    try:
        where.encode()
        table.search().where(f"({where})").select(["element_id"]).limit(1).to_arrow()
    except BaseException as error:
        # A panic of the query planner (pyo3's PanicException) is none of Exception.
        if not isinstance(error, ValueError | RuntimeError | OSError) and type(error).__name__ != "PanicException":
            raise
        raise SearchError(
            f"the filter {_shortened(where)} cannot be used: {_reason(error)}. {columns_help(table)}"
        ) from error
    return f"({where})"


def modality_condition(modality: str) -> str:
    """SQL for one modality. Raises SearchError for a word that is none."""
    if modality not in MODALITIES:
        raise SearchError(f"unknown modality {modality!r}; there are {', '.join(MODALITIES)}")
    return f"modality = '{modality}'"


def columns_help(table: LanceTable) -> str:
    """One line with every column that a filter can name, and how it names text."""
    names = [field.name for field in table.schema if not field.name.endswith("_vector")]
    return f"Columns are {', '.join(names)}; text goes between single quotes: path LIKE 'guide/%'"


def _unbalanced(bare: str) -> bool:
    depth = 0
    for character in bare:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return True
    return depth != 0 or bare.replace("''", "").count("'") > 0


def _shortened(where: str) -> str:
    return repr(where if len(where) <= 200 else where[:200] + "…")


def _reason(error: BaseException) -> str:
    text = str(error).split(", /")[0].split("\n")[0]
    text = re.sub(r"\s*Valid fields are.*", "", text)
    for prefix in ("lance error: ", "Invalid input, ", "Invalid user input: "):
        text = text.replace(prefix, "")
    return text.rstrip(". ")[:300]
