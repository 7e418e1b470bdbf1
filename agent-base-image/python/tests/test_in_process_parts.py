"""The pieces under bundles of the in-process kind: names, config, the crew, skills, context, tasks, the log."""

import asyncio
import inspect
import logging
from datetime import datetime
from typing import Any, Optional

import pytest
from fakes import KeptLog, a_message, run, settle
from in_process_rig import a_model

from hairem.in_process.begun import Begun
from hairem.in_process.config import Config
from hairem.in_process.context import AgentContext, State
from hairem.in_process.crew import Crew
from hairem.in_process.envelope import to_envelope
from hairem.in_process.logs import LogBridge
from hairem.in_process.names import Name, to_id
from hairem.in_process.plain import plain
from hairem.in_process.skills import method_for, parameters_of
from hairem.in_process.spawned import Spawned
from hairem.outcome import Outcome
from hairem.runtime.context import OwnContext
from src.models.hlink import HLinkMessage, MessageType, Payload


def test_names_in_any_spelling_are_the_same_agent() -> None:
    assert Name("Electra") == "electra"
    assert Name("electra") == "ELECTRA"
    assert Name("la-renarde") == "La_Renarde"
    assert Name("Electra") != "renarde"
    assert {Name("Electra"): 1}[Name("eLectra")] == 1
    assert f"{Name('Electra')}" == "Electra"
    assert to_id(" La Renarde ") == "la-renarde"


def test_config_has_what_manifest_and_persona_say_as_attributes() -> None:
    profile = {
        "name": "Lisa",
        "role": None,
        "description": "d",
        "config": {"city": "Lyon", "name": "not this"},
        "persona": {"system_prompt": "You are Lisa.", "voice_id": "v", "name": "L"},
        "extra": {"room_id": "hall", "prompt": "older"},
        "skills": [{"name": "sing", "description": ""}],
    }
    config = Config(profile)
    assert (config.name, config.role, config.prompt) == ("Lisa", "Unknown", "You are Lisa.")
    assert (config.city, config.voice_id, config.room_id, config.theme_responses) == ("Lyon", "v", "hall", {})
    assert config["city"] == config.get("city") == "Lyon"
    assert config.get("nothing", 3) == 3
    with pytest.raises(AttributeError, match=r"config has no volume: write it into manifest.yaml"):
        _ = config.volume
    config.volume = 3  # type: ignore[attr-defined]
    assert config.volume == 3
    config.update({"name": "Lisa", "config": {"city": "Nice"}})
    assert config.city == "Nice"
    assert not hasattr(config, "volume")
    assert config.model_dump()["name"] == "Lisa"


def test_plain_is_json() -> None:
    value = {"m": Payload(content=1), "t": MessageType.USER_MESSAGE, "s": {1}, "d": datetime(2026, 1, 1), 3: object}
    found = plain(value)
    assert found["m"]["content"] == 1
    assert (found["t"], found["s"], found["d"], found["3"]) == (
        "user_message",
        [1],
        "2026-01-01T00:00:00",
        "<class 'object'>",
    )


def test_the_crew_is_whom_the_registry_names_else_whom_it_has_heard() -> None:
    crew = Crew("entropy", Config({"name": "Dieu"}))
    crew.heard("lisa")
    crew.heard("user")
    assert list(crew.agents) == ["Dieu", "lisa"]
    assert crew.agents["LISA"].is_active
    assert "Lisa" in crew.agents
    crew.learn(
        [
            {"id": "entropy", "name": "Dieu", "active": True},
            {"id": "la-renarde", "name": "Foxy", "active": False, "personified": False, "capabilities": ["talk"]},
        ]
    )
    assert list(crew.agents) == ["Dieu", "Foxy"]
    assert crew.agents["foxy"] is crew.agents["la-renarde"]
    fox = crew.agents["La_Renarde"]
    assert (fox.is_active, fox.personified, fox.config.name, fox.config.capabilities) == (
        False,
        False,
        "Foxy",
        ["talk"],
    )
    assert [crew.resolve(name) for name in ("Foxy", "LA RENARDE", "dieu", "User", "Bob")] == [
        "la-renarde",
        "la-renarde",
        "entropy",
        "user",
        "bob",
    ]


