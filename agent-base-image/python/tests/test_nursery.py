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


async def deaf(over: asyncio.Event) -> None:
    """Ends then and not before."""
    while not over.is_set():
        with suppress(asyncio.CancelledError):
            await over.wait()


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
    nursery.add(TaskSpec("deaf", lambda: deaf(over)))
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


@run
async def test_one_that_is_stuck_keeps_its_name_and_is_begun_again_when_it_has_ended_at_last() -> None:
    nursery, clock, _ = a_nursery()
    over = asyncio.Event()
    runs: list[str] = []

    async def counted() -> None:
        runs.append("on")
        await deaf(over)

    nursery.add(TaskSpec("deaf", counted))
    nursery.start()
    await settle()
    stopped = nursery.stop()
    nursery.start()  # cut back at once
    await clock.turn(5_000)
    await stopped
    assert (states(nursery), nursery.hindered(), len(runs)) == (["deaf stuck"], ["deaf"], 1)
    with pytest.raises(ValueError, match=r"is there already \(stuck\)"):
        nursery.add(TaskSpec("deaf", counted))
    await nursery.stop()  # is not waited for again
    assert nursery.hindered() == []
    nursery.start()
    over.set()
    await settle()
    assert (states(nursery), nursery.hindered(), len(runs)) == (["deaf done"], [], 2)


@run
async def test_a_hundred_cuts_awaited_or_not_leave_one_that_runs() -> None:
    nursery, _, _ = a_nursery()
    running: list[str] = []
    most = [0]

    async def loop() -> None:
        running.append("on")
        most[0] = max(most[0], len(running))
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # its end takes a while
            running.pop()

    nursery.add(TaskSpec("loop", loop))
    nursery.start()
    for n in range(100):
        stopped = nursery.stop()
        if n % 3 == 0:
            await stopped
        if n % 5 == 0:
            await settle()
        nursery.start()
        if n % 7 == 0:
            await settle()
    await settle()
    assert (states(nursery), len(running), most) == (["loop running"], 1, [1])


@run
async def test_begins_when_what_it_needs_is_ready_and_not_if_it_was_stopped_meanwhile() -> None:
    nursery, _, _ = a_nursery()
    nursery.add(TaskSpec("a", asyncio.Event().wait))
    first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    nursery.start(first)
    await nursery.stop()
    first.set_result(None)
    await settle()
    assert states(nursery) == ["a waiting"]
    second: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    nursery.start(second)
    await settle()
    assert states(nursery) == ["a waiting"]
    second.set_result(None)
    await settle()
    assert states(nursery) == ["a running"]


@run
async def test_a_coroutine_that_was_begun_hinders_and_one_that_was_not_begins_later() -> None:
    nursery, _, _ = a_nursery()
    nursery.add(TaskSpec("begun", asyncio.sleep(3600)))
    nursery.start()
    await settle()
    await nursery.stop()
    nursery.add(TaskSpec("not begun", asyncio.sleep(3600)))
    nursery.start()
    stopped = nursery.stop()  # before its first step
    nursery.start()
    await stopped
    await settle()
    assert states(nursery) == ["begun cancelled", "not begun running"]
    assert nursery.hindered() == ["begun"]
    await nursery.stop()


def test_a_coroutine_cannot_be_restarted() -> None:
    async def add() -> None:
        nursery, _, _ = a_nursery()
        nursery.add(TaskSpec("once", asyncio.sleep(1), "on-failure"))

    with pytest.raises(ValueError, match="a coroutine runs once only: give spawn_task a function"):
        asyncio.run(add())
