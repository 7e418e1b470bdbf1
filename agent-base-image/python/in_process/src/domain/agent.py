"""BaseAgent as the in-process hAIrem had it. The bundle's own `Agent` extends it; what runs it is hairem's BaseAgent
around it (hairem/in_process/adapter.py)."""

from collections import UserDict
from collections.abc import Callable, Coroutine
from typing import Any

from hairem.in_process.bridge import Bridge, settled
from hairem.in_process.context import AgentContext
from hairem.in_process.crew import Crew
from hairem.in_process.envelope import arguments_of, content_of
from hairem.in_process.finder import ADVICE
from hairem.in_process.finder import lacking as _lacking
from hairem.in_process.plain import plain
from hairem.in_process.skills import method_for, parameters_of
from hairem.in_process.spawned import Spawned
from hairem.message import Message
from hairem.raised import reason_of
from hairem.service_error import ServiceError
from src.infrastructure.surrealdb import surreal_of

__all__ = ["AgentContext", "BaseAgent"]

MOST_MEMORIES = 3
DEFAULT_PROMPT = "You are a creative character of this home. Answer authentically and honestly."
#: Methods that the in-process BaseAgent had and that make no sense without what stood around it.
_GONE = frozenset(("_assemble_payload", "_get_burning_memory_context", "_get_theme_context", "_get_spatial_context"))


class Tools(UserDict[str, dict[str, Any]]):
    """`self.tools`: what is put in is offered to the language model and to other agents."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        super().__init__()

    def __setitem__(self, name: str, tool: dict[str, Any]) -> None:
        super().__setitem__(name, tool)
        self._bridge.offer_skill(name, str(tool.get("description") or ""), tool["function"])

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._bridge.withdraw_skill(name)


class Commands(UserDict[str, Callable[..., Any]]):
    """`self.command_handlers`: what is put in is known on the bus."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        super().__init__()

    def __setitem__(self, name: str, handler: Callable[..., Any]) -> None:
        super().__setitem__(name, handler)
        self._bridge.offer_command(name)


