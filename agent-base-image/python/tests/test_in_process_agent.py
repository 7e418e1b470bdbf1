"""An agent of the in-process kind around which the native one lives: its life, what it hears, says and starts."""

import asyncio
from typing import Any

import pytest
from fakes import a_message, run, settle
from in_process_rig import a_rig

from hairem.message import Message
from src.domain.agent import BaseAgent
from src.infrastructure.llm import LlmClient
from src.infrastructure.redis import RedisClient
from src.infrastructure.surrealdb import SurrealDbClient
from src.models.hlink import HLinkMessage

SKILLS = [{"name": "greet", "description": "Greets."}, {"name": "fly", "description": "Flies."}]


class Greeter(BaseAgent):
    def setup(self) -> None:
        self.word = "hello"
        super().setup()

    def greet(self, name: str) -> str:
        return f"{self.word} {name}"


def a_command(name: str, args: dict[str, Any] | None = None, **more: Any) -> Message:
    return a_message(type="expert.command", payload={"command": name, "args": args or {}}, **more)


@run
async def test_it_is_set_up_by_its_constructor_and_named_by_its_skills() -> None:
    rig = await a_rig(Greeter, skills=SKILLS).set_up()
    assert rig.inner.word == "hello"
    assert list(rig.host.commands) == list(rig.host.skills) == ["greet", "fly"]
    assert rig.host.skills["greet"].parameters == {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
    }
    assert await rig.host.skills["greet"].handler({"name": "Bob"}) == "hello Bob"
    rig.act()
    await rig.hear(a_command("greet", {"name": "Bob"}))
    await rig.hear(a_command("greet", {"nobody": 1}))
    answers = [message["payload"] for _, message in rig.sent()]
    assert answers[0] == {
        "status": "success",
        "result": "hello Bob",
        "error": None,
    }
    assert "nobody" in answers[1]["error"]
    assert [message["metadata"]["correlation_id"] for _, message in rig.sent()] == ["m1", "m1"]


@run
async def test_on_message_hears_commands_too_and_may_keep_them() -> None:
    class Keeper(BaseAgent):
        async def on_message(self, message: HLinkMessage) -> None:
            if message.type == "expert.command" and message.payload.content["command"] == "mine":
                await self.send_message(message.sender.agent_id, "expert.response", "kept", message.id)
                return
            await super().on_message(message)

    rig = a_rig(Keeper)
    rig.inner.register_command("mine", lambda _payload: "not this")
    rig.inner.register_command("other", lambda payload: payload["a"])
    await rig.set_up()
    rig.act()
    await rig.hear(a_command("mine"))
    await rig.hear(a_command("other", {"a": 3}))
    await rig.hear(a_command("nothing"))
    first, second, third = (message["payload"] for _, message in rig.sent())
    assert first["content"] == "kept"
    assert second["result"] == 3
    assert "no such command: nothing (known: mine, other)" in third["error"]


@run
async def test_what_it_says_before_it_acts_is_said_when_it_acts_in_order() -> None:
    class Herald(BaseAgent):
        def setup(self) -> None:
            super().setup()
            self.redis.publish("agent:BOB", {"type": "system.log", "payload": {"n": 1}})

        async def async_setup(self) -> None:
            assert "not sent" in await self.send_internal_note("Bob", "n2")
            for n in range(200):
                await self.send_message("user", "narrative.text", str(n))

    rig = await a_rig(Herald).set_up()
    assert rig.sent() == []
    rig.act()
    await settle()
    for _ in range(1_000):  # what was published before is sent in its own time
        if len(rig.sent()) == 100:
            break
        await asyncio.sleep(0.01)
    assert [channel for channel, _ in rig.sent()] == ["agent:bob:electra"] * 2 + ["agent:user:electra"] * 98
    assert any("100 messages wait already" in text for text in rig.log.texts())
    rig.phases.append("SPARE")
    await rig.inner.send_message("bob", "system.log", "late")
    assert len(rig.sent()) == 100
    assert "not sent to bob" in rig.log.texts()[-1]


@run
async def test_nothing_that_goes_wrong_with_a_message_reaches_the_bundle() -> None:
    rig = await a_rig(Greeter).set_up()
    rig.act()
    redis = rig.inner.redis
    for channel in ("agent:", "events", "agent:a*b"):
        assert await redis.publish(channel, {"type": "x"}) is None
    assert await redis.publish_event("my_stream", {}) is None
    await redis.publish_event("system_stream", {"type": "agent.speaking", "payload": {"content": {"speaking": True}}})
    assert [channel for channel, _ in rig.sent()] == ["broadcast:electra"]
    assert await redis.connect()
    await redis.subscribe("agent:broadcast", rig.inner.on_message)
    with pytest.raises(RuntimeError, match="hears its own messages"):
        await redis.subscribe("events", rig.inner.on_message)
    with pytest.raises(RuntimeError, match="holds no keys"):
        _ = redis.client
    for made in (RedisClient, SurrealDbClient):
        with pytest.raises(RuntimeError, match=r"use self\."):
            made("localhost")


