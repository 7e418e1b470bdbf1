"""One request to a service until it is answered: sent again with the same id, less and less often; the pieces of a
streamed answer are put in order."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..agent_host import ServiceCall
from ..json_text import DEEPEST, Numbers, write
from ..message import JsonObject
from ..send_error import SendError
from ..service_error import ServiceError
from .cause import Cause
from .clock import Clock
from .deadline import fail, in_time
from .hearing import Hearing

FIRST_PAUSE_MS = 500.0
LONGEST_PAUSE_MS = 10_000.0
LONGEST_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class ServiceLineOptions:
    agent: str
    inst: int
    clock: Clock
    #: Done with how many it was given to, or with a SendError; waits while the connection is held.
    publish: Callable[[str, str], "asyncio.Future[Any]"]


class Asking:
    def __init__(self, options: ServiceLineOptions, call: ServiceCall, request_id: str) -> None:
        self.id = request_id
        self.service = call.service
        self._options = options
        self._call = call
        self._answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._hearing = Hearing()
        self._run = ""
        self._got = 0
        #: Whether the service has said anything of it.
        self._heard = False
        #: The last refusal that is worth another try.
        self._busy: str | None = None
        #: Ends the pause before it is sent again.
        self._nudge: Callable[[], None] = lambda: None
        self._sending: asyncio.Task[None] | None = None
        self._pause = FIRST_PAUSE_MS

    def run(self, cause: Cause | None) -> "asyncio.Future[Any]":
        answered, call = self._answered, self._call
        in_time(
            answered,
            self._options.clock,
            self._seconds * 1000,
            cause=cause,
            late=self._too_late,
            cancelled=lambda: ServiceError("cancelled", f"{call.service}.{call.op} was cancelled"),
        )
        answered.add_done_callback(self._end)
        self._sending = asyncio.ensure_future(self._send_again_and_again())
        return answered

    def _end(self, answered: "asyncio.Future[Any]") -> None:
        self._nudge()
        if answered.cancelled():
            self._say({"type": "cancel", "id": self.id})

    def take(self, answer: JsonObject) -> None:
        self._heard = True
        if answer["type"] == "working":
            self._pause = LONGEST_PAUSE_MS
        elif answer.get("ok") is False and answer["error"]["code"] == "busy":
            self._busy = answer["error"]["message"]
        elif not self._is_in_order(answer):
            return
        elif answer["type"] == "chunk":
            self._take_chunk(answer["data"])
        elif answer["ok"]:
            self._settle(answer["result"])
        else:
            self._fail(ServiceError(answer["error"]["code"], answer["error"]["message"]))

    def _is_in_order(self, answer: JsonObject) -> bool:
        """A gap is closed by asking again, with what there is; another run begins from its first chunk."""
        if self._call.on_chunk is None:
            return bool(answer["type"] == "reply")
        if answer["run"] != self._run:
            if self._run and self._got and self._call.on_restart:
                self._call.on_restart()
            self._run, self._got = answer["run"], 0
        if answer["seq"] > self._got:
            self._nudge()
        return bool(answer["seq"] == self._got)

    def _take_chunk(self, data: Any) -> None:
        self._got += 1
        self._pause = LONGEST_PAUSE_MS  # it is there, and speaking
        if self._call.on_chunk:
            self._call.on_chunk(data)

    async def _send_again_and_again(self) -> None:
        while not self._answered.done():
            final = await self._send()
            left = None if self._heard else self._hearing.left(self._options.clock.now())
            if final or (left is not None and left <= 0):
                self._fail(final or _unheard(self._call))
                return
            if not self._answered.done():
                await self._rest(LONGEST_PAUSE_MS if left is None else left)

    async def _send(self) -> ServiceError | None:
        """Returns what sending it again would not change."""
        clock = self._options.clock
        have = {"run": self._run, "seq": self._got} if self._run else None
        request = {"type": "request", "id": self.id, "op": self._call.op, "args": self._call.args, "have": have}
        try:
            self._hearing.note(await self._say(request), clock.now())
        except SendError as error:
            if error.code == "unknown_outcome":
                self._hearing.note(None, clock.now())
            return ServiceError(error.code, str(error)) if error.code in ("refused", "too_large") else None
        except ValueError as error:
            return ServiceError("bad_request", f"arguments are JSON: {error}")
        return None

    def _rest(self, longest: float) -> "asyncio.Future[None]":
        pause, self._pause = min(self._pause, longest), min(2 * self._pause, LONGEST_PAUSE_MS)
        rested: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end() -> None:
            call_off()
            if not rested.done():
                rested.set_result(None)

        call_off = self._options.clock.after(pause, end)
        self._nudge = end
        return rested

    def _say(self, message: JsonObject) -> "asyncio.Future[Any]":
        options = self._options
        numbers: Numbers = "exact" if self._call.service == "memory" else "nearest"
        return options.publish(
            f"svc:{self._call.service}:{options.agent}:{options.inst}", write(message, DEEPEST, numbers)
        )

    @property
    def _seconds(self) -> float:
        return min(self._call.timeout, LONGEST_SECONDS)

    def _too_late(self) -> ServiceError:
        if self._busy:
            return ServiceError("busy", self._busy)
        service, op = self._call.service, self._call.op
        why = "it is still working on it" if self._heard else f"is the container `{_home_of(service)}` running?"
        return ServiceError("timeout", f"the {service} service did not answer {op} in {self._seconds:g} s: {why}")

    def _settle(self, result: Any) -> None:
        if not self._answered.done():
            self._answered.set_result(result)

    def _fail(self, error: ServiceError) -> None:
        fail(self._answered, error)


def _home_of(service: str) -> str:
    """The container that answers for a service."""
    return "orchestrator" if service == "registry" else "services"


def _unheard(call: ServiceCall) -> ServiceError:
    home = _home_of(call.service)
    what = f"the container `{home}` is not running: for 30 s nobody heard {call.service}.{call.op}"
    how = f"`docker compose up -d {home}` starts it, `docker compose logs {home}` says why it ended"
    return ServiceError("unavailable", f"{what}; {how}")
