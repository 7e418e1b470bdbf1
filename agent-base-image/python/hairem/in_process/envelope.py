"""From the messages of in-process agents to those of the bus, and back.

There a command and its answer were `payload.content = {…}`; on the bus their fields stand in the payload itself, and
nobody can tell from it what kind of agent has sent them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from ..message import Message, to_message
from .plain import plain

#: Of a bare mapping that says nothing of itself.
UNNAMED_TYPE = "agent.internal_note"
_ENVELOPE = ("id", "timestamp", "type", "sender", "recipient", "payload", "metadata")


def to_fields(message: Any) -> dict[str, Any]:
    """Any message that an agent may publish (a model, a mapping, a text) as an envelope; its parts may be missing."""
    value = plain(message)
    if not isinstance(value, dict) or "type" not in value:
        return {"type": UNNAMED_TYPE, "payload": {"content": value}}
    fields: dict[str, Any] = value
    if "payload" in fields:
        return fields
    return {**fields, "payload": {name: one for name, one in fields.items() if name not in _ENVELOPE}}


def to_bus_payload(kind: str, payload: Any) -> dict[str, Any]:
    """The payload of a message of this type, as every agent on the bus reads it."""
    given: dict[str, Any] = payload if isinstance(payload, dict) else {"content": payload}
    given = {name: one for name, one in given.items() if one is not None or name == "content"}
    content = given.get("content")
    if kind == "expert.command" and isinstance(content, dict) and "command" in content:
        return {**_without_content(given), "command": content["command"], "args": _args_of(content)}
    if kind == "expert.response" and isinstance(content, dict) and "status" in content:
        known = {name: content.get(name) for name in ("status", "result", "error")}
        return {**_without_content(given), **content, **known}
    return given


def _args_of(content: Mapping[str, Any]) -> Any:
    """What stands below `args`, and what stands beside the command."""
    beside = {name: value for name, value in content.items() if name not in ("command", "args")}
    args = content.get("args", {})
    if not beside:
        return args
    return {**beside, **args} if isinstance(args, dict) else {**beside, "args": args}


def _without_content(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name != "content"}


def content_of(message: Message) -> Any:
    """What in-process agents find in `payload.content`."""
    payload = message.payload
    if "content" in payload and message.type != "expert.command":
        return payload["content"]
    if message.type != "expert.command":
        return dict(payload)
    inner = payload.get("content")
    given = inner if isinstance(inner, dict) and "command" in inner else payload
    args = given.get("args")
    # Handlers read their arguments beside the command, or below `args`.
    flat = args if isinstance(args, dict) else {}
    return {**flat, **given}


def arguments_of(message: Message) -> dict[str, Any]:
    """The arguments of a command, by name."""
    content = content_of(message)
    args = content.get("args") if isinstance(content, dict) else None
    if isinstance(args, dict):
        return args
    beside = content if isinstance(content, dict) else {}
    return {name: value for name, value in beside.items() if name not in ("command", "args", "content")}


def to_envelope(message: Message, target: str) -> dict[str, Any]:
    """What HLinkMessage is made of. `target` is the recipient as this agent knows itself."""
    payload = {**message.payload, "content": content_of(message)}
    for name in ("format", "emotion"):
        if not isinstance(payload.get(name), str):
            payload.pop(name, None)
    metadata = message.metadata
    return {
        "id": message.id,
        "timestamp": message.timestamp,
        "type": message.type,
        "sender": {"agent_id": message.sender.agent_id, "role": message.sender.role or ""},
        "recipient": {"target": target, "room": message.recipient.room},
        "payload": payload,
        "metadata": {
            "priority": metadata.priority,
            "correlation_id": metadata.correlation_id,
            "ttl": metadata.ttl,
            "chain": list(metadata.chain),
            "redelivered": metadata.redelivered,
        },
    }


def from_envelope(fields: Mapping[str, Any], *, agent: str, target: str) -> Message:
    """A message of the bus from what a bundle made or changed. Raises ValueError for what is none."""
    kind = str(fields.get("type", UNNAMED_TYPE))
    sender = fields.get("sender") or {"agent_id": agent}
    recipient = fields.get("recipient") or {}
    message = to_message(
        {
            "id": str(fields.get("id") or uuid4()),
            "timestamp": _to_timestamp(fields.get("timestamp")),
            "type": kind,
            "sender": {"agent_id": str(sender.get("agent_id") or agent), "role": sender.get("role")},
            "recipient": {"target": target, "room": recipient.get("room")},
            "payload": to_bus_payload(kind, fields.get("payload")),
            "metadata": fields.get("metadata") or {},
        }
    )
    if message is None:
        raise ValueError(f"this is no H-Link message: {dict(fields)!r:.200}")
    return message


def _to_timestamp(text: Any) -> str:
    if not text:
        return datetime.now(UTC).isoformat().replace("+00:00", "Z")
    moment = datetime.fromisoformat(str(text))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat().replace("+00:00", "Z")
