"""What an in-process agent thinks with: who it is, the language model, its database, the theme of the world."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from fakes import a_message, run
from in_process_rig import Rig, a_rig

from hairem.agent_host import ServiceCall
from hairem.narrator.narrator import THEME
from hairem.service_error import ServiceError
from src.domain.agent import DEFAULT_PROMPT, BaseAgent


class Plain(BaseAgent):
    pass


def answering(rig: Rig, answer: Callable[[ServiceCall], Any]) -> None:
    """From now on services answer at once."""

    def request(call: ServiceCall) -> Any:
        done: Any = asyncio.get_running_loop().create_future()
        done.set_result(answer(call))
        return done

    rig.host.request = request  # type: ignore[method-assign]


def said(text: str) -> dict[str, Any]:
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "cost": 0}
    return {"text": text, "tool_calls": [], "finish_reason": "stop", "model": "m", "usage": usage}


@run
async def test_its_system_prompt_is_the_persona_that_the_native_agent_tells() -> None:
    class Prompted(BaseAgent):
        @property
        def system_prompt(self) -> str:
            return f"{super().system_prompt} There are 3 lamps."

    rig = await a_rig(Prompted, persona={"system_prompt": "You are Electra.", "mood": "calm"}).set_up()
    assert rig.native.persona == {"system_prompt": "You are Electra. There are 3 lamps.", "mood": "calm"}


PERSONAS: list[tuple[Any, str]] = [
    ({"prompt": "Be brief."}, "Be brief."),
    ({"system_prompt": "You are Electra.", "prompt": "Be brief."}, "You are Electra.\n\nBe brief."),
    (None, DEFAULT_PROMPT),
]


@run
async def test_the_native_agent_tells_each_part_of_the_persona_once() -> None:
    for persona, prompt in PERSONAS:
        rig = await a_rig(Plain, persona=persona).set_up()
        assert rig.inner.system_prompt == prompt
        assert rig.native.persona == {"system_prompt": prompt}


@run
async def test_a_theme_is_known_to_the_native_agent_too_that_answers_for_it() -> None:
    rig = await a_rig(Plain).set_up()
    rig.act()
    await rig.hear(a_message(type="world.theme_changed", payload={"content": {"theme": "winter"}}))
    assert rig.host.ctx.state[THEME] == "winter"


@run
async def test_texts_of_a_stream_that_breaks_and_says_the_same_again_come_once() -> None:
    rig = await a_rig(Plain).set_up()

    def answer(call: ServiceCall) -> Any:
        assert call.on_chunk
        assert call.on_restart
        call.on_chunk({"text": "Hel"})
        call.on_restart()
        for text in ("H", "ell", "o"):
            call.on_chunk({"text": text})
        return said("Hello")

    answering(rig, answer)
    assert "".join([text async for text in await rig.inner.llm.get_completion([], stream=True)]) == "Hello"


@run
async def test_a_stream_that_begins_anew_with_other_words_fails_for_its_texts_cannot_be_taken_back() -> None:
    rig = await a_rig(Plain).set_up()

    def answer(call: ServiceCall) -> Any:
        assert call.on_chunk
        assert call.on_restart
        call.on_chunk({"text": "Hello"})
        call.on_restart()
        call.on_chunk({"text": "Good day"})
        return said("Good day")

    answering(rig, answer)
    heard: list[str] = []

    async def listen() -> None:
        async for text in await rig.inner.llm.get_completion([], stream=True):
            heard.append(text)  # noqa: PERF401 - what comes before the error counts

    with pytest.raises(ServiceError, match="broke off"):
        await listen()
    assert heard == ["Hello"]


@run
async def test_surreal_is_its_own_database_in_the_memory_service() -> None:
    rig = await a_rig(Plain).set_up()
    asked: list[Any] = []

    def answer(call: ServiceCall) -> Any:
        asked.append((call.service, call.op, call.args))
        return [[{"id": "light:kitchen", "on": True}]]

    answering(rig, answer)
    assert await rig.inner.surreal.query("SELECT * FROM light") == [[{"id": "light:kitchen", "on": True}]]
    assert await rig.inner.surreal.select("light:kitchen") == [{"id": "light:kitchen", "on": True}]
    await rig.inner.surreal.create("light", {"on": False})
    assert await rig.inner.surreal.connect()
    assert asked == [
        ("memory", "query", {"surql": "SELECT * FROM light", "vars": {}}),
        (
            "memory",
            "query",
            {"surql": "SELECT * FROM type::record($table, $key)", "vars": {"table": "light", "key": "kitchen"}},
        ),
        (
            "memory",
            "query",
            {
                "surql": "CREATE type::table($table) CONTENT $data",
                "vars": {"table": "light", "key": "", "data": {"on": False}},
            },
        ),
    ]


@run
async def test_what_it_recalls_is_in_its_memory() -> None:
    rig = await a_rig(Plain).set_up()
    asked: list[Any] = []
    found = [{"content": "Ada has a cat."}, {"content": "It is called Tom."}]

    def answer(call: ServiceCall) -> Any:
        asked.append((call.service, call.op, call.args))
        return found

    answering(rig, answer)
    assert await rig.inner.recall_memory("the cat") == "Relevant memories:\nAda has a cat.\nIt is called Tom."
    assert asked == [("memory", "recall", {"tags": [], "query": "the cat", "limit": 3})]
    found.clear()
    assert await rig.inner.recall_memory("a dog") == "No relevant memories were found."

    def refuse(_call: ServiceCall) -> Any:
        raise ServiceError("unavailable", "the services are away")

    answering(rig, refuse)
    assert await rig.inner.recall_memory("x") == "The memory cannot be read now: the services are away."


@run
async def test_a_picture_is_made_where_there_is_a_service_and_else_whoever_asked_is_told() -> None:
    class Visual:
        async def generate_and_index(self, **given: Any) -> Any:
            if given["prompt"] == "nothing":
                raise ValueError("no words")
            return f"file:///media/{given['style_preset']}.png", None

    rig = await a_rig(Plain).set_up()
    assert "this home has no service that makes pictures" in await rig.inner.generate_image("a fox")
    assert any("no picture was made" in text for text in rig.log.texts())
    rig.inner.visual_service = Visual()
    assert await rig.inner.generate_image("a fox") == "The picture is made: file:///media/cinematic.png"
    assert await rig.inner.generate_image("nothing") == "No picture was made: no words."


@run
async def test_what_a_model_said_goes_back_as_it_came() -> None:
    rig = await a_rig(Plain).set_up()
    call = {"id": "a", "type": "function", "function": {"name": "now", "arguments": "{}"}, "extra_content": {"x": 1}}
    answering(rig, lambda _call: {**said(""), "tool_calls": [call], "extra": {"reasoning_content": "hm"}})
    answer = await rig.inner.llm.get_completion([], tools=[{"type": "function"}])
    assert answer.tool_calls[0].function.name == "now"
    assert answer.model_dump() == {
        "role": "assistant",
        "content": None,
        "tool_calls": [call],
        "reasoning_content": "hm",
    }
