import logging

from src.domain.agent import BaseAgent

logger = logging.getLogger(__name__)


class Agent(BaseAgent):
    def setup(self):
        super().setup()

    async def get_fridge_status(self) -> str:
        return "The fridge is closed, 4 degrees."

    async def add_reminder(self, memo: str) -> str:
        if not hasattr(self, "_reminders"):
            self._reminders = []
        self._reminders.append(memo)
        return f"Noted ({len(self._reminders)}): {memo}"
