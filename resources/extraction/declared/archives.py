"""Archives: what lies in them are documents of their own (`codices.resources.stages.attached`)."""

from functools import partial

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.common.media_types import BZIP2, GZIP, TAR, XZ, ZIP

_archive = partial(Format, reader="codices.resources.extraction.archives.listing:parse_archive")

_BZIP2 = tuple(b"BZh%d1AY&SY" % level for level in range(1, 10))

FORMATS = (
    _archive(ZIP, "a ZIP archive", suffixes=(".zip",)),
    _archive(TAR, "a TAR archive", suffixes=(".tar",)),
    _archive(GZIP, "a file packed with gzip", suffixes=(".gz", ".tgz")),
    _archive(
        BZIP2,
        "a file packed with bzip2",
        suffixes=(".bz2", ".tbz2"),
        signatures=_BZIP2,
    ),
    _archive(XZ, "a file packed with xz", suffixes=(".xz", ".txz"), signatures=(b"\xfd7zXZ\x00",)),
)
