"""Holds what the agent says back where it is more than others hear (BUS.md, Allowances): to each it goes out in the
order in which it was said, only later."""

import asyncio

from .allowances import SAID, Buckets
from .clock import Clock

#: Shorter waits would let single messages through, each with a timer of its own.
SHORTEST_WAIT_MS = 10.0


class Pace:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets = Buckets(SAID)
        #: By channel: the last one that waits.
        self._last: dict[str, asyncio.Future[None]] = {}

    def turn(self, channel: str, text: str) -> "asyncio.Future[None] | None":
        """None where it may be said now, else what is done when it may."""
        before = self._last.get(channel)
        if before is None and self._buckets.take(channel, len(text), self._clock.now()) == 0:
            return None
        turn = asyncio.ensure_future(self._wait(channel, len(text), before))
        self._last[channel] = turn
        turn.add_done_callback(lambda _: self._forget(channel, turn))
        return turn

    async def _wait(self, channel: str, size: int, before: "asyncio.Future[None] | None") -> None:
        if before:
            await before
        while (ms := self._buckets.take(channel, size, self._clock.now())) > 0:
            await self._clock.sleep(max(ms, SHORTEST_WAIT_MS))

    def _forget(self, channel: str, turn: "asyncio.Future[None]") -> None:
        if self._last.get(channel) is turn:
            del self._last[channel]
