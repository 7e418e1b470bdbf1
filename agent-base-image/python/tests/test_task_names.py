"""The names of tasks, by which the registry shows them."""

import asyncio

import pytest
from fakes import a_nursery, run

from hairem.agent_host import TaskSpec


@run
async def test_wants_a_name_that_can_be_shown_and_has_room_for_a_hundred() -> None:
    nursery, _, _ = a_nursery()
    for name in ("", " a", "a\n", "x" * 65, "\u2028"):
        with pytest.raises(ValueError, match="not a name of a task"):
            nursery.add(TaskSpec(name, asyncio.Event().wait))
    for n in range(100):
        nursery.add(TaskSpec(f"météo {n} <x:y>", asyncio.Event().wait))
    with pytest.raises(ValueError, match="there are 100 tasks already"):
        nursery.add(TaskSpec("more", asyncio.Event().wait))


@run
async def test_without_a_name_it_has_that_of_its_function_numbered_if_need_be() -> None:
    nursery, _, _ = a_nursery()

    async def poll() -> None:
        pass

    for work in (poll, poll, lambda: poll(), poll()):
        nursery.add(TaskSpec(None, work))
    assert [task["name"] for task in nursery.report()] == ["poll", "poll-2", "lambda", "poll-3"]
    nursery.close()
