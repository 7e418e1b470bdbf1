import asyncio
import json

from src.domain.agent import BaseAgent
from src.models.hlink import HLinkMessage, MessageType, Metadata, Payload, Priority, Recipient, Sender


class Agent(BaseAgent):
    def setup(self):
        super().setup()
        self.pending = {}
        self.register_command("post", self.post)
        self.register_command("ask", self.ask_other)
        asyncio.create_task(
            self.redis.publish("agent:peer", {"type": "system.log", "payload": {"content": "I am here"}})
        )

    def post(self, payload):
        envelope = {
            "type": "narrative.text",
            "sender": {"agent_id": self.config.name, "role": self.config.role},
            "recipient": {"target": "Peer"},
            "payload": {"content": "a dict", "format": "text"},
        }
        self.redis.publish("agent:PEER", envelope)
        self.redis.publish("agent:peer", json.dumps({"bare": "text"}))
        self.redis.publish("agent:peer", {"bare": {"when": 3}})
        self.redis.publish("agent:broadcast", {**envelope, "payload": {"content": "to all"}})
        self.redis.publish("somewhere", envelope)
        return "posted"

    async def ask_other(self, payload):
        question = HLinkMessage(
            type=MessageType.EXPERT_COMMAND,
            sender=Sender(agent_id=self.config.name, role=self.config.role),
            recipient=Recipient(target=payload["whom"]),
            payload=Payload(content={"command": "echo", "args": {"said": payload["said"]}}),
            metadata=Metadata(priority=Priority.HIGH),
        )
        answered = asyncio.get_running_loop().create_future()
        self.pending[str(question.id)] = answered
        await self.redis.publish(f"agent:{payload['whom']}", question)
        return await asyncio.wait_for(answered, 5)

    async def on_message(self, message: HLinkMessage):
        waiting = self.pending.pop(str(message.metadata.correlation_id), None)
        if waiting:
            waiting.set_result(message.payload.content)
            return
        await super().on_message(message)
