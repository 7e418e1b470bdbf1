"""What comes to an instance, in the order of the stream: each word to whom it is for. And the way to Redis, for the
first time and after it was lost."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from ..follower.actions import EXIT_REFUSED
from ..follower.events import Delivered, FollowerEvent, Lost, Reconnected, Stop
from ..follower.state import FollowerState
from .allowances import HEARD, Buckets
from .background import Background
from .clock import Clock
from .context_share import ContextShare
from .control_seal import ControlSeal
from .desk import Desk
from .line import Line
from .log import AgentLog
from .service_answer import ORCHESTRATOR
from .service_line import ServiceLine
from .wire import read_context, read_control, read_peer, read_welcome
from .words import ConfigUpdate, GiveUp, Ping, Welcome, Whois


@dataclass(frozen=True, slots=True)
class ReceptionOptions:
    agent: str
    inst: int
    seal: ControlSeal
    clock: Clock
    log: AgentLog
    state: FollowerState
    line: Line
    desk: Desk
    share: ContextShare
    services: ServiceLine
    background: Background
    feed: Callable[[FollowerEvent], None]
    stop: Callable[[], None]
    on_welcome: Callable[[Welcome], None]
    #: Counts what was dropped, by its reason.
    count: Callable[[str], None]
    is_leaving: Callable[[], bool]
    leave: Callable[[str, int], None]


class Reception:
    def __init__(self, options: ReceptionOptions) -> None:
        self._to = options
        #: Of which channels it was said that something could not be taken.
        self._failed: set[str] = set()
        self._heard = Buckets(HEARD)

    async def connect(self, before_subscribing: Callable[[], None]) -> None:
        """Until it is connected, and `hello` is said."""
        to = self._to
        try:
            await to.line.open(before_subscribing)
        except Exception as error:
            to.log.error("Redis refuses this instance", error=error)
            to.leave("Redis refuses this instance", EXIT_REFUSED)
            return
        self.say_hello()

    def say_hello(self) -> None:
        to = self._to
        hello = {"type": "hello", "conn": to.state.conn, "runtime": "python", "state": to.state.phase}
        to.line.say({**hello, "hash": to.desk.hash})

    def on_lost(self, why: Exception) -> None:
        """Rule 9: whether a lost connection is death is for the state machine to say."""
        to = self._to
        to.feed(Lost(to.clock.timestamp()))
        if to.state.phase == "GONE" or to.is_leaving():
            return
        to.log.warn(f"the connection to Redis was lost: {why}")
        to.background.spawn(self.connect(lambda: to.feed(Reconnected(str(uuid4()), to.clock.timestamp()))))

    # The order of these calls is the order of the stream (rule 2).

    def on_pattern(self, channel: str, text: str) -> None:
        self._guarded(self._take_pattern, channel, text)

    def on_channel(self, channel: str, text: str) -> None:
        self._guarded(self._take_channel, channel, text)

    def _guarded(self, take: Callable[[str, str], None], channel: str, text: str) -> None:
        """Nothing that is said ends this process, or keeps it from hearing what comes next."""
        try:
            take(channel, text)
        except Exception as error:
            kind = channel.split(":")[0]
            self._to.count("failed")
            if kind not in self._failed:
                self._to.log.error("a message could not be taken and is dropped", channel=kind, error=error)
            self._failed.add(kind)

    def _take_pattern(self, channel: str, text: str) -> None:
        if not channel.startswith("st:"):
            self._to.feed(Delivered(channel, text if self._is_heard(channel, text) else None))
        elif word := read_context(channel, text):
            self._to.share.hear(word)
        elif event := read_peer(channel, text):
            self._to.feed(event)

    def _is_heard(self, channel: str, text: str) -> bool:
        """What is too much of one speaker costs nothing more, so that it takes no time from the others."""
        return self._heard.take(channel, len(text), self._to.clock.now()) == 0

    def _take_channel(self, channel: str, text: str) -> None:
        kind, *_, last = parts = channel.split(":")
        if len(parts) > 3:
            self._on_answer(last, text)
            return
        said = self._to.seal.open(channel, text)
        if said is None:
            self._to.count("forged")
        elif kind == "re":
            self._on_reply(said)
        else:
            self._on_control(said)

    def _on_control(self, text: str) -> None:
        to = self._to
        word = read_control(text)
        if word is None:
            to.count("control")
        elif isinstance(word, (ConfigUpdate, GiveUp, Whois, Ping)):
            to.desk.answer(word)
        elif isinstance(word, Stop) and word.inst == to.inst:
            to.stop()
        else:
            to.share.around(word, lambda: to.feed(word))

    def _on_answer(self, service: str, text: str) -> None:
        """Only the service itself can speak there, and of nothing else is it heard."""
        if not self._to.services.take(service, text):
            self._to.count("reply")

    def _on_reply(self, text: str) -> None:
        to = self._to
        if to.services.take(ORCHESTRATOR, text):
            return
        welcome = read_welcome(text)
        if welcome is None or welcome.inst != to.inst or welcome.id != to.agent:
            to.count("reply")
        else:
            to.on_welcome(welcome)
