"""The smallest agent, as agents/echo: what is sent to it comes back."""

from hairem import BaseAgent, Message


class Agent(BaseAgent):
    async def on_message(self, message: Message) -> None:
        if message.metadata.correlation_id:
            return
        await self.send(message.sender.agent_id, "narrative.text", message.payload, correlation_id=message.id)