@run
async def test_the_id_that_a_bundle_gives_its_message_is_the_one_that_is_answered() -> None:
    rig = await a_rig(Greeter).set_up()
    rig.act()
    question = HLinkMessage.model_validate(
        {"type": "expert.command", "sender": {"agent_id": "x"}, "recipient": {"target": "Bob"}, "payload": {}}
    )
    assert await rig.inner.redis.publish("agent:Bob", question) == question.id
    channel, message = rig.sent()[0]
    assert (channel, message["id"], message["sender"]["agent_id"]) == ("agent:bob:electra", question.id, "electra")


@run
async def test_tasks_wait_until_it_acts_and_are_closed_if_it_never_does() -> None:
    class Worker(BaseAgent):
        def setup(self) -> None:
            super().setup()
            self.ran: list[str] = []
            self.first = self.spawn_task(self.work("a"))
            self.second = self.spawn_task(self.work("b"))

        async def work(self, name: str) -> None:
            self.ran.append(name)

    rig = await a_rig(Worker).set_up()
    await settle()
    assert rig.inner.ran == []
    rig.act()
    await rig.inner.first
    await rig.inner.second
    assert rig.inner.ran == ["a", "b"]
    assert [task["name"] for task in rig.nursery.report()] == ["work", "work-2"]
    rig.inner.spawn_task(rig.inner.work("c"))
    await settle()
    assert [task["name"] for task in rig.nursery.report()] == ["work-2", "work"]
    idle = await a_rig(Worker).set_up()
    await idle.native.teardown()
    idle.nursery.close()
    assert idle.inner.first.cancelled()


@run
async def test_a_constructor_that_fails_fails_in_setup_and_is_torn_down() -> None:
    over: list[str] = []

    class Broken(BaseAgent):
        def setup(self) -> None:
            super().setup()
            raise OSError("no lamp")

        async def teardown(self) -> None:
            over.append(self.config.name)

    rig = a_rig(Broken)
    with pytest.raises(OSError, match="no lamp"):
        await rig.native.setup()
    await rig.native.teardown()
    assert over == ["Electra"]

    class Careless(BaseAgent):
        def __init__(self, config: Any, redis_client: Any, llm_client: Any) -> None:
            pass

    with pytest.raises(TypeError, match="must call super"):
        await a_rig(Careless).native.setup()


@run
async def test_a_live_update_changes_config_and_skills_in_place() -> None:
    rig = await a_rig(Greeter, config={"lamp": "old"}).set_up()
    config = rig.inner.config
    assert rig.native.persona is not None
    rig.host.profile = {**rig.host.profile, "config": {"lamp": "new"}, "skills": SKILLS, "personified": False}
    await rig.native.on_config()
    assert config.lamp == "new"
    assert not rig.inner.personified
    assert list(rig.host.commands) == list(rig.host.skills) == list(rig.inner.tools) == ["greet", "fly"]
    rig.host.profile = {**rig.host.profile, "skills": SKILLS[1:]}
    rig.inner.tools.update({"own": {"description": "", "function": rig.inner.greet}})
    await rig.native.on_config()
    assert list(rig.host.commands) == list(rig.host.skills) == ["fly", "own"]


class Registry:
    """Answers once, fails twice, and then never again."""

    def __init__(self) -> None:
        self.asked = 0

    async def list(self) -> Any:
        self.asked += 1
        if self.asked > 3:
            await asyncio.Event().wait()
        if self.asked > 1:
            raise OSError("nobody there")
        return [{"id": "bob", "name": "Robert", "active": False}]


def test_the_registry_of_the_bus_fills_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hairem.in_process.adapter.CREW_SECONDS", 0)

    @run
    async def test() -> None:
        rig = a_rig(Greeter)
        registry = Registry()
        monkeypatch.setattr(type(rig.native), "registry", registry)
        await rig.set_up()
        assert not rig.inner.registry.agents["BOB"].is_active
        assert rig.inner.registry.agents["bob"].config.name == "Robert"
        await settle()
        assert registry.asked == 4
        assert list(rig.inner.registry.agents) == ["Electra", "Robert"]
        assert sum("the registry was not read" in text for text in rig.log.texts()) == 1
        await rig.native.teardown()

    test()


def test_a_registry_that_never_answers_does_not_hold_up_setup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hairem.in_process.adapter.FIRST_LOOK_SECONDS", 0.01)

    @run
    async def test() -> None:
        rig = a_rig(Greeter)
        registry = Registry()
        registry.asked = 3
        monkeypatch.setattr(type(rig.native), "registry", registry)
        await rig.set_up()
        assert list(rig.inner.registry.agents) == ["Electra"]
        await rig.native.teardown()

    test()


@run
async def test_what_the_in_process_agent_had_and_this_one_has_not_is_said() -> None:
    rig = await a_rig(Greeter).set_up()
    with pytest.raises(AttributeError, match="semantic_search of the in-process SurrealDbClient is not here"):
        rig.inner.surreal.semantic_search("x")
    with pytest.raises(RuntimeError, match=r"not connected: use self\.llm"):
        await LlmClient().get_completion([])
    with pytest.raises(AttributeError, match="_assemble_payload of the in-process BaseAgent"):
        rig.inner._assemble_payload()
    assert not hasattr(rig.inner, "_reminders")
