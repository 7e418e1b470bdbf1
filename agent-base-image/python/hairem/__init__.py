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
    ServiceCall,
    Skill,
    SkillHandler,
    Task,
    TaskSpec,
)
from .base_agent import BaseAgent
from .llm import Llm, LlmMessage, LlmPiece
from .memory import Memory
from .message import JsonObject, Message, Metadata, Priority, Recipient, Sender
from .outcome import Outcome
from .registry import Registry
from .send_error import SendError, SendErrorCode
from .service_error import ServiceError

__all__ = [
    "AgentHost",
    "BaseAgent",
    "CommandHandler",
    "Context",
    "HistoryEntry",
    "HistoryRole",
    "JsonObject",
    "Llm",
    "LlmMessage",
    "LlmPiece",
    "Log",
    "Memory",
    "Message",
    "Metadata",
    "Outcome",
    "Outgoing",
    "Priority",
    "Recipient",
    "Registry",
    "Restart",
    "SendError",
    "SendErrorCode",
    "Sender",
    "ServiceCall",
    "ServiceError",
    "Skill",
    "SkillHandler",
    "Task",
    "TaskSpec",
]
