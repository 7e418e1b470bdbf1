"""What a language model is told before it answers as this agent. Pure; `contract/narrator.json` holds both SDKs to
it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..agent_host import HistoryEntry
from ..message import JsonObject, Message, is_fields
from .local_time import local_time

HISTORY_ENTRIES = 30
HISTORY_CHARACTERS = 24_000
LONGEST_USER = 64


@dataclass(frozen=True, slots=True)
class PromptParts:
    id: str
    profile: JsonObject
    persona: JsonObject | None
    history: Sequence[HistoryEntry]
    #: The one to answer.
    message: Message
    #: Of the world; None before it was told of one.
    theme: str | None
    #: Of the home, for example `Europe/Paris`.
    zone: str


def prompt_for(parts: PromptParts) -> list[dict[str, Any]]:
    """First who it is, then what was said, up to the message that it answers."""
    told = _recent(parts)
    has_notes = any(entry.role == "system" for entry in told)
    return [{"role": "system", "content": _instructions(parts, has_notes)}, *_conversation(told, parts.id)]


def _instructions(parts: PromptParts, has_notes: bool) -> str:
    facts = [
        f"You are {parts.profile['name']} ({parts.id}), one of the agents of this home.",
        f"It is {local_time(parts.message.timestamp, parts.zone)}.",
        f"You are speaking with {_partner_of(parts.message)}.",
    ]
    if parts.theme is not None:
        facts.append(_theme_fact(parts.theme, parts.persona))
    if has_notes:
        facts.append('What is marked "for you alone" nobody else has seen: act on it, and do not repeat it.')
    now = "\n".join(["What is so now:", *(f"- {fact}" for fact in facts)])
    texts = (_character(parts.profile, parts.persona), _text_in(parts.persona, "prompt"), now)
    return "\n\n".join(text for text in texts if text)


def _character(profile: JsonObject, persona: JsonObject | None) -> str:
    written = _text_in(persona, "system_prompt")
    if written:
        return written
    role = _text_in(persona, "role") or profile.get("role") or ""
    description = _text_in(persona, "description") or profile.get("description") or ""
    who = ", ".join(text for text in (profile["name"], role) if text)
    return f"You are {who}. {description}".strip()


def _partner_of(message: Message) -> str:
    user = message.payload.get("user")
    if isinstance(user, str) and user.strip():
        return user.strip()[:LONGEST_USER]
    sender = message.sender.agent_id
    return "the user" if sender == "user" else f"the agent {sender}"


def _theme_fact(theme: str, persona: JsonObject | None) -> str:
    """What the persona's `theme_responses` say of it: a text, or texts by name."""
    responses = (persona or {}).get("theme_responses")
    named = responses.items() if is_fields(responses) else ()
    found = next((one for name, one in named if name.lower() == theme.lower()), None)
    texts = list(found.values()) if is_fields(found) else [found]
    said = " ".join(text for text in texts if isinstance(text, str))
    return f"The theme of this home is {theme}." + (f" {said}" if said else "")


def _recent(parts: PromptParts) -> list[HistoryEntry]:
    """The last of what led to the message, itself whole and last; what others said meanwhile comes behind it."""
    message, history = parts.message, list(parts.history)
    place = next((place for place, entry in enumerate(history) if entry.id == message.id), len(history))
    text, who = str(message.payload["content"]), message.sender.agent_id
    own = HistoryEntry(message.id, "user", text, who, message.timestamp)
    wanted = parts.profile["llm_config"].get("max_history")
    most = wanted if _is_count(wanted) else HISTORY_ENTRIES
    kept: list[HistoryEntry] = []
    characters = 0
    for entry in reversed(history[:place]):
        characters += len(entry.text.encode("utf-16-le", "surrogatepass")) // 2
        if len(kept) >= most or characters > HISTORY_CHARACTERS:
            break
        kept.insert(0, entry)
    return [*kept, own]


def _conversation(told: Sequence[HistoryEntry], agent: str) -> list[dict[str, Any]]:
    """Turn by turn, the other side first: some models take nothing else."""
    turns: list[dict[str, Any]] = []
    for entry in told:
        role = "assistant" if entry.role == "assistant" else "user"
        content = _line_of(entry, agent)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += f"\n{content}"
        else:
            turns.append({"role": role, "content": content})
    is_late = turns[0]["role"] == "assistant"
    return [{"role": "user", "content": "[what was said before]"}, *turns] if is_late else turns


def _line_of(entry: HistoryEntry, agent: str) -> str:
    if entry.role == "assistant":
        return entry.text
    if entry.role == "system":
        return f"[your own note] {entry.text}" if entry.who == agent else f"[{entry.who}, for you alone] {entry.text}"
    return entry.text if entry.who == "user" else f"[{entry.who}] {entry.text}"


def _text_in(fields: JsonObject | None, name: str) -> str:
    value = (fields or {}).get(name)
    return value.strip() if isinstance(value, str) else ""


def _is_count(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
