"""The full-text indexes (BM25) over the words of elements, and the scalar indexes that filters and look-ups use."""

from __future__ import annotations

from typing import Any

from lance import LanceDataset
from lancedb.index import FTS, Bitmap, BTree, LabelList
from lancedb.table import LanceTable

from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.index.lance_store import explained, retrying
from codices.resources.index.schema import TABLES, UNSPACED_TEXT, ScalarKind
from codices.resources.index.tables import Tables
from codices.resources.settings.index_options import IndexOptions

FULL_TEXT_COLUMN = "text"
FULL_TEXT_COLUMNS = (FULL_TEXT_COLUMN, UNSPACED_TEXT)

MAX_PARTS = 8
"""Of a full-text or label-list index: a look-up goes through all of them."""

_SCALAR = {"btree": BTree, "bitmap": Bitmap, "label_list": LabelList}


def full_text_config(options: IndexOptions) -> FTS:
    """How text becomes tokens. Positions are kept for phrases; no token is dropped for its length (the default drops
    every SHA-1 and SHA-256)."""
    return FTS(
        base_tokenizer=options.tokenizer,
        with_position=True,
        language=options.language,
        stem=options.stem,
        remove_stop_words=options.remove_stop_words,
        ascii_folding=options.ascii_folding,
        max_token_length=None,
    )


def unspaced_config() -> FTS:
    """How words of scripts without spaces become tokens: every letter, and every two that stand together. All words
    are made of those, whatever a dictionary says (McNamee and Mayfield, Information Retrieval 7, 2004).
    """
    return FTS(
        base_tokenizer="ngram",
        ngram_min_length=1,
        ngram_max_length=2,
        with_position=False,
        stem=False,
        remove_stop_words=False,
        max_token_length=None,
    )


def full_text_index_name(options: IndexOptions, column: str = FULL_TEXT_COLUMN) -> str:
    """Its settings are in the name: an index with others is another index."""
    return f"{column}_fts_{fingerprint(str(_configs(options)[column]))[:8]}"


def _configs(options: IndexOptions) -> dict[str, FTS]:
    return {FULL_TEXT_COLUMN: full_text_config(options), UNSPACED_TEXT: unspaced_config()}


def index_names(table: LanceTable, column: str) -> list[str]:
    """Names of the indexes on `column`."""
    return [index.name for index in table.list_indices() if list(index.columns) == [column]]


def index_parts(dataset: LanceDataset, name: str) -> list[Any]:
    """The parts (Lance: segments) of the index `name`, the oldest first; none of them is opened."""
    [parts] = (index.segments for index in dataset.describe_indices() if index.name == name)
    return parts


def build_full_text_indexes(tables: Tables, table_name: str, options: IndexOptions) -> list[str]:
    """Build those that are missing with these settings, then drop those with others; returns the columns built."""
    return [
        column
        for column, config in _configs(options).items()
        if _build_full_text(tables, table_name, column, config, full_text_index_name(options, column))
    ]


def _build_full_text(tables: Tables, table_name: str, column: str, config: FTS, name: str) -> bool:
    names = index_names(tables.open(table_name), column)
    with explained(f"building the full-text index of {table_name}.{column}"):
        if name not in names:
            retrying(lambda: tables.open(table_name).create_index(column, config=config, name=name))
        for other in names:
            if other != name:
                retrying(lambda other=other: tables.open(table_name).drop_index(other))
    return name not in names


def build_scalar_indexes(tables: Tables, table_name: str) -> list[str]:
    """Build the scalar indexes that schema.py names and the table lacks; returns the columns they are on."""
    table, built = tables.open(table_name), []
    for column, kind in TABLES[table_name].scalar_indexes.items():
        if not index_names(table, column):
            with explained(f"building the index of {table_name}.{column}"):
                retrying(lambda column=column, kind=kind: _build_scalar(tables.open(table_name), column, kind))
            built.append(column)
    return built


def label_lists(table: LanceTable) -> dict[str, str]:
    """Label-list indexes by name, with their column."""
    return {index.name: index.columns[0] for index in table.list_indices() if index.index_type == "LabelList"}


def indexes_in_parts(table: LanceTable) -> dict[str, str]:
    """Indexes by name, with their column, which cost as much to fold rows into as all their rows: full text, and label
    lists. BM25 counts over all parts."""
    full_text = {name: column for column in FULL_TEXT_COLUMNS for name in index_names(table, column)}
    return label_lists(table) | full_text


def fold(table: LanceTable, names: list[str]) -> None:
    """Bring unindexed rows into the indexes `names`, and their earlier folds into one."""
    table.to_lance().optimize.optimize_indices(index_names=names, num_indices_to_merge=10)


def add_part(table: LanceTable, name: str, column: str) -> None:
    """Index rows that came since as a part of their own; from MAX_PARTS on, make one of all. A label list is built
    anew for that: Lance takes a hundred times as long to join its parts, 5 s for 5,600 rows."""
    dataset = table.to_lance()
    if len(index_parts(dataset, name)) < MAX_PARTS:
        dataset.optimize.optimize_indices(index_names=[name], num_indices_to_merge=0)
    elif name in label_lists(table):
        _build_scalar(table, column, "label_list")
    else:
        dataset.optimize.optimize_indices(index_names=[name], num_indices_to_merge=MAX_PARTS)


def _build_scalar(table: LanceTable, column: str, kind: ScalarKind) -> None:
    table.create_index(column, config=_SCALAR[kind](), name=f"{column}_{kind}")
