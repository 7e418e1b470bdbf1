"""What the tests put in the place of time, of the log and of Redis."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from hairem.follower.state import Phase
from hairem.message import Message, to_message
from hairem.runtime.aside import Aside
from hairem.runtime.asking import ServiceLineOptions
from hairem.runtime.cause import Cause, causes
from hairem.runtime.clock import Clock
from hairem.runtime.nursery import Nursery
from hairem.runtime.outbox import Outbox, OutboxOptions
from hairem.runtime.service_line import ServiceLine


class HandTurnedClock:
    def __init__(self) -> None:
        self._now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def now(self) -> float:
        return self._now

    def timestamp(self) -> str:
        return f"at {self._now:g}"

    async def sleep(self, ms: float) -> None:
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + ms, next(self._count), sleeper))
        await sleeper

    def after(self, ms: float, call: Callable[[], None]) -> Callable[[], object]:
        due: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due.add_done_callback(lambda done: None if done.cancelled() else call())
        heapq.heappush(self._sleepers, (self._now + ms, next(self._count), due))
        return due.cancel

    async def turn(self, ms: float) -> None:
        await settle()
        end = self._now + ms
        while self._sleepers and self._sleepers[0][0] <= end:
            self._now, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)
            await settle()
        self._now = end


class KeptLog:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []

    def debug(self, text: str, /, **fields: Any) -> None:
        self.lines.append(("debug", text, fields))

    def info(self, text: str, /, **fields: Any) -> None:
        self.lines.append(("info", text, fields))

    def warn(self, text: str, /, **fields: Any) -> None:
        self.lines.append(("warn", text, fields))

    def error(self, text: str, /, **fields: Any) -> None:
        self.lines.append(("error", text, fields))

    def texts(self) -> list[str]:
        return [text for _, text, _ in self.lines]


class Published:
    """A Redis that acknowledges when the test says so."""

    def __init__(self, *, at_once: bool = True, receivers: int = 1) -> None:
        #: To how many it gives what is published, as it says.
        self.receivers = receivers
        #: Given in place of an acknowledgement.
        self.error: Exception | None = None
        self.sent: list[tuple[str, str]] = []
        self.acks: list[asyncio.Future[Any]] = []
        self._at_once = at_once

    def __call__(self, channel: str, text: str) -> "asyncio.Future[Any]":
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.sent.append((channel, text))
        self.acks.append(ack)
        if self.error:
            ack.set_exception(self.error)
        elif self._at_once:
            ack.set_result(self.receivers)
        return ack


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Makes a test of an `async def`."""

    def ran() -> None:
        asyncio.run(asyncio.wait_for(test(), 20))

    ran.__name__ = test.__name__
    ran.__doc__ = test.__doc__
    return ran


def a_message(**fields: Any) -> Message:
    metadata = fields.pop("metadata", {})
    envelope = {
        "id": "m1",
        "timestamp": "2026-01-01T00:00:00Z",
        "type": "user_message",
        "sender": {"agent_id": "bob"},
        "recipient": {"target": "electra"},
        "payload": {},
        "metadata": metadata,
        **fields,
    }
    message = to_message(envelope)
    assert message is not None
    return message


@contextmanager
def because(cause: Cause) -> Iterator[None]:
    """What is in it is done because of that."""
    token = causes.set(cause)
    try:
        yield
    finally:
        causes.reset(token)


def a_nursery() -> tuple[Nursery, HandTurnedClock, KeptLog]:
    clock, log = HandTurnedClock(), KeptLog()
    return Nursery(clock, log, Aside(clock, log)), clock, log


def an_outbox(
    publish: Published,
    *,
    phase: Phase | Callable[[], Phase] = "ACTIVE",
    count: Callable[[str], None] | None = None,
    clock: Clock | None = None,
    unheard: Callable[[str], None] | None = None,
) -> Outbox:
    options = OutboxOptions(
        agent="electra",
        inst=7,
        clock=clock or HandTurnedClock(),
        role=lambda: "expert",
        phase=phase if callable(phase) else lambda: phase,
        publish=publish,
        sent=lambda *_: None,
        count=count or (lambda _: None),
        unheard=unheard,
    )
    return Outbox(options)


def a_service_line(publish: Published, clock: Clock | None = None) -> ServiceLine:
    return ServiceLine(ServiceLineOptions("electra", 7, clock or HandTurnedClock(), publish))
