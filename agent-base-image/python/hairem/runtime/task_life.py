"""One task of the nursery, from its start to its end, restarts included.

waiting ──► running ──► done
              │ ▲ └─ fails ─► failed, or with restart: on-failure
              │ └── 1 s, 2 s, 4 s … ── backoff
              └─ cancelled ─► cancelled, or stuck if it ignores that

A coroutine runs once only: one that was begun does not start again.
"""

import asyncio
import inspect
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Literal, TypeAlias

from ..agent_host import Log, Task
from .aside import Aside, is_quick
from .cause import TaskCause, causes
from .clock import Clock
from .log import stack_of

TaskState: TypeAlias = Literal["waiting", "running", "backoff", "done", "failed", "cancelled", "stuck"]

FIRST_PAUSE_MS = 1_000.0
LONGEST_PAUSE_MS = 60_000.0
#: It goes into every heartbeat; the end of a stack says what happened.
LONGEST_ERROR = 4_000
SPENT = "a coroutine runs once only: give spawn_task a function, so that it can start again"


@dataclass(frozen=True, slots=True)
class TaskTools:
    clock: Clock
    log: Log
    aside: Aside


@dataclass(eq=False, slots=True)
class Life:
    """One life of a task. Aborting the signal of its cause ends its right to send."""

    cause: TaskCause = field(default_factory=TaskCause)
    #: Set when it shall end.
    stopping: Event = field(default_factory=Event)
    #: Done when none of its code runs any more.
    done: "asyncio.Task[None] | None" = None

    @property
    def over(self) -> bool:
        return self.done is not None and self.done.done()


@dataclass(eq=False, slots=True)
class NurseryTask:
    name: str
    work: Task
    restarts: bool
    since: str
    state: TaskState = "waiting"
    error: str | None = None
    life: Life | None = None
    #: A coroutine that was begun.
    spent: bool = False

    def enter(self, state: TaskState, clock: Clock, error: str | None = None) -> None:
        self.state, self.since = state, clock.timestamp()
        self.error = error[-LONGEST_ERROR:] if error else None


def begin_life(task: NurseryTask, tools: TaskTools, on_over: Callable[[], None]) -> None:
    """Calls `on_over` when it has ended."""
    life = Life()
    context = copy_context()
    context.run(causes.set, life.cause)
    task.life = life
    task.enter("running", tools.clock)
    life.done = asyncio.get_running_loop().create_task(_live(task, life, tools), context=context)

    def over(_: "asyncio.Task[None]") -> None:
        if task.state in ("running", "stuck"):  # cancelled before it had begun, or at last
            _enter_cancelled(task, tools.clock)
        life.cause.signal.abort()
        on_over()

    life.done.add_done_callback(over)


async def _live(task: NurseryTask, life: Life, tools: TaskTools) -> None:
    """Raises only what ends it before it has begun."""
    clock, pause = tools.clock, FIRST_PAUSE_MS
    while True:
        task.enter("running", clock)
        started_at = clock.now()
        error = await _attempt(task, life, tools.aside)
        if life.stopping.is_set():
            return
        if error is None:
            task.enter("done", clock)
            return
        tools.log.error(f"the task {task.name} failed", task=task.name, error=error)
        task.enter("backoff" if task.restarts else "failed", clock, stack_of(error))
        if not task.restarts:
            return
        if clock.now() - started_at > LONGEST_PAUSE_MS:
            pause = FIRST_PAUSE_MS
        with suppress(asyncio.CancelledError):
            await clock.sleep(pause)
        if life.stopping.is_set():
            _enter_cancelled(task, clock)
            return
        pause = min(2 * pause, LONGEST_PAUSE_MS)


def _enter_cancelled(task: NurseryTask, clock: Clock) -> None:
    task.enter("cancelled", clock, SPENT if task.spent else None)


async def _attempt(task: NurseryTask, life: Life, aside: Aside) -> BaseException | None:
    try:
        if inspect.iscoroutine(task.work):
            task.spent = True
            await task.work
        elif callable(task.work):
            await _call(task.work, life, aside)
    except BaseException as error:
        return error
    return None


async def _call(work: Any, life: Life, aside: Aside) -> None:
    args = (life.stopping,) if _takes_event(work) else ()
    if is_quick(work):
        result = work(*args)
    else:
        result = await _whole_thread(aside.in_thread(work, *args))
    if inspect.isawaitable(result):
        await result


def _takes_event(work: Any) -> bool:
    """Does a plain function ask for the event that is set when it shall end?"""
    try:
        parameters = inspect.signature(work).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(one.kind in positional and one.default is inspect.Parameter.empty for one in parameters)


async def _whole_thread(running: "asyncio.Future[Any]") -> Any:
    """A thread cannot be cancelled: it has ended when it says so."""
    while not running.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({running})
    return running.result()
