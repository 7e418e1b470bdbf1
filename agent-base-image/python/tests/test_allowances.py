"""How much one says to another and hears of it: the contract's numbers and cases, and that what is held back keeps its
order."""

import asyncio
import json
from pathlib import Path

from fakes import HandTurnedClock, run

from hairem.runtime.allowances import HEARD, SAID, Allowance, Buckets
from hairem.runtime.pace import Pace

CONTRACT = json.loads((Path(__file__).parents[2] / "contract" / "allowances.json").read_text())


def written(allowance: Allowance) -> dict[str, int]:
    return {
        "bytesPerSecond": allowance.bytes_per_second,
        "messagesPerSecond": allowance.messages_per_second,
        "burstBytes": allowance.burst_bytes,
        "burstMessages": allowance.burst_messages,
    }


def test_the_numbers_are_those_of_the_contract() -> None:
    for name, allowances in (("said", SAID), ("heard", HEARD)):
        assert {kind: written(allowance) for kind, allowance in allowances.items()} == CONTRACT[name]


def test_the_cases_of_the_contract() -> None:
    for case in CONTRACT["cases"]:
        buckets = Buckets(HEARD)
        answers = [buckets.take(channel, size, at) == 0 for channel, at, size, _ in case["heard"]]
        assert answers == [heard for *_, heard in case["heard"]], case["name"]


@run
async def test_what_is_above_it_waits_in_its_order_and_others_do_not() -> None:
    clock = HandTurnedClock()
    pace = Pace(clock)
    said: list[int] = []

    def note(n: int, turn: "asyncio.Future[None] | None") -> None:
        if turn:
            turn.add_done_callback(lambda _: said.append(n))

    for n in range(510):
        note(n, pace.turn("agent:bob:electra", "x"))
    assert pace.turn("agent:carol:electra", "x") is None
    await clock.turn(0)
    assert said == []
    await clock.turn(100)
    assert said == list(range(500, 510))
    assert pace.turn("agent:bob:electra", "x") is None  # nobody waits any more
