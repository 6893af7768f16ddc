"""Markdown, with the dialects of the usual documentation tools, read by way of HTML."""

from __future__ import annotations

import re
import sys
from html import escape
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from codices.resources.extraction.common.encodings import decode
from codices.resources.extraction.common.flow import Flow, ReadLink
from codices.resources.extraction.common.limits import check_size, reading_error
from codices.resources.extraction.common.media_types import MARKDOWN
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.plain_text import write_text
from codices.resources.extraction.formats.web import read_html
from codices.resources.settings.extraction_options import ExtractionOptions

_FRONT_MATTER = re.compile(r"\A\ufeff?(---|\+\+\+)[ \t]*\n(.*?)\n\1[ \t]*(?:\n|\Z)", re.DOTALL)
_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})")
_ADMONITION = re.compile(r"^(\s*)(?:!!!|\?\?\?\+?|===)\s+(.*)$")  # MkDocs
_CONTAINER = re.compile(r"^\s*:{3,}\s*\{?([\w-]*)\}?\s*(.*?)\s*$")  # Docusaurus, MyST, pandoc
_MODULE_LINE = re.compile(
    r"""^(?:import\s.+\sfrom\s+['"].+['"]|import\s+['"].+['"]|export\s+(?:const|default)\b.*);?\s*$"""
)
_JSX_SOURCE = re.compile(r"""src=\{\s*(?:require\(|useBaseUrl\()?\s*(['"`])([^'"`]+)\1[^}]*\}""")
_OBSIDIAN = re.compile(r"!\[\[([^\]|#]+\.(?:png|jpe?g|gif|svg|webp|bmp|tiff?))(?:\|([^\]]*))?\]\]", re.IGNORECASE)
_SHORTCODE = re.compile(r"\{\{[<%]\s*(?:figure|img|image)\s+(.*?)\s*/?[>%]\}\}", re.DOTALL)
_SHORTCODE_VALUE = re.compile(r"""(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+))""")
_OTHER_SHORTCODE = re.compile(r"\{\{(?:<.*?>|%.*?%)\}\}")
_FOOTNOTE = re.compile(r"^ {0,3}\[\^([^\]\s]+)\]:[ \t]+(.*)$")
_FOOTNOTE_MARK = re.compile(r"\[\^([^\]\s]+)\](?!:)")
_DIRECTIVE = re.compile(r"^\{(figure|image)\}\s*(\S+)")  # MyST
_IMAGE = re.compile(r"""!\[([^\]]*)\]\(\s*(?:<([^>\n]+)>|([^()\s]+))(?:\s+["'][^"'\n]*["'])?\s*\)""")
_ATTRIBUTES = re.compile(r"(?<=\))\{[^{}\n]*\}")  # ![](x.png){ width=300 }