STATUSES = {
    "active": True,
    "starting": True,
    "invalid": False,
    "blocked": False,
    "building": False,
    "backoff": False,
    "failed": False,
    "stopped": False,
    "disabled": False,
}


@pytest.mark.parametrize(("status", "is_there"), STATUSES.items())
def test_the_crew_is_those_that_are_loaded(status: str, is_there: bool) -> None:
    crew = Crew("entropy", Config({"name": "Dieu"}))
    crew.learn([{"id": "lisa", "name": "Lisa", "status": status, "active": status == "active"}])
    assert ("lisa" in crew.agents, crew.get("Lisa") is not None) == (is_there, is_there)
    assert crew.resolve("LISA") == "lisa"


def test_a_name_that_tells_nobody_who_is_meant_is_the_id() -> None:
    crew = Crew("entropy", Config({"name": "Dieu"}))
    crew.learn([{"id": "a", "name": "Same"}, {"id": "b", "name": "Same"}, {"id": "c", "name": "A"}])
    assert list(crew.agents) == ["Dieu", "Same", "b", "c"]
    assert [crew.agents[name].id for name in crew.agents] == ["entropy", "a", "b", "c"]


def test_the_schema_of_a_skill_is_read_from_its_signature() -> None:
    def skill(room: str, level: "int" = 3, tags: list[str] | None = None, **more: Any) -> None: ...

    assert parameters_of(skill) == {
        "type": "object",
        "properties": {"room": {"type": "string"}, "level": {"type": "integer"}, "tags": {"type": "array"}},
        "required": ["room"],
    }
    assert method_for(skill, "setup") is None


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (int | None, "integer"),
        (Optional[float], "number"),  # noqa: UP045 - as bundles write it
        ("int | None", "integer"),
        ("Optional[str]", "string"),
        ("list[str]", "array"),
        (dict[str, int], "object"),
        (int | str, None),
        ("int | str", None),
        (inspect.Parameter.empty, None),
    ],
)
def test_what_may_be_left_out_has_the_type_of_what_it_may_be(annotation: Any, kind: str | None) -> None:
    def skill(x: Any = None) -> None: ...

    skill.__annotations__["x"] = annotation
    assert parameters_of(skill)["properties"]["x"] == ({"type": kind} if kind else {})


def test_a_skill_is_no_hook() -> None:
    assert method_for("text", "setup") is None
    assert method_for("text", "_private") is None
    assert method_for("text", "upper") is not None


@run
async def test_the_history_is_bounded_and_holds_each_message_once() -> None:
    native = OwnContext("electra", lambda: "2026-01-01T00:00:00Z")
    made: list[str] = []

    def to_model(message: Any) -> Any:
        made.append(message.id)
        return HLinkMessage.model_validate(to_envelope(message, "electra"))

    context = AgentContext("electra", native, KeptLog(), to_model)
    for message in (a_message(id="1", payload={"content": "hi", "mood": 3}), a_message(id="2", type="expert.command")):
        native.note_heard(message)
        context.hear(message)
    native.note_said("3", "narrative.text", {"content": "hello"})
    assert made == []
    assert [(one.id, one.payload.content, one.sender.agent_id) for one in context.history] == [
        ("1", "hi", "bob"),
        ("3", "hello", "electra"),
    ]
    assert context.history[0].payload.mood == 3
    assert context.get_user_context() == ("bob", None)
    context.history.append(context.history[0])
    context.note(a_message(id="4", type="agent.internal_note", payload={"content": "psst"}))
    assert [one.id for one in context.history] == ["1", "3", "4"]
    assert native.history[-1].text == "psst"
    after_update = AgentContext("electra", native, KeptLog(), to_model)
    assert [(one.type, one.payload.content) for one in after_update.history] == [
        ("narrative.text", "hi"),
        ("narrative.text", "hello"),
        ("agent.internal_note", "psst"),
    ]
    context.history.clear()
    assert context.history == []
    context.history.extend(a_model() for _ in range(60))
    assert len(context.history) == 50
    context.history = context.history[-2:]
    assert len(context.history) == 2


