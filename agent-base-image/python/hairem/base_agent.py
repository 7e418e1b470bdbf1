"""The class that logic.py extends (BUNDLE.md, BaseAgent). It holds no connection: everything goes through the host that
the runtime hands to its constructor."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .agent_host import AgentHost, CommandHandler, Context, Log, Outgoing, Restart, Skill, SkillHandler, Task, TaskSpec
from .llm import Llm
from .memory import Memory
from .message import JsonObject, Message, Priority
from .outcome import Outcome
from .registry import Registry

if TYPE_CHECKING:
    from .narrator.narrator import Narrator

ASK_SECONDS = 30.0


class BaseAgent:
    """What an agent is when its bundle says nothing else; a bundle's `class Agent` extends it.

    Every hook may be `async def`, or a plain `def`, which is then run in a thread so that it may block; one that takes
    longer than 5 seconds is named in the log. Hooks are called by the runtime alone. `self` is one instance: while an
    update hands over, another one runs beside it.

    A hook that is overridden may call the one that it overrides: `await super().on_message(message)`.
    """

    def __init__(self, host: AgentHost) -> None:
        """A subclass with a constructor of its own hands the argument on: `super().__init__(host)`."""
        self.__host = host
        self.__narrator: Narrator | None = None

    def setup(self) -> Any:
        """Once per instance, before it is ready: register commands, skills and tasks.

        Nothing may be sent to agents yet. It has `update.ready_seconds` of the manifest, 60 by default. Raising rejects
        the update.
        """
        return self.__host.begin(_nothing())

    def self_test(self) -> Any:
        """Part of the verification of an update: raising rejects it."""
        return self.__host.begin(_nothing())

    def teardown(self) -> Any:
        """Once, after the tasks have ended, also after a failed `setup()`. Has 5 seconds."""
        return self.__host.begin(_nothing())

    def on_config(self) -> Any:
        """After a live update: `config` and `persona` are new. Raising keeps the old ones; a restart follows."""
        return self.__host.begin(_nothing())

    def on_message(self, message: Message) -> Any:
        """Each accepted message that is not a registered command. One at a time per sender, senders in parallel.

        BaseAgent answers what is said to it, and what is said to all and names it, through the language model: as its
        persona, with its history and its skills.

        It has ten minutes. `message.metadata.redelivered` is true where an instance died with it, so that it may have
        been handled before. What it raises is logged and never ends the agent.
        """
        return self.__host.begin(self.__on_message(message))

    def without_model(self, message: Message, why: str) -> Any:  # noqa: ARG002 - for those that override it
        """What is said to who asked, where no language model is configured; `why` says what to set."""
        commands = ", ".join(self.__host.commands)
        hint = f" It understands the commands {commands}." if commands else ""
        return f"{self.profile['name']} cannot answer: {why}.{hint}"

    def on_command(self, name: str, handler: CommandHandler) -> None:
        """Answers `expert.command` messages of this name, before `on_message` is asked.

        The handler is called with `args` of the message, `{}` where there are none, and the message. What it returns is
        the `result` of the response (any JSON value), what it raises makes it `status: error`: write it for whoever
        asked.
        """
        self.__host.commands[name] = handler

    def skill(
        self, name: str, handler: SkillHandler, *, description: str, parameters: JsonObject | None = None
    ) -> None:
        """Offered to the language model as a tool.

        `description` says when to use it; `parameters` is the JSON Schema of its arguments.
        """
        self.__host.skills[name] = Skill(name, description, parameters, handler)

    def spawn_task(self, work: Task, *, name: str | None = None, restart: Restart = "never") -> None:
        """Runs `work` while this instance is ACTIVE, and again when it is ACTIVE again.

        It is cancelled when the instance goes, and has 5 seconds to end. The registry shows a failure with its stack.

        `work` is a function that returns a coroutine, or a coroutine: that one can run only once, so it cannot start
        again, neither after a crash nor when the agent is cut back. Or a plain function: it runs in a thread, and if
        it takes an argument it gets a `threading.Event` that is set when it shall end.

        With `restart="on-failure"` it is started again after it failed, after 1 s, 2 s, 4 s … at most 60 s.
        Without a name it has that of its function, with a number where there is one already. Raises ValueError for a
        name that is none (1 to 64 characters that can be printed), or is that of a task which is not over, for the
        hundred and first task, and for a coroutine that shall be restarted.
        """
        self.__host.spawn_task(TaskSpec(name, work, restart))

    def send(
        self,
        target: str,
        type: str,
        payload: JsonObject,
        *,
        correlation_id: str | None = None,
        priority: Priority = "normal",
        room: str | None = None,
    ) -> Outcome[str]:
        """Sends to an agent id, to `user`, or to `broadcast`.

        `type` is for example `narrative.text`; `payload` any dict, and the whole message at most 1 MiB as JSON. It has
        begun when this returns. Its outcome is the id of the message, once Redis has acknowledged it; or a SendError.
        """
        return self.__host.send(Outgoing(target, type, payload, correlation_id, priority, room))

    def reply(self, message: Message, payload: JsonObject) -> Outcome[str]:
        """Answers one message: `expert.response` to a command, `narrative.text` to the rest. As `send`."""
        kind = "expert.response" if message.type == "expert.command" else "narrative.text"
        return self.send(message.sender.agent_id, kind, payload, correlation_id=message.id)

    def say(self, text: str) -> Outcome[str]:
        """Says something to the user. As `send`."""
        return self.send("user", "narrative.text", {"content": text, "format": "text"})

    def ask(
        self,
        target: str,
        type: str,
        payload: JsonObject,
        *,
        timeout: float = ASK_SECONDS,
        correlation_id: str | None = None,
        priority: Priority = "normal",
        room: str | None = None,
    ) -> Outcome[Message]:
        """Sends and waits for the answer, at most `timeout` seconds.

        Its outcome is the answer; or a SendError, `timeout` if none came.
        """
        return self.__host.ask(Outgoing(target, type, payload, correlation_id, priority, room), timeout)

    def stop(self) -> None:
        """Ends this instance in order: tasks are cancelled, messages finished, `teardown()`, exit."""
        self.__host.stop()

    @property
    def id(self) -> str:
        """For example `panier`: its address on the bus."""
        return self.__host.id

    @property
    def profile(self) -> JsonObject:
        """Name, role, description and the rest of what manifest and persona say. A live update replaces it."""
        return self.__host.profile

    @property
    def config(self) -> JsonObject:
        """`config` of the manifest; `{}` where there is none. A live update replaces it."""
        config: JsonObject = self.__host.profile["config"]
        return config

    @property
    def persona(self) -> JsonObject | None:
        """persona.yaml as it is; None where there is none. A live update replaces it."""
        return self.__host.profile.get("persona")

    @property
    def secrets(self) -> Mapping[str, str]:
        """Its own secrets by name; they are in the environment too, as `HA_TOKEN` and `ELECTRA_HA_TOKEN` for
        `electra`."""
        return self.__host.secrets

    @property
    def log(self) -> Log:
        """One JSON line on stdout each, without the values of secrets."""
        return self.__host.log

    @property
    def ctx(self) -> Context:
        """What was said, a state of its own, and who the user is."""
        return self.__host.ctx

    @property
    def llm(self) -> Llm:
        """The language model, which is said in `llm_config`, else the system's."""
        return Llm(self.__host)

    @property
    def memory(self) -> Memory:
        """What the agent remembers for good, its own alone."""
        return Memory(self.__host)

    @property
    def registry(self) -> Registry:
        """The crew, as the orchestrator knows it."""
        return Registry(self.__host)

    async def __on_message(self, message: Message) -> None:
        if message.type == "expert.command":
            await self.__answer_unknown_command(message)
        else:
            await self.__narrate(message)

    async def __answer_unknown_command(self, message: Message) -> None:
        known = ", ".join(self.__host.commands) or "none"
        error = f"no such command: {message.payload.get('command')} (known: {known})"
        await self.reply(message, {"status": "error", "result": None, "error": error})

    def __narrate(self, message: Message) -> Any:
        if self.__narrator is None:
            from .narrator.narrator import Narrator  # an agent that answers by itself needs none of it

            self.__narrator = Narrator(
                self.__host,
                self.llm,
                persona=lambda: self.persona,
                method=self.__method,
                without_model=self.without_model,
            )
        return self.__narrator.hear(message)

    def __method(self, name: str) -> Callable[[dict[str, Any]], Any] | None:
        """A skill that manifest or persona list may be a method of the bundle's Agent."""
        is_own = not name.startswith("_") and not hasattr(BaseAgent, name) and hasattr(type(self), name)
        method = getattr(self, name) if is_own else None
        return method if callable(method) else None


async def _nothing() -> None:
    pass
