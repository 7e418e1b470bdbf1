"""The runtime around an agent in Python, for tests of its logic alone: what it sends is kept."""

from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from hairem import (
    AgentHost,
    CommandHandler,
    HistoryEntry,
    HistoryRole,
    JsonObject,
    Message,
    Metadata,
    Outcome,
    Outgoing,
    Recipient,
    Sender,
    ServiceCall,
    Skill,
    TaskSpec,
)

T = TypeVar("T")


class KeptLog:
    """Warnings, as they were said."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, text: str, /, **fields: Any) -> None:
        pass

    def info(self, text: str, /, **fields: Any) -> None:
        pass

    def warn(self, text: str, /, **_fields: Any) -> None:
        self.warnings.append(text)

    def error(self, text: str, /, **fields: Any) -> None:
        pass


class FakeContext:
    """Empty, and the agent's own."""

    def __init__(self) -> None:
        self.history: list[HistoryEntry] = []
        self.state: dict[str, Any] = {}
        self.user: str | None = None

    def remember(self, role: HistoryRole, text: str, *, who: str | None = None) -> None:
        self.history.append(HistoryEntry("entry", role, text, who or "tested", "2030-01-01T00:00:00Z"))


class FakeAgentHost:
    """Hand it to an agent's constructor in the place of the runtime."""

    def __init__(self, agent_id: str = "tested", **profile: Any) -> None:
        self.id = agent_id
        self.instance = 1
        defaults: dict[str, Any] = {"name": agent_id, "role": None, "description": None, "config": {}, "persona": None}
        self.profile: JsonObject = {**defaults, "llm_config": {}, "skills": [], **profile}
        self.secrets: Mapping[str, str] = {}
        self.log = KeptLog()
        self.ctx = FakeContext()
        self.commands: dict[str, CommandHandler] = {}
        self.skills: dict[str, Skill] = {}
        self.sent: list[Outgoing] = []
        self.tasks: list[TaskSpec] = []

    def send(self, outgoing: Outgoing) -> Outcome[str]:
        self.sent.append(outgoing)
        sent: Future[str] = Future()
        sent.set_result(f"1.{len(self.sent)}")
        return Outcome(sent)

    def ask(self, outgoing: Outgoing, timeout_seconds: float) -> Outcome[Message]:
        raise AssertionError(f"nobody answers here: {outgoing} in {timeout_seconds} s")

    def request(self, call: ServiceCall) -> Outcome[Any]:
        raise AssertionError(f"no service answers here: {call}")

    def call(self, function: Callable[..., Any], *args: Any) -> Outcome[Any]:
        result: Future[Any] = Future()
        result.set_result(function(*args))
        return Outcome(result)

    def begin(self, work: Coroutine[Any, Any, T]) -> Outcome[T]:
        """Only what never waits."""
        result: Future[T] = Future()
        try:
            work.send(None)
        except StopIteration as done:
            result.set_result(done.value)
        return Outcome(result)

    def spawn_task(self, task: TaskSpec) -> None:
        self.tasks.append(task)

    def stop(self) -> None:
        pass

    def command(self, name: str, args: dict[str, Any] | None = None, *, redelivered: bool = False) -> Any:
        """Asks a command as a message from `user` would. Returns the result; raises what the handler raises."""
        return self.commands[name](args or {}, a_command(name, args or {}, redelivered=redelivered))


def a_command(name: str, args: dict[str, Any], *, redelivered: bool) -> Message:
    return Message(
        id="message-1",
        timestamp="2030-01-01T00:00:00Z",
        type="expert.command",
        sender=Sender("user"),
        recipient=Recipient("tested"),
        payload={"command": name, "args": args},
        metadata=Metadata(redelivered=redelivered),
        raw={},
    )


_is_one: type[AgentHost] = FakeAgentHost
