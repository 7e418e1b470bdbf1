"""What BaseAgent does with what people and agents say to it, when its bundle does nothing of its own: it answers as its
persona, through the language model, with its skills.

  asked? ──► prompt ──► model ──► wants skills? ── no ──► narrative.text to who asked
                          ▲            │ yes, and rounds are left
                          └── results ─┘          pieces on the way: narrative.chunk, to the user
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..agent_host import AgentHost, Outgoing
from ..llm import Llm
from ..message import JsonObject, Message, is_fields
from ..raised import reason_of
from ..send_error import SendError
from ..service_error import ServiceError
from ..system_words import system_words
from .attention import is_asked
from .local_time import own_zone
from .parameters import read_parameters
from .prompt import PromptParts, prompt_for
from .skills import (
    Offers,
    arguments_of,
    offers_of,
    result_text,
    round_messages,
    rounds_of,
    silence,
    tool_names,
    tools_of,
    with_own_ids,
)
from .speech import Speech
from .teller import BREAK, Teller
from .theme import theme_of

#: In `ctx.state`: what `world.theme_changed` said last.
THEME = "hairem.theme"


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
            text, notice = await self._think(message)
            if text:
                noted = {"notice": _sentence(notice)} if notice else {}
                await self._reply(message, {"content": text, "format": "text", **noted})
            if notice:
                await self._notice(message, text, notice)
        except ServiceError as error:
            if error.code == "cancelled":
                raise
            self._say_no_answer(error)
            await self._reply(message, system_words(await self._excuse(message, error)))
        finally:
            await self._speaking(message, False)

    async def _notice(self, message: Message, text: str, notice: str) -> None:
        """Why there is no answer, or not the whole of it, behind what there is."""
        what = "the answer is not whole" if text else "the language model said nothing"
        self._host.log.warn(what, id=message.id, notice=notice)
        lead = f"The answer of {self._name} is not whole" if text else f"{self._name} has no answer"
        await self._reply(message, system_words(_sentence(f"{lead}: {notice}")))

    async def _think(self, message: Message) -> tuple[str, str | None]:
        """Round after round, until it says something and wants no more. What it says, and why that is not the whole
        answer, or None where it is."""
        messages = self._prompt_for(message)
        offers = self._offers()
        tools, speech = tools_of(offers), self._speech_to(message)
        said: list[str] = []
        ids: set[str] = set()
        rounds = left = rounds_of(self._host.profile["llm_config"])
        while True:
            answer = await self._ask(messages, _Round(tools, left > 0, speech, BREAK.join(said)))
            if answer["text"]:
                said.append(answer["text"])
            calls = with_own_ids(answer["tool_calls"], ids)
            if not calls or left <= 0:
                break
            results = [await self._use(call, offers) for call in calls]
            messages += round_messages(answer, calls, results)
            left -= 1
        if speech:
            await speech.end()
        text = BREAK.join(said)
        return text, answer.get("notice") or (None if text else silence(answer, rounds))

    def _prompt_for(self, message: Message) -> list[dict[str, Any]]:
        host = self._host
        theme = host.ctx.state.get(THEME)
        known = theme if isinstance(theme, str) else None
        parts = PromptParts(host.id, host.profile, self._persona(), host.ctx.history, message, known, own_zone())
        return prompt_for(parts)

    def _offers(self) -> Offers:
        host = self._host
        made = [
            {"name": one.name, "description": one.description, "parameters": one.parameters}
            for one in list(host.skills.values())
        ]
        return offers_of(made, host.profile.get("skills", ()))

    async def _ask(self, messages: list[dict[str, Any]], now: _Round) -> dict[str, Any]:
        """The pieces that are heard, of all rounds together, are the text that is said at the end."""
        options = {"tool_choice": "none"} if now.tools and not now.may_use else {}
        speech = now.speech
        if speech is None:
            return await self._llm.chat(list(messages), tools=now.tools, options=options)
        teller = Teller(speech, now.said)
        answer = await self._llm.chat(list(messages), tools=now.tools, options=options, on_piece=teller.hear)
        teller.complete(answer["text"])
        return answer

    async def _use(self, call: JsonObject, offers: Offers) -> str:
        """What goes wrong is told to the model, which may mend it or try something else."""
        told = tool_names(list(offers))
        wanted = call["function"] if is_fields(call.get("function")) else {}
        asked = str(wanted.get("name"))
        name = told.get(asked, asked)
        if name not in offers:
            return f"error: there is no skill {asked} (there are: {', '.join(told) or 'none'})"
        try:
            run = self._handler_of(name)
            if not run:
                return f"error: the skill {name} is not implemented"
            given = arguments_of(wanted.get("arguments"))
            args = given if isinstance(given, str) else read_parameters(given, offers[name]["parameters"])
            return args if isinstance(args, str) else result_text(await self._host.call(run, args))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            if isinstance(error, ServiceError) and error.code == "cancelled":
                raise
            self._host.log.warn("a skill failed", skill=name, error=error)
            return f"error: {reason_of(error)}"

    def _handler_of(self, name: str) -> Callable[[dict[str, Any]], Any] | None:
        skill = self._host.skills.get(name)
        is_stated = any(stated["name"] == name for stated in self._host.profile.get("skills", ()))
        return skill.handler if skill else self._method(name) if is_stated else None

    def _speech_to(self, message: Message) -> Speech | None:
        """Pieces are for people; an agent waits for the whole."""
        if message.sender.agent_id != "user" or self._host.profile["llm_config"].get("stream") is False:
            return None
        return Speech(lambda piece: self._send(message, "narrative.chunk", {**piece, "format": "text"}))

    async def _reply(self, message: Message, payload: JsonObject) -> None:
        await self._send(message, "narrative.text", payload)

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
            own = await self._host.call(self._without_model, message, str(error))
            is_said = isinstance(own, str) and own.strip() != ""
            return str(own) if is_said else _sentence(f"{self._name} cannot answer: {error}")
        return _sentence(f"{self._name} cannot answer now: {error}")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
