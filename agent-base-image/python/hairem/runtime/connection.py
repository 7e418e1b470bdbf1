"""One connection to Redis, everything on it (BUS.md, rule 1). It never reconnects by itself: whether that is allowed is
a rule of the handover (rule 9), so a lost connection is said once, and a new one is a new object.

A thread of its own reads it, so that Redis never waits for the agent's code, and puts what has come in a queue; the
event loop takes it from there in the same order. Only the event loop writes.
"""

import asyncio
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any, NamedTuple, Protocol

from redis._parsers.resp3 import _RESP3Parser
from redis.backoff import NoBackoff
from redis.connection import Connection as RedisConnection
from redis.exceptions import AuthenticationError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from ..send_error import SendError

LARGEST_BYTES = 1024 * 1024
CONNECT_SECONDS = 1.5
#: For the answers while it connects, and for a write that Redis does not take.
ANSWER_SECONDS = 3
BEAT_SECONDS = 1.0
#: No PONG in so many beats is a lost connection. Beats and not time: a blocked event loop is not Redis' silence.
SILENT_BEATS = 3
#: Read and not yet heard. With more, Redis waits after all, and cuts off a reader that is slow for too long.
MOST_WAITING_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    host: str
    port: int
    username: str
    password: str


class Ears(Protocol):
    """Called on the event loop, one message after the other, in the order of the stream."""

    def on_pattern(self, channel: str, text: str) -> None: ...
    def on_channel(self, channel: str, text: str) -> None: ...
    def on_lost(self, why: Exception) -> None:
        """Once, when the connection is gone."""


class _Push(NamedTuple):
    parts: list[Any]


class _Parser(_RESP3Parser):
    """Tells what Redis pushes from what it answers."""

    def handle_pubsub_push_response(self, response: list[Any]) -> _Push:
        return _Push(response)


class _Slot:
    """One command that Redis has not answered yet. SUBSCRIBE is answered by a push for each name."""

    __slots__ = ("about", "answered", "pushes")

    def __init__(self, about: str, pushes: int) -> None:
        self.about = about
        self.answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.pushes = pushes


async def connect(options: ConnectionOptions, ears: Ears) -> "Connection":
    """Returns when it is ready for commands; raises what Redis or the network said."""
    wire = RedisConnection(
        host=options.host,
        port=options.port,
        username=options.username,
        password=options.password,
        protocol=3,  # PUBLISH works on a subscribed connection
        parser_class=_Parser,
        driver_info=None,  # CLIENT SETINFO is refused, and Redis 7.0 does not know it
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
    )
    connection = Connection(wire, ears)
    await connection.open()
    return connection


