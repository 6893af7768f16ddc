"""Text whose form says little: plain text, source code, data."""

from functools import partial

from codices.resources.extraction.common import media_types as types
from codices.resources.extraction.common.format import Format
from codices.resources.extraction.declared.depends import PANDOC, READERS

_CODE_SUFFIXES = (
    ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".properties", ".py", ".sh", ".bash", ".c", ".h", ".cc", ".cpp",
    ".hpp", ".cs", ".java", ".kt", ".js", ".jsx", ".ts", ".tsx", ".go", ".rs", ".rb", ".php", ".pl", ".lua", ".r",
    ".scala", ".swift", ".sql", ".css", ".ps1", ".bat", ".tf", ".gradle",
)  # fmt: skip
_PRELOAD = (f"{READERS}.plain_text", "chardet")
_text = partial(Format, named="text", libraries=("chardet",), preload=_PRELOAD)
_table = partial(_text, reader=f"{READERS}.plain_text:parse_delimited")

FORMATS = (
    _text(types.PLAIN, "a plain text", f"{READERS}.plain_text:parse_plain_text", suffixes=(".txt", ".text", ".log")),
    _text(types.CODE, "source code", f"{READERS}.plain_text:parse_code", suffixes=_CODE_SUFFIXES),
    _text(
        types.JSON,
        "JSON",
        f"{READERS}.plain_text:parse_json",
        suffixes=(".json", ".jsonl", ".ndjson", ".geojson"),
    ),
    _table(types.CSV, "a CSV table", suffixes=(".csv",)),
    _table(types.TSV, "a table of tab-separated values", suffixes=(".tsv", ".tab")),
    Format(
        types.XML,
        "XML",
        f"{READERS}.plain_text:parse_xml",
        suffixes=(".xml",),
        libraries=("chardet", *PANDOC),  # DocBook and JATS come under this suffix
        preload=_PRELOAD,
    ),
)
