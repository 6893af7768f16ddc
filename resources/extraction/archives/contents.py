"""What lies in a mail or an archive, by name, for whoever reads one document of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from codices.resources.extraction.archives.members import Budget, Member, is_archive, members_of
from codices.resources.extraction.formats.mail import attachments_of


def contents_of(data: bytes, name: str) -> Mapping[str, bytes]:
    """Name -> content of the attachments of a mail, or of the members of an archive, each unpacked when asked for.

    `name` is the file's own. Raises ExtractionError where it cannot be taken apart.
    """
    return _Members(data, name) if is_archive(data[:512], name) else dict(attachments_of(data))


class _Members(Mapping[str, bytes]):
    """Raises ExtractionError for a member that must not be read or is damaged, KeyError where there is none."""

    def __init__(self, data: bytes, name: str) -> None:
        self._coming = members_of(data, name, Budget(len(data)))
        self._found: dict[str, Member] = {}

    def __getitem__(self, wanted: str) -> bytes:
        while wanted not in self._found:
            member = next(self._coming, None)
            if member is None:
                raise KeyError(wanted)
            self._found[member.name] = member
        found = self._found[wanted]
        if found.failure is not None:
            raise found.failure
        return b"".join(found.pieces())

    def __iter__(self) -> Iterator[str]:
        self._found |= {member.name: member for member in self._coming}
        return iter(self._found)

    def __len__(self) -> int:
        return sum(1 for _ in self)