class Connection:
    def __init__(self, wire: RedisConnection, ears: Ears) -> None:
        self._wire = wire
        self._ears = ears
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._socket: socket.socket | None = None
        self._slots: deque[_Slot] = deque()
        self._arrived: deque[tuple[object, int]] = deque()
        self._is_woken = False
        # Each is written by one thread alone: their difference is what waits to be heard.
        self._read_bytes = 0
        self._heard_bytes = 0
        self._silent_beats = 0
        self._heart: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        Thread(target=self._run, name="redis", daemon=True).start()
        await self._opened
        self._heart = self._loop.call_later(BEAT_SECONDS, self._beat)
        await self._send("PING").answered

    async def subscribe(self, *, patterns: Sequence[str], channels: Sequence[str]) -> None:
        await self._send("PSUBSCRIBE", *patterns, pushes=len(patterns)).answered
        await self._send("SUBSCRIBE", *channels, pushes=len(channels)).answered

    def publish(self, channel: str, text: str) -> "asyncio.Future[Any] | None":
        """Written before it returns. None when the connection is gone and nothing was sent; else done when Redis has
        acknowledged it, with how many clients it was given to, or with a SendError: refused, too_large,
        unknown_outcome."""
        data = text.encode()
        if len(data) > LARGEST_BYTES:
            too_large = self._loop.create_future()
            too_large.set_exception(SendError("too_large", "a message may have 1 MiB"))
            return too_large
        if self._socket is None:
            return None
        slot = self._send("PUBLISH", channel, data)
        return None if self._socket is None else slot.answered

    def close(self) -> None:
        if self._heart:
            self._heart.cancel()
        if self._socket:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # ends the thread, which closes it
        self._socket = None

    # In the thread.

    def _run(self) -> None:
        try:
            self._wire.connect()
            opened = _without_deadline(self._wire)
        except Exception as error:
            self._call(partial(self._opened.set_exception, error))
            return
        self._call(partial(self._on_open, opened))
        while self._read():
            while self._read_bytes - self._heard_bytes > MOST_WAITING_BYTES:
                time.sleep(0.01)
        self._wire.disconnect()

    def _read(self) -> bool:
        item: object
        try:
            item = self._wire.read_response(disable_decoding=True, push_request=True, disconnect_on_error=False)
        except ResponseError as error:
            item = error
        except Exception as error:
            item = _Lost(error)
        size = _size(item)
        self._read_bytes += size
        self._arrived.append((item, size))
        if not self._is_woken:
            self._is_woken = True
            self._call(self._drain)
        return not isinstance(item, _Lost)

    def _call(self, callback: Callable[[], Any]) -> None:
        with suppress(RuntimeError):  # the loop is closed: the process ends
            self._loop.call_soon_threadsafe(callback)

    # On the event loop.

    def _on_open(self, opened: socket.socket) -> None:
        self._socket = opened
        self._opened.set_result(None)

    def _drain(self) -> None:
        self._is_woken = False
        while self._arrived:
            item, size = self._arrived.popleft()
            self._heard_bytes += size
            if self._socket is not None:
                self._hear(item)

    def _hear(self, item: object) -> None:
        if isinstance(item, _Lost):
            self._lose(item.why)
        elif not isinstance(item, _Push):
            self._answer(item)
        elif item.parts[0] == b"pmessage":
            self._ears.on_pattern(_to_text(item.parts[2]), _to_text(item.parts[3]))
        elif item.parts[0] == b"message":
            self._ears.on_channel(_to_text(item.parts[1]), _to_text(item.parts[2]))
        elif item.parts[0] in (b"psubscribe", b"subscribe"):
            self._slots[0].pushes -= 1
            if self._slots[0].pushes == 0:
                self._answer(None)

    def _answer(self, reply: object) -> None:
        slot = self._slots.popleft()
        if slot.answered.done():
            return
        if isinstance(reply, Exception):
            refused = SendError("refused", f"{slot.about}: {reply}")
            refused.__cause__ = reply
            slot.answered.set_exception(refused)
        else:
            slot.answered.set_result(reply)

    def _send(self, *command: str | bytes, pushes: int = 0) -> _Slot:
        slot = _Slot(str(command[1] if len(command) > 1 else command[0]), pushes)
        self._slots.append(slot)
        if self._socket is None:
            self._lose(OSError("the connection was closed"))
            return slot
        try:
            self._socket.sendall(b"".join(self._wire.pack_command(*command)))
        except OSError as error:  # a command that is not complete is never executed
            self._lose(error)
        return slot

    def _lose(self, why: Exception) -> None:
        was_up = self._socket is not None
        self.close()
        for slot in self._slots:
            if not slot.answered.done():
                slot.answered.set_exception(SendError("unknown_outcome", f"the connection was lost: {why}"))
                slot.answered.exception()  # not everybody waits for the answer
        self._slots.clear()
        if was_up:
            self._ears.on_lost(why)

    def _beat(self) -> None:
        if self._silent_beats >= SILENT_BEATS:
            self._lose(OSError("Redis did not answer a PING"))
            return
        self._heart = self._loop.call_later(BEAT_SECONDS, self._beat)
        self._silent_beats += 1
        if self._silent_beats == 1:
            self._send("PING").answered.add_done_callback(self._on_pong)

    def _on_pong(self, answered: "asyncio.Future[Any]") -> None:
        if not answered.cancelled() and answered.exception() is None:
            self._silent_beats = 0


class _Lost(NamedTuple):
    why: Exception


def is_auth_failure(error: Exception) -> bool:
    """Redis does not know this user, or not with this password."""
    return isinstance(error, AuthenticationError)


def _without_deadline(wire: RedisConnection) -> socket.socket:
    """From now on the thread waits for messages as long as it takes; a write that is not taken still fails."""
    opened = wire._get_socket()  # noqa: SLF001 - there is no other way to it
    if opened is None:
        raise OSError("the connection was closed")
    opened.settimeout(None)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", ANSWER_SECONDS, 0))
    return opened


def _to_text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _size(item: object) -> int:
    return sum(len(part) for part in item.parts if isinstance(part, bytes)) if isinstance(item, _Push) else 0
