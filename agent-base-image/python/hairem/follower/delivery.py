"""Reads one raw delivery (BUS.md, rules 2 and 17, and Channels): who really sent it, and is it a message at all?"""

from typing import NamedTuple

from ..json_text import parse
from ..message import Message, to_message
from .actions import DropReason


class Delivery(NamedTuple):
    sender: str
    is_broadcast: bool
    message: Message


def read_delivery(agent: str, channel: str, text: str | None) -> Delivery | DropReason:
    """Never raises. The sender is the last part of the channel, which Redis enforces; the envelope must agree."""
    parts = channel.split(":")
    sender = parts[-1]
    is_broadcast = parts[0] == "broadcast" and len(parts) == 2
    is_inbox = parts[0] == "agent" and len(parts) == 3 and parts[1] == agent
    if not is_broadcast and not is_inbox:
        return "channel"
    if is_broadcast and sender == agent:
        return "echo"
    if text is None:
        return "flood"
    try:
        value = parse(text)
    except ValueError:
        return "unreadable"
    message = to_message(value)
    if message is None:
        return "envelope"
    return Delivery(sender, is_broadcast, message) if message.sender.agent_id == sender else "sender"
