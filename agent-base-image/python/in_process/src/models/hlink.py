"""The H-Link message as a pydantic model. Lenient where the bus is: unknown types and fields pass through."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from hairem.in_process.finder import lacking as _lacking
from hairem.in_process.names import Name

__all__ = ["HLinkMessage", "MessageType", "Metadata", "Payload", "Priority", "Recipient", "Sender"]


class MessageType(StrEnum):
    USER_MESSAGE = "user_message"
    NARRATIVE_TEXT = "narrative.text"
    NARRATIVE_CHUNK = "narrative.chunk"
    NARRATIVE_ACTION = "narrative.action"
    EXPERT_COMMAND = "expert.command"
    EXPERT_RESPONSE = "expert.response"
    AGENT_INTERNAL_NOTE = "agent.internal_note"
    AGENT_SPEAKING = "agent.speaking"
    AGENT_CONFIG_UPDATE = "agent.config_update"
    SYSTEM_STATUS_UPDATE = "system.status_update"
    SYSTEM_CONFIG_UPDATE = "system.config_update"
    SYSTEM_LOG = "system.log"
    SYSTEM_HEARTBEAT = "system.heartbeat"
    SYSTEM_WHISPER = "system.whisper"
    SYSTEM_INACTIVITY = "system.inactivity"
    VISUAL_ASSET = "visual.asset"
    VISUAL_RAW_PROMPT = "visual.raw_prompt"
    WORLD_THEME_CHANGED = "world.theme_changed"
    USER_AUDIO = "user_audio"
    TRANSCRIPTION = "transcription"
    TTS_REQUEST = "tts_request"
    TTS_START = "tts_start"
    TTS_AUDIO_CHUNK = "tts_audio_chunk"
    TTS_END = "tts_end"
    TTS_ERROR = "tts_error"


class Priority(StrEnum):
    NORMAL = "normal"
    HIGH = "high"
    SYSTEM = "system"


def _naive(moment: datetime) -> datetime:
    """Times were UTC without saying so: bundles compare them with `datetime.utcnow()`."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _text(value: Any) -> Any:
    """Ids were UUIDs there; on the bus they are any text."""
    return value if value is None else str(value)


AgentName = Annotated[str, AfterValidator(Name)]
Id = Annotated[str, BeforeValidator(_text)]
Moment = Annotated[datetime, AfterValidator(_naive)]


class Sender(BaseModel):
    agent_id: AgentName
    role: str = ""


class Recipient(BaseModel):
    target: AgentName
    room: str | None = None


class Payload(BaseModel):
    """Fields of the message beside these are attributes, too."""

    model_config = ConfigDict(extra="allow")

    content: Any = None
    text: Any = None
    format: str = "text"
    emotion: str | None = "neutral"
    source: Any = None
    session_id: Any = None
    status: Any = None
    duration: Any = None
    error_type: Any = None
    room_id: Any = None


class Metadata(BaseModel):
    model_config = ConfigDict(extra="allow", use_enum_values=True)

    priority: Priority = Field(default=Priority.NORMAL, validate_default=True)
    correlation_id: Id | None = None
    ttl: int = 5
    chain: list[str] = Field(default_factory=list)
    redelivered: bool = False


class HLinkMessage(BaseModel):
    model_config = ConfigDict(extra="allow", use_enum_values=True, populate_by_name=True)

    id: Id = Field(default_factory=lambda: str(uuid4()))
    timestamp: Moment = Field(default_factory=lambda: datetime.now(UTC), validate_default=True)
    type: MessageType | str
    sender: Sender
    recipient: Recipient
    payload: Payload
    metadata: Metadata = Field(default_factory=Metadata)

    @classmethod
    def validate_message(cls, data: dict[str, Any]) -> "tuple[HLinkMessage | None, str | None]":
        """The message, or what is wrong with it."""
        try:
            return cls.model_validate(data), None
        except ValidationError as error:
            return None, str(error)


def __getattr__(name: str) -> Any:
    raise _lacking(__name__, name)