def parse_markdown(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One Markdown file; the front matter's title is the document's. Raises ExtractionError("no_content")."""
    try:
        data = data_path.read_bytes()
    except OSError as error:
        raise reading_error(error) from error
    check_size(len(data), options.max_text_mib, "max_text_mib")
    flow = Flow(MARKDOWN, options, read_link)
    matter, text = split_front_matter(decode(data))
    for key in ("title", "description", "summary"):
        value = matter.get(key)
        if isinstance(value, str | int | float):
            if key == "title":
                flow.title = str(value)
                if not _has_heading(text, str(value)):
                    flow.heading(str(value), 0)  # above the headings of the text
            else:
                flow.text(str(value))
    try:
        read_html(to_html(text), flow)
    except RecursionError:
        flow.warn("too_deep", "lists, quotations or brackets are nested too deep for Markdown; read as plain text")
        write_text(text, flow)
    return flow.finish()


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The YAML or TOML at a file's start and the rest; what is neither stays text."""
    text = text.replace("\r\n", "\n")
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    try:
        if match[1] == "---":
            values = yaml.safe_load(match[2])
        else:
            import tomllib

            values = tomllib.loads(match[2])
    except (yaml.YAMLError, ValueError, RecursionError):
        # Not to be understood, but written for machines all the same, save for its title.
        title = re.search(r"""^title\s*[:=]\s*["']?(.*?)["']?\s*$""", match[2], re.MULTILINE)
        values = {"title": title[1]} if title else None
    if not isinstance(values, dict):
        return ({}, text[match.end() :]) if values is None else ({}, text)
    return values, text[match.end() :]


def to_html(text: str) -> str:
    """HTML of CommonMark with tables, footnotes and definition lists, after the dialects are made plain."""
    # Beyond its nesting limit the parser drops text without a word; without one Python's stack says when it is enough.
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": sys.maxsize}).enable(["table", "strikethrough"])
    parser.use(footnote_plugin).use(deflist_plugin)
    # Data URIs are decoded here, and no link is ever followed by a browser.
    parser.validateLink = lambda url: True
    parser.add_render_rule("fence", _render_fence)
    return parser.render(make_plain(text))


def make_plain(text: str) -> str:
    """Lines that only a documentation tool understands, in CommonMark; code blocks stay as they are."""
    lines: list[str] = []
    noted = set(_FOOTNOTE_MARK.findall(text))
    fence = ""
    indents: list[int] = []  # of MkDocs blocks, whose content would count as code
    for line in text.split("\n"):
        while indents and line.strip() and len(line) - len(line.lstrip()) < indents[-1]:
            indents.pop()
        if indents:
            line = line[min(indents[-1], len(line) - len(line.lstrip())) :]
        mark = _FENCE.match(line)
        if fence:
            lines.append(line)
            if mark and mark[1][0] == fence[0] and len(mark[1]) >= len(fence) and not line.strip().strip(fence[0]):
                fence = ""
            continue
        if mark:
            fence = mark[1]
            lines.append(line)
            continue
        admonition = _ADMONITION.match(line)
        if admonition and re.match(r"""[\w"']""", admonition[2]):
            title = _admonition_title(admonition[2])
            indents.append((indents[-1] if indents else 0) + len(admonition[1]) + 4)
            lines += ["", admonition[1] + (f"**{title}**" if title else ""), ""]
            continue
        container = _CONTAINER.match(line)
        if container:
            title = container[2].strip("[]{} ")
            lines += ["", f"**{title}**" if title else "", ""]
            continue
        note = _FOOTNOTE.match(line)
        if note and note[1] not in noted:
            lines.append("")
            line = note[2]
        if _MODULE_LINE.match(line):
            lines.append("")
            continue
        if line.lstrip().startswith("{{") and not _SHORTCODE.search(line):
            line = _OTHER_SHORTCODE.sub("", line)
        line = _inline(line)
        if "![" in line and (line.lstrip().startswith("<") or (lines and lines[-1].rstrip().endswith(">"))):
            # CommonMark leaves what follows a tag alone; MDX, and whoever wrote this, means a picture.
            line = _IMAGE.sub(
                lambda found: f'<img src="{escape(found[2] or found[3])}" alt="{escape(found[1])}">', line
            )
        lines.append(line)
    return "\n".join(lines)


def _admonition_title(words: str) -> str:
    """The title in quotes; without quotes, what follows the kind and is no word for its place."""
    quoted = re.search(r'"([^"]*)"', words)
    return quoted[1] if quoted else " ".join(word for word in words.split()[1:] if word not in ("inline", "end"))


def _inline(line: str) -> str:
    if "src={" in line:
        line = _JSX_SOURCE.sub(lambda found: f'src="{found[2]}"', line)
    if "![[" in line:
        line = _OBSIDIAN.sub(lambda found: f"![{found[2] or ''}](<{found[1]}>)", line)
    if "{{" in line:
        line = _SHORTCODE.sub(_shortcode, line)
    if "){" in line and "![" in line:
        line = _ATTRIBUTES.sub("", line)
    return line


def _shortcode(found: re.Match[str]) -> str:
    values = {name: a or b or c for name, a, b, c in _SHORTCODE_VALUE.findall(found[1])}
    source = values.get("src") or values.get("link") or ""
    return _figure(source, values.get("alt", ""), values.get("caption") or values.get("title") or "")


def _figure(source: str, alt: str, caption: str) -> str:
    return (
        f'<figure><img src="{escape(source)}" alt="{escape(alt)}"><figcaption>{escape(caption)}</figcaption></figure>'
    )


def _render_fence(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    directive = _DIRECTIVE.match(token.info.strip())
    if directive is None:
        return f"<pre><code>{escape(token.content)}</code></pre>\n"
    lines = token.content.strip().split("\n")
    alt = next((line.split(":", 2)[2].strip() for line in lines if line.startswith(":alt:")), "")
    return _figure(directive[2], alt, " ".join(line for line in lines if not line.startswith(":")))


def _has_heading(text: str, title: str) -> bool:
    return any(line.lstrip("# ").strip() == title.strip() for line in text[:20_000].split("\n") if line.startswith("#"))
