import json
import logging

from src.domain.agent import BaseAgent
from src.models.hlink import HLinkMessage, MessageType

logger = logging.getLogger("scribe")


class Agent(BaseAgent):
    async def generate_response(self, trigger_message: HLinkMessage):
        count = (self.ctx.get_state("count") or 0) + 1
        self.ctx.update_state("count", count)
        self.ctx.state["last"] = trigger_message.payload.content
        self.ctx.state["open"] = object()  # stays in this instance
        await self.send_message(
            target=trigger_message.sender.agent_id,
            type=MessageType.NARRATIVE_TEXT,
            content=f"{count}: {trigger_message.payload.content}",
            correlation_id=str(trigger_message.id),
        )

    async def what_was_said(self, last: int = 10):
        said = [m.payload.content for m in self.ctx.history[-last:]]
        return json.loads(json.dumps({"said": said, "count": self.ctx.get_state("count")}))

    def teardown(self):
        logger.warning("the scribe puts down its pen after %d words", self.ctx.get_state("count") or 0)
