import logging

from src.domain.agent import BaseAgent
from src.infrastructure.llm import LlmClient
from src.infrastructure.redis import RedisClient
from src.models.agent import AgentConfig


class Agent(BaseAgent):
    def __init__(
        self, config: AgentConfig, redis_client: RedisClient, llm_client: LlmClient, surreal_client=None, **kwargs
    ):
        super().__init__(config, redis_client, llm_client, surreal_client=surreal_client, **kwargs)
        self.greeting = f"{self.title} {self.config.name}"

    def setup(self):
        super().setup()
        self.title = "Your"
        self.log = logging.getLogger("majordome")
        self.memory = {"guests": 0}
        self.id = 17
        self.secrets = ["none"]
        self._bridge = "a Hue bridge"
        self.log.info("at your service")

    async def async_setup(self):
        await self.send_message("user", "narrative.text", f"{self.greeting}, at your service.")

    async def send(self, who: str, where: str):
        self.memory["guests"] += 1
        return f"{who} is sent to {where}; {self.memory['guests']} so far"

    async def ask(self, what: str):
        return f"{self.greeting}: {what}?"
