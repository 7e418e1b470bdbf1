"""What the state machine in follower.py wants done, and what it says."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ..message import Message
from .state import Entry

#: What an instance says of itself on `st:<id>:<inst>`: its `type` is prepared, standby, echo, cut_ack, cut_refused,
#: active, drained, cancelled, abandoned, watermark or gap; the runtime adds `inst` and `term`.
Saying: TypeAlias = dict[str, Any]


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


DropReason: TypeAlias = Literal["channel", "unreadable", "envelope", "sender", "echo", "flood"]


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
