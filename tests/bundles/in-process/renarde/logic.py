from src.domain.agent import BaseAgent


class Agent(BaseAgent):
    def setup(self):
        super().setup()

    async def greet_user(self, user_name: str = "you") -> str:
        return f"Ah, {user_name}! I am {self.config.name}."

    async def get_crew_status(self) -> str:
        if self.registry and hasattr(self.registry, "agents") and self.registry.agents:
            return "Here are: " + ", ".join(list(self.registry.agents.keys()))
        return "I seem to be alone."