@run
async def test_a_note_is_itself_although_something_else_was_heard_meanwhile() -> None:
    native = OwnContext("electra", lambda: "2026-01-01T00:00:00Z")
    to_model = lambda message: HLinkMessage.model_validate(to_envelope(message, "electra"))  # noqa: E731
    context = AgentContext("electra", native, KeptLog(), to_model)
    note = a_message(id="1", type="agent.internal_note", payload={"content": "psst", "format": "text"})
    native.note_heard(note)
    native.note_heard(a_message(id="2", payload={"content": "hello"}))
    context.note(note)
    assert [(one.id, one.type, one.payload.content) for one in context.history] == [
        ("1", "agent.internal_note", "psst"),
        ("2", "narrative.text", "hello"),
    ]


class JsonOnly(dict[str, Any]):
    def __setitem__(self, name: str, value: Any) -> None:
        if not isinstance(value, (int, str)):
            raise TypeError("no JSON")
        super().__setitem__(name, value)


def test_what_the_state_cannot_hand_over_stays_here() -> None:
    log, native = KeptLog(), JsonOnly()
    state = State(native, log)
    state["n"] = 1
    state["thing"] = log
    state["thing"] = log
    assert [state["n"], state["thing"], len(state), dict(native)] == [1, log, 2, {"n": 1}]
    assert len(log.lines) == 1
    state["thing"] = 2
    del state["n"]
    assert dict(state) == dict(native) == {"thing": 2}


@run
async def test_what_has_begun_may_be_made_a_task_gathered_awaited_or_left() -> None:
    async def work(n: int) -> int:
        await asyncio.sleep(0)
        return n

    def begun(n: int) -> Begun[int]:
        return Begun(Outcome(asyncio.ensure_future(work(n))))

    assert await asyncio.create_task(begun(1)) == 1
    assert list(await asyncio.gather(begun(2), begun(3))) == [2, 3]
    assert await asyncio.wait_for(begun(4), 5) == 4
    left = begun(5)
    await settle()
    assert left.result() == 5


@run
async def test_a_spawned_task_can_be_cancelled_before_and_while_it_runs_and_awaited() -> None:
    seen: list[str] = []

    async def work(name: str) -> str:
        try:
            await asyncio.sleep(0 if name == "quick" else 60)
        except asyncio.CancelledError:
            seen.append(f"{name} cancelled")
            raise
        return name

    quick, slow, never = Spawned(work("quick"), "quick"), Spawned(work("slow"), "slow"), Spawned(work("never"), "never")
    done: list[Spawned] = []
    quick.add_done_callback(done.append)
    never.cancel()
    running = [asyncio.create_task(task.live()) for task in (quick, slow, never)]
    await settle()
    assert await quick == "quick"
    assert done == [quick]
    with pytest.raises(asyncio.InvalidStateError):
        slow.result()
    slow.cancel()
    await asyncio.gather(*running)
    assert seen == ["slow cancelled"]
    assert (slow.cancelled(), never.cancelled(), quick.cancelled()) == (True, True, False)


def test_the_standard_log_goes_into_ours() -> None:
    log = KeptLog()
    logger = logging.Logger("drivers.lamp")
    logger.addHandler(LogBridge(log))
    logger.info("on %d", 3)
    try:
        int("broken")
    except ValueError:
        logger.exception("off")
    assert log.lines[0] == ("info", "on 3", {"logger": "drivers.lamp"})
    level, text, fields = log.lines[1]
    assert (level, text, str(fields["error"])) == ("error", "off", "invalid literal for int() with base 10: 'broken'")
