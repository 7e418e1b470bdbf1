"""The agent of the tests of language models, as thinker/logic.ts."""

import asyncio
import time
from typing import Any

from hairem import BaseAgent


class Agent(BaseAgent):
    def setup(self) -> None:
        self.skill("now", self.now, description="What time it is.")
        self.on_command("chat", lambda args, _message: self.llm.chat(args["text"]))
        self.on_command("many", self.many)
        self.on_command("stream", self.stream)
        self.on_command("embed", self.embed)
        self.on_command("first_pieces", self.first_pieces)
        self.on_command("give_up", self.give_up)
        self.on_command("history", self.history)

    def now(self, args: dict[str, Any]) -> str:
        return f"noon in {args.get('zone', 'this house')}"

    def who_can(self, args: dict[str, Any]) -> dict[str, Any]:
        """Listed in its manifest, and made by nothing but its name."""
        return {"capability": args["capability"], "agents": ["horloge"]}

    async def many(self, args: dict[str, Any], _message: Any) -> list[str]:
        asked = [self.llm.chat(f"question {n}") for n in range(args["count"])]
        return [(await one)["text"] for one in asked]

    async def stream(self, args: dict[str, Any], _message: Any) -> list[str]:
        pieces: list[str] = []
        async for piece in self.llm.stream(args["text"]):
            if piece.restart:
                pieces.append("restart")
            pieces.append(piece.text)
        return pieces

    async def embed(self, args: dict[str, Any], _message: Any) -> int:
        return len((await self.llm.embed(args["texts"]))["embeddings"])

    async def first_pieces(self, args: dict[str, Any], _message: Any) -> list[float]:
        """Milliseconds to the first piece of so many answers."""
        taken: list[float] = []
        for _ in range(args["count"]):
            began = time.perf_counter()
            first: float | None = None
            async for _piece in self.llm.stream("say something"):
                first = first or time.perf_counter()
            taken.append(((first or began) - began) * 1000)
        return taken

    async def give_up(self, _args: dict[str, Any], _message: Any) -> str:
        async def ask() -> None:
            await self.llm.chat("never mind")

        asked = asyncio.ensure_future(ask())
        await asyncio.sleep(0.3)
        asked.cancel()
        try:
            await asked
        except asyncio.CancelledError:
            return "cancelled"
        return "answered"

    def history(self, _args: dict[str, Any], _message: Any) -> list[dict[str, str]]:
        return [{"role": one.role, "text": one.text, "who": one.who} for one in self.ctx.history]
