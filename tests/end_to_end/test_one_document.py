"""One document cannot hurt the others: whatever is wrong with it, it fails or is indexed, and the rest is found."""

from __future__ import annotations

import re
import shutil
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import lancedb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from codices.pipelines.run import run_index
from codices.resources.extraction.common.bounds import MAX_ROOTED_LINKS, MAX_WARNINGS
from codices.resources.settings.settings import load_settings

LONG = "valve " * 170_000  # a megabyte


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "good.md").write_text("# Relay\n\nThe relay keeps its sessions.\n")
    monkeypatch.setenv("CODICES_CORPUS", str(folder))
    return folder


def table(home: Path, name: str, *columns: str) -> list[dict[str, Any]]:
    return lancedb.connect(str(home / "lancedb")).open_table(name).to_lance().to_table(list(columns)).to_pylist()


def documents(home: Path) -> dict[str, dict[str, Any]]:
    return {row["path"]: row for row in table(home, "documents", "path", "state", "error", "warnings")}


def test_hostile_content_is_indexed_beside_the_rest(home: Path, corpus: Path):
    mail = EmailMessage()
    mail["Subject"] = "Plan"
    mail.set_content("See the file.")
    (corpus / "mail.eml").write_bytes(mail.as_bytes())
    (corpus / "halves.yaml").write_text('name: "\\uD83D\\uDE00 and \\uD800 and \\u0000"\n')
    (corpus / "link.md").write_text("# Link\n\n![plan](mail.eml!/a.png)\n\n![plan](<x\\uD800.eml!/a.png>)\n")
    (corpus / "heading.md").write_text(f"# {LONG}\n\n" + "One paragraph.\n\n## Part\n\nAnother.\n\n" * 50)
    rows = "".join(f"{number},{'x' * 40}\n" for number in range(300))
    (corpus / "columns.csv").write_text(f"number,{LONG}\n{rows}")
    below = "f/" * 100
    (corpus / below).mkdir(parents=True)
    (corpus / f"{below}links.md").write_text(
        "# Site\n\n" + "".join(f"![](/{number}.png)\n\n" for number in range(20_000))
    )
    run_index(load_settings())
    found = documents(home)
    links = found.pop(f"{below}links.md")
    assert {warning["kind"] for warning in links["warnings"]} >= {"too_many_links", "more_warnings"}
    assert len(links["warnings"]) <= MAX_WARNINGS
    looked_for = sum(pq.read_metadata(path).num_rows for path in (home / "stages/links").glob("*.parquet"))
    assert looked_for <= 48 * MAX_ROOTED_LINKS + 10
    assert {path: row["state"] for path, row in found.items()} == dict.fromkeys(
        ("good.md", "mail.eml", "halves.yaml", "link.md", "heading.md", "columns.csv"), "indexed"
    )
    for path in ("heading.md", "columns.csv"):
        assert "shortened" in {warning["kind"] for warning in found[path]["warnings"]}
        texts = [row["text"] for row in table(home, "elements", "path", "text") if row["path"] == path]
        assert sum(map(len, texts)) < 3 * len(LONG)
        assert sum(text.count("valve") for text in texts) >= 170_000  # nothing that was written is lost


def test_a_fault_of_chunking_fails_one_document_until_it_is_tried_again(
    home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
):
    """What extraction kept of one document has no text where text belongs, as nothing that writes it would leave it."""
    monkeypatch.setenv("CODICES_SAFETY__MAX_LOST_SHARE", "1")
    (corpus / "odd.md").write_text("# Odd\n\nThe odd one.\n")
    run_index(load_settings())
    whole = {part: part.read_bytes() for part in (home / "stages/extractions").glob("*.parquet")}
    odd = next(part for part in whole if "The odd one." in str(pq.read_table(part).to_pydict()))
    kept = pq.read_table(odd)
    rows = [
        row | {"blocks": [block | {"text": None} for block in row["blocks"]]} if "odd" in str(row["blocks"]) else row
        for row in kept.to_pylist()
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=kept.schema), odd)
    shutil.rmtree(home / "stages/elements")
    run_index(load_settings())
    found = documents(home)
    assert found["good.md"]["state"] == "indexed"
    error = found["odd.md"]["error"]
    assert (found["odd.md"]["state"], error["stage"], error["kind"]) == ("failed", "elements", "error")
    assert re.search(r"^\w+Error: .*NoneType.* \(\w+\.py:\d+ in \w+\)$", error["message"])
    odd.write_bytes(whole[odd])
    run_index(load_settings(), retry_failed=True)
    assert {row["state"] for row in documents(home).values()} == {"indexed"}
