"""The agent that tests load, as parrot/logic.ts: answers every message with what it was asked, its own mark, and what
looked wrong from inside. `tests/builders.ts` writes the traits of one version into it."""

import asyncio
import os
import random
from typing import Any

from hairem import BaseAgent, Message

TRAITS: dict[str, Any] = {}

newest: dict[str, int] = {}


class Agent(BaseAgent):
    async def setup(self) -> None:
        print(f"parrot {TRAITS['mark']} sets up")  # noqa: T201 - seen in its log
        if TRAITS.get("setup") == "throw":
            raise ValueError("the parrot will not be set up")
        if TRAITS.get("setup") == "hang":
            await asyncio.sleep(3600)
        self.on_command("mark", self.mark)
        if "crashAfterMs" in TRAITS:
            self.spawn_task(self.crash)
        if "blockAfterMs" in TRAITS:
            self.spawn_task(self.block)

    def self_test(self) -> None:
        if TRAITS.get("selfTest") == "throw":
            raise ValueError("the parrot failed its test")

    def mark(self, _args: dict[str, Any], _message: Message) -> dict[str, Any]:
        return {"mark": TRAITS["mark"], "config": self.config, "persona": self.persona}

    async def on_message(self, message: Message) -> None:
        if message.metadata.correlation_id:
            return
        stream, seq = message.payload.get("stream"), message.payload.get("seq")
        again = message.metadata.redelivered
        behind = stream is not None and seq is not None and is_behind(stream, seq) and not again
        await asyncio.sleep(random.random() * TRAITS.get("handlerMs", 5) / 1000)
        answer = {**message.payload, "mark": TRAITS["mark"], "again": again, "behind": behind}
        await self.reply(message, answer)

    async def crash(self) -> None:
        await asyncio.sleep(TRAITS["crashAfterMs"] / 1000)
        print(f"parrot {TRAITS['mark']} crashes")  # noqa: T201 - seen in its log
        os._exit(9)

    async def block(self) -> None:
        await asyncio.sleep(TRAITS["blockAfterMs"] / 1000)
        while True:
            pass


def is_behind(stream: str, seq: int) -> bool:
    """Order within this instance: a number that is not above the one before it came late or twice."""
    before = newest.get(stream, 0)
    newest[stream] = max(before, seq)
    return bool(seq <= before)
