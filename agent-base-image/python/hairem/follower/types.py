"""The words of the state machine in follower.py: its events, its actions, and the state that it keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ..message import Message

Phase: TypeAlias = Literal["CONNECTED", "STANDBY", "ACTIVE", "DRAINING", "SPARE", "GONE"]

# Events, heard on `ctl:<id>` in the order of the one connection.


@dataclass(frozen=True, slots=True)
class Mark:
    id: str
    owner: int


@dataclass(frozen=True, slots=True)
class Cut:
    id: str
    term: int
    to: int
    adopt: Sequence[int]
    #: By instance number, as JSON writes it.
    conns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Adopt:
    id: str
    to: int
    from_: Sequence[int]


@dataclass(frozen=True, slots=True)
class Cancel:
    inst: int


@dataclass(frozen=True, slots=True)
class Resume:
    inst: int
    term: int
    owner: int


@dataclass(frozen=True, slots=True)
class Verified:
    inst: int


@dataclass(frozen=True, slots=True)
class Retire:
    inst: int
    window: Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Stop:
    inst: int


ControlEvent: TypeAlias = Mark | Cut | Adopt | Cancel | Resume | Verified | Retire | Stop

# Heard on `st:<id>:<inst>` from another instance of this agent.


@dataclass(frozen=True, slots=True)
class Watermark:
    inst: int
    base: str
    low: int
    done: Sequence[int]
    trying: Sequence[int]


@dataclass(frozen=True, slots=True)
class PeerCancelled:
    inst: int


PeerEvent: TypeAlias = Watermark | PeerCancelled

# From the runtime.


@dataclass(frozen=True, slots=True)
class Delivered:
    """One raw message of an inbox or broadcast pattern, before anything has looked at it."""

    channel: str
    text: str


@dataclass(frozen=True, slots=True)
class SetupDone:
    """`setup()` and the self-test have passed."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The handler has settled and its publishes are acknowledged."""

    ordinal: int


@dataclass(frozen=True, slots=True)
class TasksStopped:
    """All tasks of the `StopTasks` with this number have ended, or are muted."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Tick:
    pass


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone. `at` is a timestamp for people."""

    at: str


@dataclass(frozen=True, slots=True)
class Reconnected:
    """Connected and subscribed again, on the connection `conn`."""

    conn: str
    at: str


FollowerEvent: TypeAlias = (
    ControlEvent | PeerEvent | Delivered | SetupDone | Finished | TasksStopped | Tick | Lost | Reconnected
)

#: What an instance says of itself on `st:<id>:<inst>`: its `type` is prepared, standby, echo, cut_ack, cut_refused,
#: active, drained, cancelled, abandoned, watermark or gap; the runtime adds `inst` and `term`.
Saying: TypeAlias = dict[str, Any]


@dataclass(eq=False, slots=True)
class Entry:
    """One message that was accepted and is not known to be finished, whoever owns it."""

    ordinal: int
    sender: str
    message: Message
    is_broadcast: bool
    size: int
    #: The instance that runs it; None if nobody will.
    owner: int | None
    #: Index of the base at which its owner got it.
    since: int
    running: bool = False
    #: True once it was handed over: what its handler says may have been said before.
    redelivered: bool = False
    #: True if its owner said, since the last hand-over, that it begins to run it.
    tried: bool = False
    #: Deaths at which it may have been in flight.
    deaths: int = 0


@dataclass(frozen=True, slots=True)
class Say:
    message: Saying


@dataclass(frozen=True, slots=True)
class Run:
    """A redelivered entry starts when every earlier `Say` is acknowledged (rule 12)."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class CancelRun:
    ordinal: int


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to an `ask` of this instance."""

    correlation: str
    message: Message


@dataclass(frozen=True, slots=True)
class StartTasks:
    pass


@dataclass(frozen=True, slots=True)
class StopTasks:
    epoch: int


@dataclass(frozen=True, slots=True)
class TickSoon:
    """Feed `Tick` within 3 ms."""


