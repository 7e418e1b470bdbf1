"""Whether a message is for this agent to answer. Pure; `contract/narrator.json` holds both SDKs to it."""

import re
import unicodedata

from ..message import Message


def is_asked(message: Message, agent: str, name: str) -> bool:
    """What is said to it alone, and what is said to all and calls it by its name; but no answer, and not its own
    words."""
    content = message.payload.get("content")
    if not isinstance(content, str) or not content.strip() or message.sender.agent_id == agent:
        return False
    is_answer = message.type != "narrative.text" or bool(message.metadata.correlation_id)
    if message.type != "user_message" and is_answer:
        return False
    return message.recipient.target != "broadcast" or _is_named(content, (agent, name))


def _is_named(text: str, names: tuple[str, ...]) -> bool:
    """As a word of its own, in any case, with or without accents."""
    said = _plain(text)
    words = [_plain(name).strip() for name in names]
    return any(word and re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", said) for word in words)


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(one for one in parts if not unicodedata.category(one).startswith("M")).lower()
