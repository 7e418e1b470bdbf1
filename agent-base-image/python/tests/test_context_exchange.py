"""The SDK answers contract/context.json, as the other one does."""

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import KeptLog, a_message

from hairem.runtime.context import OwnContext
from hairem.runtime.context_exchange import Exchange
from hairem.runtime.wire import read_context
from hairem.runtime.words import ContextWord

Fields = dict[str, Any]
CONTRACT = Path(__file__).parents[2] / "contract/context.json"
CASES = json.loads(CONTRACT.read_text("utf-8"))["cases"]


def word(given: Fields) -> ContextWord:
    """As the bus would bring it: written, and read again."""
    entry = {"role": "user", "text": "hello", "who": "user", "when": "now"}
    history = [{"id": message_id, **entry} for message_id in given.get("history", [])]
    whole = {"inst": 9, "n": 1, "whole": False, "cut": None, "set": [], "gone": [], "user": None, **given}
    read = read_context("st:electra:9", json.dumps({"type": "context", **whole, "history": history}))
    assert read
    return read


def shown(said: Fields | None) -> Fields | None:
    """Without what is empty, as the file writes it."""
    if said is None:
        return None
    history = [entry["id"] for entry in said["history"]]
    fields = {**said, "history": history}
    return {name: value for name, value in fields.items() if name != "type" and value not in (None, False, [])}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_contract(case: Fields) -> None:
    ctx = OwnContext("electra", lambda: "now")
    exchange = Exchange(ctx, KeptLog())
    for step in case["steps"]:
        play(ctx, exchange, step)


def play(ctx: OwnContext, exchange: Exchange, step: Fields) -> None:
    match step["do"]:
        case "set":
            ctx.state[step["key"]] = step["value"]
        case "delete":
            del ctx.state[step["key"]]
        case "message":
            payload = {"content": step["content"]}
            ctx.note_heard(a_message(id=step["id"], payload=payload, sender={"agent_id": "user"}))
        case "say":
            said = exchange.news(whole=step.get("whole", False), cut=step.get("cut"))
            assert shown(said) == step["says"]
        case "settle":
            exchange.settle(word({"n": step["n"]}))
        case "hear":
            exchange.hear(word(step["word"]), step["as"])
        case "take_over":
            exchange.take_over()
        case "state":
            assert ctx.state == step["is"]
        case "history":
            assert [entry.id for entry in ctx.history] == step["is"]
        case "user":
            assert ctx.user == step["is"]
        case other:
            pytest.fail(f"no such step: {other}")
