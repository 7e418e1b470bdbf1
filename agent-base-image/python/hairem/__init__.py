"""The public surface of hairem: what a bundle's logic.py may import."""

from .agent_host import (
    AgentHost,
    CommandHandler,
    Context,
    HistoryEntry,
    HistoryRole,
    Log,
    Outgoing,
    Restart,
    Skill,
    SkillHandler,
    Task,
    TaskSpec,
)
from .base_agent import BaseAgent
from .message import JsonObject, Message, Metadata, Priority, Recipient, Sender
from .outcome import Outcome
from .send_error import SendError, SendErrorCode

__all__ = [
    "AgentHost",
    "BaseAgent",
    "CommandHandler",
    "Context",
    "HistoryEntry",
    "HistoryRole",
    "JsonObject",
    "Log",
    "Message",
    "Metadata",
    "Outcome",
    "Outgoing",
    "Priority",
    "Recipient",
    "Restart",
    "SendError",
    "SendErrorCode",
    "Sender",
    "Skill",
    "SkillHandler",
    "Task",
    "TaskSpec",
]
