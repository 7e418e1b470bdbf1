"""The asking side of rule 14 in Python, as service-line.test.ts has it for TypeScript: asked again with the same id,
answered once, streams in order."""

import asyncio
import json
from typing import Any

import pytest
from fakes import HandTurnedClock, Published, a_message, a_service_line, because, run, settle

from hairem.agent_host import ServiceCall
from hairem.runtime.cause import HandlerCause
from hairem.runtime.service_line import ServiceLine
from hairem.send_error import SendError
from hairem.service_error import ServiceError


class Rig:
    def __init__(self) -> None:
        self.published = Published()
        self.clock = HandTurnedClock()
        self.line: ServiceLine = a_service_line(self.published, self.clock)

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [json.loads(text) for _, text in self.published.sent]

    async def ask(self, **more: Any) -> "asyncio.Future[Any]":
        asked = self.line.request(ServiceCall("memory", "recall", {}, **more))
        await settle()
        return asked

    def hear(self, speaker: str = "memory", **answer: Any) -> bool:
        return self.line.take(speaker, json.dumps({"id": self.sent[-1]["id"], "run": "r1", "seq": 0, **answer}))

    def reply(self, result: Any, **more: Any) -> None:
        self.hear(type="reply", ok=True, result=result, **more)

    def chunk(self, data: str, seq: int, run_of: str = "r1") -> None:
        self.hear(type="chunk", data=data, seq=seq, run=run_of)


async def code_of(asking: "asyncio.Future[Any]") -> str:
    with pytest.raises(ServiceError) as caught:
        await asking
    return caught.value.code


@run
async def test_goes_to_its_service_on_the_instances_own_channel_also_in_setup() -> None:
    rig = Rig()
    asked = await rig.ask()
    assert rig.published.sent[0][0] == "svc:memory:electra:7"
    rig.reply([1, 2])
    assert await asked == [1, 2]


@run
async def test_is_one_of_at_most_1000_at_once_what_is_more_goes_out_later() -> None:
    rig = Rig()
    asked = [rig.line.request(ServiceCall("memory", "recall", {"n": n})) for n in range(1003)]
    await rig.clock.turn(0)
    assert len(rig.sent) == 1000
    await rig.clock.turn(10)
    assert len({sent["id"] for sent in rig.sent}) == 1003
    for sent in rig.sent:
        rig.line.take("memory", json.dumps({**sent, "type": "reply", "ok": True, "result": 1, "run": "", "seq": 0}))
    await asyncio.gather(*asked)


@run
async def test_is_sent_again_with_the_same_id_less_and_less_often_until_it_is_answered() -> None:
    rig = Rig()
    asked = await rig.ask()
    at = []
    for second in range(60):
        before = len(rig.sent)
        await rig.clock.turn(1000)
        if len(rig.sent) > before:
            at.append(second)
        if second == 40:
            rig.reply("late")
    assert await asked == "late"
    assert len({request["id"] for request in rig.sent}) == 1
    assert at == [0, 1, 3, 7, 15, 25, 35]


@run
async def test_is_hardly_sent_again_once_the_service_has_said_that_it_works_on_it() -> None:
    rig = Rig()
    asked = await rig.ask()
    rig.hear(type="working")
    await rig.clock.turn(9500)
    assert len(rig.sent) == 2
    rig.reply(None)
    assert await asked is None


@run
async def test_without_an_answer_says_whether_anybody_is_there() -> None:
    rig = Rig()
    nobody = await rig.ask(timeout=5)
    await rig.clock.turn(5000)
    assert await code_of(nobody) == "timeout"
    slow = await rig.ask(timeout=5)
    rig.hear(type="working")
    await rig.clock.turn(5000)
    with pytest.raises(ServiceError, match="still working on it"):
        await slow


@run
async def test_that_nobody_heard_in_30_s_fails_with_what_to_look_at_long_before_its_time() -> None:
    rig = Rig()
    rig.published.receivers = 0
    asked = rig.line.request(ServiceCall("llm", "chat", {}, timeout=300))
    registry = rig.line.request(ServiceCall("registry", "list", {}))
    await rig.clock.turn(29_999)
    assert not asked.done()
    await rig.clock.turn(1)
    with pytest.raises(
        ServiceError, match=r"`services` is not running: for 30 s nobody heard llm\.chat; `docker"
    ) as caught:
        await asked
    assert caught.value.code == "unavailable"
    with pytest.raises(ServiceError, match="`docker compose logs orchestrator` says why"):
        await registry


@run
async def test_that_one_may_have_heard_waits_its_whole_time_it_may_have_been_executed() -> None:
    rig = Rig()
    rig.published.receivers = 0
    heard_once = await rig.ask(timeout=100)
    rig.published.receivers = 1
    await rig.clock.turn(500)
    rig.published.receivers = 0
    await rig.clock.turn(99_499)
    assert not heard_once.done()
    await rig.clock.turn(1)
    assert await code_of(heard_once) == "timeout"
    rig = Rig()
    rig.published.receivers = 0
    rig.published.error = SendError("unknown_outcome", "the connection was lost")
    unknown = await rig.ask(timeout=100)
    rig.published.error = None
    await rig.clock.turn(99_999)
    assert not unknown.done()
    await rig.clock.turn(1)
    assert await code_of(unknown) == "timeout"


