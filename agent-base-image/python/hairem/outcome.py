"""What `send` and `ask` hand back: something that has begun already and will have a result."""

import asyncio
import concurrent.futures
from collections.abc import Generator
from typing import Any, Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Outcome(Generic[T_co]):
    """Await it in async code; in a plain function, which runs in a thread, call `result()`; or leave it alone.

    It goes on either way, and belongs to the message whose handler began it.
    """

    __slots__ = ("_future",)

    def __init__(self, future: "asyncio.Future[T_co] | concurrent.futures.Future[T_co]") -> None:
        self._future = future

    def __await__(self) -> Generator[Any, None, T_co]:
        future = self._future
        return (future if isinstance(future, asyncio.Future) else asyncio.wrap_future(future)).__await__()

    def result(self, timeout: float | None = None) -> T_co:
        """Waits for it, at most `timeout` seconds, and returns it or raises what went wrong.

        Raises RuntimeError in async code, where nothing may wait in place: await it there.
        """
        if not isinstance(self._future, asyncio.Future):
            return self._future.result(timeout)
        if not self._future.done():
            raise RuntimeError("await it: only a plain function, which runs in a thread, may wait for the result")
        return self._future.result()
