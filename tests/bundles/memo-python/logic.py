"""The agent that tests of the services ask on the engine, as memo/logic.ts."""

import asyncio
from typing import Any

from hairem import BaseAgent, Message


class Agent(BaseAgent):
    def setup(self) -> None:
        self.on_command("remember", self.remember)
        self.on_command("recall", self.recall)
        self.on_command("query", lambda args, _: self.memory.query(args["surql"]))
        self.on_command("crew", self.crew)
        self.on_command("tell", self.tell)

    async def remember(self, args: dict[str, Any], _message: Message) -> int:
        numbers = range(args["from"], args["to"])
        stored = await asyncio.gather(*(self.memory.remember(f"number {n}") for n in numbers))
        return len({memory["id"] for memory in stored})

    async def recall(self, args: dict[str, Any], _message: Message) -> list[str]:
        return [memory["content"] for memory in await self.memory.recall(args["query"])]

    async def crew(self, _args: dict[str, Any], _message: Message) -> list[str]:
        return sorted(record["id"] for record in await self.registry.list())

    async def tell(self, args: dict[str, Any], _message: Message) -> None:
        await self.send(args["who"], args["type"], {"content": args["content"]})

    async def on_message(self, message: Message) -> None:
        if message.metadata.correlation_id or message.type != "narrative.text":
            return
        answer = {"content": f"you said: {message.payload['content']}"}
        await self.send(message.sender.agent_id, "narrative.text", answer, correlation_id=message.id)
