"""Archives as folders of documents: what lies in them is read, and what must not be has failed with its reason."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

import pytest

from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.run import extract_documents
from codices.resources.home.home import open_home
from codices.resources.settings.settings import load_settings
from codices.resources.stages.documents import refresh_documents
from codices.resources.stages.listing import take_listing
from codices.resources.stages.workspace import Workspace
from codices.resources.store.records import Document
from tests.resources.extraction.files import png

PLAN = b"# Plan\n\nThe relay is moved.\n"


def zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(members: Mapping[str, bytes], *special: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        for entry in special:
            archive.addfile(entry)
    return buffer.getvalue()


def mail(name: str, data: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b", "c@d", "Plan"
    message.set_content("See the files.")
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    return tmp_path / "corpus"


@pytest.fixture
def workspace(home: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("CODICES_CORPUS", str(corpus))
    monkeypatch.setenv("CODICES_SHARDS", "1")
    settings = load_settings()
    return Workspace(settings, open_home(settings))


def refreshed(workspace: Workspace, **extraction: float) -> dict[str, Document]:
    if extraction:
        workspace = Workspace(load_settings(extraction=extraction), workspace.home)
    take_listing(workspace)
    [shard] = workspace.home.shard_keys
    refresh_documents(workspace, shard)
    return {row.path: row for row in workspace.records.documents(shard)}


def states(rows: dict[str, Document]) -> dict[str, str]:
    return {path: row.failure.kind if row.failure else row.state for path, row in rows.items()}


def test_what_lies_in_an_archive_is_read_each_in_its_kind(workspace: Workspace, corpus: Path):
    inner = zipped({"deep/plan.md": PLAN})
    (corpus / "a.zip").write_bytes(
        zipped({
            "docs/plan.md": PLAN, "docs/pump.png": png(), "inner.zip": inner, "letter.eml": mail("b.zip", inner),
            ".git/config": b"x", "__MACOSX/._plan.md": b"x", "docs/": b"",
        })
    )  # fmt: skip
    (corpus / "b.tar.gz").write_bytes(gzip.compress(tarred({"one.md": PLAN})))
    (corpus / "notes.txt.xz").write_bytes(lzma.compress(b"The broker waits."))
    (corpus / "c.tar.bz2").write_bytes(bz2.compress(tarred({"two.md": PLAN})))
    rows = refreshed(workspace)
    inside = {
        "a.zip!/docs/plan.md", "a.zip!/docs/pump.png", "a.zip!/inner.zip", "a.zip!/inner.zip!/deep/plan.md",
        "a.zip!/letter.eml", "a.zip!/letter.eml!/b.zip", "a.zip!/letter.eml!/b.zip!/deep/plan.md",
        "b.tar.gz!/one.md", "notes.txt.xz!/notes.txt", "c.tar.bz2!/two.md",
    }  # fmt: skip
    assert states(rows) == dict.fromkeys({"a.zip", "b.tar.gz", "notes.txt.xz", "c.tar.bz2"} | inside, "new")
    jobs = [(path, row.content_hash) for path, row in rows.items()]
    found = dict(extract_documents(workspace.corpus, jobs, workspace.settings.extraction))
    said: dict[str, str] = {}
    for path, extraction in found.items():
        assert isinstance(extraction, Extraction), (path, extraction)
        said[path] = " ".join(block.text for block in extraction.blocks)
    plans = [path for path in inside if path.endswith(".md")]
    assert {said[path] for path in plans} == {"Plan The relay is moved."}
    assert said["notes.txt.xz!/notes.txt"] == "The broker waits."
    assert "docs/plan.md" in said["a.zip"], "the archive is found by what lies in it"
    assert set(states(refreshed(workspace)).values()) == {"same"}


def test_a_changed_member_alone_is_changed(workspace: Workspace, corpus: Path):
    (corpus / "a.zip").write_bytes(zipped({"one.md": PLAN, "two.md": b"old", "three.md": b"goes"}))
    refreshed(workspace)
    (corpus / "a.zip").write_bytes(zipped({"one.md": PLAN, "two.md": b"newer words"}))
    assert states(refreshed(workspace)) == {
        "a.zip": "changed", "a.zip!/one.md": "same", "a.zip!/two.md": "changed", "a.zip!/three.md": "gone",
    }  # fmt: skip


def test_members_that_must_not_be_read_fail_with_their_reason_and_cost_no_other(workspace: Workspace, corpus: Path):
    link, device = tarfile.TarInfo("link.md"), tarfile.TarInfo("device")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
    device.type = tarfile.FIFOTYPE
    (corpus / "a.tar").write_bytes(tarred({"good.md": PLAN, "../../up.md": b"x", "/abs.md": b"x"}, link, device))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("good.md", "twice.md", "..\\up.md", "C:/drive.md"):
            archive.writestr(name, PLAN)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("twice.md", PLAN)
        symbolic = zipfile.ZipInfo("link.md")
        symbolic.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(symbolic, "/etc/hostname")
    (corpus / "b.zip").write_bytes(buffer.getvalue())
    locked = bytearray(zipped({"locked.md": PLAN, "good.md": PLAN}))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.find(signature) + flags] |= 1
    (corpus / "c.zip").write_bytes(bytes(locked))
    whole = zipped({"good.md": PLAN, "broken.md": bytes(range(256)) * 40})
    broken = bytearray(whole)
    broken[whole.find(b"broken.md") + 30] ^= 0xFF
    (corpus / "d.zip").write_bytes(bytes(broken))
    assert states(refreshed(workspace)) == {
        "a.tar": "new", "a.tar!/good.md": "new", "a.tar!/__/__/up.md": "unsafe_name", "a.tar!/abs.md": "unsafe_name",
        "a.tar!/link.md": "not_a_file", "a.tar!/device": "not_a_file",
        "b.zip": "new", "b.zip!/good.md": "new", "b.zip!/twice.md": "new", "b.zip!/twice (2).md": "duplicate_name",
        "b.zip!/__/up.md": "unsafe_name", "b.zip!/C:/drive.md": "unsafe_name", "b.zip!/link.md": "not_a_file",
        "c.zip": "new", "c.zip!/locked.md": "encrypted", "c.zip!/good.md": "new",
        "d.zip": "new", "d.zip!/good.md": "new", "d.zip!/broken.md": "corrupt",
    }  # fmt: skip


def test_an_archive_that_unpacks_to_too_much_has_failed_as_a_whole(workspace: Workspace, corpus: Path):
    (corpus / "ratio.zip").write_bytes(zipped({"zeros.txt": bytes(70 * 2**20)}))
    (corpus / "packed.gz").write_bytes(gzip.compress(bytes(70 * 2**20)))
    (corpus / "inside.zip").write_bytes(zipped({"packed.gz": gzip.compress(bytes(70 * 2**20))}))
    (corpus / "many.zip").write_bytes(zipped({f"{number}.txt": b"" for number in range(10_001)}))
    rows = refreshed(workspace)
    assert states(rows) == dict.fromkeys(("ratio.zip", "packed.gz", "inside.zip", "many.zip"), "archive_bomb")
    assert rows["many.zip"].failure
    assert "10000 members" in rows["many.zip"].failure.message


def test_an_archive_may_not_unpack_to_more_than_the_setting(workspace: Workspace, corpus: Path):
    (corpus / "a.zip").write_bytes(zipped({f"{number}.txt": bytes(range(256)) * 2500 for number in range(4)}))
    assert states(refreshed(workspace, max_unpacked_mib=1)) == {"a.zip": "archive_bomb"}
    assert set(states(refreshed(workspace, max_unpacked_mib=4)).values()) == {"new"}
    alone = states(refreshed(workspace, max_file_mib=0.5, max_unpacked_mib=4))
    assert alone.pop("a.zip") != "failed"
    assert set(alone.values()) == {"too_large"}


def test_archives_lie_three_deep_and_no_deeper(workspace: Workspace, corpus: Path):
    data = zipped({"plan.md": PLAN})
    for level in "cba":
        data = zipped({f"{level}.zip": data, f"{level}.md": PLAN})
    (corpus / "top.zip").write_bytes(data)
    found = states(refreshed(workspace))
    assert found["top.zip!/a.zip!/b.zip!/c.md"] == "new"
    assert [path for path, state in found.items() if state == "too_deep"] == ["top.zip!/a.zip!/b.zip!/c.zip"]
    assert not [path for path in found if path.startswith("top.zip!/a.zip!/b.zip!/c.zip!/")]


def test_archives_can_be_left_closed(workspace: Workspace, corpus: Path):
    (corpus / "a.zip").write_bytes(zipped({"plan.md": PLAN}))
    assert set(states(refreshed(workspace))) == {"a.zip", "a.zip!/plan.md"}
    rows = refreshed(workspace, archives=False)
    assert states(rows) == {"a.zip": "same", "a.zip!/plan.md": "gone"}
    closed = load_settings(extraction={"archives": False}).extraction
    [(_, failure)] = extract_documents(workspace.corpus, [("a.zip", None)], closed)
    assert not isinstance(failure, Extraction)
    assert (failure.kind, failure.message) == ("unsupported", "it is a ZIP archive, which is not read")
