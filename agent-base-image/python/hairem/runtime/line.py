"""What an instance says: on its status channel, and to others on behalf of its agent. The connection under it may be
another one after a while; what the agent says meanwhile waits."""

import asyncio
from collections.abc import Callable
from typing import Any

from ..json_text import DEEPEST_CARRIED, write
from ..message import JsonObject
from ..send_error import SendError
from .connection import Connection
from .link import LinkOptions, open_link
from .own_secrets import with_errors_hidden

HOLD_SECONDS = 30


class Line:
    def __init__(self, options: LinkOptions, term: Callable[[], int], hide: Callable[[str], str]) -> None:
        """`term` goes with every word on the status channel; `hide` takes secrets out of errors there."""
        self._options = options
        self._term = term
        self._hide = hide
        self._connection: Connection | None = None
        #: While nothing may be sent: done when it may again.
        self._held: asyncio.Future[None] | None = None
        #: The newest `say`: one connection, so when it is acknowledged, all before it are. Never raises.
        self.said: asyncio.Future[Any] = _done()

    async def open(self, before_subscribing: Callable[[], None]) -> None:
        """Connects and subscribes, again and again if need be; raises when Redis refuses this user for good."""
        self._connection = await open_link(self._options, before_subscribing)

    def close(self) -> None:
        if self._connection:
            self._connection.close()

    def hold(self) -> None:
        """From now on `publish` waits."""
        if self._held is None:
            self._held = asyncio.get_running_loop().create_future()

    def release(self) -> None:
        if self._held is not None:
            self._held.set_result(None)
        self._held = None

    def say(self, message: JsonObject) -> None:
        """Says it now or never: while there is no connection nobody hears it, and nobody needs to later."""
        agent, inst = self._options.agent, self._options.inst
        try:
            told = with_errors_hidden(message, self._hide)
            text = write({**told, "inst": inst, "term": self._term()}, DEEPEST_CARRIED, "exact")
        except (ValueError, RecursionError) as error:  # what the agent's code put into it
            self._options.log.error("could not speak on the status channel", error=error)
            return
        published = self._try(f"st:{agent}:{inst}", text)
        self.said = _done() if published is None else self._quiet(published)

    def publish(self, channel: str, text: str) -> "asyncio.Future[Any]":
        """Written before it returns, if that is possible now. Done when Redis has acknowledged it, with how
        many clients it was given to, or with a SendError: refused, too_large, timeout, unknown_outcome."""
        published = None if self._held else self._try(channel, text)
        return published or asyncio.ensure_future(self._publish_later(channel, text))

    def _try(self, channel: str, text: str) -> "asyncio.Future[Any] | None":
        return self._connection.publish(channel, text) if self._connection else None

    async def _publish_later(self, channel: str, text: str) -> int:
        while True:
            if self._held:
                await self._until_released(self._held)
            published = self._try(channel, text)
            if published is not None:
                return int(await published)
            if self._held is None:
                raise SendError("unknown_outcome", "there is no connection to Redis")

    async def _until_released(self, held: "asyncio.Future[None]") -> None:
        late = asyncio.ensure_future(self._options.clock.sleep(HOLD_SECONDS * 1000))
        await asyncio.wait({held, late}, return_when=asyncio.FIRST_COMPLETED)
        late.cancel()
        if not held.done():
            raise SendError("timeout", f"there was no connection to Redis for {HOLD_SECONDS} s")

    def _quiet(self, published: "asyncio.Future[Any]") -> "asyncio.Future[Any]":
        """The same without its error, which is logged."""
        said = published.get_loop().create_future()

        def settle(answered: "asyncio.Future[Any]") -> None:
            error = answered.exception()
            if error and getattr(error, "code", None) != "unknown_outcome":
                self._options.log.error("could not speak on the status channel", error=error)
            said.set_result(None)

        published.add_done_callback(settle)
        return said


def _done() -> "asyncio.Future[Any]":
    done = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done
