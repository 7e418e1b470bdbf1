import asyncio
import datetime
import threading

from src.domain.agent import BaseAgent


class Agent(BaseAgent):
    async def setup(self):
        super().setup()
        await asyncio.sleep(0)
        self.beats = 0

        @self.tool("What time it is.")
        async def time_of(zone: str = "UTC"):
            return {"zone": zone, "at": datetime.datetime(2026, 1, 2, 3, 4, 5), "days": {1}}

        self.register_command("from_thread", self.from_thread)

    async def start(self):
        await super().start()
        self.spawn_task(self.beat(), name="beat")
        self.spawn_task(self.beat(), name="beat")

    async def beat(self):
        self.beats += 1
        await asyncio.sleep(3600)

    async def from_thread(self, payload):
        def work():
            self.redis.publish("agent:peer", {"type": "system.log", "payload": {"by": threading.current_thread().name}})

        await asyncio.to_thread(work)
        return self.beats
