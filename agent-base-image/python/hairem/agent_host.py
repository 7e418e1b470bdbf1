"""What BaseAgent needs from the runtime around it. The runtime implements it over Redis; a test of an agent can
implement it with a few lines."""

from collections.abc import Callable, Coroutine, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from .message import JsonObject, Message, Priority
from .outcome import Outcome

T = TypeVar("T")

CommandHandler: TypeAlias = Callable[[dict[str, Any], Message], Any]
"""Answers a command: called with its arguments and the message; returns the `result` of the response (any JSON value),
or something to await for it. What it raises becomes `status: error`."""
SkillHandler: TypeAlias = Callable[[dict[str, Any]], Any]
"""Called with the arguments that the language model gave; returns what it is told (any JSON value), or something to
await for it. What it raises is told, too."""
Task: TypeAlias = Coroutine[Any, Any, Any] | Callable[[], Any] | Callable[[Event], Any]
"""A coroutine, which can run once; a function that makes one; or a plain function, which is run in a thread and may
take one argument: an event that is set when the task shall end."""
Restart: TypeAlias = Literal["never", "on-failure"]
"""`on-failure`: after a crash it is started again, after 1 s, 2 s, 4 s … at most 60 s."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send, without what the runtime adds: id, time, sender, and what of its cause it carries."""

    target: str
    """An agent id, `user`, or `broadcast`."""
    type: str
    """For example `narrative.text` or `expert.command`; unknown types are delivered too."""
    payload: JsonObject
    """Any dict; the whole message has at most 1 MiB as JSON."""
    correlation_id: str | None = None
    """The id of the message that this one answers."""
    priority: Priority = "normal"
    """For those who show it."""
    room: str | None = None
    """Where it is said, for example `kitchen`."""
    id: str | None = None
    """Of the message, where its maker has given it one; by default it is made."""


@dataclass(frozen=True, slots=True)
class Skill:
    """One thing that a language model may use the agent for."""

    name: str
    """For example `set_timer`."""
    description: str
    """For the language model: when to use it, and what it does."""
    parameters: JsonObject | None
    """JSON Schema of the arguments."""
    handler: SkillHandler
    """Does it."""


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A task as the nursery keeps it."""

    name: str | None
    """Of its own among the tasks that are not over; shown in the registry. None: that of the function, numbered if need
    be."""
    work: Task
    """Begun when the instance becomes ACTIVE, and again when it is again."""
    restart: Restart = "never"
    """What happens after a crash."""


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """What is asked of a service; `BaseAgent.memory` and the like make it."""

    service: str
    """`memory`, `llm` or `registry`."""
    op: str
    """The name of the operation, for example `remember`."""
    args: JsonObject
    """Its arguments: JSON."""
    timeout: float = 60.0
    """Seconds, at most 600; until then it is asked again and again."""
    on_chunk: Callable[[Any], None] | None = None
    """Called on the event loop for each piece of a streamed answer, in order."""
    on_restart: Callable[[], None] | None = None
    """The service was killed in the middle: what came so far is void, and it comes anew."""


class Log(Protocol):
    """One JSON line on stdout each, with time, level, agent and instance; `./hairem logs` shows them. Never raises."""

    def debug(self, text: str, /, **fields: Any) -> None:
        """Kept by nobody: for a debugger."""

    def info(self, text: str, /, **fields: Any) -> None:
        """`fields` are added to the line; one of them that is an exception shows with its stack."""

    def warn(self, text: str, /, **fields: Any) -> None:
        """As `info`, for what somebody should look at."""

    def error(self, text: str, /, **fields: Any) -> None:
        """As `info`, for what failed: `self.log.error("no lamp", error=error)`."""


HistoryRole: TypeAlias = Literal["user", "assistant", "system"]
"""As language models use it."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that was said."""

    id: str
    """Of the message."""
    role: HistoryRole
    """As language models use it: the agent itself is the `assistant`, everybody else a `user`."""
    text: str
    """At most 16,384 characters; a longer one is cut and ends in `…`."""
    who: str
    """`user` or an agent id."""
    when: str
    """RFC 3339."""


class Context(Protocol):
    """What the agent knows of itself. It is the agent's own: no other sees it, and it goes when the agent goes."""

    @property
    def history(self) -> Sequence[HistoryEntry]:
        """What was said to the agent and by it, oldest first, at most 50 entries and 128 KiB: narrative and user
        messages as they are handled, and its own as they are sent; notes and whispers for it alone have the role
        `system`."""

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
    """The runtime, as BaseAgent sees it. A bundle meets it in its constructor alone, and hands it on to `super`."""

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
    def secrets(self) -> Mapping[str, str]:
        """Its own secrets by name."""

    @property
    def log(self) -> Log:
        """One structured line each, without the values of secrets."""

    @property
    def ctx(self) -> Context:
        """What the agent knows of itself."""

    @property
    def commands(self) -> MutableMapping[str, CommandHandler]:
        """Handlers of `expert.command` by command name."""

    @property
    def skills(self) -> MutableMapping[str, Skill]:
        """What the language model may use, by name."""

    def send(self, outgoing: Outgoing) -> Outcome[str]:
        """Its outcome is the id of the message, once Redis has acknowledged it; or a SendError."""

    def ask(self, outgoing: Outgoing, timeout_seconds: float) -> Outcome[Message]:
        """Its outcome is the answer; or a SendError, `timeout` among others."""

    def request(self, call: ServiceCall) -> Outcome[Any]:
        """Asks a service, also in `setup()`. Its outcome is the result; or a ServiceError. Cancelling a task that
        awaits it gives the request up, at the service too."""

    def call(self, function: Callable[..., Any], *args: Any) -> Outcome[Any]:
        """Calls a function of the bundle, an async one on the event loop, a plain one in a thread. Its outcome is what
        that returned or raised."""

    def begin(self, work: Coroutine[Any, Any, T]) -> Outcome[T]:
        """Runs it on the event loop, from wherever this is called."""

    def spawn_task(self, task: TaskSpec) -> None:
        """Raises ValueError if a task of that name is waiting or running."""

    def stop(self) -> None:
        """Ends this instance in order."""
