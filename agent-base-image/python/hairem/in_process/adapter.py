"""The native agent around an in-process one: gives it the life that it had there, at the times of the runtime."""

import asyncio
import inspect
import sys
from contextlib import suppress
from typing import Any

from ..agent_host import AgentHost
from ..base_agent import BaseAgent
from ..message import JsonObject, Message
from ..outcome import Outcome
from .bridge import Bridge, settled
from .logs import bridge_logs

CREW_SECONDS = 10.0
#: `setup()` waits no longer for the registry: it may be away.
FIRST_LOOK_SECONDS = 1.0
#: In place of the result of a command: the bundle's own `on_message` has answered it.
_ANSWERED = object()


class InProcessAgent(BaseAgent):
    #: The bundle's class; `adapted` makes a subclass for it.
    inner_class: type[Any]

    def __init__(self, host: AgentHost) -> None:
        """Makes the bundle's agent, whose constructor calls its `setup()`. What that raises is raised by ours."""
        super().__init__(host)
        bridge_logs(host.log)
        self._bridge = Bridge(host, default=self._default, run_command=self.run_command)
        self._failure: BaseException | None = None
        self._looking: asyncio.Task[None] | None = None
        self._has_looked = asyncio.Event()
        self._was_read = True
        made: Any = object.__new__(self.inner_class)
        made._hairem = self._bridge  # noqa: SLF001 - its base class is ours
        self._inner = made
        try:
            self.inner_class.__init__(made, **_arguments(self.inner_class, self._bridge))
        except (Exception, SystemExit) as error:
            self._failure = error

    async def setup(self) -> None:
        if self._failure:
            raise self._failure
        if not self._is_made():
            raise TypeError("the constructor of Agent must call super().__init__() with what it was given")
        await settled(self._bridge.pending_setup)
        self._looking = asyncio.ensure_future(self._keep_looking())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_looked.wait(), FIRST_LOOK_SECONDS)
        for name in ("async_setup", "start"):
            hook = getattr(self._inner, name, None)
            if callable(hook):
                await settled(hook())

    async def on_message(self, message: Message) -> None:
        self._bridge.crew.heard(message.sender.agent_id)
        self._bridge.context.hear(message)
        sees_models = _overrides(self._inner, "on_message") or _overrides(self._inner, "generate_response")
        await settled(self._inner.on_message(self._bridge.to_model(message) if sees_models else message))

    async def run_command(self, _args: dict[str, Any], message: Message) -> object:
        """Commands too are heard by the bundle's `on_message`, which may keep one from BaseAgent's."""
        await self.on_message(message)
        return _ANSWERED

    def reply(self, message: Message, payload: JsonObject) -> Outcome[Any]:
        if payload.get("result") is _ANSWERED:
            return self._bridge.begin_nothing()
        return super().reply(message, payload)

    async def on_config(self) -> None:
        self._bridge.config.update(self.profile)
        self._inner.personified = self._bridge.config.personified
        self._inner._load_dynamic_skills()  # noqa: SLF001

    async def teardown(self) -> None:
        if self._looking:
            self._looking.cancel()
        self._bridge.is_over = True
        try:
            for name in ("teardown", "stop"):
                hook = getattr(self._inner, name, None)
                if callable(hook):
                    await settled(hook())
        finally:
            self._bridge.close()

    @property
    def persona(self) -> JsonObject | None:
        """With the system prompt as the bundle's property of that name has it now; all that `prompt` says is in it."""
        own = super().persona
        if not self._is_made():
            return own
        rest = {name: value for name, value in (own or {}).items() if name != "prompt"}
        return {**rest, "system_prompt": self._inner.system_prompt}

    def _is_made(self) -> bool:
        return "command_handlers" in vars(self._inner)

    async def _default(self, message: Message) -> None:
        await super().on_message(message)

    async def _keep_looking(self) -> None:
        while await self._look_at_crew():  # noqa: ASYNC110 - nobody tells when it changes
            await asyncio.sleep(CREW_SECONDS)

    async def _look_at_crew(self) -> bool:
        """False where there is no registry to ask."""
        try:
            registry: Any = self.registry
        except RuntimeError:
            self._has_looked.set()
            return False
        try:
            self._bridge.crew.learn(await registry.list())
            self._was_read = True
        except Exception as error:
            if self._was_read:
                self.log.warn("the registry was not read: self.registry.agents is as it was", error=error)
            self._was_read = False
        self._has_looked.set()
        return True


def adapted(agent_class: type[Any]) -> type[BaseAgent]:
    """The native class of a bundle's `class Agent(BaseAgent)` of src.domain.agent."""
    return type("Agent", (InProcessAgent,), {"inner_class": agent_class, "__module__": InProcessAgent.__module__})


def _arguments(agent_class: type[Any], bridge: Bridge) -> dict[str, Any]:
    """What the in-process hAIrem called a constructor with, by the same names; the last two where it takes them."""
    from src.infrastructure.llm import llm_of
    from src.infrastructure.redis import redis_of

    needed = {"config": bridge.config, "redis_client": redis_of(bridge), "llm_client": llm_of(bridge)}
    optional = ("surreal_client", "visual_service", "token_tracking_service")
    parameters = inspect.signature(agent_class.__init__).parameters.values()
    takes_all = any(one.kind is one.VAR_KEYWORD for one in parameters)
    taken = {one.name for one in parameters}
    return {**needed, **{name: None for name in optional if takes_all or name in taken}}


def _overrides(agent: object, name: str) -> bool:
    base = sys.modules["src.domain.agent"].BaseAgent
    return name in vars(agent) or getattr(type(agent), name) is not getattr(base, name)
