"""One connection to Redis, everything on it (BUS.md, rule 1). It never reconnects by itself: whether that is allowed is
a rule of the handover (rule 9), so a lost connection is said once, and a new one is a new object.

A thread reads it (reader.py); only the event loop writes.
"""

import asyncio
import re
import socket
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

from ..send_error import SendError
from .reader import ConnectionOptions, Lost, Reader
from .resp import Push, ReplyError, pack

LARGEST_BYTES = 1024 * 1024
BEAT_SECONDS = 1.0
#: No PONG in so many beats is a lost connection. Beats and not time: a blocked event loop is not Redis' silence.
SILENT_BEATS = 3


class Ears(Protocol):
    """Called on the event loop, one message after the other, in the order of the stream."""

    def on_pattern(self, channel: str, text: str) -> None: ...
    def on_channel(self, channel: str, text: str) -> None: ...
    def on_lost(self, why: Exception) -> None:
        """Once, when the connection is gone."""


class _Slot:
    """One command that Redis has not answered yet. SUBSCRIBE is answered by a push for each name."""

    __slots__ = ("about", "answered", "pushes")

    def __init__(self, about: str, pushes: int) -> None:
        self.about = about
        self.answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.pushes = pushes


async def connect(options: ConnectionOptions, ears: Ears) -> "Connection":
    """Returns when it is ready for commands; raises what Redis or the network said."""
    connection = Connection(options, ears)
    await connection.open()
    return connection


class Connection:
    def __init__(self, options: ConnectionOptions, ears: Ears) -> None:
        self._ears = ears
        self._loop = asyncio.get_running_loop()
        self._reader = Reader(options, on_open=self._on_open, hear=self._hear)
        self._socket: socket.socket | None = None
        self._slots: deque[_Slot] = deque()
        self._silent_beats = 0
        self._heart: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        await self._reader.open()
        self._heart = self._loop.call_later(BEAT_SECONDS, self._beat)
        try:
            await self._send("PING").answered
        except SendError:
            self.close()
            raise

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

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    def close(self) -> None:
        if self._heart:
            self._heart.cancel()
        if self._socket:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # ends the thread, which closes it
        self._socket = None

    def _on_open(self, opened: socket.socket) -> None:
        self._socket = opened

    def _hear(self, item: object) -> None:
        if self._socket is None:
            return
        if isinstance(item, Lost):
            self._lose(item.why)
        elif not isinstance(item, Push):
            self._answer(item)
        elif item.parts[0] == b"pmessage":
            self._ears.on_pattern(_to_text(item.parts[2]), _to_text(item.parts[3]))
        elif item.parts[0] == b"message":
            self._ears.on_channel(_to_text(item.parts[1]), _to_text(item.parts[2]))
        elif item.parts[0] in (b"psubscribe", b"subscribe") and self._slots:
            self._slots[0].pushes -= 1
            if self._slots[0].pushes == 0:
                self._answer(None)

    def _answer(self, reply: object) -> None:
        if not self._slots:
            self._lose(OSError("Redis answered what it was not asked"))
            return
        slot = self._slots.popleft()
        if slot.answered.done():
            return
        if isinstance(reply, ReplyError):
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
            self._socket.sendall(pack(*command))
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


def is_auth_failure(error: Exception) -> bool:
    """Redis does not know this user, or not with this password."""
    return re.search("WRONGPASS|NOAUTH|invalid username-password", str(error)) is not None


def _to_text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
