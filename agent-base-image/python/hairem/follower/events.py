"""What the state machine in follower.py is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

# Heard on `ctl:<id>` in the order of the one connection.


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
    """One raw message of an inbox or broadcast pattern, before anything has looked at it. Its text is None where its
    speaker says more than is heard of one: it is counted like any other."""

    channel: str
    text: str | None


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
