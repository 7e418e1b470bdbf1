"""The tasks of an agent (BUNDLE.md, spawn_task): held until the instance is ACTIVE, watched, ended when it goes.

waiting ──► running ──► ended
              │  └─crash─► crashed ──(restart: on-failure, after a while)──► running
              └─stop─► cancelled, or stuck if it ignores that; both start again when ACTIVE again

A coroutine runs once only: one that was cancelled, or that crashed, does not start again.
"""

import asyncio
import inspect
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Literal, TypeAlias

from ..agent_host import Log, TaskSpec
from .aside import Aside, is_quick
from .cause import TaskCause, causes
from .clock import Clock
from .dispatch import FAILURES
from .log import stack_of

TaskState: TypeAlias = Literal["waiting", "running", "ended", "crashed", "cancelled", "stuck"]

STOP_SECONDS = 5.0
FIRST_PAUSE_MS = 1_000.0
LONGEST_PAUSE_MS = 60_000.0
#: Tasks that have ended stay in the report, the newest of them.
MOST_ENDED = 20
SPENT = "a coroutine runs once only: give spawn_task a function, so that it can start again"


@dataclass(eq=False, slots=True)
class Life:
    """One life of a task. Aborting the signal of its cause ends its right to send."""

    cause: TaskCause = field(default_factory=TaskCause)
    #: Set when it shall end.
    stopping: Event = field(default_factory=Event)
    done: "asyncio.Task[None] | None" = None


@dataclass(eq=False, slots=True)
class NurseryTask:
    spec: TaskSpec
    since: str
    state: TaskState = "waiting"
    error: str | None = None
    life: Life | None = None


class Nursery:
    def __init__(self, clock: Clock, log: Log, aside: Aside) -> None:
        self._clock = clock
        self._log = log
        self._aside = aside
        self._tasks: dict[str, NurseryTask] = {}
        self._on = False
        self._stopping: asyncio.Future[None] | None = None

    def add(self, spec: TaskSpec) -> None:
        """Raises ValueError if a task of that name is waiting or running."""
        known = self._tasks.get(spec.name)
        if known and _is_live(known):
            _close(spec)
            raise ValueError(f"a task named {spec.name} is there already")
        self._forget_oldest()
        task = NurseryTask(spec, self._clock.timestamp())
        self._tasks.pop(spec.name, None)
        self._tasks[spec.name] = task
        if self._on:
            self._launch(task)

    def start(self) -> None:
        self._on = True
        if self._stopping is None or self._stopping.done():
            self._start_all()
        else:
            self._stopping.add_done_callback(lambda _: self._start_all())

    def stop(self) -> "asyncio.Future[None]":
        """Done when all have ended, or are muted at the deadline. Never raises."""
        self._on = False
        self._stopping = asyncio.ensure_future(self._stop_all())
        return self._stopping

    def close(self) -> None:
        """Coroutines that were never begun are not missed."""
        for task in self._tasks.values():
            if task.life is None:
                _close(task.spec)

    def report(self) -> list[dict[str, Any]]:
        return [
            {"name": task.spec.name, "state": task.state, "since": task.since, "error": task.error}
            for task in self._tasks.values()
        ]

    def _start_all(self) -> None:
        for task in list(self._tasks.values()) if self._on else []:
            if _starts_again(task):
                self._launch(task)

    def _launch(self, task: NurseryTask) -> None:
        life = Life()
        context = copy_context()
        context.run(causes.set, life.cause)
        task.life = life
        life.done = asyncio.get_running_loop().create_task(self._live(task, life), context=context)

    async def _live(self, task: NurseryTask, life: Life) -> None:
        """From its start to its end, restarts included. Never raises."""
        pause = FIRST_PAUSE_MS
        while True:
            self._note(task, life, "running")
            started_at = self._clock.now()
            error = await self._attempt(task.spec, life)
            if life.stopping.is_set():
                self._note(task, life, "cancelled")
            elif error is None:
                self._note(task, life, "ended")
            else:
                self._note(task, life, "crashed", stack_of(error))
                self._log.error(f"the task {task.spec.name} crashed", task=task.spec.name, error=error)
            if error is None or life.stopping.is_set() or task.spec.restart != "on-failure" or _is_spent(task):
                break
            if self._clock.now() - started_at > LONGEST_PAUSE_MS:
                pause = FIRST_PAUSE_MS
            with suppress(asyncio.CancelledError):
                await self._clock.sleep(pause)
            if life.stopping.is_set():
                self._note(task, life, "cancelled")
                break
            pause = min(2 * pause, LONGEST_PAUSE_MS)
        life.cause.signal.abort()

    async def _attempt(self, spec: TaskSpec, life: Life) -> BaseException | None:
        try:
            if inspect.iscoroutine(spec.work):
                await spec.work
            elif callable(spec.work):
                await self._call(spec, life)
        except (*FAILURES, asyncio.CancelledError) as error:
            return error
        return None

    async def _call(self, spec: TaskSpec, life: Life) -> None:
        work: Any = spec.work
        args = (life.stopping,) if _takes_event(work) else ()
        if is_quick(work):
            result = work(*args)
        else:
            result = await _whole_thread(self._aside.in_thread(work, *args))
        if inspect.isawaitable(result):
            await result

    def _note(self, task: NurseryTask, life: Life, state: TaskState, error: str | None = None) -> None:
        if task.life is not life:
            return
        if state == "cancelled" and _is_spent(task):
            error = SPENT
        task.state, task.error, task.since = state, error, self._clock.timestamp()

    async def _stop_all(self) -> None:
        lives = [task.life for task in self._tasks.values() if task.life and task.life.done]
        for life in lives:
            life.stopping.set()
            if life.done and not life.done.done():
                life.done.cancel()
        running = {life.done for life in lives if life.done and not life.done.done()}
        if running:
            late = asyncio.ensure_future(self._clock.sleep(STOP_SECONDS * 1000))
            everything = asyncio.ensure_future(asyncio.wait(running))
            await asyncio.wait({late, everything}, return_when=asyncio.FIRST_COMPLETED)
            late.cancel()
            everything.cancel()
        for task in self._tasks.values():
            if task.life and task.state == "running":
                task.life.cause.signal.abort()
                task.state, task.since = "stuck", self._clock.timestamp()
                task.error = "it ignores its cancellation"
                self._log.warn(f"the task {task.spec.name} is stuck: {task.error}", task=task.spec.name)

    def _forget_oldest(self) -> None:
        ended = [task for task in self._tasks.values() if not _is_live(task) and task.state in ("ended", "crashed")]
        if len(ended) >= MOST_ENDED:
            del self._tasks[ended[0].spec.name]


def _is_live(task: NurseryTask) -> bool:
    restarts = task.spec.restart == "on-failure" and not _is_spent(task)
    return task.state in ("waiting", "running") or (task.state == "crashed" and restarts)


def _starts_again(task: NurseryTask) -> bool:
    if task.life is None:
        return task.state == "waiting"
    return task.state in ("cancelled", "stuck") and not _is_spent(task)


def _is_spent(task: NurseryTask) -> bool:
    return task.life is not None and inspect.iscoroutine(task.spec.work)


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


def _close(spec: TaskSpec) -> None:
    if inspect.iscoroutine(spec.work):
        spec.work.close()
