"""What is sent: who may, on which channel, with what of its cause."""

import asyncio
import json
from typing import Any

import pytest
from fakes import HandTurnedClock, Published, a_message, an_outbox, because, run, settle

from hairem.agent_host import Outgoing
from hairem.follower.state import Phase
from hairem.runtime.cause import HandlerCause, TaskCause
from hairem.send_error import SendError


def outgoing(target: str = "bob", type: str = "system.log", **more: Any) -> Outgoing:
    return Outgoing(target, type, more.pop("payload", {}), **more)


async def code_of(sending: "asyncio.Future[Any]") -> str:
    with pytest.raises(SendError) as caught:
        await sending
    return caught.value.code


@run
async def test_sends_to_an_agent_to_user_and_to_all_each_on_its_own_channel() -> None:
    published = Published()
    outbox = an_outbox(published)
    message_id = await outbox.send(outgoing(payload={"text": "été 🦊"}))
    await outbox.send(outgoing("user"))
    await outbox.send(outgoing("broadcast"))
    assert [channel for channel, _ in published.sent] == [
        "agent:bob:electra",
        "agent:user:electra",
        "broadcast:electra",
    ]
    text = published.sent[0][1]
    assert "été 🦊" in text
    assert json.loads(text) == {
        "id": message_id,
        "timestamp": "at 0",
        "type": "system.log",
        "sender": {"agent_id": "electra", "role": "expert"},
        "recipient": {"target": "bob", "room": None},
        "payload": {"text": "été 🦊"},
        "metadata": {"priority": "normal", "correlation_id": None, "ttl": 5, "chain": [], "redelivered": False},
    }
    assert message_id.startswith("7.")


@run
async def test_sends_no_more_than_others_hear_the_rest_later_and_only_while_it_may_still_speak() -> None:
    published, clock = Published(), HandTurnedClock()
    phases: list[Phase] = ["ACTIVE"]
    outbox = an_outbox(published, clock=clock, phase=lambda: phases[0])
    sending = [outbox.send(outgoing()) for _ in range(506)]
    await asyncio.gather(*sending[:500])
    assert len(published.sent) == 500
    await clock.turn(10)
    assert len(published.sent) == 505
    phases[0] = "SPARE"
    await clock.turn(50)
    assert await code_of(sending[505]) == "not_active"
    assert len(published.sent) == 505


@run
async def test_carries_its_cause_and_keeps_the_chain_within_the_ttl() -> None:
    published = Published()
    outbox = an_outbox(published)
    metadata = {"ttl": 3, "chain": ["a", "b", "c", "d", "e"], "redelivered": True}
    with because(HandlerCause(a_message(metadata=metadata), is_broadcast=False)):
        await outbox.send(outgoing())
    sent = json.loads(published.sent[0][1])["metadata"]
    assert (sent["ttl"], sent["chain"], sent["redelivered"]) == (2, ["b", "c", "d", "e", "m1"], True)


@run
async def test_does_not_send_below_ttl_1_but_an_answer_and_what_is_said_to_user() -> None:
    counted: list[str] = []
    outbox = an_outbox(Published(), count=counted.append)
    with because(HandlerCause(a_message(metadata={"ttl": 1}), is_broadcast=False)):
        assert await code_of(outbox.send(outgoing())) == "ttl_spent"
        await outbox.send(outgoing("user"))
        await outbox.send(outgoing(type="expert.response"))
        await outbox.send(outgoing(correlation_id="m1"))
    with because(HandlerCause(a_message(metadata={"ttl": 1, "correlation_id": "x"}), is_broadcast=False)):
        assert await code_of(outbox.send(outgoing(correlation_id="m1"))) == "ttl_spent"
    assert counted == ["ttl", "ttl"]


@run
async def test_refuses_what_no_rule_allows() -> None:
    outbox = an_outbox(Published())
    for target in ("", "A", "a*", "x:y", "-a", "a\n"):
        assert await code_of(outbox.send(outgoing(target))) == "refused"
    assert await code_of(outbox.send(outgoing(payload=[]))) == "refused"
    assert await code_of(outbox.send(outgoing(payload={"x": float("nan")}))) == "refused"
    assert await code_of(outbox.send(outgoing(payload={"x": object()}))) == "refused"
    with because(HandlerCause(a_message(), is_broadcast=True)):
        assert await code_of(outbox.send(outgoing("broadcast"))) == "refused"


