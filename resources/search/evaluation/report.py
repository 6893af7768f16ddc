"""The retrieval report: one HTML file that opens anywhere (queries, their hits, pictures, marked words and legs), and
its short form in Markdown for the Dagster UI."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from codices.resources.foundation.pictures_in_html import markdown_text, picture_html, picture_uri
from codices.resources.index.lance_store import one_of
from codices.resources.search.index import Index
from codices.resources.search.query.highlighting import highlighted
from codices.resources.search.query.queries import QueryRow
from codices.resources.search.results import HIT_COLUMNS, page_of

_STYLE = """body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}
h2{margin:2.2rem 0 .3rem;font-size:1.05rem}table{border-collapse:collapse;width:100%}
td,th{border-top:1px solid #ddd;padding:.4rem .5rem;vertical-align:top;text-align:left}small{color:#666}
mark{background:#ffef9e}.right{background:#eaf7ea}.n{width:2rem;color:#888}.p{width:170px}"""

MAX_QUERIES = 500
"""In one report: with pictures inside it a browser still opens it."""

_SIBLINGS = 5
"""Of a hit that the page names."""


def html_report(
    index: Index,
    queries: Sequence[QueryRow],
    ranked: Any,
    *,
    judgements: Mapping[str, Mapping[str, int]] | None = None,
    measures: Mapping[str, Any] | None = None,
    hits: int = 5,
    thumbnail: int = 160,
) -> str:
    """The page for `ranked` (rows of `retrieve.RANKED`): the first `hits` of each query, the judged ones marked.

    Queries that did worst come first where there are judgements. `measures` is what `metrics.measured` returned.
    Pictures are inside the page as small copies.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for row in ranked.to_pylist():
        if row["rank"] <= hits:
            found.setdefault(row["query_id"], []).append(row)
    quality = ((measures or {}).get("per_query") or {}).get("nDCG@10", {})
    order = sorted(queries, key=lambda query: quality.get(query.id, 2.0))[:MAX_QUERIES]
    parts = [_head(index, len(queries), measures)]
    for query in order:
        rows = found.get(query.id, [])
        parts.append(
            _query_html(index, query, rows, (judgements or {}).get(query.id, {}), quality.get(query.id), thumbnail)
        )
    if len(queries) > len(order):
        parts.append(f"<p>{len(queries) - len(order)} more queries are in the table of ranked results.</p>")
    return "".join(parts) + "</body></html>"


def markdown_preview(
    index: Index, queries: Sequence[QueryRow], ranked: Any, *, shown: int = 20, hits: int = 3, thumbnail: int = 128
) -> str:
    """The first `hits` of the first `shown` queries of `ranked` (rows of `retrieve.RANKED`) as a Markdown table.

    Pictures are inside it, at most `thumbnail` pixels wide and high: it is kept with every run, some 3 kB a picture.
    """
    texts = {query.id: query.text for query in queries[:shown]}
    rows = [row for row in ranked.to_pylist() if row["rank"] <= hits and row["query_id"] in texts]
    elements = _elements(index, [row["element_id"] for row in rows])
    pictures = _pictures(index, elements.values())
    lines = [f"{_fusion(index)}\n", "| query | rank | | modality | source | score |", "|---|---|---|---|---|---|"]
    for row in rows:
        element = elements.get(row["element_id"]) or {}
        uri = picture_uri(pictures.get(element.get("image_id") or ""), thumbnail)
        query = markdown_text(texts[row["query_id"]][:200]) if row["rank"] == 1 else ""
        name = markdown_text(_name(row, element))
        image = f"![{name}]({uri})" if uri else ""
        score = f"{row['score']:.4f} = {markdown_text(_legs(row))}"
        lines.append(f"| {query} | {row['rank']} | {image} | {row['modality']} | {name} | {score} |")
    return "\n".join(lines)


def _fusion(index: Index) -> str:
    """How the legs are fused, before a query is known."""
    plan = index.plan
    constant = f", k {plan.k}" if plan.kind == "rrf" else ""
    weights = ", ".join(f"{leg} {weight:g}" for leg, weight in plan.weights.items() if weight)
    return f"fusion {plan.kind}{constant}: {weights}"


def _head(index: Index, queries: int, measures: Mapping[str, Any] | None) -> str:
    title = f"the tables of {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, before release"
    if index.release != "candidate":
        title = f"release {index.release}"
    head = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Retrieval</title>"
        f"<style>{_STYLE}</style></head><body><h1>Retrieval of {html.escape(title)}</h1>"
        f"<p>{queries} queries · {html.escape(_fusion(index))}</p>"
    )
    if not measures or not measures.get("judged"):
        return head
    names = list(measures["all"])
    rows = [("all", {"n": measures["judged"], **measures["all"]})]
    rows += [(f"type {name}", values) for name, values in measures["by_type"].items()]
    rows += [(f"relevant: {name}", values) for name, values in measures["by_modality"].items()]
    rows += [(f"all, fused by {kind}", {"n": measures["judged"], **values}) for kind, values in _fusions(measures)]
    body = "".join(
        f"<tr><td>{html.escape(str(name))}</td><td>{values['n']}</td>"
        + "".join(f"<td>{values[measure]:.3f}</td>" for measure in names)
        + "</tr>"
        for name, values in rows
    )
    heads = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    change = (measures.get("change") or {}).get("nDCG@10")
    told = (
        f"<p>nDCG@10 since the last release: {change['mean']:+.3f} ({change['low']:+.3f} to {change['high']:+.3f})</p>"
        if change
        else ""
    )
    shares = ", ".join(f"{modality} {share:.0%}" for modality, share in measures["modality_share"].items())
    return f"{head}<table><tr><th>queries</th><th>n</th>{heads}</tr>{body}</table>{told}<p>First ten hits: {shares}</p>"


def _fusions(measures: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, float]]]:
    return (measures.get("fusions") or {}).items()


def _query_html(
    index: Index,
    query: QueryRow,
    rows: Sequence[Mapping[str, Any]],
    grades: Mapping[str, int],
    quality: float | None,
    thumbnail: int,
) -> str:
    shown = "" if quality is None else f" · nDCG@10 {quality:.2f}"
    kind = f" · {html.escape(query.type)}" if query.type else ""
    head = f"<h2>{html.escape(query.text[:500])}</h2><small>{html.escape(query.id)}{kind}{shown}</small>"
    if not rows:
        return f"{head}<p>nothing found</p>"
    hits = [row["element_id"] for row in rows]
    siblings = [sibling for row in rows for sibling in row["siblings"][:_SIBLINGS]]
    elements = _elements(index, [*hits, *siblings])
    pictures = _pictures(index, [elements[hit] for hit in hits if hit in elements])
    lines = []
    for row in rows:
        element = elements.get(row["element_id"])
        if element is None:
            continue
        right = " class='right'" if grades.get(row["id"], 0) > 0 else ""
        page = "" if "#page=" in row["id"] else page_of(element)
        legs = _legs(row)
        caption = f"<br><i>{html.escape(element['caption'])}</i>" if element["caption"] else ""
        lines.append(
            f"<tr{right}><td class='n'>{row['rank']}</td>"
            f"<td class='p'>{picture_html(pictures.get(element['image_id']), thumbnail)}</td>"
            f"<td><b>{html.escape(_name(row, element))}</b>{page} · {element['modality']}{caption}<br>"
            f"{highlighted(element['text'] or '', query.text)}<br><small>{row['score']:.4f} = {legs}"
            f"{_siblings_html(row['siblings'], elements)}</small></td></tr>"
        )
    missed = sorted(name for name, grade in grades.items() if grade > 0 and name not in {row["id"] for row in rows})
    tail = (
        f"<p><small>judged relevant, not among these: {html.escape(', '.join(missed[:10]))}</small></p>"
        if missed
        else ""
    )
    return f"{head}<table>{''.join(lines)}</table>{tail}"


def _legs(row: Mapping[str, Any]) -> str:
    """Rank and contribution of every leg that found a hit, the largest contribution first. They add up to the score."""
    legs = sorted(row["legs"], key=lambda leg: -leg["contribution"])
    return " + ".join(f"{leg['leg']} #{leg['rank']} ({leg['contribution']:.4f})" for leg in legs)


def _elements(index: Index, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The elements by element_id."""
    if not ids:
        return {}
    rows = index.elements.search().where(one_of("element_id", list(ids))).select(HIT_COLUMNS).limit(len(ids)).to_list()
    return {row["element_id"]: row for row in rows}


def _pictures(index: Index, elements: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
    """The bytes of the elements' pictures by image_id."""
    image_ids = dict.fromkeys(element["image_id"] for element in elements if element["image_id"])
    return {image_id: data for image_id, (data, _) in index.pictures(list(image_ids)).items()}


def _name(row: Mapping[str, Any], element: Mapping[str, Any]) -> str:
    """What people call a hit: its path, or where an id is a hash, the path of its element."""
    hashes = (row["element_id"], f"image:{element['image_id']}") if element else ()
    return element["path"] if row["id"] in hashes else row["id"]


def _siblings_html(siblings: Sequence[str], elements: Mapping[str, Mapping[str, Any]]) -> str:
    """What else a hit stands for: the same picture elsewhere, near-duplicates, the rest of a page or document."""
    named = []
    for element in (elements[sibling] for sibling in siblings[:_SIBLINGS] if sibling in elements):
        words = " ".join((element["caption"] or element["text"] or "").split())[:60]
        named.append(html.escape(f"{element['modality']} in {element['path']}{page_of(element)}: {words}"))
    if not named:
        return ""
    if more := len(siblings) - len(named):
        named.append(f"and {more} more")
    return f"<details><summary>and {len(siblings)} more of the same hit</summary>{'<br>'.join(named)}</details>"