@run
async def test_is_answered_when_the_services_come_up_in_time_and_is_sent_as_the_30_s_end() -> None:
    rig = Rig()
    rig.published.receivers = 0
    asked = await rig.ask()
    await rig.clock.turn(29_500)
    before = len(rig.sent)
    rig.published.receivers = 1
    await rig.clock.turn(500)
    assert len(rig.sent) == before + 1
    rig.reply("here")
    assert await asked == "here"


@run
async def test_fails_as_the_service_says() -> None:
    rig = Rig()
    asked = await rig.ask()
    rig.hear(type="reply", ok=False, error={"code": "bad_request", "message": "no"})
    assert await code_of(asked) == "bad_request"


@run
async def test_waits_where_too_much_was_asked_at_once_and_is_tried_again() -> None:
    rig = Rig()
    asked = await rig.ask()
    rig.hear(type="reply", ok=False, error={"code": "busy", "message": "too much at once"})
    await rig.clock.turn(500)
    rig.reply("then")
    assert await asked == "then"
    never = await rig.ask(timeout=1)
    rig.hear(type="reply", ok=False, error={"code": "busy", "message": "too much at once"})
    await rig.clock.turn(1000)
    assert await code_of(never) == "busy"


@run
async def test_that_may_never_be_sent_fails_at_once_one_that_was_lost_is_sent_again() -> None:
    rig = Rig()
    rig.published = Published(at_once=False)
    rig.line = a_service_line(rig.published, rig.clock)
    refused = await rig.ask()
    rig.published.acks[-1].set_exception(SendError("refused", "NOPERM"))
    assert await code_of(refused) == "refused"
    asked = await rig.ask()
    rig.published.acks[-1].set_exception(SendError("unknown_outcome", "the connection was lost"))
    await rig.clock.turn(500)
    rig.reply("after all")
    assert await asked == "after all"


@run
async def test_ends_with_its_handler_and_gives_up_at_the_service_only_when_its_awaiter_was_cancelled() -> None:
    rig = Rig()
    cause = HandlerCause(a_message(), is_broadcast=False)
    with because(cause):
        asked = await rig.ask()
    cause.signal.abort()
    assert await code_of(asked) == "cancelled"
    assert [request["type"] for request in rig.sent] == ["request"]
    with because(cause):
        assert await code_of(await rig.ask()) == "cancelled"
    given = await rig.ask()
    given.cancel()
    await settle()
    assert [request["type"] for request in rig.sent] == ["request", "request", "cancel"]


@run
async def test_that_nobody_awaits_is_part_of_its_message_all_the_same() -> None:
    rig = Rig()
    cause = HandlerCause(a_message(), is_broadcast=False)
    with because(cause):
        await rig.ask()
    assert len(cause.pending) == 1
    rig.reply(1)
    await settle()
    assert not cause.pending


@run
async def test_leaves_other_texts_on_its_channel_to_others() -> None:
    rig = Rig()
    for text in ("{", '{"type":"welcome","id":"ada"}', '{"type":"reply","id":"x","ok":true,"result":1}', "7"):
        assert not rig.line.take("memory", text)


@run
async def test_what_is_no_json_is_refused_before_it_is_sent() -> None:
    rig = Rig()
    asked = rig.line.request(ServiceCall("memory", "remember", {"content": object()}))
    with because(HandlerCause(a_message(), is_broadcast=False)):
        also = rig.line.request(ServiceCall("memory", "remember", {"content": float("nan")}))
    assert await code_of(asked) == "bad_request"
    assert await code_of(also) == "bad_request"
    assert not rig.sent


async def stream(rig: Rig) -> tuple[list[Any], "asyncio.Future[Any]"]:
    got: list[Any] = []
    asked = await rig.ask(on_chunk=got.append, on_restart=lambda: got.append("restart"))
    return got, asked


@run
async def test_a_stream_comes_in_order_each_piece_once() -> None:
    rig = Rig()
    got, asked = await stream(rig)
    for data, seq in (("a", 0), ("b", 1), ("a", 0), ("c", 2)):
        rig.chunk(data, seq)
    rig.reply("abc", seq=3)
    assert await asked == "abc"
    assert got == ["a", "b", "c"]


@run
async def test_a_stream_with_a_gap_asks_at_once_for_what_is_missing() -> None:
    rig = Rig()
    got, asked = await stream(rig)
    rig.chunk("a", 0)
    rig.chunk("c", 2)
    await settle()
    assert rig.sent[-1]["have"] == {"run": "r1", "seq": 1}
    rig.reply("abc", seq=3)
    rig.chunk("b", 1)
    rig.chunk("c", 2)
    rig.reply("abc", seq=3)
    assert await asked == "abc"
    assert got == ["a", "b", "c"]


@run
async def test_a_stream_begins_anew_when_the_service_was_killed_in_the_middle() -> None:
    rig = Rig()
    got, asked = await stream(rig)
    rig.chunk("a", 0)
    rig.chunk("A", 0, "r2")
    rig.chunk("B", 1, "r2")
    rig.reply("AB", seq=2, run="r2")
    assert await asked == "AB"
    assert got == ["a", "restart", "A", "B"]


@run
async def test_nobody_else_is_believed_what_was_asked_of_memory() -> None:
    rig = Rig()
    asked = await rig.ask()
    for speaker in ("llm", "orchestrator", "history"):
        assert not rig.hear(speaker, type="reply", ok=True, result="forged")
    rig.reply("true")
    assert await asked == "true"
