"""Attachments as documents of their own, mails inside mails, and mails that nobody can look into."""

from __future__ import annotations

import os
from email.message import EmailMessage
from pathlib import Path

import pytest

from codices.resources.home.home import open_home
from codices.resources.settings.settings import load_settings
from codices.resources.stages.documents import refresh_documents
from codices.resources.stages.listing import take_listing
from codices.resources.stages.workspace import Workspace


def mail(*attachments: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Minutes"
    message.set_content("See the files.")
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


@pytest.fixture
def workspace(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    (tmp_path / "corpus").mkdir()
    monkeypatch.setenv("CODICES_CORPUS", str(tmp_path / "corpus"))
    monkeypatch.setenv("CODICES_SHARDS", "1")
    settings = load_settings()
    return Workspace(settings, open_home(settings))


def with_options(workspace: Workspace, force: bool = False, **extraction: float) -> Workspace:
    return Workspace(load_settings(extraction=extraction), workspace.home, force=force)


def refresh(workspace: Workspace) -> dict[str, str]:
    take_listing(workspace)
    [shard] = workspace.home.shard_keys
    refresh_documents(workspace, shard)
    return {row.path: row.state for row in workspace.records.documents(shard)}


def test_attachments_follow_their_mail(workspace: Workspace, tmp_path: Path):
    path = tmp_path / "corpus/outer.eml"
    path.write_bytes(mail(("plan.txt", b"relay"), ("inner.eml", mail(("deep.txt", b"broker")))))
    members = ("outer.eml", "outer.eml!/plan.txt", "outer.eml!/inner.eml", "outer.eml!/inner.eml!/deep.txt")
    assert refresh(workspace) == dict.fromkeys(members, "new")
    assert refresh(workspace) == dict.fromkeys(members, "same")
    path.write_bytes(mail(("plan.txt", b"relay"), ("inner.eml", mail(("deep.txt", b"mirror")))))
    assert refresh(workspace) == dict(zip(members, ("changed", "same", "changed", "changed"), strict=True))
    path.write_bytes(mail(("plan.txt", b"relay")))
    assert refresh(workspace) == dict(zip(members, ("changed", "same", "gone", "gone"), strict=True))


def test_a_mail_whose_attachments_cannot_be_told_has_failed_and_is_tried_again(workspace: Workspace, tmp_path: Path):
    path = tmp_path / "corpus/many.eml"
    path.write_bytes(mail(*((f"{number}.txt", b"x") for number in range(1001))))
    (tmp_path / "corpus/other.eml").write_bytes(mail(("plan.txt", b"relay")))
    for _ in range(2):
        assert refresh(workspace)["many.eml"] == "failed"
    [row] = [row for row in workspace.records.documents(workspace.home.shard_keys[0]) if row.path == "many.eml"]
    assert row.failure
    assert row.failure.kind == "too_large"
    assert row.failure
    assert "1001 attachments" in row.failure.message
    path.write_bytes(mail(("a.txt", b"x")))
    assert refresh(workspace)["many.eml!/a.txt"] == "new"


def test_attachments_follow_the_options_that_they_were_looked_for_with(workspace: Workspace, tmp_path: Path):
    (tmp_path / "corpus/mail.eml").write_bytes(mail(("plan.txt", b"relay " * 200_000)))
    attached = "mail.eml!/plan.txt"
    assert refresh(with_options(workspace, max_file_mib=1)) == {"mail.eml": "failed"}
    assert refresh(with_options(workspace, max_file_mib=9)) == {"mail.eml": "new", attached: "new"}
    assert refresh(with_options(workspace, max_file_mib=9, timeout_seconds=50))[attached] == "same"
    assert refresh(with_options(workspace, max_file_mib=1)) == {"mail.eml": "same", attached: "gone"}


def test_a_mail_that_changed_unseen_is_looked_into_with_force(workspace: Workspace, tmp_path: Path):
    path = tmp_path / "corpus/mail.eml"
    path.write_bytes(mail(("plan.txt", b"relay")))
    refresh(workspace)
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"plan.txt", b"flow.txt"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert refresh(workspace)["mail.eml!/plan.txt"] == "same"
    found = refresh(with_options(workspace, force=True))
    assert (found["mail.eml!/plan.txt"], found["mail.eml!/flow.txt"]) == ("gone", "new")


def test_a_mail_is_known_by_its_content(workspace: Workspace, tmp_path: Path):
    inner = b"From: a@b\nTo: c@d\nDate: today\n" + mail(("deep.txt", b"broker"))
    (tmp_path / "corpus/mail.txt").write_bytes(inner)
    (tmp_path / "corpus/outer").write_bytes(b"From: a@b\nTo: c@d\n" + mail(("inner.txt", inner), ("empty.pdf", b"")))
    members = (
        "mail.txt", "mail.txt!/deep.txt",
        "outer", "outer!/empty.pdf", "outer!/inner.txt", "outer!/inner.txt!/deep.txt",
    )  # fmt: skip
    assert refresh(workspace) == dict.fromkeys(members, "new")
    assert refresh(workspace) == dict.fromkeys(members, "same")


def test_attachments_below_a_folder_that_ends_like_a_mail_stay(workspace: Workspace, tmp_path: Path):
    (tmp_path / "corpus/Wow!").mkdir()
    (tmp_path / "corpus/Wow!/outer.eml").write_bytes(mail(("inner.eml", mail(("deep.txt", b"broker")))))
    members = ("Wow!/outer.eml", "Wow!/outer.eml!/inner.eml", "Wow!/outer.eml!/inner.eml!/deep.txt")
    assert refresh(workspace) == dict.fromkeys(members, "new")
    assert refresh(workspace) == dict.fromkeys(members, "same")


def test_mails_inside_mails_are_looked_into_or_the_reason_is_said(workspace: Workspace, tmp_path: Path):
    def nested(depth: int) -> bytes:
        return mail((f"{depth}.txt", b"x"), *((f"{depth}.eml", nested(depth - 1)) for _ in range(depth > 1)))

    (tmp_path / "corpus/some.eml").write_bytes(nested(6))
    (tmp_path / "corpus/many.eml").write_bytes(nested(18))
    found = refresh(workspace)
    assert found["some.eml!/6.eml!/5.eml!/4.eml!/3.eml!/2.eml!/1.txt"] == "new"
    assert found["many.eml"] == "failed"
    [row] = [row for row in workspace.records.documents(workspace.home.shard_keys[0]) if row.path == "many.eml"]
    assert row.failure
    assert row.failure.kind == "too_deep"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(workspace: Workspace, tmp_path: Path):
    (tmp_path / "corpus/a.txt").write_text("words")
    (tmp_path / "corpus/a.txt").chmod(0)
    assert refresh(workspace) == {"a.txt": "failed"}
    [row] = workspace.records.documents(workspace.home.shard_keys[0])
    assert row.failure
    assert row.failure.kind == "no_permission"


def test_a_pipe_that_took_the_place_of_a_file_fails_and_does_not_hang(workspace: Workspace, tmp_path: Path):
    path = tmp_path / "corpus/a.txt"
    path.write_text("words")
    take_listing(workspace)
    path.unlink()
    os.mkfifo(path)
    [shard] = workspace.home.shard_keys
    refresh_documents(workspace, shard)
    [row] = workspace.records.documents(shard)
    assert row.failure
    assert (row.state, row.failure.kind) == ("failed", "not_a_file")
