"""What one instance knows of itself (BUNDLE.md, ctx): what was said, a state of its own, who the user is."""

from collections.abc import Callable, Sequence
from uuid import uuid4

from ..agent_host import HistoryEntry, HistoryRole
from ..message import JsonObject, Message
from ..system_words import are_system_words
from .context_state import ContextState
from .history import History

#: What people and agents say to each other; commands and signals are no conversation.
SPOKEN = frozenset(("user_message", "narrative.text", "narrative.action"))
#: What one agent tells another behind the others' backs.
WHISPERED = frozenset(("agent.internal_note", "system.whisper"))
LONGEST_USER = 64


class OwnContext:
    def __init__(self, agent: str, timestamp: Callable[[], str]) -> None:
        self._agent = agent
        self._timestamp = timestamp
        self.kept = History()
        self.state = ContextState()
        self.user: str | None = None

    @property
    def history(self) -> Sequence[HistoryEntry]:
        return self.kept.entries

    def remember(self, role: HistoryRole, text: str, *, who: str | None = None) -> None:
        self.kept.add(HistoryEntry(str(uuid4()), role, text, who or self._agent, self._timestamp()))

    def note_heard(self, message: Message) -> None:
        """A message that is about to be handled."""
        is_whispered = message.type in WHISPERED and message.recipient.target != "broadcast"
        if _is_kept(message.type, message.payload) or is_whispered:
            role: HistoryRole = "system" if is_whispered else "user"
            entry = HistoryEntry(message.id, role, "", message.sender.agent_id, message.timestamp)
            self._note(entry, message.payload)
        if message.type == "user_message":
            self.user = _user_of(message)

    def note_said(self, message_id: str, kind: str, payload: JsonObject) -> None:
        """A message of this agent that Redis has acknowledged."""
        if _is_kept(kind, payload):
            self._note(HistoryEntry(message_id, "assistant", "", self._agent, self._timestamp()), payload)

    def _note(self, entry: HistoryEntry, payload: JsonObject) -> None:
        content = payload.get("content")
        if isinstance(content, str):
            self.kept.add(HistoryEntry(entry.id, entry.role, content, entry.who, entry.when))


def _is_kept(kind: str, payload: JsonObject) -> bool:
    return kind in SPOKEN and not are_system_words(kind, payload)


def _user_of(message: Message) -> str:
    """A client that serves several people names them in the payload."""
    named = message.payload.get("user")
    return named[:LONGEST_USER] if isinstance(named, str) and named else message.sender.agent_id
