"""What the runtime does before and behind loading a bundle of the in-process kind (runtime/load_agent.py)."""

import importlib
from pathlib import Path
from typing import Any

from ..base_agent import BaseAgent
from .finder import install


def prepare(agent: str, folder: Path) -> None:
    """From now on `src` and what such bundles import beside it are found."""
    install(agent, folder)


def adapt(agent_class: type[Any]) -> type[BaseAgent] | None:
    """The native class for a bundle's `Agent`, or None if that does not extend BaseAgent of src.domain.agent."""
    in_process = importlib.import_module("src.domain.agent").BaseAgent
    if not issubclass(agent_class, in_process) or agent_class is in_process:
        return None
    adapted: type[BaseAgent] = importlib.import_module("hairem.in_process.adapter").adapted(agent_class)
    return adapted
