"""What BaseAgent needs from the runtime around it. The runtime implements it over Redis; a test of an agent can
implement it with a few lines."""

from collections.abc import Callable, Coroutine, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from .message import JsonObject, Message, Priority
from .outcome import Outcome

T = TypeVar("T")

#: What an agent's function may return: a value, or something to await for one.
CommandHandler: TypeAlias = Callable[[dict[str, Any], Message], Any]
SkillHandler: TypeAlias = Callable[[dict[str, Any]], Any]
#: A coroutine, which can run once; a function that makes one; or a plain function, which is run in a thread and may
#: take one argument: an event that is set when the task shall end.
Task: TypeAlias = Coroutine[Any, Any, Any] | Callable[[], Any] | Callable[[Event], Any]
Restart: TypeAlias = Literal["never", "on-failure"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    #: An agent id, `user`, or `broadcast`.
    target: str
    type: str
    payload: JsonObject
    #: The id of the message that this one answers.
    correlation_id: str | None = None
    priority: Priority = "normal"
    room: str | None = None


@dataclass(frozen=True, slots=True)
class Skill:
    name: str
    description: str
    #: JSON Schema of the arguments.
    parameters: JsonObject | None
    handler: SkillHandler


@dataclass(frozen=True, slots=True)
class TaskSpec:
    name: str
    work: Task
    restart: Restart = "never"


@dataclass(frozen=True, slots=True)
class ServiceCall:
    #: `memory`, `llm` or `registry`.
    service: str
    op: str
    args: JsonObject
    #: Seconds, at most 600; until then it is asked again and again.
    timeout: float = 60.0
    #: Called on the event loop for each piece of a streamed answer, in order.
    on_chunk: Callable[[Any], None] | None = None
    #: The service was killed in the middle: what came so far is void, and it comes anew.
    on_restart: Callable[[], None] | None = None


class Log(Protocol):
    """One structured line each; `fields` are added to it, an exception as `error=` with its stack."""

    def debug(self, text: str, /, **fields: Any) -> None: ...
    def info(self, text: str, /, **fields: Any) -> None: ...
    def warn(self, text: str, /, **fields: Any) -> None: ...
    def error(self, text: str, /, **fields: Any) -> None: ...


HistoryRole: TypeAlias = Literal["user", "assistant", "system"]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that was said."""

    #: Of the message.
    id: str
    #: As language models use it: the agent itself is the `assistant`, everybody else a `user`.
    role: HistoryRole
    #: At most 16,384 characters; a longer one is cut and ends in `…`.
    text: str
    #: `user` or an agent id.
    who: str
    #: RFC 3339.
    when: str


class Context(Protocol):
    """What the agent knows of itself. It is the agent's own: no other sees it, and it goes when the agent goes."""

    @property
    def history(self) -> Sequence[HistoryEntry]:
        """What was said to the agent and by it, oldest first, at most 50 entries and 128 KiB: narrative and user
        messages as they are handled, and its own as they are sent."""

    def remember(self, role: HistoryRole, text: str, *, who: str | None = None) -> None:
        """Adds an entry that no message made; `who` is this agent unless it is given."""

    @property
    def state(self) -> MutableMapping[str, Any]:
        """For the agent's own use: JSON values, at most 128 KiB in all. To set what is no JSON raises TypeError, with
        the place in it; what would be too large raises ValueError."""

    @property
    def user(self) -> str | None:
        """Who spoke last as the user: `payload["user"]` of the newest `user_message`, else its sender; None before
        the first."""


class AgentHost(Protocol):
    @property
    def id(self) -> str:
        """The agent's id, for example `electra`."""

    @property
    def instance(self) -> int:
        """The number of this instance."""

    @property
    def profile(self) -> JsonObject:
        """What manifest and persona say: `name`, `role`, `description`, `config`, `persona`, `llm_config`, `skills`
        and more. Replaced as a whole by a live update."""

    @property
    def secrets(self) -> Mapping[str, str]: ...

    @property
    def log(self) -> Log: ...

    @property
    def ctx(self) -> Context: ...

    @property
    def commands(self) -> MutableMapping[str, CommandHandler]:
        """Handlers of `expert.command` by command name."""

    @property
    def skills(self) -> MutableMapping[str, Skill]: ...

    def send(self, outgoing: Outgoing) -> Outcome[str]:
        """Its outcome is the id of the message, once Redis has acknowledged it; or a SendError."""

    def ask(self, outgoing: Outgoing, timeout_seconds: float) -> Outcome[Message]:
        """Its outcome is the answer; or a SendError, `timeout` among others."""

    def request(self, call: ServiceCall) -> Outcome[Any]:
        """Asks a service, also in `setup()`. Its outcome is the result; or a ServiceError. Cancelling a task that
        awaits it gives the request up, at the service too."""

    def begin(self, work: Coroutine[Any, Any, T]) -> Outcome[T]:
        """Runs it on the event loop, from wherever this is called."""

    def spawn_task(self, task: TaskSpec) -> None: ...

    def stop(self) -> None:
        """Ends this instance in order."""
