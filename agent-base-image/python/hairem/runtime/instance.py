"""One instance of an agent, around the state machine of follower/: it feeds events and performs actions, and decides
nothing about the handover.

  Redis ──► events ──► step(state, event) ──► actions ──► handlers, nursery, what is said on st:<id>:<inst>
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from ..base_agent import BaseAgent
from ..follower.actions import (
    EXIT_FAILED,
    EXIT_TOLD,
    Action,
    CancelRun,
    Drop,
    Exit,
    Reply,
    Run,
    Say,
    StartTasks,
    StopTasks,
    TickSoon,
)
from ..follower.events import Finished, FollowerEvent, SetupDone, Stop, TasksStopped, Tick
from ..follower.follower import step
from ..follower.report import report
from ..follower.state import Entry, FollowerState, Limits
from .aside import Aside
from .asking import ServiceLineOptions
from .background import Background
from .clock import Clock
from .context import OwnContext
from .context_share import ContextShare
from .control_seal import ControlSeal
from .desk import Desk
from .handlers import Handlers
from .heartbeat import memory_limit, vitals
from .host import InstanceHost
from .life import LifeError, bring_up, tear_down
from .line import Line
from .link import LinkOptions
from .log import AgentLog
from .nursery import Nursery
from .outbox import Outbox, OutboxOptions
from .pulse import Pulse
from .reader import ConnectionOptions
from .reception import Reception, ReceptionOptions
from .service_line import ServiceLine
from .words import Welcome

#: For those who wait for what it has not done.
LAST_WORDS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class InstanceOptions:
    agent: str
    inst: int
    connection: ConnectionOptions
    seal: ControlSeal
    #: The bundle.
    folder: Path
    #: What its requirements.txt asked for; need not exist.
    packages: Path
    clock: Clock
    log: AgentLog
    #: Ends the process.
    exit: Callable[[int], None]


HELD_ENTRIES = 10_000
HELD_BYTES = 64 * 1024 * 1024
STOP_SECONDS = 30.0


class Instance:
    def __init__(self, options: InstanceOptions) -> None:
        agent, inst, clock, log = options.agent, options.inst, options.clock, options.log
        self._options = options
        limits = Limits(HELD_ENTRIES, (memory_limit() or 4 * HELD_BYTES) // 4)
        self._state = FollowerState(agent, inst, str(uuid4()), limits)
        self._aside = Aside(clock, log)
        link = LinkOptions(options.connection, agent, inst, lambda: self._reception, clock, log)
        self._line = Line(link, lambda: self._state.term, log.hide)
        ctx = OwnContext(agent, clock.timestamp)
        self._nursery = Nursery(clock, log, self._aside)
        self._outbox = Outbox(
            OutboxOptions(
                agent=agent,
                inst=inst,
                clock=clock,
                role=lambda: self._host.profile.get("role") or "expert",
                phase=lambda: self._state.phase,
                publish=self._line.publish,
                sent=ctx.note_said,
                count=self._count,
                unheard=lambda why: log.warn(f"nobody hears what was sent: {why}"),
            )
        )
        self._services = ServiceLine(ServiceLineOptions(agent, inst, clock, self._line.publish))
        self._host = InstanceHost(
            agent,
            inst,
            log=log,
            ctx=ctx,
            outbox=self._outbox,
            services=self._services,
            nursery=self._nursery,
            aside=self._aside,
            stop=self.stop,
        )
        self._share = ContextShare(self._state, ctx, log, clock=clock, say=self._line.say)
        self._desk = Desk(
            self._state,
            self._host,
            log,
            aside=self._aside,
            agent=lambda: self._agent,
            say=self._line.say,
            give_up=lambda seconds: self._handlers.give_up_old(seconds),
        )
        self._handlers = Handlers(lambda: self._agent, self._host, ctx=ctx, clock=clock, aside=self._aside)
        self._pulse = Pulse(clock.now, tick=self._tick, beat=self._beat)
        self._dropped: dict[str, int] = {}
        self._agent: BaseAgent | None = None
        self._drain_seconds = STOP_SECONDS
        self._welcomed = False
        self._leaving = False
        self._background = Background(self.crash)
        self._reception = Reception(
            ReceptionOptions(
                agent=agent,
                inst=inst,
                seal=options.seal,
                clock=clock,
                log=log,
                state=self._state,
                line=self._line,
                desk=self._desk,
                share=self._share,
                services=self._services,
                background=self._background,
                feed=self._feed,
                stop=self.stop,
                on_welcome=self._on_welcome,
                count=self._count,
                is_leaving=lambda: self._leaving,
                leave=self._leave,
            )
        )

    async def begin(self) -> None:
        """Connects, says `hello`, and from then on answers."""
        await self._reception.connect(lambda: None)
        self._pulse.begin()

    def stop(self, seconds: float | None = None) -> None:
        """Ends in order: tasks cancelled, all it owns finished, teardown, exit 0."""
        self._feed(Stop(self._options.inst))
        late = self._drain_seconds if seconds is None else seconds
        loop = asyncio.get_running_loop()
        loop.call_later(late, self._handlers.give_up_all)
        loop.call_later(late + LAST_WORDS_SECONDS, self._leave, "it did not drain in time", EXIT_TOLD)

    def crash(self, error: BaseException) -> None:
        """What nobody caught: one from a handler or a task is theirs, any other ends the process."""
        self._options.log.error("nobody caught this", error=error)
        self._leave("an error that nobody caught", EXIT_FAILED)

    def _on_welcome(self, welcome: Welcome) -> None:
        """One in its life: another could only bring other secrets to code that runs already."""
        if self._welcomed:
            self._count("welcome")
            return
        self._welcomed = True
        self._drain_seconds = welcome.drain_seconds
        self._desk.welcome(welcome)
        self._background.spawn(self._come_up())

    def _feed(self, event: FollowerEvent) -> None:
        for action in step(self._state, event):
            self._perform(action)
        if self._state.held:
            self._line.hold()
        else:
            self._line.release()

    def _perform(self, action: Action) -> None:
        match action:
            case Say(message):
                self._share.before(message)
                self._line.say(message)
            case Run(entry):
                self._run(entry)
            case CancelRun(ordinal):
                self._handlers.cancel(ordinal)
            case Reply(correlation, message):
                self._outbox.answer(correlation, message)
            case StartTasks():
                self._start_tasks(self._share.ready)
            case StopTasks(epoch):
                self._nursery.stop().add_done_callback(lambda _: self._on_tasks_stopped(epoch))
            case TickSoon():
                self._pulse.tick_soon()
            case Drop(why):
                self._count(why)
            case Exit(why, code):
                self._leave(why, code)

    def _run(self, entry: Entry) -> None:
        on_finished = lambda: self._feed(Finished(entry.ordinal))  # noqa: E731
        self._handlers.run(entry, on_finished, announced=self._line.said, ready=self._share.ready)

    def _start_tasks(self, ready: "asyncio.Future[None] | None") -> None:
        """They are shown at once."""
        self._nursery.start(ready)
        if ready:
            ready.add_done_callback(lambda _: self._beat())
        else:
            asyncio.get_running_loop().call_soon(self._beat)

    def _on_tasks_stopped(self, epoch: int) -> None:
        """A task that is stuck is named before anyone hears that this instance is drained."""
        if any(task["state"] == "stuck" for task in self._nursery.report()):
            self._beat()
        self._feed(TasksStopped(epoch))

    async def _come_up(self) -> None:
        options = self._options
        try:
            await bring_up(
                options.folder, options.packages, host=self._host, aside=self._aside, on_agent=self._take_agent
            )
        except LifeError as error:
            options.log.error(f"the agent failed in {error.phase}", error=error.__cause__)
            said = {"message": str(error), "stack": error.stack}
            self._line.say({"type": "failed", "phase": error.phase, "error": said})
            self._leave(f"it failed in {error.phase}", EXIT_FAILED)
        else:
            self._feed(SetupDone())

    def _take_agent(self, agent: BaseAgent) -> None:
        self._agent = agent

    def _tick(self) -> None:
        self._share.tick()
        self._feed(Tick())

    def _beat(self) -> None:
        self._handlers.give_up_old()
        if self._state.held and self._state.held.until:
            self._reception.say_hello()  # nobody may have heard the one before
        known = report(self._state)
        own = {"state": known["state"], "held": known["held"], "hash": self._desk.hash}
        tasks = {"tasks": self._nursery.report(), "hindered": self._nursery.hindered()}
        done = {**tasks, "dropped": dict(self._dropped)}
        self._line.say({"type": "heartbeat", **own, **done, **self._host.offers(), **vitals(self._pulse.lag)})

    def _count(self, why: str) -> None:
        self._dropped[why] = self._dropped.get(why, 0) + 1

    def _leave(self, why: str, code: int) -> None:
        if self._leaving:
            return
        self._leaving = True
        self._options.log.info(f"going: {why}", code=code)
        self._handlers.cancel_all()
        self._background.spawn(self._end(code))

    async def _end(self, code: int) -> None:
        """In order, once: tasks, teardown, the last words, the process."""
        await self._nursery.stop()
        if self._agent:
            await tear_down(self._agent, host=self._host, clock=self._options.clock, aside=self._aside)
        await self._line.said
        self._nursery.close()
        self._line.close()
        self._options.exit(code)
