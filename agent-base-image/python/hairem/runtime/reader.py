"""The reading half of the connection to Redis. A thread of its own connects and reads, so that Redis never waits for
the agent's code, and puts what has come in a queue; the event loop takes it from there in the same order."""

import asyncio
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any, NamedTuple

from .resp import Push, ReplyError, Stream, pack, read

CONNECT_SECONDS = 1.5
#: For the answers while it connects, and for a write that Redis does not take.
ANSWER_SECONDS = 3
#: Read at once, where more than one message waits.
BUFFER_BYTES = 64 * 1024
#: Read and not yet heard. With more, Redis waits after all, and cuts off a reader that is slow for too long.
MOST_WAITING_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    host: str
    port: int
    username: str
    password: str


class Lost(NamedTuple):
    """The connection is gone; nothing comes behind it."""

    why: Exception


class Reader:
    def __init__(
        self, options: ConnectionOptions, *, on_open: Callable[[socket.socket], None], hear: Callable[[object], None]
    ) -> None:
        """Both are called on the event loop: `on_open` first, with what may be written to; then `hear` with each Push,
        reply, ReplyError and Lost."""
        self._options = options
        self._tell_open = on_open
        self._take = hear
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._arrived: deque[tuple[object, int]] = deque()
        self._is_woken = False
        # Each is written by one thread alone: their difference is what waits to be heard.
        self._read_bytes = 0
        self._heard_bytes = 0

    async def open(self) -> None:
        """Raises what Redis or the network said."""
        Thread(target=self._run, name="redis", daemon=True).start()
        await self._opened

    # In the thread.

    def _run(self) -> None:
        try:
            opened, stream = _open(self._options)
        except Exception as error:
            self._call(partial(self._opened.set_exception, error))
            return
        self._call(partial(self._on_open, opened))
        while self._read(stream):
            while self._read_bytes - self._heard_bytes > MOST_WAITING_BYTES:
                time.sleep(0.01)
        stream.close()
        opened.close()

    def _read(self, stream: Stream) -> bool:
        item: object
        try:
            item = read(stream)
        except Exception as error:
            item = Lost(error)
        size = _size(item)
        self._read_bytes += size
        self._arrived.append((item, size))
        if not self._is_woken:
            self._is_woken = True
            self._call(self._drain)
        return not isinstance(item, Lost)

    def _call(self, callback: Callable[[], Any]) -> None:
        with suppress(RuntimeError):  # the loop is closed: the process ends
            self._loop.call_soon_threadsafe(callback)

    # On the event loop.

    def _on_open(self, opened: socket.socket) -> None:
        self._tell_open(opened)
        self._opened.set_result(None)

    def _drain(self) -> None:
        self._is_woken = False
        for _ in range(len(self._arrived)):
            item, size = self._arrived.popleft()
            self._heard_bytes += size
            self._take(item)
        if self._arrived and not self._is_woken:  # what came meanwhile, behind what else is to be done
            self._is_woken = True
            self._loop.call_soon(self._drain)


def _open(options: ConnectionOptions) -> tuple[socket.socket, Stream]:
    """Connected and known to Redis. From now on the thread waits for messages as long as it takes; a write that is not
    taken still fails."""
    opened = socket.create_connection((options.host, options.port), CONNECT_SECONDS)
    try:
        return opened, _greet(opened, options)
    except BaseException:
        opened.close()
        raise


def _greet(opened: socket.socket, options: ConnectionOptions) -> Stream:
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    opened.settimeout(ANSWER_SECONDS)
    # Protocol 3: PUBLISH works on a subscribed connection.
    opened.sendall(pack("HELLO", "3", "AUTH", options.username, options.password))
    stream = opened.makefile("rb", BUFFER_BYTES)
    greeting = read(stream)
    if isinstance(greeting, ReplyError):
        raise greeting
    opened.settimeout(None)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", ANSWER_SECONDS, 0))
    return stream


def _size(item: object) -> int:
    return sum(len(part) for part in item.parts if isinstance(part, bytes)) if isinstance(item, Push) else 0
