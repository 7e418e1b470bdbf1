"""`ctx`: what an agent keeps of what was said, and a state that can always be handed to the next instance."""

import datetime
from dataclasses import astuple
from typing import Any

import pytest
from fakes import a_message

from hairem.runtime.context import OwnContext


def a_context() -> OwnContext:
    return OwnContext("electra", lambda: "now")


def hear(ctx: OwnContext, message_id: str, content: object, **more: Any) -> None:
    ctx.note_heard(a_message(id=message_id, payload={"content": content}, **more))


def test_history_holds_what_was_said_to_the_agent_and_by_it() -> None:
    ctx = a_context()
    hear(ctx, "m1", "hello")
    ctx.note_said("m2", "narrative.text", {"content": "hi"})
    ctx.remember("system", "the theme is winter")
    assert [astuple(entry)[1:] for entry in ctx.history] == [
        ("user", "hello", "bob", "2026-01-01T00:00:00Z"),
        ("assistant", "hi", "electra", "now"),
        ("system", "the theme is winter", "electra", "now"),
    ]


def test_history_leaves_out_commands_signals_and_what_it_has_already() -> None:
    ctx = a_context()
    hear(ctx, "m1", "hello")
    hear(ctx, "m1", "hello")
    hear(ctx, "m2", "on", type="expert.command")
    hear(ctx, "m3", "x", type="system.log")
    hear(ctx, "m4", 7)
    assert [entry.id for entry in ctx.history] == ["m1"]


def test_history_keeps_the_newest_50() -> None:
    ctx = a_context()
    for n in range(60):
        hear(ctx, f"m{n}", "hello")
    assert len(ctx.history) == 50
    assert ctx.history[0].id == "m10"


def test_history_keeps_128_kib_and_cuts_one_long_text() -> None:
    ctx = a_context()
    for n in range(20):
        hear(ctx, f"m{n}", "é" * 16_384)
    assert len(ctx.history) == 3
    hear(ctx, "long", "x" * 20_000)
    assert ctx.history[-1].text == "x" * 16_384 + "…"


def test_user_is_who_spoke_last_as_the_user() -> None:
    ctx = a_context()
    users = [ctx.user]
    hear(ctx, "m1", "hello", sender={"agent_id": "user"})
    users.append(ctx.user)
    ctx.note_heard(a_message(payload={"content": "hello", "user": "ada"}))
    hear(ctx, "m2", "hello", type="narrative.text")
    assert [*users, ctx.user] == [None, "user", "ada"]


def test_state_is_a_dict_of_json_values() -> None:
    state = a_context().state
    state["lamp"] = {"on": True, "scenes": ["dim", None, 1.5]}
    state.setdefault("n", 1)
    state.update({"n": 2}, m=3)
    state |= {"m": 4}
    assert state == {"lamp": {"on": True, "scenes": ["dim", None, 1.5]}, "n": 2, "m": 4}
    assert state.pop("m") == 4
    assert state.pop("m", None) is None
    del state["n"]
    assert state.popitem()[0] == "lamp"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"on": [print]}, r'"lamp": a builtin_function_or_method at \.on\[0\] is not JSON'),
        (datetime.date(2026, 1, 1), '"lamp": a date is not JSON'),
        ({"level": float("nan")}, r'"lamp": nan at \.level is not JSON'),
        ({"levels": {1: 2}}, r'"lamp": the key 1 at \.levels is not JSON: a key is a string'),
    ],
)
def test_state_refuses_what_is_no_json_and_says_where_it_is(value: object, says: str) -> None:
    state = a_context().state
    with pytest.raises(TypeError, match=says):
        state["lamp"] = value
    assert state == {}


def test_state_refuses_what_contains_itself() -> None:
    loop: dict[str, Any] = {}
    loop["again"] = loop
    with pytest.raises(TypeError, match="deeper than 64 levels, or contains itself"):
        a_context().state["loop"] = loop


def test_state_refuses_what_would_be_more_than_128_kib_in_all() -> None:
    state = a_context().state
    state["a"] = "x" * 100_000
    with pytest.raises(ValueError, match='with "b" it would be 147 KiB, it may be 128 KiB: what is larger belongs'):
        state["b"] = "x" * 50_000
    state["a"] = "small"
    state["b"] = "x" * 50_000
    state.clear()
    state["c"] = "x" * 120_000
    assert list(state) == ["c"]
