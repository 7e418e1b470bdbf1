"""What `self.spawn_task(coro)` hands back. There it was an asyncio task that ran at once; here the nursery runs it
while the agent is ACTIVE, and this may be cancelled, awaited or asked in its place."""

import asyncio
import concurrent.futures
import inspect
from collections.abc import Awaitable, Callable, Generator
from typing import Any


class Spawned:
    def __init__(self, work: Awaitable[Any], name: str) -> None:
        self.name = name
        self._work = work
        self._outcome: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self._running: asyncio.Task[Any] | None = None
        self._is_cancelled = False

    async def live(self) -> None:
        """What the nursery runs, and reports if it raises."""
        if self._is_cancelled:
            self.forget()
            return
        self._running = asyncio.current_task()
        try:
            self._settle(await self._work)
        except asyncio.CancelledError:
            self._outcome.cancel()
            if not self._is_cancelled:
                raise
        finally:
            self._settle(None)

    def forget(self) -> None:
        """It will never run."""
        if inspect.iscoroutine(self._work) and not self._running:
            self._work.close()
        self._outcome.cancel()

    def cancel(self, _msg: object = None) -> bool:
        if self.done():
            return False
        self._is_cancelled = True
        if self._running:
            self._running.get_loop().call_soon_threadsafe(self._running.cancel)
        return True

    def done(self) -> bool:
        return self._outcome.done()

    def cancelled(self) -> bool:
        return self._outcome.cancelled()

    def result(self) -> Any:
        """Raises InvalidStateError before it has ended; None if it crashed."""
        if not self.done():
            raise asyncio.InvalidStateError("it is still running")
        return self._outcome.result()

    def get_name(self) -> str:
        return self.name

    def add_done_callback(self, callback: "Callable[[Spawned], Any]") -> None:
        self._outcome.add_done_callback(lambda _: callback(self))

    def __await__(self) -> Generator[Any, None, Any]:
        return asyncio.wrap_future(self._outcome).__await__()

    def _settle(self, result: object) -> None:
        if not self._outcome.done():
            self._outcome.set_result(result)
