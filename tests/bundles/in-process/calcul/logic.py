from lib.words import encoded

from src.domain.agent import BaseAgent


class Agent(BaseAgent):
    def setup(self):
        super().setup()
        self.register_command("encode", lambda payload: encoded(payload["word"]))