@run
async def test_speaks_only_when_active_a_running_handler_also_while_draining() -> None:
    assert await code_of(an_outbox(Published(), phase="STANDBY").send(outgoing())) == "not_active"
    draining = an_outbox(Published(), phase="DRAINING")
    assert await code_of(draining.send(outgoing())) == "not_active"
    handler = HandlerCause(a_message(), is_broadcast=False)
    with because(handler):
        await draining.send(outgoing())
        handler.settled = True
        assert await code_of(draining.send(outgoing())) == "not_active"
    with because(TaskCause()):
        await draining.send(outgoing())


@run
async def test_a_cancelled_handler_or_task_may_not_speak() -> None:
    outbox = an_outbox(Published())
    for cause in (HandlerCause(a_message(), is_broadcast=False), TaskCause()):
        cause.signal.abort()
        with because(cause):
            assert await code_of(outbox.send(outgoing())) == "cancelled"


@run
async def test_a_publish_that_nobody_awaits_still_belongs_to_its_handler() -> None:
    published = Published(at_once=False)
    outbox = an_outbox(published)
    cause = HandlerCause(a_message(), is_broadcast=False)
    with because(cause):
        outbox.send(outgoing())
    assert len(cause.pending) == 1
    published.acks[0].set_result(None)
    await settle()
    assert not cause.pending


@run
async def test_an_ask_is_answered_by_what_names_it() -> None:
    published = Published()
    outbox = an_outbox(published)
    asking = outbox.ask(outgoing(), 5)
    asked = json.loads(published.sent[0][1])["id"]
    assert asked.startswith("7.ask-")
    answer = a_message(id="a1", metadata={"correlation_id": asked})
    outbox.answer("7.ask-other", answer)
    outbox.answer(asked, answer)
    assert await asking is answer


@run
async def test_an_ask_ends_at_once_where_the_orchestrator_says_why() -> None:
    for code, payload in (
        ("not_there", {"code": "conflict", "error": "bob is stopped: `hairem start bob`"}),
        ("not_there", {"error": "as an earlier orchestrator says it"}),
        ("instance_died", {"code": "instance_died", "error": "bob ended while it had this message"}),
    ):
        published = Published()
        unheard: list[str] = []
        outbox = an_outbox(published, unheard=unheard.append)
        asking = outbox.ask(outgoing(), 5)
        asked = json.loads(published.sent[0][1])["id"]
        told = {"status": "error", "result": None, **payload}
        said = a_message(sender={"agent_id": "orchestrator"}, payload=told, metadata={"correlation_id": asked})
        outbox.answer(asked, said)
        assert await code_of(asking) == code
        # What comes late all the same is nobody's: neither handled nor said to be unheard.
        outbox.answer(asked, a_message(metadata={"correlation_id": asked}))
        outbox.answer(asked, said)
        outbox.answer("7.1", said)
        assert unheard == [payload["error"]]


@run
async def test_an_ask_ends_at_once_where_redis_gave_it_to_nobody() -> None:
    published = Published(at_once=False)
    outbox = an_outbox(published)
    asking = outbox.ask(outgoing(), 5)
    published.acks[0].set_result(0)
    assert await code_of(asking) == "not_there"


@run
async def test_an_ask_ends_when_no_answer_comes_or_its_handler_is_cancelled() -> None:
    outbox = an_outbox(Published())
    clock = outbox._options.clock
    assert isinstance(clock, HandTurnedClock)
    asking = outbox.ask(outgoing(), 5)
    await clock.turn(5_000)
    assert await code_of(asking) == "timeout"
    cause = HandlerCause(a_message(), is_broadcast=False)
    with because(cause):
        asking = outbox.ask(outgoing(), 5)
    await settle()
    cause.signal.abort()
    assert await code_of(asking) == "cancelled"
    await settle()
    assert not outbox._waiting
