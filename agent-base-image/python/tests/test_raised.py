"""Whatever is raised is said: one row a way (those of TypeScript: tests/unit/domain/words-of.test.ts)."""

import asyncio

import pytest

from hairem.raised import LONGEST_MESSAGE, reason_of


class _BrokenError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


def _from(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def _round() -> Exception:
    error = ValueError()
    error.__cause__ = _from(RuntimeError(), error)
    return error


ROWS: dict[str, tuple[BaseException, str]] = {
    "an error": (ValueError("too late"), "too late"),
    "without words": (ValueError(), "ValueError"),
    "blank words": (ValueError("  "), "ValueError"),
    "what was not found": (KeyError("lamp"), "KeyError: 'lamp'"),
    "a file": (FileNotFoundError(2, "No such file or directory", "/x"), "[Errno 2] No such file or directory: '/x'"),
    "a timeout": (TimeoutError(), "TimeoutError"),
    "cancelled": (asyncio.CancelledError(), "CancelledError"),
    "the words of its cause alone": (_from(RuntimeError(), ValueError("the lamp")), "RuntimeError: the lamp"),
    "a cause of itself": (_round(), "ValueError: RuntimeError: ValueError"),
    "no text": (ValueError(7), "7"),
    "a broken __str__": (_BrokenError(), "_BrokenError, which cannot be shown"),
    "several": (
        ExceptionGroup("all failed", [ValueError("a"), ValueError("a"), KeyError("b")]),
        "all failed: a; KeyError: 'b'",
    ),
    "a hundred": (
        ExceptionGroup("all failed", [ValueError(f"e{n}") for n in range(100)]),
        "all failed: e0; e1; e2; e3; and 96 more",
    ),
    "an endless text": (ValueError("x" * 1_000_000), "x" * LONGEST_MESSAGE + "…"),
}


@pytest.mark.parametrize(("error", "words"), ROWS.values(), ids=ROWS.keys())
def test_it_is_said(error: BaseException, words: str) -> None:
    assert reason_of(error) == words
