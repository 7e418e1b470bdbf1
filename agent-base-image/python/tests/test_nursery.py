"""The tasks of an agent: held, watched, started again, ended."""

import asyncio
import threading
from contextlib import suppress

import pytest
from fakes import a_nursery, run, settle

from hairem.agent_host import TaskSpec
from hairem.runtime.nursery import Nursery
from hairem.runtime.task_life import SPENT


def states(nursery: Nursery) -> list[str]:
    return [f"{task['name']} {task['state']}" for task in nursery.report()]


async def nursery_ran(ran: list[str], count: int) -> None:
    """What is a function without `async` is called in a thread."""
    for _ in range(1_000):
        if len(ran) == count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(ran)


@run
async def test_holds_a_task_until_it_starts_and_runs_one_at_once_that_comes_later() -> None:
    nursery, _, _ = a_nursery()
    ran: list[str] = []

    async def work(name: str) -> None:
        ran.append(name)
        await asyncio.Event().wait()

    nursery.add(TaskSpec("early", lambda: work("early")))
    await settle()
    assert states(nursery) == ["early waiting"]
    nursery.start()
    nursery.add(TaskSpec("late", work("late")))
    await nursery_ran(ran, 2)
    assert states(nursery) == ["early running", "late running"]


@run
async def test_a_crash_is_reported_with_its_stack_and_if_asked_tried_again_later_and_later() -> None:
    nursery, clock, log = a_nursery()
    began: list[float] = []

    async def work() -> None:
        began.append(clock.now())
        raise ValueError("broken")

    nursery.add(TaskSpec("again", work, "on-failure"))
    nursery.start()
    await clock.turn(7_500)
    assert began == [0, 1_000, 3_000, 7_000]
    assert states(nursery) == ["again backoff"]
    assert "ValueError: broken" in str(nursery.report()[0]["error"])
    assert log.texts() == ["the task again failed"] * 4
    stopped = nursery.stop()
    await settle()
    assert stopped.done()
    assert states(nursery) == ["again cancelled"]


@run
async def test_stop_cancels_and_waits_and_start_runs_it_again() -> None:
    nursery, _, _ = a_nursery()
    seen: list[str] = []

    async def work() -> None:
        seen.append("on")
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("off")

    nursery.add(TaskSpec("task", work))
    nursery.start()
    await settle()
    await nursery.stop()
    assert states(nursery) == ["task cancelled"]
    nursery.start()
    await settle()
    assert seen == ["on", "off", "on"]


@run
async def test_a_coroutine_runs_once_only() -> None:
    nursery, _, _ = a_nursery()

    async def work() -> None:
        await asyncio.Event().wait()

    nursery.add(TaskSpec("task", work()))
    nursery.start()
    await settle()
    await nursery.stop()
    nursery.start()
    await settle()
    assert states(nursery) == ["task cancelled"]
    assert nursery.report()[0]["error"] == SPENT


@run
async def test_one_that_ignores_its_cancellation_is_stuck_and_muted() -> None:
    nursery, clock, log = a_nursery()
    over = asyncio.Event()

    async def deaf() -> None:
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()

    nursery.add(TaskSpec("deaf", deaf))
    nursery.start()
    await settle()
    stopped = nursery.stop()
    await clock.turn(5_000)
    assert stopped.done()
    assert states(nursery) == ["deaf stuck"]
    assert log.texts() == ["the task deaf is stuck: it ignores its cancellation"]
    over.set()
    await settle()
    assert states(nursery) == ["deaf cancelled"]


@run
async def test_a_plain_function_runs_in_a_thread_and_is_told_by_an_event() -> None:
    nursery, _, _ = a_nursery()
    began, threads = threading.Event(), []

    def work(stopping: threading.Event) -> None:
        threads.append(threading.current_thread().name)
        began.set()
        stopping.wait(10)

    nursery.add(TaskSpec("plain", work))
    nursery.start()
    await asyncio.to_thread(began.wait, 10)
    assert states(nursery) == ["plain running"]
    await nursery.stop()
    assert states(nursery) == ["plain cancelled"]
    assert threads[0].startswith("aside")


@run
async def test_two_live_tasks_cannot_have_one_name_and_an_ended_one_gives_it_free() -> None:
    nursery, _, _ = a_nursery()

    async def work() -> None:
        pass

    nursery.add(TaskSpec("task", work))
    with pytest.raises(ValueError, match="a task named task is there already"):
        nursery.add(TaskSpec("task", work))
    nursery.start()
    await settle()
    assert states(nursery) == ["task done"]
    nursery.add(TaskSpec("task", work))


@run
async def test_keeps_the_newest_of_those_that_ended() -> None:
    nursery, _, _ = a_nursery()

    async def work() -> None:
        pass

    nursery.start()
    for n in range(30):
        nursery.add(TaskSpec(f"task{n}", work))
        await settle()
    assert len(states(nursery)) == 20
    assert states(nursery)[-1] == "task29 done"
