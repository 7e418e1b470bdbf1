"""What an instance is asked and told beside what its state machine hears; wire.py reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..agent_host import HistoryEntry
from ..message import JsonObject

# What only the runtime answers; the state machine does not see it.


@dataclass(frozen=True, slots=True)
class ConfigUpdate:
    inst: int
    hash: str
    soft: JsonObject


@dataclass(frozen=True, slots=True)
class GiveUp:
    inst: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Whois:
    nonce: str


@dataclass(frozen=True, slots=True)
class Ping:
    inst: int
    nonce: str


Question: TypeAlias = ConfigUpdate | GiveUp | Whois | Ping


@dataclass(frozen=True, slots=True)
class Welcome:
    id: str
    inst: int
    hash: str
    soft: JsonObject
    secrets: Mapping[str, str]
    drain_seconds: int


@dataclass(frozen=True, slots=True)
class ContextWord:
    """What an instance says of its agent's context (context_exchange.py)."""

    inst: int
    #: Counts the words of one instance.
    n: int
    #: Everything, not only what has changed.
    whole: bool
    #: The cut that made it say this: it is the rest of what was there before.
    cut: str | None
    set: Sequence[tuple[str, Any]]
    gone: Sequence[str]
    history: Sequence[HistoryEntry]
    user: str | None
