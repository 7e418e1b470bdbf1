"""Time, as an argument, so that tests need not wait."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Monotonic milliseconds."""

    def timestamp(self) -> str:
        """Wall clock for people, RFC 3339."""

    async def sleep(self, ms: float) -> None: ...


class SystemClock:
    def now(self) -> float:
        return time.monotonic() * 1000

    def timestamp(self) -> str:
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    async def sleep(self, ms: float) -> None:
        await asyncio.sleep(ms / 1000)
