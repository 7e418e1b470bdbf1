"""The type of `self.registry`, for bundles that name it."""

from typing import Any

from hairem.in_process.crew import Crew as AgentRegistry
from hairem.in_process.finder import lacking as _lacking

__all__ = ["AgentRegistry"]


def __getattr__(name: str) -> Any:
    raise _lacking(__name__, name)
