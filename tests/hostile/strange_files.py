"""Names and kinds of files that a file system allows, and few programs expect."""

from __future__ import annotations

import os
import random
import unicodedata
from collections.abc import Callable
from pathlib import Path

from tests.hostile.honest_files import honest_files
from tests.hostile.mutations import strange_text

# Makes something in the empty folder that it is given, and returns how many documents or failures that has to become.
Setting = Callable[[Path, random.Random], int]

_NAMES = (
    b"emoji \xf0\x9f\x98\x80.md",
    b"trailing dot..md.",
    b"trailing space.md ",
    b" leading space.md",
    b"new\nline.md",
    b"carriage\rreturn.md",
    b"tab\tand\x1b[31mcolour.md",
    b"-rf.md",
    b"--json.md",
    b"CON.md",
    b"nul",
    b"not utf-8 \xff\xfe.md",
    b"half \xed\xa0\x80.md",
    b"looks escaped \\xff.md",
    b"back\\slash.md",
    b"quote ' \" ; drop table.md",
    b"percent %2e%2e%2f.md",
    b"hash # question ?.md",
    b"star * [bracket].md",
    b"right to left \xe2\x80\xae.dm.md",
    b"no suffix",
    b"a.md.md.md",
    b"a (duplicate name)",
    b"mail.eml!",
    b"x" * 252 + b".md",
    b"\xf0\x9f\x98\x80" * 63 + b".md"[:3],
    b"\xcc\x81.md",
)
_SUFFIXES = (".md", ".pdf", ".docx", ".xlsx", ".png", ".eml", ".csv", ".html", ".svg", ".rtf", ".zip", ".doc", ".heic")


def strange_name(folder: Path, chance: random.Random) -> int:
    return _write(folder, chance.choice(_NAMES), b"# Strange\n\nIts name is strange.\n")


def drawn_name(folder: Path, chance: random.Random) -> int:
    """Letters of every plane; halves arrive as bytes that are no UTF-8."""
    name = strange_text(chance, 20).replace("/", "_").replace("\0", "_").encode("utf-8", "surrogatepass")[:255]
    return _write(folder, b"_" + name[:254], b"# Drawn\n\nIts name was drawn.\n")


def normal_twins(folder: Path, chance: random.Random) -> int:
    name = chance.choice(("caf\u00e9.md", "\u00c5ngstr\u00f6m.html", "\uac00.txt"))
    made = 0
    for form in ("NFC", "NFD"):
        made += _write(folder, unicodedata.normalize(form, name).encode(), f"# {form}\n\nThe {form} twin.\n".encode())
    return made


def folder_named_as_attachment(folder: Path, chance: random.Random) -> int:
    """mail.eml with the attachment rows.csv, beside the file rows.csv in a folder named mail.eml! ."""
    (folder / "mail.eml").write_bytes(honest_files()["letter.eml"])
    inside = folder / "mail.eml!"
    inside.mkdir()
    (inside / "rows.csv").write_text("A,B\n1,2\n")
    (inside / "link.md").write_text("# Link\n\n![x](../mail.eml!/rows.csv) ![y](bad.eml!/a.png)\n")
    return 3


def link_into_mail(folder: Path, chance: random.Random) -> int:
    """A page that shows an attachment of a mail that cannot be read."""
    bad = honest_files()["letter.eml"].replace(b"multipart/mixed", b"multipart/mixed; boundary=\xff")
    (folder / "bad.eml").write_bytes(chance.choice((bad, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"")))
    (folder / "page.md").write_text("# Page\n\n![x](bad.eml!/a.png) ![y](bad.eml!/b.eml!/c.png)\n")
    return 2


def wrong_suffix(folder: Path, chance: random.Random) -> int:
    """The bytes of one format under the name of another."""
    data = honest_files()[chance.choice(("note.md", "report.docx", "picture.png", "letter.eml", "report.pdf"))]
    return _write(folder, b"wrong" + chance.choice(_SUFFIXES).encode(), data)


def hardly_a_byte(folder: Path, chance: random.Random) -> int:
    return _write(
        folder, b"small" + chance.choice(_SUFFIXES).encode(), chance.choice((b"", b"\0", b"<", b"\xff", b"{"))
    )


def link_loop(folder: Path, chance: random.Random) -> int:
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    (folder / "self.md").symlink_to("self.md")
    return 3


def link_out(folder: Path, chance: random.Random) -> int:
    (folder / "out.md").symlink_to(chance.choice(("/etc/hostname", "/etc", "/dev/zero", "/proc/self/environ")))
    return 1


def named_pipe(folder: Path, chance: random.Random) -> int:
    os.mkfifo(folder / "pipe.md")
    return 1


def sparse_file(folder: Path, chance: random.Random) -> int:
    """Two GiB that hold no byte: over the default limit of a file."""
    with (folder / f"sparse{chance.choice(_SUFFIXES)}").open("wb") as file:
        file.truncate(2 << 30)
    return 1


def closed_file(folder: Path, chance: random.Random) -> int:
    """Unreadable, but for a superuser."""
    made = _write(folder, b"closed.md", b"# Closed\n\nOnly its owner's mode keeps it closed.\n")
    (folder / "closed.md").chmod(chance.choice((0o000, 0o200, 0o111)))
    return made


def deep_folders(folder: Path, chance: random.Random) -> int:
    """A path of more than 4,096 bytes, which no call of the system takes in one piece."""
    depth = chance.choice((10, 30))
    handle = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d" * 200, dir_fd=handle)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    file = os.open("deep.md", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=handle)
    os.write(file, b"# Deep\n\nFar below.\n")
    os.close(file)
    os.close(handle)
    return 1


SETTINGS: tuple[Setting, ...] = (
    *(strange_name,) * 6,
    *(drawn_name,) * 3,
    normal_twins,
    folder_named_as_attachment,
    link_into_mail,
    *(wrong_suffix,) * 3,
    *(hardly_a_byte,) * 3,
    link_loop,
    link_out,
    named_pipe,
    sparse_file,
    closed_file,
    deep_folders,
)


def _write(folder: Path, name: bytes, data: bytes) -> int:
    with open(os.path.join(os.fsencode(folder), name), "wb") as file:
        file.write(data)
    return 1
