"""Time, as an argument, so that tests need not wait."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Monotonic milliseconds."""

    def timestamp(self) -> str:
        """Wall clock for people, RFC 3339."""

    async def sleep(self, ms: float) -> None: ...

    def after(self, ms: float, call: Callable[[], None]) -> Callable[[], object]:
        """Calls once after so many milliseconds; what it returns calls it off. For deadlines, of which most are called
        off: a `sleep` would be a task of its own."""


class SystemClock:
    def now(self) -> float:
        return time.monotonic() * 1000

    def timestamp(self) -> str:
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    async def sleep(self, ms: float) -> None:
        await asyncio.sleep(ms / 1000)

    def after(self, ms: float, call: Callable[[], None]) -> Callable[[], object]:
        return asyncio.get_running_loop().call_later(ms / 1000, call).cancel
