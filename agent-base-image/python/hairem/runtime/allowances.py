"""How much one may say to another (BUS.md, Allowances): two leaking buckets for each channel, characters and messages.
Pure, and the same numbers and answers in each SDK (`contract/allowances.json`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias


@dataclass(frozen=True, slots=True)
class Allowance:
    #: What may go on for ever. Bytes are characters of the text.
    bytes_per_second: int
    messages_per_second: int
    #: What may come at once.
    burst_bytes: int
    burst_messages: int


Allowances: TypeAlias = Mapping[str, Allowance]

KIB = 1024
MIB = 1024 * KIB

#: What this instance says: less than what the others hear, so that nothing of it is lost when it comes in a heap.
SAID: Allowances = {
    "agent": Allowance(MIB, 500, MIB, 500),
    "broadcast": Allowance(256 * KIB, 100, MIB, 500),
    "svc": Allowance(MIB, 500, MIB, 1_000),
}
#: What it hears of one speaker; the orchestrator fences who goes on above it.
HEARD: Allowances = {
    "agent": Allowance(2 * MIB, 1_000, 2 * MIB, 1_500),
    "broadcast": Allowance(512 * KIB, 200, 1536 * KIB, 1_000),
}

#: They speak through the orchestrator, which has limits of its own.
TRUSTED = frozenset({"user", "orchestrator"})
#: Speakers come and go: with more, those whose buckets are empty are forgotten.
MOST_KNOWN = 1_000
#: After so long any bucket is empty.
LONGEST_MS = 60_000


class Level(NamedTuple):
    """What is in the buckets of one channel."""

    bytes: float
    messages: float
    #: Monotonic milliseconds.
    at: float


EMPTY = Level(0, 0, 0)


class Buckets:
    def __init__(self, allowances: Allowances) -> None:
        self._allowances = allowances
        self._levels: dict[str, Level] = {}

    def take(self, channel: str, size: int, now: float) -> float:
        """Takes a message if it fits. Milliseconds until it would, 0 where it was taken."""
        kind, *names = channel.split(":")
        allowance = self._allowances.get(kind)
        if allowance is None or (names and names[-1] in TRUSTED):
            return 0
        level = _leaked(self._levels.get(channel, EMPTY), allowance, now)
        seconds = max(
            _overflow(level.bytes, size, allowance.burst_bytes) / allowance.bytes_per_second,
            _overflow(level.messages, 1, allowance.burst_messages) / allowance.messages_per_second,
        )
        if seconds > 0:
            return seconds * 1000
        if len(self._levels) >= MOST_KNOWN:
            self._levels = {name: known for name, known in self._levels.items() if now - known.at <= LONGEST_MS}
        self._levels[channel] = Level(level.bytes + size, level.messages + 1, level.at)
        return 0


def _leaked(before: Level, allowance: Allowance, now: float) -> Level:
    at = max(now, before.at)
    seconds = (at - before.at) / 1000
    return Level(
        max(0, before.bytes - seconds * allowance.bytes_per_second),
        max(0, before.messages - seconds * allowance.messages_per_second),
        at,
    )


def _overflow(level: float, more: int, burst: int) -> float:
    """What is too large for the bucket itself fits where it is empty."""
    return 0 if level == 0 else max(0, level + more - max(burst, more))
