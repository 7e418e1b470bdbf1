"""What BaseAgent does with what people and agents say to it, when its bundle does nothing of its own: it answers as its
persona, through the language model, with its skills.

  asked? ──► prompt ──► model ──► wants skills? ── no ──► narrative.text to who asked
                          ▲            │ yes, and rounds are left
                          └── results ─┘          pieces on the way: narrative.chunk, to the user
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..agent_host import AgentHost, Outgoing
from ..llm import Llm, LlmPiece, missing
from ..message import JsonObject, Message
from ..runtime.log import message_of
from ..send_error import SendError
from ..service_error import ServiceError
from .attention import is_asked
from .prompt import PromptParts, prompt_for
from .skills import arguments_of, result_text, round_messages, rounds_of, tool_names, tools_of
from .speech import Speech
from .theme import theme_of

#: In `ctx.state`: what `world.theme_changed` said last.
THEME = "hairem.theme"
#: Between what it says in two rounds.
BREAK = "\n\n"


@dataclass(frozen=True, slots=True)
class _Round:
    tools: Sequence[JsonObject]
    #: False: it must answer now.
    may_use: bool
    speech: Speech | None
    #: In the rounds before.
    said: str


class Narrator:
    def __init__(
        self,
        host: AgentHost,
        llm: Llm,
        *,
        persona: Callable[[], JsonObject | None],
        method: Callable[[str], Callable[[dict[str, Any]], Any] | None],
        without_model: Callable[[Message, str], Any],
    ) -> None:
        """`method` finds the method of this name that the bundle's Agent has, to be called as a skill;
        `without_model` says what to say where no language model is configured."""
        self._host = host
        self._llm = llm
        self._persona = persona
        self._method = method
        self._without_model = without_model
        self._told_of_no_model = False

    async def hear(self, message: Message) -> None:
        if message.type == "world.theme_changed":
            self._hear_of_theme(message)
        elif is_asked(message, self._host.id, self._name):
            await self._answer(message)

    def _hear_of_theme(self, message: Message) -> None:
        theme = theme_of(message.payload)
        if theme is not None:
            self._host.ctx.state[THEME] = theme

    async def _answer(self, message: Message) -> None:
        await self._speaking(message, True)
        try:
            text = await self._think(message)
            await self._reply(message, text or f"{self._name} finds no words.")
        except ServiceError as error:
            if error.code == "cancelled":
                raise
            self._say_no_answer(error)
            await self._reply(message, await self._excuse(message, error))
        finally:
            await self._speaking(message, False)

    async def _think(self, message: Message) -> str:
        """Round after round, until it says something and wants no more."""
        host = self._host
        theme = host.ctx.state.get(THEME)
        known = theme if isinstance(theme, str) else None
        parts = PromptParts(host.id, host.profile, self._persona(), host.ctx.history, message, known)
        messages = prompt_for(parts)
        made = [
            {"name": one.name, "description": one.description, "parameters": one.parameters}
            for one in list(host.skills.values())
        ]
        tools = tools_of(made, host.profile.get("skills", ()))
        speech = self._speech_to(message)
        said: list[str] = []
        left = rounds_of(host.profile["llm_config"])
        while True:
            answer = await self._ask(messages, _Round(tools, left > 0, speech, BREAK.join(said)))
            if answer["text"]:
                said.append(answer["text"])
            calls = answer["tool_calls"]
            if not calls or left <= 0:
                break
            results = [await self._use(call) for call in calls]
            messages += round_messages(answer["text"], calls, results)
            left -= 1
        if speech:
            await speech.end()
        return BREAK.join(said)

    async def _ask(self, messages: list[dict[str, Any]], now: _Round) -> dict[str, Any]:
        """The pieces that are heard, of all rounds together, are the text that is said at the end."""
        options = {"tool_choice": "none"} if now.tools and not now.may_use else {}
        speech = now.speech
        if speech is None:
            return await self._llm.chat(list(messages), tools=now.tools, options=options)
        teller = _Teller(speech, now.said)
        answer = await self._llm.chat(list(messages), tools=now.tools, options=options, on_piece=teller.hear)
        teller.complete(answer["text"])
        return answer

    async def _use(self, call: JsonObject) -> str:
        """What goes wrong is told to the model, which may try something else."""
        host = self._host
        offered = dict.fromkeys((*host.skills, *(str(stated["name"]) for stated in host.profile.get("skills", ()))))
        asked = str(call["function"]["name"])
        name = tool_names(list(offered)).get(asked, asked)
        args = arguments_of(call)
        if isinstance(args, str):
            return args
        skill = host.skills.get(name)
        is_stated = any(stated["name"] == name for stated in host.profile.get("skills", ()))
        run = skill.handler if skill else self._method(name) if is_stated else None
        if not run:
            return f"error: the skill {name} is not implemented" if is_stated else f"error: there is no skill {name}"
        try:
            return result_text(await host.call(run, args))
        except Exception as error:
            if isinstance(error, ServiceError) and error.code == "cancelled":
                raise
            host.log.warn("a skill failed", skill=name, error=error)
            return f"error: {message_of(error)}"

    def _speech_to(self, message: Message) -> Speech | None:
        """Pieces are for people; an agent waits for the whole."""
        if message.sender.agent_id != "user" or self._host.profile["llm_config"].get("stream") is False:
            return None
        return Speech(lambda piece: self._send(message, "narrative.chunk", {**piece, "format": "text"}))

    async def _reply(self, message: Message, content: str) -> None:
        await self._send(message, "narrative.text", {"content": content, "format": "text"})

    async def _send(self, message: Message, kind: str, payload: JsonObject) -> None:
        room = message.recipient.room
        await self._host.send(Outgoing(message.sender.agent_id, kind, payload, message.id, "normal", room))

    async def _speaking(self, message: Message, speaking: bool) -> None:
        """For whoever shows the crew; nobody misses it."""
        payload = {"speaking": speaking, "to": message.sender.agent_id}
        with suppress(SendError):
            await self._host.send(Outgoing("user", "agent.speaking", payload, message.id))

    @property
    def _name(self) -> str:
        return str(self._host.profile["name"])

    def _say_no_answer(self, error: ServiceError) -> None:
        log = self._host.log
        say = log.warn
        if error.code == "not_configured":
            say = log.debug if self._told_of_no_model else log.info
            self._told_of_no_model = True
        say("no answer from the language model", code=error.code, error=error)

    async def _excuse(self, message: Message, error: ServiceError) -> str:
        """What whoever asked can do something with."""
        if error.code == "not_configured":
            return str(await self._host.call(self._without_model, message, str(error)))
        return f"{self._name} cannot answer now: {error}."


class _Teller:
    """Tells one round of an answer, behind what was said in the rounds before."""

    def __init__(self, speech: Speech, said: str) -> None:
        self._speech = speech
        self._said_before = said
        self._lead = BREAK if said else ""
        self._said = ""

    def hear(self, piece: LlmPiece) -> None:
        if piece.restart:
            self._speech.restart()
            self._said = ""
            self._lead = f"{self._said_before}{BREAK}" if self._said_before else ""
        if piece.text:
            self._speech.say(f"{self._lead}{piece.text}")
            self._said += piece.text
            self._lead = ""

    def complete(self, whole: str) -> None:
        for piece in missing(self._said, whole):
            self.hear(piece)
