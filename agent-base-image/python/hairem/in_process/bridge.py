"""Between one in-process agent and the native BaseAgent around it: everything that the bundle says, starts and offers
goes through here."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from ..agent_host import AgentHost, CommandHandler, Outgoing, ServiceCall, Skill, TaskSpec
from ..llm import Llm
from ..memory import Memory
from ..message import Message
from ..outcome import Outcome
from ..send_error import SendError
from .begun import Begun
from .config import Config
from .context import AgentContext
from .crew import Crew
from .envelope import from_envelope, to_bus_payload, to_envelope, to_fields
from .plain import plain
from .skills import parameters_of
from .spawned import Spawned

#: Messages that are said before the agent may speak; they go out when it may.
MOST_HELD = 100
_PRIORITIES = ("normal", "high", "system")

Hear: TypeAlias = Callable[[Message], Awaitable[Any]]


class Bridge:
    def __init__(self, host: AgentHost, *, default: Hear, run_command: CommandHandler) -> None:
        """`default` is what BaseAgent itself does with a message."""
        self.log = host.log
        self.config = Config(host.profile)
        self.crew = Crew(host.id, self.config)
        self.context = AgentContext(self.config.name, host.ctx, host.log, self.to_model)
        self.default = default
        self.llm = Llm(host)
        self.memory = Memory(host)
        #: What `setup()` returned, where the bundle has made it `async def`.
        self.pending_setup: Any = None
        #: Names of the skills that manifest and persona list.
        self.stated_skills: set[str] = set()
        self.is_over = False
        self._host = host
        self._run_command = run_command
        self._tasks: list[Spawned] = []
        self._held: list[Outgoing] = []
        self._has_spoken = False

    def publish(self, channel: str, message: Any) -> Begun[str | None]:
        """On `agent:<anyone>` or `broadcast`, in any spelling. What goes wrong is logged, as it was there."""
        kind, _, name = channel.partition(":")
        target = name if kind == "agent" and name else channel
        if target == channel and channel != "broadcast":
            return self._refuse(f"not sent: {channel!r} is no channel of agents; they are agent:<id> and broadcast")
        return self.send(target, to_fields(message))

    def publish_event(self, stream: str, data: Any) -> Begun[str | None]:
        """There the user interface read the stream; here it hears what is sent to `user` and to all."""
        if stream != "system_stream":
            return self._refuse(f"not sent: there is no stream {stream!r}, agents have no streams")
        fields = to_fields(data)
        recipient = fields.get("recipient") or {}
        return self.send(str(recipient.get("target") or "broadcast"), fields)

    async def query(self, surql: str, variables: dict[str, Any]) -> list[Any]:
        """SurrealQL in the agent's own database. Raises ServiceError."""
        results: list[Any] = await self._host.request(
            ServiceCall("memory", "query", {"surql": surql, "vars": plain(variables)})
        )
        return results

    def send(self, target: str, fields: dict[str, Any]) -> Begun[str | None]:
        """The id of the message when Redis has it, or None when it was not sent."""
        kind = str(fields.get("type"))
        metadata = fields.get("metadata") or {}
        priority, correlation = metadata.get("priority"), metadata.get("correlation_id")
        outgoing = Outgoing(
            self.crew.resolve(target),
            kind,
            plain(to_bus_payload(kind, fields.get("payload"))),
            str(correlation) if correlation else None,
            priority if priority in _PRIORITIES else "normal",
            (fields.get("recipient") or {}).get("room"),
            str(fields["id"]) if fields.get("id") else None,
        )
        return self._send(outgoing)

    def spawn(self, work: Any, name: str | None) -> Spawned:
        awaitable = work() if callable(work) and not inspect.isawaitable(work) else work
        self._tasks = [task for task in self._tasks if not task.done()]
        spawned = Spawned(awaitable, self._free_name(name or str(getattr(work, "__name__", "task"))))
        self._tasks.append(spawned)
        self._host.spawn_task(TaskSpec(spawned.name, spawned.live()))
        return spawned

    def offer_command(self, name: str) -> None:
        self._host.commands[name] = self._run_command

    def offer_skill(self, name: str, description: str, function: Callable[..., Any]) -> None:
        async def call(args: dict[str, Any]) -> Any:
            return plain(await settled(function(**args)))

        stated = next((skill for skill in self.config.skills if skill.get("name") == name), {})
        parameters = stated.get("parameters") or parameters_of(function)
        self._host.skills[name] = Skill(name, description, parameters, call)
        self.offer_command(name)

    def withdraw_skill(self, name: str) -> None:
        self._host.skills.pop(name, None)
        self._host.commands.pop(name, None)

    def to_model(self, message: Message) -> Any:
        """The HLinkMessage that the bundle sees. Its pydantic is loaded by the first one."""
        from src.models.hlink import HLinkMessage

        target = message.recipient.target
        return HLinkMessage.model_validate(
            to_envelope(message, self.config.name if target == self._host.id else target)
        )

    def to_native(self, message: Any) -> Message:
        """Raises ValueError."""
        if isinstance(message, Message):
            return message
        fields = to_fields(message)
        target = str((fields.get("recipient") or {}).get("target") or self._host.id)
        return from_envelope(fields, agent=self._host.id, target=self.crew.resolve(target))

    def stop(self) -> None:
        if not self.is_over:
            self._host.stop()

    def close(self) -> None:
        """Nothing of it runs any more."""
        self.is_over = True
        for task in self._tasks:
            task.forget()

    def _send(self, outgoing: Outgoing) -> Begun[str | None]:
        # It begins before this returns: what is said first is first, and a handler is not finished before it is sent.
        outcome = self._host.send(outgoing)

        async def acknowledged() -> str | None:
            try:
                sent = await outcome
            except SendError as error:
                self._not_sent(outgoing, error)
                return None
            self._has_spoken = True
            return sent

        return Begun(self._host.begin(acknowledged()))

    def _not_sent(self, outgoing: Outgoing, error: SendError) -> None:
        if error.code != "not_active" or self._has_spoken or self.is_over:
            self.log.error(f"not sent to {outgoing.target}: {error}", code=error.code, of=outgoing.type)
        elif len(self._held) == MOST_HELD:
            self.log.error(f"not sent to {outgoing.target}: {MOST_HELD} messages wait already", of=outgoing.type)
        else:
            self._held.append(outgoing)
            if len(self._held) == 1:
                self._host.spawn_task(TaskSpec("first words", self._say_held()))

    async def _say_held(self) -> None:
        """What was said in setup(), in its order, now that the agent acts."""
        self._has_spoken = True
        held, self._held = self._held, []
        for outgoing in held:
            await self._send(outgoing)

    def _refuse(self, why: str) -> Begun[str | None]:
        self.log.error(why)
        return Begun(self.begin_nothing())

    def begin_nothing(self) -> Outcome[None]:
        return self._host.begin(_nothing())

    def _free_name(self, wanted: str) -> str:
        """Two of one name may run at a time there; the nursery wants to tell them apart."""
        taken = {task.name for task in self._tasks}
        number = 2
        name = wanted
        while name in taken:
            name, number = f"{wanted}-{number}", number + 1
        return name


async def settled(value: Any) -> Any:
    """The value, or what it is awaited for."""
    return await value if inspect.isawaitable(value) else value


async def _nothing() -> None:
    await asyncio.sleep(0)
