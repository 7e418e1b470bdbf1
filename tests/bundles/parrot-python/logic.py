"""The agent that tests load, as parrot/logic.ts: answers every message with what it was asked, its own mark, and what
looked wrong from inside; before that it runs the errand that the message may name, to others of its kind.
`tests/support/builders/bundles.ts` writes the traits of one version into it."""

import asyncio
import os
import random
from collections.abc import Mapping
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
        self.on_command("hold", self.hold)
        self.on_command("mark", self.mark)
        self.on_command("note", self.note)
        if "crashAfterMs" in TRAITS:
            self.spawn_task(self.crash)
        if "blockAfterMs" in TRAITS:
            self.spawn_task(self.block)

    def self_test(self) -> None:
        if TRAITS.get("selfTest") == "throw":
            raise ValueError("the parrot failed its test")

    def mark(self, _args: dict[str, Any], _message: Message) -> dict[str, Any]:
        return {"mark": TRAITS["mark"], "config": self.config, "persona": self.persona}

    async def hold(self, args: dict[str, Any], _message: Message) -> None:
        await asyncio.sleep(args["ms"] / 1000)

    async def on_message(self, message: Message) -> None:
        if message.metadata.correlation_id:
            await self.tell_of_answer(message)
            return
        word = message.payload
        seen = await self.look(word, message)
        peer = word.get("peer") or message.sender.agent_id
        said = await self.run({**word, "peer": peer}, word["errand"]) if word.get("errand") else {}
        correlation_id = None if word.get("peer") else message.id
        await self.send(peer, "narrative.text", {**word, **seen, **said}, correlation_id=correlation_id)

    async def note(self, word: dict[str, Any], message: Message) -> dict[str, Any]:
        """One station of an errand: tells the peer, then asks the next."""
        seen = await self.look(word, message)
        await self.send(word["peer"], "narrative.text", {**word, **seen})
        if word["errand"]["route"]:
            await self.run(word, word["errand"])
        return word

    async def look(self, word: Mapping[str, Any], message: Message) -> dict[str, Any]:
        stream, seq = word.get("stream"), word.get("seq")
        again = message.metadata.redelivered
        behind = stream is not None and seq is not None and is_behind(stream, seq) and not again
        await asyncio.sleep(random.random() * TRAITS.get("handlerMs", 5) / 1000)
        return {"mark": TRAITS["mark"], "again": again, "behind": behind}

    async def run(self, word: Mapping[str, Any], errand: Mapping[str, Any]) -> dict[str, Any]:
        """Each station has a stream of its own, so that an errand may come to one agent twice."""
        kind, route = errand["kind"], errand["route"]
        about = {"stream": f"{word['stream']}/", "seq": word["seq"], "peer": word["peer"]}
        if kind == "broadcast":
            await self.send("broadcast", "narrative.text", about)
            return {}
        command = {"command": "note", "args": {**about, "errand": {"kind": kind, "route": route[1:]}}}
        if kind == "command":
            await self.send(route[0], "expert.command", command)
            return {}
        result = (await self.ask(route[0], "expert.command", command)).payload.get("result") or {}
        return {"wrong": result.get("stream") != about["stream"] or result.get("seq") != about["seq"]}

    async def tell_of_answer(self, message: Message) -> None:
        """To a command that was sent and forgotten: an ordinary message."""
        word = message.payload.get("result")
        if not isinstance(word, dict) or "peer" not in word:
            return
        about = {"stream": f"{word['stream']}back", "seq": word["seq"], "behind": False}
        await self.send(word["peer"], "narrative.text", {**about, "again": message.metadata.redelivered})

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
