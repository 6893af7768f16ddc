"""DITA topics: their elements become those of HTML, which is read from there; what stands inside a line stays there."""

from __future__ import annotations

import re
from pathlib import Path

from codices.resources.extraction.common.encodings import decode
from codices.resources.extraction.common.flow import Flow, ReadLink
from codices.resources.extraction.common.limits import check_size, reading_error
from codices.resources.extraction.common.media_types import DITA
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.web import read_html
from codices.resources.settings.extraction_options import ExtractionOptions

# Elements of DITA 1.3 that HTML calls otherwise. All that is not named here stands inside a line.
_HTML = {
    **dict.fromkeys(("steps", "steps-unordered", "substeps", "choices"), "ul"),
    **dict.fromkeys(("step", "substep", "choice", "sli"), "li"),
    **dict.fromkeys(("cmd", "shortdesc", "info", "stepresult", "note", "lq", "abstract", "context", "prereq"), "div"),
    **dict.fromkeys(("result", "postreq", "example", "body", "taskbody", "conbody", "refbody", "desc", "cause"), "div"),
    **dict.fromkeys(("codeblock", "screen", "msgblock"), "pre"),
    **dict.fromkeys(("row", "strow", "sthead"), "tr"),
    **dict.fromkeys(("entry", "stentry", "dthd", "ddhd"), "td"),
    **dict.fromkeys(("dlentry", "parml", "plentry"), "div"),
    "simpletable": "table", "sl": "ul", "fig": "figure", "image": "img", "pt": "dt", "pd": "dd",
}  # fmt: skip
_SAME = {"p", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "section", "pre"}
_AROUND_ROWS = {"tgroup", "colspec"}
_TOPICS = {"topic", "task", "concept", "reference", "glossentry", "troubleshooting"}
_NOT_READ = re.compile(r"<(prolog|related-links|draft-comment)\b.*?</\1\s*>|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_TAG = re.compile(r"<(/?)([\w-]+)([^<>]*)>")
_DECLARED = re.compile(rb"""<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)""")


def parse_dita(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One topic or several in one file. Raises ExtractionError("too_large", "no_content")."""
    try:
        data = data_path.read_bytes()
    except OSError as error:
        raise reading_error(error) from error
    check_size(len(data), options.max_text_mib, "max_text_mib")
    declared = _DECLARED.match(data.lstrip())
    flow = Flow(DITA, options, read_link)
    read_html(_as_html(decode(data, declared[1].decode("ascii") if declared else None)), flow)
    return flow.finish()


def _as_html(dita: str) -> str:
    parents: list[str] = []

    def renamed(tag: re.Match[str]) -> str:
        end, name, attributes = tag[1], tag[2], tag[3]
        if end:
            while parents and parents.pop() != name:
                pass
        parent = parents[-1] if parents else ""
        if not end and not attributes.endswith("/"):
            parents.append(name)
        html = _title(parent, parents) if name == "title" else name if name in _SAME else _HTML.get(name, "span")
        if html == "img":
            attributes = re.sub(r"\bhref\s*=", "src=", attributes)
        elif name in _AROUND_ROWS or attributes.endswith("/"):
            return ""  # HTML knows no empty element of this kind
        else:
            attributes = ""
        return f"<{end}{html}{attributes}>"

    return _TAG.sub(renamed, _DOCTYPE.sub("", _NOT_READ.sub("", dita)))


def _title(parent: str, parents: list[str]) -> str:
    """The element for the title of `parent`: topics inside topics are headed a level lower."""
    if parent == "fig":
        return "figcaption"
    if parent in ("table", "simpletable"):
        return "caption"
    topics = sum(name in _TOPICS for name in parents)
    return f"h{min(6, max(1, topics + (parent not in _TOPICS)))}"
