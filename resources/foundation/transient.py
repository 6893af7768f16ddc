"""Which errors may pass by themselves, so that trying again makes sense."""

from __future__ import annotations

import errno

_PASSING = {
    errno.ECONNABORTED,
    errno.ECONNREFUSED,
    errno.ECONNRESET,
    errno.EHOSTUNREACH,
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.ENETRESET,
    errno.EPIPE,
    errno.ESTALE,
    errno.ETIMEDOUT,
}
_CLIENTS = ("aiohttp", "botocore", "requests", "urllib3")  # their connection errors are no OSErrors


class TransientError(Exception):
    """Base of errors of our own that may pass by themselves."""


def is_transient(error: BaseException | None) -> bool:
    """True for a lost connection, a time-out, an unreachable host, and writers that kept committing first, wherever in
    the chain of causes; false for everything that a person has to mend: a full disk, a missing permission, a bug."""
    while error is not None:
        kind = type(error)
        if isinstance(error, ConnectionError | TimeoutError | TransientError):
            return True
        if isinstance(error, OSError) and error.errno in _PASSING:
            return True
        if kind.__module__.split(".")[0] in _CLIENTS and kind.__name__.endswith(("ConnectionError", "TimeoutError")):
            return True
        error = error.__cause__ or error.__context__
    return False
