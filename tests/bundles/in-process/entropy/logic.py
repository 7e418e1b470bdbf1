import logging
import random

from src.domain.agent import BaseAgent
from src.models.hlink import HLinkMessage, MessageType, Payload, Recipient, Sender

logger = logging.getLogger(__name__)


class Agent(BaseAgent):
    def setup(self):
        super().setup()
        from src.services.spatial.world_state import WorldStateService

        self.world_state = WorldStateService(self.surreal, self.redis)

    async def change_world_theme(self, theme_name: str) -> str:
        await self.world_state.set_theme(theme_name)
        return f"The theme is now '{theme_name}'."

    async def on_message(self, message: HLinkMessage):
        if message.type == MessageType.SYSTEM_INACTIVITY:
            logger.info("inactivity detected")
            await self._trigger_spark()
            return
        if message.type == MessageType.NARRATIVE_TEXT and message.sender.agent_id == "user":
            self.ctx.history.append(message)
            return
        await super().on_message(message)

    async def _trigger_spark(self):
        targets = ["lisa"]
        if self.registry:
            active = [aid for aid, a in self.registry.agents.items() if a.is_active and aid != self.config.name]
            if active:
                targets = active
        target = random.choice(targets)
        whisper = HLinkMessage(
            type=MessageType.SYSTEM_WHISPER,
            sender=Sender(agent_id=self.config.name, role=self.config.role),
            recipient=Recipient(target=target),
            payload=Payload(content=f"Break the silence; {len(self.ctx.history)} things were said."),
        )
        await self.redis.publish(f"agent:{target}", whisper)
