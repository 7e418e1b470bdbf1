"""Runs the functions of a bundle: `async def` on the event loop, plain ones in threads of their own, where they may
block. Their cause goes with them."""

import asyncio
import concurrent.futures
import functools
import inspect
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from threading import get_ident
from typing import Any, TypeVar

from ..agent_host import Log
from ..outcome import Outcome
from ..raised import reason_of
from .clock import Clock

T = TypeVar("T")

#: Threads are made when they are needed: an agent whose functions are all async has none.
MOST_THREADS = 64
LONG_SECONDS = 5.0


class Aside:
    def __init__(self, clock: Clock, log: Log) -> None:
        self._clock = clock
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._loop_thread = get_ident()
        self.long_seconds = LONG_SECONDS
        self._pool = concurrent.futures.ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="aside")

    async def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Calls it where it belongs, and awaits what it returns if that can be awaited."""
        if is_quick(function):
            result = function(*args)
        else:
            result = await self._watched(self.in_thread(function, *args), function)
        return await result if inspect.isawaitable(result) else result

    def in_thread(self, function: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":
        call = functools.partial(copy_context().run, _ended, function, *args)
        return self._loop.run_in_executor(self._pool, call)

    def begin(self, make: Callable[[], "asyncio.Future[T]"]) -> Outcome[T]:
        """Begins something on the event loop, from any thread."""
        if get_ident() == self._loop_thread:
            return Outcome(make())
        outcome: concurrent.futures.Future[T] = concurrent.futures.Future()

        def chain() -> None:
            try:
                make().add_done_callback(lambda done: _copy(done, outcome))
            except Exception as error:
                outcome.set_exception(error)

        self._loop.call_soon_threadsafe(chain, context=copy_context())
        return Outcome(outcome)

    def on_loop(self, call: Callable[[], T]) -> T:
        """Calls it on the event loop, from any thread, and waits for what it returns."""

        async def called() -> T:
            return call()

        return (
            call()
            if get_ident() == self._loop_thread
            else self.begin(lambda: self._loop.create_task(called())).result()
        )

    async def _watched(self, called: "asyncio.Future[Any]", function: Callable[..., Any]) -> Any:
        """A thread cannot be stopped: that one takes long should be known."""
        began = self._clock.now()
        warning = self._loop.call_later(self.long_seconds, self._warn, function, began)
        try:
            return await called
        finally:
            warning.cancel()

    def _warn(self, function: Callable[..., Any], began: float) -> None:
        seconds = round((self._clock.now() - began) / 1000)
        self._log.warn(
            f"{name_of(function)} has been running for {seconds} s in its thread", function=name_of(function)
        )


def _ended(function: Callable[..., Any], *args: Any) -> Any:
    """No future takes a StopIteration, such as `next()` raises: whoever waits for it would wait for ever."""
    try:
        return function(*args)
    except StopIteration as error:
        raise RuntimeError("StopIteration: next() found nothing more") from error


async def contained(work: Coroutine[Any, Any, T]) -> T:
    """In a task of its own these two would end the event loop, and with it the agent."""
    try:
        return await work
    except (SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError(reason_of(error)) from error


def is_quick(function: Callable[..., Any]) -> bool:
    """It only makes something to await, or is the SDK's own."""
    inner = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    is_async = inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(type(inner).__call__)
    return is_async or str(getattr(inner, "__module__", "")).startswith("hairem.")


def name_of(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__qualname__", None) or function)


def _copy(done: "asyncio.Future[T]", outcome: "concurrent.futures.Future[T]") -> None:
    if done.cancelled():
        outcome.cancel()
        return
    error = done.exception()
    if error:
        outcome.set_exception(error)
    else:
        outcome.set_result(done.result())
