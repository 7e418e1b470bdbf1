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
    #: Of the message, where its maker has given it one; by default it is made.
    id: str | None = None


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


class Log(Protocol):
    """One structured line each; `fields` are added to it, an exception as `error=` with its stack."""

    def debug(self, text: str, /, **fields: Any) -> None: ...
    def info(self, text: str, /, **fields: Any) -> None: ...
    def warn(self, text: str, /, **fields: Any) -> None: ...
    def error(self, text: str, /, **fields: Any) -> None: ...


class Context(Protocol):
    """Memory of this instance alone: it does not survive a swap."""

    @property
    def history(self) -> Sequence[Message]:
        """The last messages that this agent accepted, oldest first, at most 50."""

    @property
    def state(self) -> MutableMapping[str, Any]:
        """For the agent's own use."""


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

    def begin(self, work: Coroutine[Any, Any, T]) -> Outcome[T]:
        """Runs it on the event loop, from wherever this is called."""

    def spawn_task(self, task: TaskSpec) -> None: ...

    def stop(self) -> None:
        """Ends this instance in order."""
