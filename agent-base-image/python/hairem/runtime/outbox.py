"""Everything that the agent says to others (BUS.md, Envelope and rule 13): who may speak now, what the message carries
of its cause, and the waiting for answers."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ..agent_host import Outgoing
from ..follower.state import Phase
from ..json_text import DEEPEST, write
from ..message import DEFAULT_TTL, JsonObject, Message, Metadata
from ..send_error import SendError
from .cause import Cause, HandlerCause, causes
from .clock import Clock
from .deadline import fail, in_time
from .excuse import ASK, is_answer
from .pace import Pace

PARTY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
#: A chain longer than the default ttl names nothing that can still be running.
LONGEST_CHAIN = DEFAULT_TTL


@dataclass(frozen=True, slots=True)
class OutboxOptions:
    agent: str
    inst: int
    clock: Clock
    role: Callable[[], str]
    phase: Callable[[], Phase]
    #: Done with how many Redis gave it to, or with a SendError; waits while the connection is held.
    publish: Callable[[str, str], "asyncio.Future[Any]"]
    #: Told of each message that Redis has acknowledged, before the handler that sent it can be finished: its id, type
    #: and payload.
    sent: Callable[[str, str, JsonObject], None]
    #: Counts what was not sent, by its reason.
    count: Callable[[str], None]
    #: Told why a message that nobody waits for was heard by nobody.
    unheard: Callable[[str], None] | None = None


class Outbox:
    """Everything here runs on the event loop, and has begun before it returns: what is sent first is first."""

    def __init__(self, options: OutboxOptions) -> None:
        self._options = options
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._pace = Pace(options.clock)

    def send(self, outgoing: Outgoing) -> "asyncio.Future[str]":
        message_id = outgoing.id or f"{self._options.inst}.{uuid4()}"
        sent: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._publish(outgoing, message_id).add_done_callback(lambda done: _settle(sent, done, message_id))
        return sent

    def ask(self, outgoing: Outgoing, timeout_seconds: float) -> "asyncio.Future[Message]":
        message_id = f"{self._options.inst}.ask-{uuid4()}"
        answered: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = answered
        target, kind = outgoing.target, outgoing.type
        in_time(
            answered,
            self._options.clock,
            timeout_seconds * 1000,
            cause=causes.get(),
            late=lambda: SendError("timeout", f"{target} did not answer {kind} in {timeout_seconds:g} s"),
            cancelled=lambda: SendError("cancelled", f"the question to {target} was cancelled"),
        )
        answered.add_done_callback(lambda _: self._waiting.pop(message_id, None))
        published = self._publish(outgoing, message_id)
        published.add_done_callback(lambda done: _note_receivers(answered, done, target))
        return answered

    def answer(self, correlation: str, message: Message) -> None:
        """Hands an answer to the `ask` that waits for it; nobody may wait any more."""
        waiting = self._waiting.get(correlation)
        error = message.payload.get("error")
        if not waiting or waiting.done():
            # Of a question that nobody waits for any more there is nothing to tell: it was answered, or given up.
            is_of_no_ask = not ASK.match(correlation)
            if message.sender.agent_id == "orchestrator" and is_of_no_ask and self._options.unheard:
                self._options.unheard(str(error))
            return
        # Where nobody acts for whom it asks, or who had it has ended, the orchestrator says so in its place.
        if message.sender.agent_id == "orchestrator" and isinstance(error, str):
            has_died = message.payload.get("code") == "instance_died"
            waiting.set_exception(SendError("instance_died" if has_died else "not_there", error))
        else:
            waiting.set_result(message)

    def _publish(self, outgoing: Outgoing, message_id: str) -> "asyncio.Future[Any]":
        cause = causes.get()
        try:
            must_be_allowed(outgoing, cause, self._options.phase())
            text = self._to_text(outgoing, message_id, cause)
        except SendError as error:
            failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            _note_answer(cause, outgoing, error)
            return failed
        agent, target = self._options.agent, outgoing.target
        channel = f"broadcast:{agent}" if target == "broadcast" else f"agent:{target}:{agent}"
        turn = self._pace.turn(channel, text)
        published = (
            self._options.publish(channel, text)
            if turn is None
            else asyncio.ensure_future(self._publish_in_turn(turn, outgoing, channel, text))
        )
        published.add_done_callback(lambda done: self._note(done, message_id, outgoing))
        published.add_done_callback(lambda done: _note_answer(cause, outgoing, _error_of(done)))
        return _tracked(cause, published)

    async def _publish_in_turn(self, turn: "asyncio.Future[None]", outgoing: Outgoing, channel: str, text: str) -> Any:
        await turn
        must_be_allowed(outgoing, causes.get(), self._options.phase())  # it may be another's turn to speak by now
        return await self._options.publish(channel, text)

    def _note(self, published: "asyncio.Future[Any]", message_id: str, outgoing: Outgoing) -> None:
        if not published.cancelled() and published.exception() is None:
            self._options.sent(message_id, outgoing.type, outgoing.payload)

    def _to_text(self, outgoing: Outgoing, message_id: str, cause: Cause | None) -> str:
        options = self._options
        caused = because_of(cause.message) if isinstance(cause, HandlerCause) else Metadata()
        if caused.ttl < 1 and not _is_exempt(outgoing, cause):
            options.count("ttl")
            raise SendError("ttl_spent", f"not sent to {outgoing.target}: too many messages followed from one another")
        try:
            return write(
                {
                    "id": message_id,
                    "timestamp": options.clock.timestamp(),
                    "type": outgoing.type,
                    "sender": {"agent_id": options.agent, "role": options.role()},
                    "recipient": {"target": outgoing.target, "room": outgoing.room},
                    "payload": outgoing.payload,
                    "metadata": {
                        "priority": outgoing.priority,
                        "correlation_id": outgoing.correlation_id,
                        "ttl": max(0, caused.ttl),
                        "chain": caused.chain,
                        "redelivered": caused.redelivered,
                    },
                },
                DEEPEST,
            )
        except ValueError as error:
            raise SendError("refused", f"a payload is JSON: {error}") from error


def _note_answer(cause: Cause | None, outgoing: Outgoing, error: BaseException | None) -> None:
    """Whether the message that is handled is answered is noted before anyone hears that this was sent."""
    if not isinstance(cause, HandlerCause) or not is_answer(outgoing, cause.message):
        return
    if error is None or (isinstance(error, SendError) and error.code == "unknown_outcome"):
        cause.answered = True
    elif isinstance(error, SendError):
        cause.unsent = error


def _error_of(done: "asyncio.Future[Any]") -> BaseException | None:
    return asyncio.CancelledError() if done.cancelled() else done.exception()


def must_be_allowed(outgoing: Outgoing, cause: Cause | None, phase: Phase) -> None:
    """Raises SendError cancelled, refused, not_active."""
    target = outgoing.target
    is_handler = isinstance(cause, HandlerCause)
    if cause and cause.signal.aborted:
        raise SendError("cancelled", f"the {cause.kind} that sends this was cancelled")
    if target != "broadcast" and not PARTY.fullmatch(target):
        raise SendError("refused", f"not an agent id: {target}")
    if not isinstance(outgoing.payload, dict):
        raise SendError("refused", "a payload is a dict")
    is_at_work = cause is not None and not (isinstance(cause, HandlerCause) and cause.settled)
    if phase != "ACTIVE" and not (phase == "DRAINING" and is_at_work):
        raise SendError("not_active", f"this instance is {phase}: only an active one sends")
    if target == "broadcast" and is_handler and isinstance(cause, HandlerCause) and cause.is_broadcast:
        raise SendError("refused", "a broadcast because of a broadcast")


def because_of(message: Message) -> Metadata:
    metadata = message.metadata
    chain = (*metadata.chain, message.id)[-LONGEST_CHAIN:]
    return Metadata(ttl=metadata.ttl - 1, chain=chain, redelivered=metadata.redelivered)


def _is_exempt(outgoing: Outgoing, cause: Cause | None) -> bool:
    """To `user`, and an answer; but not the answer to an answer, or two agents could go on for ever."""
    if outgoing.target == "user":
        return True
    answers_answer = isinstance(cause, HandlerCause) and bool(cause.message.metadata.correlation_id)
    return (outgoing.type == "expert.response" or outgoing.correlation_id is not None) and not answers_answer


def _tracked(cause: Cause | None, published: "asyncio.Future[Any]") -> "asyncio.Future[Any]":
    """The message that is handled is not finished before this is acknowledged, awaited by the handler or not."""
    if isinstance(cause, HandlerCause) and not cause.settled:
        cause.pending.add(published)
        published.add_done_callback(cause.pending.discard)
    return published


def _note_receivers(answered: "asyncio.Future[Message]", published: "asyncio.Future[Any]", target: str) -> None:
    """A count of receivers proves nothing, but none is none: not even the orchestrator heard it."""
    error = published.exception()
    if error is None and published.result() == 0:
        said = f"nobody hears {target}: nothing of it is connected; `./hairem ps` says more"
        error = SendError("not_there", said)
    if error:
        fail(answered, error)


def _settle(future: "asyncio.Future[Any]", published: "asyncio.Future[Any]", result: object) -> None:
    error = published.exception()
    if error:
        fail(future, error)
    elif not future.done():
        future.set_result(result)
