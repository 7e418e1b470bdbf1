"""What the state machine in follower.py keeps: the log of held messages, and its place in the hand-over."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..message import Message

Phase: TypeAlias = Literal["CONNECTED", "STANDBY", "ACTIVE", "DRAINING", "SPARE", "GONE"]


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
