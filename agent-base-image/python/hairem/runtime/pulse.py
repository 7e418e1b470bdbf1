"""The timers of one instance: ticks for the state machine, heartbeats for the registry."""

import asyncio
from collections.abc import Callable

from .heartbeat import Lag

TICK_SECONDS = 0.1
DRAIN_TICK_SECONDS = 0.003
HEARTBEAT_SECONDS = 2.0


class Pulse:
    def __init__(self, now: Callable[[], float], *, tick: Callable[[], None], beat: Callable[[], None]) -> None:
        self.lag = Lag(now, TICK_SECONDS * 1000)
        self._on_tick = tick
        self._on_beat = beat
        self._tick_is_near = False

    def begin(self) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(TICK_SECONDS, self._tick)
        loop.call_later(HEARTBEAT_SECONDS, self._beat)

    def tick_soon(self) -> None:
        if not self._tick_is_near:
            self._tick_is_near = True
            asyncio.get_running_loop().call_later(DRAIN_TICK_SECONDS, self._near_tick)

    def _tick(self) -> None:
        asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)
        self.lag.tick()
        self._on_tick()

    def _beat(self) -> None:
        asyncio.get_running_loop().call_later(HEARTBEAT_SECONDS, self._beat)
        self._on_beat()

    def _near_tick(self) -> None:
        self._tick_is_near = False
        self._on_tick()
