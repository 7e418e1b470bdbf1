"""An answer while it is being said: pieces go out one after the other, and what comes meanwhile goes with the next."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from ..send_error import SendError


class Speech:
    """On the event loop."""

    def __init__(self, utter: Callable[[dict[str, Any]], Awaitable[Any]]) -> None:
        """`utter` sends one piece `{content, seq, restart}`, and is done when it has gone."""
        self._utter = utter
        self._content = ""
        self._restart = False
        self._seq = 0
        self._going: asyncio.Task[None] | None = None

    def say(self, text: str) -> None:
        self._content += text
        self._begin()

    def restart(self) -> None:
        """What was said is void."""
        self._content, self._restart = "", True
        self._begin()

    async def end(self) -> None:
        """Done when everything has gone, or cannot: the whole answer follows."""
        if self._going:
            await self._going

    def _begin(self) -> None:
        if self._going is None or self._going.done():
            self._going = asyncio.ensure_future(self._go())

    async def _go(self) -> None:
        with suppress(SendError):
            while self._content or self._restart:
                piece = {"content": self._content, "restart": self._restart, "seq": self._seq}
                self._content, self._restart = "", False
                self._seq += 1
                await self._utter(piece)
