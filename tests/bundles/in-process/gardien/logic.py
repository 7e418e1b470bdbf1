from src.domain.agent import BaseAgent


class Agent(BaseAgent):
    def setup(self):
        super().setup()
        self.locked = False

    def lock(self, door: str, twice: bool = False):
        self.locked = True
        return {"door": door, "twice": twice, "locked": self.locked}

    def describe(self):
        return {
            "name": self.config.name,
            "role": self.config.role,
            "prompt": self.system_prompt,
            "personified": self.personified,
            "capabilities": self.config.capabilities,
            "tools": [tool["function"]["name"] for tool in self.get_tools_schema()],
            "llm": bool(self.llm),
            "surreal": bool(self.surreal),
        }
