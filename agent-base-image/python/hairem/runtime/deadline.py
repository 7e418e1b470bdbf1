"""Waits for an answer as long as it may take, and no longer than its cause lives: what a question costs beside its
message."""

import asyncio
from collections.abc import Callable
from typing import Any

from .cause import Cause
from .clock import Clock


def in_time(
    answered: "asyncio.Future[Any]",
    clock: Clock,
    ms: float,
    *,
    cause: Cause | None,
    late: Callable[[], Exception],
    cancelled: Callable[[], Exception],
) -> None:
    """Ends what is waited for with an error when it is too late, or when its cause is stopped. The errors are made when
    they are needed."""

    def cancel() -> None:
        fail(answered, cancelled())

    def end(_: object) -> None:
        call_off()
        if cause:
            cause.signal.forget(cancel)

    call_off = clock.after(ms, lambda: fail(answered, late()))
    if cause:
        cause.signal.listen(cancel)
    answered.add_done_callback(end)


def fail(future: "asyncio.Future[Any]", error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
