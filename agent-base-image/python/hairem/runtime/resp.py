"""RESP3, as much of it as an instance says and is told on its connection to Redis: all that commands, pushes and the
greeting are made of. Ours, because importing redis-py takes longer than the rest of a start."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from ..message import LARGEST_INTEGER

#: Redis takes and gives messages of 1 MiB (BUS.md); far above is no size of anything that it says here.
LARGEST_BLOB = 2 * 1024 * 1024
MOST_PARTS = 1024
LONGEST_LINE = 64 * 1024


class Push(NamedTuple):
    """What Redis says by itself."""

    parts: list[Any]


class ReplyError(Exception):
    """Redis answered, with an error."""


class Stream(Protocol):
    """A file of bytes, as `socket.makefile("rb")` gives."""

    def readline(self, size: int) -> bytes: ...
    def read(self, size: int) -> bytes: ...
    def close(self) -> None: ...


def pack(*command: str | bytes) -> bytes:
    parts = [part if isinstance(part, bytes) else part.encode() for part in command]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


def read(stream: Stream) -> Any:
    """The next Push, or the next reply; an error that Redis answers is one of them.

    Raises OSError when the connection is gone, or when what comes is not RESP3.
    """
    line = stream.readline(LONGEST_LINE)
    if len(line) == LONGEST_LINE:
        raise _not_resp3(line)
    if not line.endswith(b"\r\n"):
        raise OSError("the connection was closed")
    kind, text = line[:1], line[1:-2]
    if kind == b"$":
        return _blob(stream, _integer(text, LARGEST_BLOB))
    if kind in b"*>%":
        values = [read(stream) for _ in range(_integer(text, MOST_PARTS) * (2 if kind == b"%" else 1))]
        return Push(values) if kind == b">" else values
    if kind not in _PLAIN:
        raise _not_resp3(line)
    return _PLAIN[kind](text)


_PLAIN: dict[bytes, Callable[[bytes], Any]] = {
    b"+": bytes,
    b":": lambda text: _integer(text, LARGEST_INTEGER),
    b"-": lambda text: ReplyError(text.decode("utf-8", "replace")),
    b"_": lambda _: None,
}


def _blob(stream: Stream, size: int) -> bytes | None:
    if size < 0:
        return None
    data = stream.read(size + 2)
    if len(data) < size + 2:
        raise OSError("the connection was closed")
    if not data.endswith(b"\r\n"):
        raise _not_resp3(data[size:])
    return data[:-2]


def _integer(text: bytes, most: int) -> int:
    if not _INTEGER.fullmatch(text) or abs(int(text)) > most:
        raise _not_resp3(text)
    return int(text)


_INTEGER = re.compile(rb"-?[0-9]{1,19}")


def _not_resp3(what: bytes) -> OSError:
    return OSError(f"what Redis said is not RESP3: {what[:80]!r}")