class BaseAgent:
    """Every hook may be sync or async and runs on the event loop, as it did there."""

    #: Set before the constructor runs.
    _hairem: Bridge

    def __init__(
        self,
        config: Any,
        redis_client: Any,
        llm_client: Any,
        surreal_client: Any = None,
        visual_service: Any = None,
        spatial_registry: Any = None,
        social_referee: Any = None,
        agent_registry: Any = None,
        token_tracking_service: Any = None,
    ) -> None:
        """Ends with `setup()`, so what that sets is there behind `super().__init__(…)`."""
        self.config = config
        self.redis = redis_client
        self.llm = llm_client
        self.surreal = surreal_client or surreal_of(self._hairem)
        self.visual_service = visual_service
        self.spatial = spatial_registry
        self.social = social_referee
        self.registry: Crew | Any = agent_registry or self._hairem.crew
        self.token_tracking_service = token_tracking_service
        self.ctx = self._hairem.context
        self.is_active = True
        self.personified = bool(getattr(config, "personified", True))
        self.command_handlers = Commands(self._hairem)
        self.tools = Tools(self._hairem)
        self._hairem.pending_setup = self.setup()

    def setup(self) -> Any:
        """Called by the constructor. A bundle's own begins with `super().setup()`, which maps the skills."""
        self._load_dynamic_skills()

    async def async_setup(self) -> None:
        """Behind `setup()`, before the agent acts. Raising rejects the update."""

    async def start(self) -> None:
        """Behind `async_setup()`. The subscriptions that it made there are made by the runtime."""

    async def teardown(self) -> None:
        """Once, when this instance goes. Has 5 seconds."""

    async def stop(self) -> None:
        """Ends this instance in order."""
        self._hairem.stop()

    async def refresh_config(self) -> None:
        """Nothing is to be done: what changes comes over the bus, and `self.config` has it."""

    @property
    def system_prompt(self) -> str:
        return str(self.config.prompt or DEFAULT_PROMPT)

    def register_command(self, command: str, handler: Callable[..., Any]) -> None:
        """`handler` gets the content of the command: `{"command": …, "args": …}`, and each argument beside them."""
        self.command_handlers[command] = handler

    def tool(self, description: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorator: the function becomes a skill of its name."""

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            self.tools[function.__name__] = {"description": description, "function": function}
            return function

        return decorate

    def get_tools_schema(self) -> list[dict[str, Any]]:
        return [
            {
                "type": "function",
                "function": {
                    "name": name,
                    "description": tool["description"],
                    "parameters": parameters_of(tool["function"]),
                },
            }
            for name, tool in self.tools.items()
        ]

    def spawn_task(self, coro: Coroutine[Any, Any, Any] | Any, name: str | None = None) -> Spawned:
        """Runs while this agent is ACTIVE, watched by the nursery; may be cancelled and awaited like a task."""
        return self._hairem.spawn(coro, name)

    async def send_message(self, target: str, type: Any, content: Any, correlation_id: Any = None) -> None:
        """To an agent, to `user` or to `broadcast`. What goes wrong is logged."""
        metadata = {"correlation_id": str(correlation_id)} if correlation_id else {}
        payload = {"content": content, "format": "text"} if isinstance(content, str) else {"content": content}
        await self._hairem.send(target, {"type": plain(type), "payload": plain(payload), "metadata": metadata})

    async def send_internal_note(self, target_agent: str, content: str) -> str:
        """A note that only `target_agent` sees."""
        note = {"type": "agent.internal_note", "payload": {"content": content}}
        sent = await self._hairem.send(target_agent, note)
        return f"The note to {target_agent} was {'sent' if sent else 'not sent'}."

    async def on_message(self, message: Any) -> None:
        """Each message: notes and conversation are kept, commands run, what people say is answered."""
        if not self.is_active:
            return
        heard = self._hairem.to_native(message)
        if heard.type == "expert.command":
            await self._handle_command(heard)
        elif heard.type == "agent.internal_note":
            self.ctx.note(heard)
        elif heard.type in ("system.status_update", "world.theme_changed"):
            await self._hear_of_theme(heard)
            await self._hairem.default(heard)  # which answers for it, and tells the language model of the theme
        elif heard.type in ("user_message", "narrative.text"):
            await self.generate_response(message)
        else:
            await self._hairem.default(heard)

    async def generate_response(self, trigger_message: Any) -> None:
        """Answers through the language model, as every agent of hAIrem does."""
        await self._hairem.default(self._hairem.to_native(trigger_message))

    async def handle_theme_change(self, new_theme: str) -> None:
        """The persona's `theme_responses` say what it means to this agent."""
        responses = self.config.theme_responses
        response = next((one for name, one in responses.items() if name.lower() == new_theme.lower()), None)
        if not isinstance(response, dict):
            return
        if "outfit" in response:
            await self.change_outfit(response["outfit"])
        thought = response.get("internal_thought")
        self._remember(f"The world has changed to {new_theme}." + (f" My reaction: {thought}" if thought else ""))

    async def recall_memory(self, query: str) -> str:
        """What fits best of what this agent remembers, for the language model. Never raises."""
        try:
            found = await self._hairem.memory.recall(query, limit=MOST_MEMORIES)
        except ServiceError as error:
            self._hairem.log.warn("the memory was not read", code=error.code, error=error)
            return f"The memory cannot be read now: {error}."
        if not found:
            return "No relevant memories were found."
        return "\n".join(["Relevant memories:", *(str(memory["content"]) for memory in found)])

    async def generate_image(self, prompt: str, style: str = "cinematic") -> str:
        """Through `self.visual_service`, where the bundle has given itself one. Never raises."""
        if not self.visual_service:
            self._hairem.log.warn("no picture was made: hAIrem has no service for pictures", prompt=prompt[:200])
            return "No picture was made: this home has no service that makes pictures. Tell whoever asked for it."
        try:
            made = self.visual_service.generate_and_index(agent_id=self.config.name, prompt=prompt, style_preset=style)
            asset, *_ = await settled(made)
        except Exception as error:
            self._hairem.log.warn("no picture was made", error=error)
            return f"No picture was made: {reason_of(error)}."
        return f"The picture is made: {asset}"

    async def change_outfit(self, description: str) -> str:
        self._remember(f"I am wearing {description}.")
        return "The outfit is changed."

    async def move_to(self, location_name: str) -> str:
        self._remember(f"I have moved to {location_name}.")
        return f"Moved to {location_name}."

    async def _handle_command(self, message: Any) -> None:
        heard = self._hairem.to_native(message)
        content = content_of(heard)
        name = str(content.get("command") if isinstance(content, dict) else None)
        handler, tool = self.command_handlers.get(name), self.tools.get(name)
        if not handler and not tool:
            await self._hairem.default(heard)  # which names the commands that there are
            return
        try:
            result = handler(content) if handler else (tool or {})["function"](**arguments_of(heard))
            answer = {"status": "success", "result": plain(await settled(result)), "error": None}
        except Exception as error:
            self._hairem.log.warn("a command failed", command=name, id=heard.id, error=error)
            answer = {"status": "error", "result": None, "error": str(error) or type(error).__name__}
        await self.send_message(heard.sender.agent_id, "expert.response", answer, heard.id)

    async def _hear_of_theme(self, heard: Message) -> None:
        content = content_of(heard)
        said = content if isinstance(content, dict) else {}
        is_change = heard.type == "world.theme_changed" or said.get("event") == "world_theme_change"
        if is_change and said.get("theme"):
            await self.handle_theme_change(str(said["theme"]))

    def _load_dynamic_skills(self) -> None:
        """Skills of persona and manifest: those that name a method call it. After a live update they may be others."""
        for gone in self._hairem.stated_skills - {str(skill.get("name")) for skill in self.config.skills}:
            self.tools.pop(gone, None)
        for skill in self.config.skills:
            name, description = str(skill.get("name")), str(skill.get("description") or "")
            method = method_for(self, name)
            if not method:
                self._hairem.log.warn(f"the skill {name} names no method of Agent: it answers that it is not there")
            self.tools[name] = {"description": description, "function": method or _not_there(name)}
            self._hairem.stated_skills.add(name)

    def _remember(self, text: str) -> None:
        note = {"type": "agent.internal_note", "sender": {"agent_id": "system"}, "payload": {"content": text}}
        self.ctx.note(self._hairem.to_native(note))

    def __getattr__(self, name: str) -> Any:
        about = f" of the in-process BaseAgent: {ADVICE}" if name in _GONE else ""
        raise AttributeError(f"{type(self).__name__} has no {name}{about}")


def _not_there(name: str) -> Callable[..., Any]:
    async def answer(**_args: Any) -> str:
        return f"The skill {name} is not implemented by this agent."

    answer.__name__ = name
    return answer


def __getattr__(name: str) -> Any:
    raise _lacking(__name__, name)
