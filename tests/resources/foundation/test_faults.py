from __future__ import annotations

import pytest

from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.foundation.faults import guarded


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("1", None, ""),
        ("x" * 5000, "error", "ValueError: invalid literal for int() with base 10: 'xxx"),
        (None, "error", "TypeError: int() argument must be a string"),
    ],
)
def test_what_goes_wrong_is_a_failure_with_its_exception_and_line(text: str, kind: str | None, message: str):
    found = guarded("elements", lambda: int(text))
    if kind is None:
        assert found == 1
        return
    assert isinstance(found, Failure)
    assert (found.stage, found.kind) == ("elements", kind)
    assert found.message.startswith(message)
    assert "test_faults.py:" in found.message
    assert len(found.message) < 700


def test_too_little_memory_and_a_known_reason_are_failures_too():
    found = guarded("elements", lambda: bytearray(2**62))
    assert isinstance(found, Failure)
    assert found.message.startswith("MemoryError")

    def refused() -> None:
        raise ExtractionError("too_large", "the file has grown")

    assert guarded("documents", refused) == Failure("documents", "too_large", "the file has grown")


def test_an_interrupt_is_nobodys_fault():
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded("documents", interrupted)
