"""Answers what the orchestrator asks of an instance and what it tells it about itself: config, secrets, who it is."""

import asyncio
import os
from collections.abc import Callable, Mapping

from ..base_agent import BaseAgent
from ..follower.report import report
from ..follower.state import FollowerState
from ..message import JsonObject
from ..raised import reason_of
from .aside import Aside
from .host import InstanceHost
from .log import AgentLog
from .own_secrets import environment_of, filled_in
from .words import ConfigUpdate, GiveUp, Ping, Question, Welcome, Whois


class Desk:
    def __init__(
        self,
        state: FollowerState,
        host: InstanceHost,
        log: AgentLog,
        *,
        aside: Aside,
        agent: Callable[[], BaseAgent | None],
        say: Callable[[JsonObject], None],
        give_up: Callable[[int], None],
    ) -> None:
        """`give_up` gives up handlers that have worked for so many seconds."""
        self._state = state
        self._host = host
        self._log = log
        self._aside = aside
        self._agent = agent
        self._say = say
        self._give_up = give_up
        self._updates: set[asyncio.Task[None]] = set()
        self._names: Mapping[str, str] = {}
        #: Hash of the version that this instance runs; None before it was welcomed.
        self.hash: str | None = None

    def answer(self, question: Question) -> None:
        if isinstance(question, Whois):
            self._say({"type": "whois", "nonce": question.nonce, "hash": self.hash, **report(self._state)})
        elif question.inst != self._state.inst:
            return
        elif isinstance(question, Ping):
            self._say({"type": "pong", "nonce": question.nonce})
        elif isinstance(question, GiveUp):
            self._give_up(question.seconds)
        else:
            update = asyncio.ensure_future(self._update(question))
            self._updates.add(update)
            update.add_done_callback(self._updates.discard)

    def welcome(self, welcome: Welcome) -> None:
        self.hash = welcome.hash
        self._names = environment_of(self._state.agent, welcome.secrets)
        self._host.profile = filled_in(welcome.soft, self._names)
        self._host.secrets = welcome.secrets
        self._log.redact(welcome.secrets.values())
        os.environ.update(self._names)  # before the bundle's code is loaded, so that it may read them like any variable

    async def _update(self, question: ConfigUpdate) -> None:
        """The live lane: new values, then the agent's own hook; if that raises, the old values stay."""
        before = self._host.profile
        self._host.profile = filled_in(question.soft, self._names)
        agent = self._agent()
        try:
            if agent:
                await self._aside.call(agent.on_config)
        except BaseException as error:
            self._host.profile = before
            self._log.error("on_config() refused the update", error=error)
            self._say({"type": "applied", "hash": question.hash, "error": reason_of(error)})
        else:
            self.hash = question.hash
            self._say({"type": "applied", "hash": question.hash})
