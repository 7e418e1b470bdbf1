"""The H-Link message as an agent sees it (BUS.md, Envelope), and its reading from the bus.

Hand-written, because the start path loads no schema library; `contract/cases.json` holds it to the schema of the
orchestrator. Lengths are counted as JavaScript counts them, in UTF-16 units, so that both SDKs accept the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, TypeGuard, cast

JsonObject: TypeAlias = Mapping[str, Any]
"""An object of JSON: text, numbers, True, False, None, lists and dicts. It is not to be changed."""
Priority: TypeAlias = Literal["normal", "high", "system"]
"""How urgent a message is, for those who show it. It changes nothing about its delivery."""

DEFAULT_TTL = 5
LARGEST_INTEGER = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a message, enforced by Redis."""

    agent_id: str
    """An agent id, `user`, or `orchestrator`."""
    role: str | None = None
    """For example `expert`."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a message was sent."""

    target: str
    """An agent id, `user`, or `broadcast`."""
    room: str | None = None
    """Where it was said, for example `kitchen`."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a message carries beside what it says."""

    priority: Priority = "normal"
    """`normal` for most."""
    correlation_id: str | None = None
    """The id of the message that this one answers."""
    ttl: int = DEFAULT_TTL
    """How many messages may still follow from this one."""
    chain: tuple[str, ...] = ()
    """Ids of the messages that led to this one, oldest first."""
    redelivered: bool = False
    """True if what it says may have been said before, by an instance that died."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came. It is not to be changed: other code may hold the same one."""

    id: str
    """Unique, at most 64 characters; ours are `<instance>.<uuid>`."""
    timestamp: str
    """RFC 3339."""
    type: str
    """For example `user_message`, `narrative.text` or `expert.command`."""
    sender: Sender
    """Who sent it."""
    recipient: Recipient
    """To whom."""
    payload: JsonObject
    """For example `{content, format}` of a text, `{command, args}` of a command."""
    metadata: Metadata
    """What it carries of its causes."""
    raw: JsonObject = field(repr=False, compare=False)
    """The whole envelope as it was sent, fields that nobody knows included."""

    def flagged(self) -> "Message":
        """The same, marked as one whose effects may have been seen before."""
        return replace(self, metadata=replace(self.metadata, redelivered=True))


_DAY = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_PRIORITIES = ("normal", "high", "system")
_LONGEST_TEXT = 64
_MOST = 64


def to_message(value: object) -> Message | None:
    """The message with its defaults filled in, or None if it breaks the contract."""
    if not is_fields(value):
        return None
    sender, recipient, payload = value.get("sender"), value.get("recipient"), value.get("payload")
    if not is_fields(sender) or not is_fields(recipient) or not is_fields(payload):
        return None
    metadata = _to_metadata(value.get("metadata", {}))
    named = _is_text(value.get("id")) and _is_text(value.get("type")) and _is_timestamp(value.get("timestamp"))
    addressed = _is_text(sender.get("agent_id")) and _is_text(recipient.get("target"))
    detailed = _is_note(sender.get("role")) and _is_note(recipient.get("room"))
    if not (named and addressed and detailed) or metadata is None:
        return None
    return Message(
        id=value["id"],
        timestamp=value["timestamp"],
        type=value["type"],
        sender=Sender(sender["agent_id"], sender.get("role")),
        recipient=Recipient(recipient["target"], recipient.get("room")),
        payload=payload,
        metadata=metadata,
        raw=value,
    )


def _to_metadata(value: object) -> Metadata | None:
    if not is_fields(value):
        return None
    priority, correlation = value.get("priority", "normal"), value.get("correlation_id")
    ttl, chain = to_whole(value.get("ttl", DEFAULT_TTL)), value.get("chain", [])
    redelivered = value.get("redelivered", False)
    valid = (
        priority in _PRIORITIES
        and (correlation is None or _is_text(correlation))
        and ttl is not None
        and 0 <= ttl <= _MOST
        and isinstance(chain, list)
        and len(chain) <= _MOST
        and all(map(_is_text, chain))
        and isinstance(redelivered, bool)
    )
    if not valid or ttl is None:
        return None
    return Metadata(cast(Priority, priority), correlation, ttl, tuple(chain), redelivered)


def is_fields(value: object) -> TypeGuard[dict[str, Any]]:
    """An object of JSON."""
    return isinstance(value, dict)


def to_whole(value: object) -> int | None:
    """A whole number that JavaScript can hold exactly, also when it was written as 5.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_INTEGER:
        return None
    return value


def utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= _LONGEST_TEXT and utf16_length(value) <= _LONGEST_TEXT


def _is_note(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_timestamp(value: object) -> bool:
    parts = _DAY.fullmatch(value) if isinstance(value, str) else None
    if parts is None:
        return False
    year, month, day = (int(part) for part in parts.groups())
    return 1 <= month <= 12 and 1 <= day <= _days_in(year, month)


def _days_in(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
