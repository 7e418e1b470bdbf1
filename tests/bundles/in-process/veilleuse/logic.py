import asyncio

from src.domain.agent import BaseAgent
from src.models.hlink import HLinkMessage, MessageType, Payload, Recipient, Sender


class Agent(BaseAgent):
    def setup(self):
        super().setup()
        self.count = 0
        self.watch = self.spawn_task(self._watch())
        self.spawn_task(self._fail())
        self.register_command("stop_watch", self.stop_watch)

    async def _watch(self):
        while True:
            self.count += 1
            message = HLinkMessage(
                type=MessageType.SYSTEM_LOG,
                sender=Sender(agent_id=self.config.name, role=self.config.role),
                recipient=Recipient(target=self.config.target),
                payload=Payload(content={"tick": self.count}),
            )
            await self.redis.publish(f"agent:{self.config.target}", message)
            await asyncio.sleep(self.config.every_ms / 1000)

    async def _fail(self):
        raise ValueError("a task of mine failed")

    def stop_watch(self, payload):
        self.watch.cancel()
        return {"cancelled": True, "ticks": self.count}
