"""What BaseAgent makes of what is said to it, as `contract/narrator.json` says; narrator.test.ts does it for
TypeScript."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from fakes import a_message, run

from hairem.agent_host import HistoryEntry
from hairem.message import Message
from hairem.narrator.attention import is_asked
from hairem.narrator.local_time import local_time, own_zone
from hairem.narrator.prompt import PromptParts, prompt_for
from hairem.narrator.skills import (
    arguments_of,
    offers_of,
    round_messages,
    rounds_of,
    tool_names,
    tools_of,
    with_own_ids,
)
from hairem.narrator.speech import Speech
from hairem.narrator.theme import theme_of
from hairem.send_error import SendError

CONTRACT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "contract" / "narrator.json").read_text())
WHEN = "2026-01-01T12:00:00Z"


def told(given: dict[str, Any]) -> Message:
    payload = {name: given[name] for name in ("content", "user") if name in given}
    return a_message(
        id="m1",
        timestamp=WHEN,
        type=given.get("type", "user_message"),
        sender={"agent_id": given.get("sender", "user")},
        recipient={"target": given.get("target", "renarde")},
        payload=payload,
        metadata={"correlation_id": given.get("correlation_id")},
    )


def named(case: dict[str, Any]) -> str:
    return str(case.get("name") or json.dumps(case))


@pytest.mark.parametrize("case", CONTRACT["asked"], ids=named)
def test_a_message_is_answered_or_not(case: dict[str, Any]) -> None:
    assert is_asked(told(case["message"]), "renarde", case.get("name_is", "Renarde")) is case["asked"]


@pytest.mark.parametrize("case", CONTRACT["prompts"], ids=named)
def test_the_model_is_told(case: dict[str, Any]) -> None:
    profile = {"role": None, "description": None, "llm_config": {}, **case["profile"]}
    history = [HistoryEntry(**entry, when=WHEN) for entry in case.get("history", ())]
    parts = PromptParts(
        "renarde", profile, case.get("persona"), history, told(case["message"]), case.get("theme"), "UTC"
    )
    assert prompt_for(parts) == case["messages"]


def test_the_model_is_told_no_more_than_it_can_take() -> None:
    def lines(text: str) -> int:
        history = [HistoryEntry(str(n), "user", text, "user", WHEN) for n in range(50)]
        profile: dict[str, Any] = {"name": "Renarde", "role": None, "description": None, "llm_config": {}}
        parts = PromptParts("renarde", profile, None, history, told({"content": "x"}), None, "UTC")
        return len(str(prompt_for(parts)[1]["content"]).split("\n"))

    assert lines("x") == 31
    assert lines("x" * 10_000) == 3


@pytest.mark.parametrize("case", CONTRACT["tools"], ids=named)
def test_skills_as_tools(case: dict[str, Any]) -> None:
    assert tools_of(offers_of(case["made"], case["stated"])) == case["tools"]


@pytest.mark.parametrize("case", CONTRACT["arguments"], ids=lambda case: str(case["given"])[:40])
def test_arguments(case: dict[str, Any]) -> None:
    assert arguments_of(case["given"]) == case["arguments"]


@pytest.mark.parametrize("case", CONTRACT["round_messages"], ids=named)
def test_how_a_round_goes_back_to_the_model(case: dict[str, Any]) -> None:
    answer = case["answer"]
    assert round_messages(answer, answer["tool_calls"], case["results"]) == case["messages"]


@pytest.mark.parametrize("case", CONTRACT["ids"], ids=named)
def test_every_call_has_an_id_of_its_own(case: dict[str, Any]) -> None:
    taken: set[str] = set()
    own = [[call["id"] for call in with_own_ids([{"id": one} for one in ids], taken)] for ids in case["rounds"]]
    assert own == case["own"]


def test_a_call_without_an_id_at_all_gets_one() -> None:
    assert with_own_ids([{"type": "function"}], set()) == [{"type": "function", "id": "call_1"}]


@pytest.mark.parametrize("case", CONTRACT["times"], ids=lambda case: f"{case['at']} in {case['zone']}")
def test_the_time_of_a_message(case: dict[str, Any]) -> None:
    assert local_time(case["at"], case["zone"]) == case["said"]


@pytest.mark.parametrize(
    ("given", "zone"), [("Asia/Kolkata", "Asia/Kolkata"), ("", "UTC"), ("Mars", "UTC"), ("../x", "UTC"), ("A\0", "UTC")]
)
def test_the_zone_of_this_process_is_that_of_its_environment(
    monkeypatch: pytest.MonkeyPatch, given: str, zone: str
) -> None:
    monkeypatch.setattr("os.environ", {"TZ": given})
    assert own_zone() == zone


@pytest.mark.parametrize("case", CONTRACT["rounds"], ids=named)
def test_rounds(case: dict[str, Any]) -> None:
    assert rounds_of(case["llm_config"]) == case["rounds"]


@pytest.mark.parametrize("case", CONTRACT["tool_names"], ids=lambda case: ", ".join(case["names"])[:40])
def test_skills_are_told_by_names_that_providers_take(case: dict[str, Any]) -> None:
    told = {own: name for name, own in tool_names(case["names"]).items()}
    assert [told[name] for name in case["names"]] == case["tools"]
    offers = [{"name": name, "description": ""} for name in case["names"]]
    assert [tool["function"]["name"] for tool in tools_of(offers_of([], offers))] == case["tools"]


@pytest.mark.parametrize("case", CONTRACT["themes"], ids=lambda case: str(case["payload"]))
def test_the_theme_of_the_world(case: dict[str, Any]) -> None:
    assert theme_of(case["payload"]) == case["theme"]


@run
async def test_speech_goes_out_one_piece_after_the_other_and_what_comes_meanwhile_is_joined() -> None:
    heard: list[dict[str, Any]] = []
    acks: list[asyncio.Future[None]] = []

    async def utter(piece: dict[str, Any]) -> None:
        heard.append(piece)
        acks.append(asyncio.get_running_loop().create_future())
        await acks[-1]

    async def acknowledge() -> None:
        acks.pop(0).set_result(None)
        for _ in range(3):
            await asyncio.sleep(0)

    speech = Speech(utter)
    speech.say("one ")
    await asyncio.sleep(0)
    speech.say("two ")
    speech.say("three")
    await acknowledge()
    speech.restart()
    speech.say("four")
    await acknowledge()
    await acknowledge()
    await speech.end()
    assert heard == [
        {"content": "one ", "restart": False, "seq": 0},
        {"content": "two three", "restart": False, "seq": 1},
        {"content": "four", "restart": True, "seq": 2},
    ]


@run
async def test_speech_that_cannot_go_out_keeps_nobody_from_ending() -> None:
    async def utter(_piece: dict[str, Any]) -> None:
        raise SendError("unknown_outcome", "no")

    speech = Speech(utter)
    speech.say("one")
    await speech.end()
