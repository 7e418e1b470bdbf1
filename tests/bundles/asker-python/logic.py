"""The agent that the benchmark times, as asker/logic.ts: asks another again and again, and is asked."""

import time
from typing import Any

from hairem import BaseAgent, Message


class Agent(BaseAgent):
    async def setup(self) -> None:
        self.on_command("echo", self.echo)
        self.on_command("measure", self.measure)

    async def echo(self, args: dict[str, Any], _message: Message) -> dict[str, Any]:
        return args

    async def measure(self, args: dict[str, Any], _message: Message) -> list[float]:
        """Milliseconds of each question until its answer."""
        times = []
        for n in range(args["rounds"]):
            began = time.perf_counter()
            await self.ask(args["target"], "expert.command", {"command": "echo", "args": {"n": n}})
            times.append((time.perf_counter() - began) * 1000)
        return times
