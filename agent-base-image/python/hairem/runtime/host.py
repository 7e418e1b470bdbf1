"""The AgentHost of one instance: what its BaseAgent sees of the runtime."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from ..agent_host import CommandHandler, Outgoing, ServiceCall, Skill, TaskSpec
from ..message import JsonObject, Message
from ..outcome import Outcome
from .aside import Aside, contained
from .context import OwnContext
from .log import AgentLog
from .nursery import Nursery
from .outbox import Outbox
from .service_line import ServiceLine

T = TypeVar("T")


class InstanceHost:
    def __init__(
        self,
        agent: str,
        inst: int,
        *,
        log: AgentLog,
        ctx: OwnContext,
        outbox: Outbox,
        services: ServiceLine,
        nursery: Nursery,
        aside: Aside,
        stop: Callable[[], None],
    ) -> None:
        self.id = agent
        self.instance = inst
        self.log = log
        self.ctx = ctx
        self.profile: JsonObject = {
            "name": agent,
            "role": None,
            "description": None,
            "config": {},
            "persona": None,
            "llm_config": {},
            "skills": [],
        }
        self.secrets: Mapping[str, str] = {}
        self.commands: dict[str, CommandHandler] = {}
        self.skills: dict[str, Skill] = {}
        self._outbox = outbox
        self._services = services
        self._nursery = nursery
        self._aside = aside
        self._stop = stop

    def send(self, outgoing: Outgoing) -> Outcome[str]:
        return self._aside.begin(lambda: self._outbox.send(outgoing))

    def ask(self, outgoing: Outgoing, timeout_seconds: float) -> Outcome[Message]:
        return self._aside.begin(lambda: self._outbox.ask(outgoing, timeout_seconds))

    def request(self, call: ServiceCall) -> Outcome[Any]:
        return self._aside.begin(lambda: self._services.request(call))

    def call(self, function: Callable[..., Any], *args: Any) -> Outcome[Any]:
        return self.begin(self._aside.call(function, *args))

    def begin(self, work: Coroutine[Any, Any, T]) -> Outcome[T]:
        return self._aside.begin(lambda: asyncio.ensure_future(contained(work)))

    def spawn_task(self, task: TaskSpec) -> None:
        self._aside.on_loop(lambda: self._nursery.add(task))

    def stop(self) -> None:
        self._aside.on_loop(self._stop)

    def offers(self) -> dict[str, Any]:
        """What the agent can do, as its heartbeat lists it."""
        skills = [{"name": skill.name, "description": skill.description} for skill in list(self.skills.values())]
        return {"commands": list(self.commands), "skills": skills}
