"""RESP3 as an instance reads and writes it."""

from io import BytesIO
from typing import Any

import pytest

from hairem.runtime.resp import Push, ReplyError, pack, read

READ: dict[bytes, Any] = {
    b"+PONG\r\n": b"PONG",
    b":1\r\n": 1,
    b"_\r\n": None,
    b"$-1\r\n": None,
    b"$0\r\n\r\n": b"",
    b"$4\r\n\r\n\xff\x00\r\n": b"\r\n\xff\x00",
    b">3\r\n$9\r\nsubscribe\r\n$5\r\nctl:a\r\n:1\r\n": Push([b"subscribe", b"ctl:a", 1]),
    b">4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$1\r\na\r\n$2\r\n\xc3\xa9\r\n": Push([b"pmessage", b"a*", b"a", b"\xc3\xa9"]),
    b"%2\r\n$5\r\nproto\r\n:3\r\n$7\r\nmodules\r\n*1\r\n%0\r\n": [b"proto", 3, b"modules", [[]]],
}


@pytest.mark.parametrize(("data", "value"), READ.items())
def test_it_reads_what_redis_says_and_no_byte_more(data: bytes, value: object) -> None:
    stream = BytesIO(data + b"+next\r\n")
    assert read(stream) == value
    assert read(stream) == b"next"


@pytest.mark.parametrize("data", READ)
def test_a_connection_that_ends_anywhere_is_an_error(data: bytes) -> None:
    for length in range(len(data)):
        with pytest.raises(OSError, match="the connection was closed"):
            read(BytesIO(data[:length]))


def test_an_error_is_a_reply() -> None:
    reply = read(BytesIO(b"-NOPERM no permission\r\n"))
    assert isinstance(reply, ReplyError)
    assert str(reply) == "NOPERM no permission"


NOT_READ = [
    *(b"\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"*1\r\n?\r\n", b"$2\r\nabcd\r\n", b":x\r\n", b":\r\n"),
    *(kind + n + b"\r\n" for kind in (b"$", b"*", b">", b"%") for n in (b"", b"x", b"?", b"1.5", b"99999999")),
    b"+" + b"x" * 5_000_000,
]


@pytest.mark.parametrize("data", NOT_READ, ids=range(len(NOT_READ)))
def test_what_is_not_resp3_is_an_error(data: bytes) -> None:
    with pytest.raises(OSError, match="is not RESP3"):
        read(BytesIO(data))


def test_commands_are_packed_by_their_bytes() -> None:
    assert pack("PUBLISH", "é", b"\r\n") == b"*3\r\n$7\r\nPUBLISH\r\n$2\r\n\xc3\xa9\r\n$2\r\n\r\n\r\n"
