"""The agent that tests what is kept over an update, as keeper/logic.ts: counts in its context, and ticks in a task."""

import asyncio
import os
import random
from typing import Any

from hairem import BaseAgent, Message

MARK = ""


class Agent(BaseAgent):
    async def setup(self) -> None:
        self.on_command("count", self.count)
        self.on_command("context", self.show)
        self.spawn_task(self.tick, name="ticker", restart="on-failure")
        if self.config.get("once"):
            self.spawn_task(asyncio.sleep(3600), name="once")
        if self.config.get("crash") == MARK:
            self.spawn_task(self.crash)

    async def count(self, _args: dict[str, Any], _message: Message) -> int:
        self.ctx.state["count"] = self.ctx.state.get("count", 0) + 1
        return int(self.ctx.state["count"])

    def show(self, _args: dict[str, Any], _message: Message) -> dict[str, Any]:
        said = [f"{entry.role}: {entry.text}" for entry in self.ctx.history]
        return {"mark": MARK, "count": self.ctx.state.get("count"), "user": self.ctx.user, "said": said}

    async def tick(self) -> None:
        run, tick = random.random(), 0
        while True:
            tick += 1
            await self.send("user", "system.log", {"tick": tick, "run": run, "mark": MARK})
            await asyncio.sleep(0.05)

    async def crash(self) -> None:
        await asyncio.sleep(0.5)
        os._exit(9)
