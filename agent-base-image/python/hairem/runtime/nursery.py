"""The tasks of an agent (BUNDLE.md, spawn_task): held until the instance is ACTIVE, watched, ended when it is not any
more. Under one name there is never more than one that runs: what ignores its cancellation keeps its name."""

import asyncio
import inspect
from typing import Any

from ..agent_host import Log, TaskSpec
from .aside import Aside
from .clock import Clock
from .task_life import Life, NurseryTask, TaskTools, begin_life

STOP_SECONDS = 5.0
#: Tasks that have ended stay in the report, the newest of them.
MOST_ENDED = 20
#: All of them are in every heartbeat.
MOST = 100
LONGEST_NAME = 64
IGNORES = "it ignores its cancellation"


class Nursery:
    def __init__(self, clock: Clock, log: Log, aside: Aside) -> None:
        self._tools = TaskTools(clock, log, aside)
        self._tasks: dict[str, NurseryTask] = {}
        self._on = False
        self._turn = 0

    def add(self, spec: TaskSpec) -> None:
        """Raises ValueError for a name that is none, or is in use, and when there are too many."""
        try:
            name = self._free_name(spec)
            restarts = _may_restart(spec)
        except ValueError:
            _close(spec.work)
            raise
        self._forget_oldest()
        task = NurseryTask(name, spec.work, restarts, self._tools.clock.timestamp())
        self._tasks.pop(name, None)
        self._tasks[name] = task
        self._offer(task)

    def start(self, ready: "asyncio.Future[None] | None" = None) -> None:
        """Begins what waits, and again what was cancelled, once `ready` is done."""
        self._turn += 1
        turn = self._turn
        if ready is None:
            self._begin(turn)
        else:
            ready.add_done_callback(lambda _: self._begin(turn))

    def stop(self) -> "asyncio.Future[None]":
        """Done when all have ended, or are muted at the deadline. Never raises. One that was stuck before is not waited
        for again."""
        self._turn += 1
        self._on = False
        running = [(task, task.life) for task in self._tasks.values() if task.life and _can_be_stopped(task, task.life)]
        for _, life in running:
            life.stopping.set()
            if life.done:
                life.done.cancel()
        return asyncio.ensure_future(self._until_stopped(running))

    def close(self) -> None:
        """Coroutines that were never begun are not missed."""
        for task in self._tasks.values():
            if not task.spent:
                _close(task.work)

    def report(self) -> list[dict[str, Any]]:
        return [
            {"name": task.name, "state": task.state, "since": task.since, "error": task.error}
            for task in self._tasks.values()
        ]

    def hindered(self) -> list[str]:
        """Names of those that should run now and cannot: only a fresh instance can begin them."""
        return [task.name for task in self._tasks.values() if self._on and _is_hindered(task)]

    def _begin(self, turn: int) -> None:
        if self._turn != turn:
            return  # stopped meanwhile
        self._on = True
        for task in list(self._tasks.values()):
            self._offer(task)

    def _offer(self, task: NurseryTask) -> None:
        if self._on and self._tasks.get(task.name) is task and _starts_again(task):
            begin_life(task, self._tools, lambda: self._offer(task))

    async def _until_stopped(self, running: list[tuple[NurseryTask, Life]]) -> None:
        waiting = {life.done for _, life in running if life.done}
        if waiting:
            late = asyncio.ensure_future(self._tools.clock.sleep(STOP_SECONDS * 1000))
            everything = asyncio.ensure_future(asyncio.wait(waiting))
            await asyncio.wait({late, everything}, return_when=asyncio.FIRST_COMPLETED)
            late.cancel()
            everything.cancel()
        for task, life in running:
            if not life.over and task.state != "stuck":
                life.cause.signal.abort()
                task.enter("stuck", self._tools.clock, IGNORES)
                self._tools.log.warn(f"the task {task.name} is stuck: {IGNORES}", task=task.name)

    def _free_name(self, spec: TaskSpec) -> str:
        if sum(map(_is_live, self._tasks.values())) >= MOST:
            raise ValueError(f"there are {MOST} tasks already")
        if spec.name is None:
            return self._made_name(spec.work)
        if not _is_name(spec.name):
            says = "it has 1 to 64 characters that can be printed, none a space at its ends"
            raise ValueError(f"not a name of a task: {spec.name}; {says}")
        if not self._is_free(spec.name):
            raise ValueError(f"a task named {spec.name} is there already ({self._tasks[spec.name].state})")
        return spec.name

    def _made_name(self, work: object) -> str:
        """Of its function, and numbered where that one is there already."""
        name = str(getattr(work, "__name__", "")).strip("<>")[:60] or "task"
        return next(one for one in (name, *(f"{name}-{n}" for n in range(2, MOST + 2))) if self._is_free(one))

    def _is_free(self, name: str) -> bool:
        known = self._tasks.get(name)
        return known is None or not _is_live(known)

    def _forget_oldest(self) -> None:
        ended = [task for task in self._tasks.values() if task.state in ("done", "failed")]
        if len(ended) >= MOST_ENDED:
            del self._tasks[ended[0].name]


def _is_name(name: str) -> bool:
    """Shown to people, so it can be printed; not more is asked of it."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name.strip() == name


def _may_restart(spec: TaskSpec) -> bool:
    if spec.restart == "on-failure" and inspect.iscoroutine(spec.work):
        raise ValueError("a coroutine runs once only: give spawn_task a function, so that it can be restarted")
    return spec.restart == "on-failure"


def _is_live(task: NurseryTask) -> bool:
    return task.state in ("waiting", "running", "backoff", "stuck")


def _starts_again(task: NurseryTask) -> bool:
    """Only once nothing of its last life is left: else there would be two."""
    if task.life is None:
        return task.state == "waiting"
    return task.life.over and task.state == "cancelled" and not task.spent


def _is_hindered(task: NurseryTask) -> bool:
    return task.state == "stuck" or (task.state == "cancelled" and task.spent)


def _can_be_stopped(task: NurseryTask, life: Life) -> bool:
    return not life.over and task.state != "stuck"


def _close(work: object) -> None:
    if inspect.iscoroutine(work):
        work.close()
