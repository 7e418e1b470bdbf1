"""One connection of an instance to Redis, and the way to one, where Redis ends or deviates at a bad moment."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fakes import HandTurnedClock, KeptLog, run

from hairem.runtime.connection import connect
from hairem.runtime.link import LinkOptions, open_link
from hairem.runtime.reader import ConnectionOptions, Reader
from hairem.runtime.resp import pack, read
from hairem.send_error import SendError

MESSAGE = b">4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\nc\r\n$1\r\nt\r\n"


class Heard:
    def __init__(self, on_pattern: Callable[[str, str], None] = lambda *_: None) -> None:
        self.lost: list[str] = []
        self.is_lost = asyncio.Event()
        self.on_pattern = on_pattern

    def on_channel(self, channel: str, text: str) -> None: ...

    def on_lost(self, why: Exception) -> None:
        self.lost.append(str(why))
        self.is_lost.set()


@contextmanager
def redis(*serve: Callable[[socket.socket], None]) -> Iterator[ConnectionOptions]:
    """One connection after the other, each served after Redis' greeting."""

    def accept() -> None:
        for one in serve:
            opened, _ = server.accept()
            with opened:
                answer(opened, b"%0\r\n")
                answer(opened, b"+PONG\r\n")
                one(opened)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield ConnectionOptions("127.0.0.1", server.getsockname()[1], "u", "p")
        thread.join()


def answer(opened: socket.socket, data: bytes) -> list[bytes]:
    """What it was asked, byte for byte: the reader of a test may hold back nothing."""
    with opened.makefile("rb", 0) as stream:
        asked: list[bytes] = read(_Whole(stream))
    opened.sendall(data)
    return asked


class _Whole:
    """A stream without a buffer gives what is there; `read` wants all of it."""

    def __init__(self, stream: socket.SocketIO) -> None:
        self._stream = stream

    def readline(self, size: int) -> bytes:
        return self._stream.readline(size)

    def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size and (more := self._stream.read(size - len(data))):
            data += more
        return data

    def close(self) -> None: ...


def subscribe(opened: socket.socket, before: bytes = b"") -> None:
    """Answers both, the last with something before it."""
    for ahead in (b"", before):
        word, *names = answer(opened, ahead)
        opened.sendall(b"".join(b">3" + pack(word.lower(), name)[2:] + b":1\r\n" for name in names))


def until_closed(opened: socket.socket) -> None:
    while opened.recv(4096):
        pass


class NoPauses(HandTurnedClock):
    async def sleep(self, ms: float) -> None: ...


def link(options: ConnectionOptions, ears: Heard) -> LinkOptions:
    return LinkOptions(options, "a", 1, lambda: ears, NoPauses(), KeptLog())


@run
async def test_what_is_lost_behind_the_last_answer_is_no_connection() -> None:
    """The event loop may hear of both at once, where the agent's code has held it."""

    def until_all_is_read(*_: str) -> None:
        for thread in threading.enumerate():
            if thread.name == "redis":
                thread.join()

    def stay(opened: socket.socket) -> None:
        subscribe(opened)
        answer(opened, b":3\r\n")

    with redis(lambda opened: subscribe(opened, MESSAGE), stay) as options:
        connection = await open_link(link(options, Heard(until_all_is_read)), lambda: None)
        published = connection.publish("c", "text")
        assert published is not None
        assert await published == 3


@run
async def test_what_was_not_asked_is_no_answer_to_what_is_asked_next() -> None:
    ears = Heard()

    def reply(opened: socket.socket) -> None:
        opened.sendall(b":7\r\n")
        until_closed(opened)

    with redis(reply) as options:
        await connect(options, ears)
        await ears.is_lost.wait()
    assert ears.lost == ["Redis answered what it was not asked"]


@run
async def test_what_waits_when_the_connection_ends_is_of_unknown_outcome() -> None:
    ears = Heard()

    def end(opened: socket.socket) -> None:
        answer(opened, b":1\r\n")
        answer(opened, b"")

    with redis(end) as options:
        connection = await connect(options, ears)
        first, second = (connection.publish("c", text) for text in ("1", "2"))
        assert first
        assert second
        assert await first == 1
        with pytest.raises(SendError) as raised:
            await second
    assert raised.value.code == "unknown_outcome"
    assert len(ears.lost) == 1


@run
async def test_a_flood_keeps_the_event_loop_from_nothing_else() -> None:
    """What is read meanwhile is heard behind what else is to be done, such as a heartbeat."""
    heard: list[object] = []
    others: list[int] = []
    is_all_heard = asyncio.Event()

    def hear(item: object) -> None:
        heard.append(item)
        if len(heard) < 100:
            arrive()
        else:
            is_all_heard.set()

    def arrive() -> None:
        with opened.makefile("rb", 0) as stream:
            reader._read(stream)

    ours, opened = socket.socketpair()
    with ours, opened:
        ours.sendall(b"+x\r\n" * 100)
        reader = Reader(ConnectionOptions("", 0, "", ""), on_open=lambda _: None, hear=hear)
        arrive()
        asyncio.get_running_loop().call_soon(lambda: others.append(len(heard)))
        await is_all_heard.wait()
    assert others
    assert others[0] < 10
