"""Runs the handlers of messages, each in the context of its cause, until their publishes are acknowledged too."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from ..base_agent import BaseAgent
from ..follower.state import Entry
from ..message import Message
from ..send_error import SendError
from .aside import Aside
from .cause import HandlerCause, causes
from .clock import Clock
from .context import OwnContext
from .dispatch import dispatch
from .excuse import excuse_for, owes_answer
from .host import InstanceHost

LONGEST_SECONDS = 10 * 60


@dataclass(eq=False, slots=True)
class Job:
    ordinal: int
    cause: HandlerCause
    started_at: float
    on_finished: Callable[[], None]
    task: "asyncio.Task[None] | None" = None


class Handlers:
    def __init__(
        self,
        agent: Callable[[], BaseAgent | None],
        host: InstanceHost,
        *,
        ctx: OwnContext,
        clock: Clock,
        aside: Aside,
    ) -> None:
        self._agent = agent
        self._host = host
        self._ctx = ctx
        self._clock = clock
        self._aside = aside
        self._jobs: dict[int, Job] = {}

    def run(
        self,
        entry: Entry,
        on_finished: Callable[[], None],
        *,
        announced: "asyncio.Future[Any]",
        ready: "asyncio.Future[None] | None",
    ) -> None:
        """Calls `on_finished` once, unless it is cancelled before.

        It begins in the next turn of the loop: first all that has come is counted, then code runs. And not before the
        agent's context is there (`ready`), nor, if it was handed over, before it is announced that it runs again.
        """
        is_flagged = entry.redelivered and not entry.message.metadata.redelivered
        message = entry.message.flagged() if is_flagged else entry.message
        job = Job(entry.ordinal, HandlerCause(message, entry.is_broadcast), self._clock.now(), on_finished)
        self._jobs[entry.ordinal] = job
        context = copy_context()
        context.run(causes.set, job.cause)
        before = [one for one in (ready, announced if entry.redelivered else None) if one]
        work = self._work(job, before)
        job.task = asyncio.get_running_loop().create_task(work, context=context)

    def cancel(self, ordinal: int) -> None:
        """From now on it may not speak."""
        job = self._jobs.pop(ordinal, None)
        if job:
            _release(job)

    def cancel_all(self) -> None:
        for ordinal in list(self._jobs):
            self.cancel(ordinal)

    def give_up_old(self, seconds: int = LONGEST_SECONDS) -> None:
        """Gives up what has run for so long: it would block its sender, and every update, for ever. What waits behind
        it runs then, and whoever waits for it is told."""
        for job in self._running():
            if self._clock.now() - job.started_at >= seconds * 1000:
                self._give_up(job, f"took more than {seconds} s and was given up")

    def give_up_all(self) -> None:
        """Gives up whatever runs: the instance is told to go and can wait no longer. Whoever waits is told."""
        for job in self._running():
            self._give_up(job, "was stopped while it worked on this")

    def _running(self) -> list[Job]:
        return [job for job in self._jobs.values() if not job.cause.signal.aborted]

    def _give_up(self, job: Job, what: str) -> None:
        self._host.log.error(f"a handler {what}", id=job.cause.message.id)
        _release(job)
        if job.cause.answered or not self._owes(job.cause.message):
            self._finish(job)
            return
        cause = HandlerCause(job.cause.message, job.cause.is_broadcast)
        job.task = asyncio.get_running_loop().create_task(self._give_up_politely(job, cause, f"it {what}"))

    async def _give_up_politely(self, job: Job, cause: HandlerCause, why: str) -> None:
        await self._apologise(cause, why)
        self._finish(job)

    async def _work(self, job: Job, before: "list[asyncio.Future[Any]]") -> None:
        if before:
            await asyncio.wait(before)
        agent = self._agent()
        if agent is None:
            return
        self._ctx.note_heard(job.cause.message)
        try:
            await self._settle(job.cause, agent)
        finally:
            job.cause.settled = True
        self._finish(job)

    async def _settle(self, cause: HandlerCause, agent: BaseAgent) -> None:
        """Whoever waits has an answer when it is settled: the handler's, or an excuse."""
        try:
            why = await dispatch(agent, self._host, self._aside, cause.message)
        except asyncio.CancelledError as error:
            if cause.signal.aborted:
                raise
            self._host.log.error("a handler was cancelled by its own code", id=cause.message.id, error=error)
            why = "it was cancelled by its own code"
        while cause.pending and not cause.signal.aborted:
            await asyncio.wait(cause.pending)
        why = why or self._unsent(cause)
        if why and not cause.signal.aborted and not cause.answered and self._owes(cause.message):
            await self._apologise(cause, why)

    def _unsent(self, cause: HandlerCause) -> str | None:
        if cause.unsent is None:
            return None
        self._host.log.error("an answer could not be sent", id=cause.message.id, error=cause.unsent)
        return f"its answer cannot be sent ({cause.unsent})"

    def _owes(self, message: Message) -> bool:
        return owes_answer(message, self._host.id, str(self._host.profile["name"]))

    async def _apologise(self, cause: HandlerCause, why: str) -> None:
        """Never raises, unless it is cancelled."""
        causes.set(cause)  # of this task alone
        message, host = cause.message, self._host
        try:
            await host.send(excuse_for(message, host.log.hide(why), host.id, str(host.profile["name"])))
        except SendError as error:
            said = "whoever asked could not be told that there is no answer"
            host.log.error(said, id=message.id, error=error)
        cause.settled = True

    def _finish(self, job: Job) -> None:
        if self._jobs.get(job.ordinal) is job:
            del self._jobs[job.ordinal]
            job.on_finished()


def _release(job: Job) -> None:
    job.cause.signal.abort()
    if job.task:
        job.task.cancel()
