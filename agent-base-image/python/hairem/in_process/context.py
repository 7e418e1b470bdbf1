"""`self.ctx` of an in-process agent: a list of messages and a state of its own, over the context of BaseAgent.

The one place that knows what that context is made of.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from ..agent_host import Context, HistoryEntry, Log
from ..message import Message, Metadata, Recipient, Sender

MOST_MESSAGES = 50
#: What was conversation in the in-process hAIrem; commands and signals were not.
SPOKEN = ("user_message", "narrative.text", "narrative.action")


class History(list[Any]):
    """At most 50 messages, oldest first. One that is there already is not added again."""

    def append(self, message: Any) -> None:
        if any(one.id == message.id for one in self):
            return
        super().append(message)
        del self[:-MOST_MESSAGES]

    def extend(self, messages: Iterable[Any]) -> None:
        for message in messages:
            self.append(message)


class State(MutableMapping[str, Any]):
    """What BaseAgent's state takes lies there; what it refuses, such as an object, stays in this instance."""

    def __init__(self, native: MutableMapping[str, Any], log: Log) -> None:
        self._native = native
        self._log = log
        self._local: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        return self._local[name] if name in self._local else self._native[name]

    def __setitem__(self, name: str, value: Any) -> None:
        try:
            self._native[name] = value
        except (TypeError, ValueError) as error:
            if name not in self._local:
                self._log.warn(f"ctx.state[{name!r}] will not survive an update of this agent: {error}")
            self._local[name] = value
        else:
            self._local.pop(name, None)

    def __delitem__(self, name: str) -> None:
        if name in self._local:
            del self._local[name]
            self._native.pop(name, None)
        else:
            del self._native[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._native), **dict.fromkeys(self._local)})

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return repr(dict(self))


class AgentContext:
    def __init__(self, agent: str, native: Context, log: Log, to_model: Callable[[Message], Any]) -> None:
        """`to_model` makes the HLinkMessage of a message, when the history is looked at and not before."""
        self.agent_id = agent
        self.state = State(native.state, log)
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.total_tokens = 0
        self.current_user_id: str | None = None
        self.current_user_name: str | None = None
        self._native = native
        self._to_model = to_model
        self._history = History()
        #: Messages as they came, by id: BaseAgent keeps no more than who said what when.
        self._heard: dict[str, Message] = {}
        self._taken: dict[str, None] = {}

    @property
    def history(self) -> History:
        """What was said to this agent and by it, and its notes; what an update handed over is there, too."""
        for message in self._fresh():
            self._history.append(self._to_model(message))
        return self._history

    @history.setter
    def history(self, messages: Iterable[Any]) -> None:
        kept = list(messages)
        self._fresh()
        self._history = History()
        self._history.extend(kept)

    def hear(self, message: Message) -> None:
        if message.type in SPOKEN:
            self._keep(message.id, message)

    def note(self, message: Message) -> None:
        """An internal note: BaseAgent keeps it as something that the system said."""
        if any(entry.id == message.id for entry in self._native.history):
            self._keep(message.id, message)
            return
        self._native.remember("system", str(message.payload.get("content")), who=message.sender.agent_id)
        self._keep(self._native.history[-1].id, message)

    def count(self, usage: Mapping[str, Any]) -> None:
        """What a call of the language model has used."""
        self.prompt_tokens += usage["prompt_tokens"]
        self.completion_tokens += usage["completion_tokens"]
        self.total_tokens += usage["total_tokens"]

    def update_state(self, key: str, value: Any) -> None:
        self.state[key] = value

    def get_state(self, key: str) -> Any:
        return self.state.get(key)

    def set_user_context(self, user_id: str | None, user_name: str | None = None) -> None:
        self.current_user_id, self.current_user_name = user_id, user_name

    def get_user_context(self) -> tuple[str | None, str | None]:
        """Who was set here, else who spoke last as the user."""
        return self.current_user_id or self._native.user, self.current_user_name

    def _keep(self, entry_id: str, message: Message) -> None:
        self._heard[entry_id] = message
        for old in list(self._heard)[:-MOST_MESSAGES]:
            del self._heard[old]

    def _fresh(self) -> list[Message]:
        """What has come since the last look; each once, also when the bundle has taken it out since."""
        fresh = [entry for entry in self._native.history if entry.id not in self._taken]
        self._taken.update(dict.fromkeys(entry.id for entry in fresh))
        for old in list(self._taken)[: -4 * MOST_MESSAGES]:
            del self._taken[old]
        return [self._heard.pop(entry.id) if entry.id in self._heard else _message_of(entry) for entry in fresh]


def _message_of(entry: HistoryEntry) -> Message:
    """Of one that this instance has not heard itself: its own words, or what the instance before it handed over."""
    kind = "agent.internal_note" if entry.role == "system" else "narrative.text"
    is_user = entry.who == "user"
    return Message(
        id=entry.id,
        timestamp=entry.when,
        type="user_message" if is_user else kind,
        sender=Sender(entry.who, "user" if is_user else entry.role),
        recipient=Recipient("broadcast"),
        payload={"content": entry.text, "format": "text"},
        metadata=Metadata(),
        raw={},
    )
