"""An agent that asks others, and that can die of a question, as mortal/logic.ts."""

import asyncio
import os
import signal
import time
from typing import Any

from hairem import BaseAgent, Message, SendError


def grow() -> None:
    held = []
    while True:
        held.append(b"x" * 16 * 1024 * 1024)


class Agent(BaseAgent):
    async def setup(self) -> None:
        self.on_command("die", self.die)
        self.on_command("tell", self.tell)

    async def die(self, args: dict[str, Any], _message: Message) -> None:
        ends = {
            "exit": lambda: os._exit(9),
            "abort": os.abort,
            "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
            "grow": grow,
        }
        if args["how"] in ends:
            ends[args["how"]]()
        await asyncio.sleep(600)

    async def tell(self, args: dict[str, Any], _message: Message) -> dict[str, Any]:
        """How asking another went."""
        began = time.perf_counter()
        try:
            question = {"command": "die", "args": {"how": args["how"]}}
            answer = await self.ask(args["target"], "expert.command", question, timeout=args["seconds"])
            said: dict[str, Any] = {"answer": answer.payload}
        except SendError as error:
            said = {"code": error.code, "message": str(error)}
        return {"ms": round((time.perf_counter() - began) * 1000), **said}
