"""The asking side of the services (BUS.md, rule 14): which requests are out, and whose answer it is that comes."""

import asyncio
from dataclasses import replace
from typing import Any

from ..agent_host import ServiceCall
from ..service_error import ServiceError
from .asking import Asking, ServiceLineOptions
from .cause import HandlerCause, causes
from .pace import Pace
from .request_id import request_id_for
from .service_answer import read_answer, speaker_for


class ServiceLine:
    """Everything here runs on the event loop."""

    def __init__(self, options: ServiceLineOptions) -> None:
        self._options = replace(options, publish=self._publish)
        self._publish_now = options.publish
        self._pace = Pace(options.clock)
        #: Two askers of the same thing, for example a handler that was given up and its successor, wait for one answer.
        self._waiting: dict[str, list[Asking]] = {}

    def request(self, call: ServiceCall) -> "asyncio.Future[Any]":
        cause = causes.get()
        if cause and cause.signal.aborted:
            return _failed(ServiceError("cancelled", f"the {cause.kind} that asks was cancelled"))
        try:
            asking = Asking(self._options, call, request_id_for(cause, call))
        except (TypeError, ValueError) as error:
            return _failed(ServiceError("bad_request", f"arguments are JSON: {error}"))
        self._waiting.setdefault(asking.id, []).append(asking)
        asked = asking.run(cause)
        asked.add_done_callback(lambda _: self._forget(asking))
        if isinstance(cause, HandlerCause) and not cause.settled:
            cause.pending.add(asked)
            asked.add_done_callback(cause.pending.discard)
        return asked

    def _publish(self, channel: str, text: str) -> "asyncio.Future[Any]":
        turn = self._pace.turn(channel, text)
        if turn is None:
            return self._publish_now(channel, text)
        return asyncio.ensure_future(self._publish_in_turn(turn, channel, text))

    async def _publish_in_turn(self, turn: "asyncio.Future[None]", channel: str, text: str) -> Any:
        await turn
        return await self._publish_now(channel, text)

    def take(self, speaker: str, text: str) -> bool:
        """Gives what a speaker said, `orchestrator` or a service; says whether it was an answer. One to what was asked
        of somebody else is none."""
        answer = read_answer(text)
        if answer is None:
            return False
        askings = list(self._waiting.get(answer["id"], ()))
        if any(speaker_for(asking.service) != speaker for asking in askings):
            return False
        for asking in askings:
            asking.take(answer)
        return True

    def _forget(self, asking: "Asking") -> None:
        left = [other for other in self._waiting.get(asking.id, ()) if other is not asking]
        if left:
            self._waiting[asking.id] = left
        else:
            self._waiting.pop(asking.id, None)


def _failed(error: ServiceError) -> "asyncio.Future[Any]":
    failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    failed.set_exception(error)
    return failed
