"""Words of the system in an agent's mouth: excuses and notices (BUS.md, Excuses). No history of an agent keeps them."""

from typing import Any

from .message import JsonObject


def system_words(content: str) -> dict[str, Any]:
    """The payload of a `narrative.text` in which the system speaks, and not the agent."""
    return {"content": content, "format": "text", "role": "system"}


def are_system_words(kind: str, payload: JsonObject) -> bool:
    return kind == "narrative.text" and payload.get("role") == "system"
