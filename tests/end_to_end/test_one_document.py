"""One document cannot hurt the others: whatever is wrong with it, it fails or is indexed, and the rest is found."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import lancedb
import pytest

from codices.pipelines.run import run_index
from codices.resources.settings.settings import load_settings
from codices.resources.stages import element_rows

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
    run_index(load_settings())
    found = documents(home)
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
    (corpus / "odd.md").write_text("# Odd\n\nThe odd one.\n")
    right = element_rows.build_elements

    def wrong(**given: Any) -> Any:
        if given["path"] == "odd.md":
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        return right(**given)

    monkeypatch.setattr(element_rows, "build_elements", wrong)
    run_index(load_settings())
    found = documents(home)
    assert found["good.md"]["state"] == "indexed"
    error = found["odd.md"]["error"]
    assert (found["odd.md"]["state"], error["stage"], error["kind"]) == ("failed", "elements", "error")
    assert "UnicodeEncodeError" in error["message"]
    assert "test_one_document.py" in error["message"]
    monkeypatch.setattr(element_rows, "build_elements", right)
    run_index(load_settings(), retry_failed=True)
    assert {row["state"] for row in documents(home).values()} == {"indexed"}
