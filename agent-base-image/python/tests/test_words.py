"""Whatever is raised is said: one row a way (those of TypeScript: tests/unit/domain/words-of.test.ts)."""

import asyncio

import pytest

from hairem.runtime.log import LONGEST_WORDS, message_of


class _BrokenError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


def _from(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def _round() -> Exception:
    error = ValueError()
    error.__cause__ = _from(ValueError(), error)
    return error


ROWS = {
    "an error": (ValueError("too late"), "too late"),
    "without words": (ValueError(), "ValueError without a word"),
    "blank words": (ValueError("  "), "ValueError without a word"),
    "what was not found": (KeyError("lamp"), "KeyError: 'lamp'"),
    "a file": (FileNotFoundError(2, "No such file or directory", "/x"), "[Errno 2] No such file or directory: '/x'"),
    "a timeout": (TimeoutError(), "TimeoutError without a word"),
    "cancelled": (asyncio.CancelledError(), "CancelledError without a word"),
    "words of its cause alone": (_from(RuntimeError(), ValueError("the lamp")), "RuntimeError: the lamp"),
    "a cause of itself": (_round(), "ValueError: ValueError without a word"),
    "no text": (ValueError(7), "7"),
    "a broken __str__": (_BrokenError(), "_BrokenError without a word"),
    "several": (ExceptionGroup("all failed", [ValueError("a"), ValueError("a"), KeyError("b")]), None),
}


@pytest.mark.parametrize(("error", "words"), ROWS.values(), ids=ROWS.keys())
def test_it_is_said(error: BaseException, words: str | None) -> None:
    assert message_of(error) == (words or "all failed: a; KeyError: 'b'")


def test_an_endless_text_is_cut() -> None:
    assert message_of(ValueError("x" * 1_000_000)) == "x" * LONGEST_WORDS + "…"


def test_a_hundred_in_one_are_counted() -> None:
    many = ExceptionGroup("all failed", [ValueError(f"e{n}") for n in range(100)])
    assert message_of(many) == "all failed: e0; e1; e2; e3; and 96 more"