DropReason: TypeAlias = Literal["channel", "unreadable", "envelope", "sender", "echo"]


@dataclass(frozen=True, slots=True)
class Drop:
    """Counted by its ordinal, and by its reason."""

    why: DropReason


@dataclass(frozen=True, slots=True)
class Exit:
    why: str
    code: int


Action: TypeAlias = Say | Run | CancelRun | Reply | StartTasks | StopTasks | TickSoon | Drop | Exit

# Exit codes of the process.

#: Told to go: retired or stopped.
EXIT_TOLD = 0
#: Setup, self-test or the process itself failed.
EXIT_FAILED = 1
#: The connection was lost while a window was open (rule 9).
EXIT_LOST = 3
#: A follower's log grew over its bound (rule 10).
EXIT_OVERFLOW = 4
#: Redis refuses this instance's user.
EXIT_REFUSED = 5


@dataclass(frozen=True, slots=True)
class Base:
    """A point in the stream that all instances hear: a mark, a cut or an adopt."""

    ordinal: int
    index: int


@dataclass(frozen=True, slots=True)
class Limits:
    entries: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Held:
    since: str
    until: str | None
    ordinal: int


@dataclass(slots=True)
class Tasks:
    epoch: int = 0
    stopped: bool = True


@dataclass(slots=True)
class Told:
    """What the last watermark said, and what has finished since."""

    base: str | None = None
    low: int = 0
    done: list[int] = field(default_factory=list)


@dataclass(slots=True)
class LogBook:
    """The unfinished entries, and the ways in which they are looked up; kept in step by log_book.py.

    Everything is in the order of insertion, and a dict without values is a set with an order.
    """

    #: By ordinal, oldest first.
    all: dict[int, Entry] = field(default_factory=dict)
    #: Mine, by ordinal, oldest first.
    own: dict[int, Entry] = field(default_factory=dict)
    #: By sender, oldest first.
    lanes: dict[str, list[Entry]] = field(default_factory=dict)
    #: How many entries bear this message id.
    ids: dict[str, int] = field(default_factory=dict)
    #: Mine that run.
    running: dict[Entry, None] = field(default_factory=dict)
    #: Mine that were tried at two deaths: each runs alone.
    suspects: dict[Entry, None] = field(default_factory=dict)
    bytes: int = 0


@dataclass(slots=True)
class FollowerState:
    """Written by the rules alone, in place: a copy per message would cost more than the message."""

    agent: str
    inst: int
    #: The nonce of the present connection.
    conn: str
    limits: Limits
    phase: Phase = "CONNECTED"
    term: int = 0
    owner: int | None = None
    last_cut: str | None = None
    marked: bool = False
    setup_done: bool = False
    #: It has said so: its own part is done, and what `standby` still waits for is the owner's (rule 5).
    prepared: bool = False
    verified: bool = False
    #: A mark or cut was heard in which others take part, and no `retire` has closed it since (rule 9).
    window_open: bool = False
    #: False once this instance may miss something: it then refuses every cut to itself.
    fit: bool = True
    #: Told to stop: it exits where it would be drained.
    stopping: bool = False
    #: Cancelled at the drain deadline: it waits for `retire`.
    cancelled: bool = False
    #: The connection was lost outside a window: nothing starts until `resume`.
    held: Held | None = None
    #: Owners of entries from before the first mark that may be unfinished, with the base from which their word counts.
    waits_for: dict[int, int] = field(default_factory=dict)
    #: Instances that stopped their handlers and said so: handing over from them is no death.
    stood_down: set[int] = field(default_factory=set)
    tasks: Tasks = field(default_factory=Tasks)
    #: Of the newest delivery; 0 is the first mark.
    ordinal: int = 0
    bases: dict[str, Base] = field(default_factory=dict)
    base: str | None = None
    #: Index of the newest base.
    index: int = 0
    log: LogBook = field(default_factory=LogBook)
    told: Told = field(default_factory=Told)
