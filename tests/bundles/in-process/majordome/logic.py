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

    async def think(self, about: str):
        if not self.llm:
            return "I do not think"
        messages = [{"role": "system", "content": self.system_prompt}, {"role": "user", "content": about}]
        text = await self.llm.get_completion(messages)
        whole = await self.llm.get_completion(messages, tools=self.get_tools_schema())
        pieces = [piece async for piece in await self.llm.get_completion(messages, stream=True)]
        calls = [f"{call.function.name} {call.function.arguments}" for call in whole.tool_calls or []]
        vector = await self.llm.get_embedding(about)
        return {"text": text, "calls": calls, "pieces": pieces, "vector": vector, "tokens": self.ctx.total_tokens}
