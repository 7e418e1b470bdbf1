"""Messages of in-process agents, and those of the bus: the one is made of the other."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from fakes import a_message
from in_process_rig import a_model

from hairem.in_process.envelope import arguments_of, content_of, from_envelope, to_bus_payload, to_envelope, to_fields
from src.models.agent import AgentConfig
from src.models.hlink import HLinkMessage, MessageType, Metadata, Priority


def test_models_take_what_the_bus_gives_and_what_bundles_make() -> None:
    made = a_model(metadata=Metadata(correlation_id=uuid4(), priority=Priority.HIGH), id=uuid4())  # type: ignore[arg-type]
    assert (made.type == MessageType.NARRATIVE_TEXT, made.type) == (True, "narrative.text")
    assert made.metadata.priority == "high"
    assert isinstance(made.id, str)
    assert made.timestamp.tzinfo is None
    assert made.sender.agent_id == "bob"
    heard = HLinkMessage.model_validate({**made.model_dump(mode="json"), "type": "not.known", "more": 1})
    assert heard.type == "not.known"
    message, error = HLinkMessage.validate_message({"type": "x"})
    assert message is None
    assert "sender" in str(error)
    assert AgentConfig(name="A", role="b", anything=1).model_extra == {"anything": 1}  # type: ignore[call-arg]


def test_a_message_of_the_bus_and_its_model_are_one() -> None:
    heard = a_message(
        id="7.x", type="narrative.text", payload={"content": "hi", "emotion": "glad", "mood": 3, "format": 4}
    )
    model = HLinkMessage.model_validate(to_envelope(heard, "Electra"))
    assert (model.payload.content, model.payload.emotion, model.payload.format) == ("hi", "glad", "text")
    assert model.payload.mood == 3  # type: ignore[attr-defined]
    assert model.recipient.target == "electra"
    assert model.timestamp == datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    model.payload.content = "changed"
    back = from_envelope(to_fields(model), agent="electra", target="electra")
    assert (back.id, back.type, back.sender.agent_id, back.payload["content"]) == (
        "7.x",
        "narrative.text",
        "bob",
        "changed",
    )
    assert back.timestamp == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("payload", "content", "arguments"),
    [
        (
            {"command": "go", "args": {"to": "bed"}},
            {"command": "go", "args": {"to": "bed"}, "to": "bed"},
            {"to": "bed"},
        ),
        ({"content": {"command": "go", "to": "bed"}}, {"command": "go", "to": "bed"}, {"to": "bed"}),
        ({"command": "go", "args": ["a"]}, {"command": "go", "args": ["a"]}, {}),
    ],
)
def test_a_command_of_either_kind_is_read(payload: Any, content: Any, arguments: Any) -> None:
    message = a_message(type="expert.command", payload=payload)
    assert content_of(message) == content
    assert arguments_of(message) == arguments


def test_commands_and_answers_are_written_as_every_agent_writes_them() -> None:
    command = to_bus_payload("expert.command", {"content": {"command": "go", "to": "bed"}, "emotion": None})
    assert command == {"command": "go", "args": {"to": "bed"}}
    both = to_bus_payload("expert.command", {"content": {"command": "go", "to": "bed", "args": {"at": 9}}})
    assert both["args"] == {"to": "bed", "at": 9}
    odd = to_bus_payload("expert.command", {"content": {"command": "go", "to": "bed", "args": ["now"]}})
    assert odd["args"] == {"to": "bed", "args": ["now"]}
    answer = to_bus_payload("expert.response", {"content": {"status": "success", "result": 3, "took": 1}})
    assert answer == {"status": "success", "result": 3, "error": None, "took": 1}
    assert to_bus_payload("narrative.text", "hi") == {"content": "hi"}


def test_what_is_published_may_be_anything() -> None:
    assert to_fields({"a": 1}) == {"type": "agent.internal_note", "payload": {"content": {"a": 1}}}
    assert to_fields("hi")["payload"] == {"content": "hi"}
    assert to_fields({"type": "system.log", "level": 3})["payload"] == {"level": 3}
    assert to_fields(a_model())["payload"]["content"] == "hi"
