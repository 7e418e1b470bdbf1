"""How BaseAgent speaks with a language model over several rounds; base-agent.test.ts does it for TypeScript."""

import asyncio
import json
from typing import Any

from fakes import a_message, run
from test_life import Parts

from hairem.agent_host import ServiceCall
from hairem.base_agent import BaseAgent


class Thinking:
    """A language model that says these answers, the last one again and again, and what it was told each time."""

    def __init__(self, parts: Parts, answers: list[dict[str, Any]]) -> None:
        self.told: list[Any] = []
        self._answers = answers
        parts.host.request = self._request  # type: ignore[method-assign]

    def _request(self, call: ServiceCall) -> Any:
        given = self._answers[min(len(self.told), len(self._answers) - 1)]
        self.told.append(json.loads(json.dumps(call.args)))
        whole: dict[str, Any] = {
            "text": "",
            "thinking": "hm",
            "tool_calls": [],
            "extra": {},
            "finish_reason": "stop",
            "notice": None,
        }
        done: Any = asyncio.get_running_loop().create_future()
        done.set_result({**whole, "model": "small", "usage": {}, **given})
        return done


def words(parts: Parts) -> list[dict[str, Any]]:
    envelopes = [json.loads(text) for _, text in parts.published.sent]
    return [one["payload"] for one in envelopes if one["type"] == "narrative.text"]


def asked() -> Any:
    return a_message(sender={"agent_id": "user"}, payload={"content": "timer!"})


@run
async def test_a_call_without_an_id_is_used_and_what_the_model_said_goes_back_as_it_came() -> None:
    parts, given = Parts(), list[Any]()
    call = {"type": "function", "function": {"name": "set_timer", "arguments": '{"seconds":"60","at":null}'}}
    extra = {"reasoning_content": "hm"}
    model = Thinking(parts, [{"tool_calls": [call, call], "extra": extra}, {"text": "Set."}])
    agent = BaseAgent(parts.host)
    properties = {"seconds": {"type": "integer"}, "at": {"type": "string"}}
    agent.skill("set_timer", given.append, description="Set one.", parameters={"properties": properties})
    await agent.on_message(asked())
    assert given == [{"seconds": 60}, {"seconds": 60}]
    said, *results = model.told[1]["messages"][2:]
    assert (said["content"], said["reasoning_content"]) == (None, "hm")
    assert [one["tool_call_id"] for one in results] == [one["id"] for one in said["tool_calls"]] == ["call_1", "call_2"]
    assert [one["content"] for one in words(parts)] == ["Set."]


@run
async def test_an_answer_that_is_empty_or_not_whole_says_why_in_words_that_are_not_its_own() -> None:
    notice = "it was cut off: a larger max_tokens leaves room."
    for text, expected in (
        ("", [f"electra has no answer: {notice}"]),
        ("Once", ["Once", f"The answer of electra is not whole: {notice}"]),
    ):
        parts = Parts()
        Thinking(parts, [{"text": text, "notice": notice}])
        await BaseAgent(parts.host).on_message(asked())
        assert [one["content"] for one in words(parts)] == expected
        assert words(parts)[-1]["role"] == "system"
        assert words(parts)[0].get("notice") == (notice if text else None)
    parts = Parts()
    Thinking(parts, [{"text": ""}])
    await BaseAgent(parts.host).on_message(asked())
    assert "the model small said nothing and ended with `stop`" in words(parts)[0]["content"]


@run
async def test_whatever_a_skill_raises_is_told_to_the_model() -> None:
    for error in (SystemExit(3), KeyboardInterrupt(), KeyError("id"), StopIteration()):
        parts = Parts()
        call = {"id": "a", "type": "function", "function": {"name": "fail", "arguments": ""}}
        model = Thinking(parts, [{"tool_calls": [call]}, {"text": "I am sorry."}])
        agent = BaseAgent(parts.host)

        def fail(_args: Any, error: BaseException = error) -> Any:
            raise error

        agent.skill("fail", fail, description="Fails.")
        await agent.on_message(asked())
        assert model.told[1]["messages"][-1]["content"].startswith("error: "), error
        assert [one["content"] for one in words(parts)] == ["I am sorry."]
