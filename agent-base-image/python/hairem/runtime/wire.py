"""Reads what comes on `ctl:<id>`, `st:<id>:<inst>` and `re:<id>:<inst>` (BUS.md, Channels). Hand-written checks: a
message that does not fit is dropped, unknown types and fields are ignored, nothing here raises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..agent_host import HistoryEntry
from ..follower.events import (
    Adopt,
    Cancel,
    ControlEvent,
    Cut,
    Mark,
    PeerCancelled,
    PeerEvent,
    Resume,
    Retire,
    Stop,
    Verified,
    Watermark,
)
from ..json_text import parse
from ..message import JsonObject, is_fields, to_whole

# What only the runtime answers; the state machine does not see it.


@dataclass(frozen=True, slots=True)
class ConfigUpdate:
    inst: int
    hash: str
    soft: JsonObject


@dataclass(frozen=True, slots=True)
class Whois:
    nonce: str


@dataclass(frozen=True, slots=True)
class Ping:
    inst: int
    nonce: str


Question: TypeAlias = ConfigUpdate | Whois | Ping


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


class _Unfit(Exception):  # noqa: N818 - it never leaves this file
    pass


Read: TypeAlias = Callable[[object], Any]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Unfit
    return value


def _note(value: object) -> str | None:
    return None if value is None else _text(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Unfit
    return value


def _pair(value: object) -> tuple[str, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise _Unfit
    return _text(value[0]), value[1]


def _entry(value: object) -> HistoryEntry:
    if not is_fields(value):
        raise _Unfit
    return HistoryEntry(*(_text(value.get(name)) for name in ("id", "role", "text", "who", "when")))  # type: ignore[arg-type]


def _whole(value: object) -> int:
    number = to_whole(value)
    if number is None:
        raise _Unfit
    return number


def _count(value: object) -> int:
    number = _whole(value)
    if number < 0:
        raise _Unfit
    return number


def _list(each: Read) -> Read:
    def read(value: object) -> list[Any]:
        if not isinstance(value, list):
            raise _Unfit
        return [each(one) for one in value]

    return read


def _texts(value: object) -> dict[str, str]:
    if not is_fields(value):
        raise _Unfit
    return {name: _text(one) for name, one in value.items()}


def _profile(value: object) -> JsonObject:
    if not is_fields(value) or not isinstance(value.get("name"), str) or not is_fields(value.get("config")):
        raise _Unfit
    return value


def _window(value: object) -> str:
    if value not in ("open", "closed"):
        raise _Unfit
    return str(value)


Shapes: TypeAlias = Mapping[str, tuple[Callable[..., Any], Mapping[str, Read]]]

_CONTROL: Shapes = {
    "mark": (Mark, {"id": _text, "owner": _count}),
    "cut": (
        Cut,
        {"id": _text, "term": _count, "to": _count, "adopt": _list(_count), "conns": _texts},
    ),
    "adopt": (Adopt, {"id": _text, "to": _count, "from": _list(_count)}),
    "cancel": (Cancel, {"inst": _count}),
    "resume": (Resume, {"inst": _count, "term": _count, "owner": _count}),
    "verified": (Verified, {"inst": _count}),
    "retire": (Retire, {"inst": _count, "window": _window}),
    "stop": (Stop, {"inst": _count}),
}

_QUESTIONS: Shapes = {
    "config_update": (ConfigUpdate, {"inst": _count, "hash": _text, "soft": _profile}),
    "whois": (Whois, {"nonce": _text}),
    "ping": (Ping, {"inst": _count, "nonce": _text}),
}

_PEERS: Shapes = {
    "watermark": (
        Watermark,
        {"inst": _count, "base": _text, "low": _whole, "done": _list(_whole), "trying": _list(_whole)},
    ),
    "cancelled": (PeerCancelled, {"inst": _count}),
}

_CONTEXT: Shapes = {
    "context": (
        ContextWord,
        {
            "inst": _count,
            "n": _count,
            "whole": _flag,
            "cut": _note,
            "set": _list(_pair),
            "gone": _list(_text),
            "history": _list(_entry),
            "user": _note,
        },
    ),
}

_WELCOME: Shapes = {
    "welcome": (
        Welcome,
        {"id": _text, "inst": _count, "hash": _text, "soft": _profile, "secrets": _texts, "drain_seconds": _count},
    ),
}


def read_control(raw: str) -> ControlEvent | Question | None:
    value = _parse(raw)
    question: Question | None = _fitting(value, _QUESTIONS)
    return to_control_event(value) or question


def read_peer(channel: str, raw: str) -> PeerEvent | None:
    """What another instance says of itself; None for heartbeats and the rest."""
    if '"watermark"' not in raw and '"cancelled"' not in raw:
        return None
    event = to_peer_event(_parse(raw))
    return event if event and _is_spoken_on(channel, event.inst) else None


def read_context(channel: str, raw: str) -> ContextWord | None:
    """What an instance of this agent says of its context, this one too."""
    if '"context"' not in raw:
        return None
    word: ContextWord | None = _fitting(_parse(raw), _CONTEXT)
    return word if word and _is_spoken_on(channel, word.inst) else None


def _is_spoken_on(channel: str, inst: int) -> bool:
    """Nobody speaks for another: the number in a word must be the channel's."""
    parts = channel.split(":")
    return len(parts) == 3 and str(inst) == parts[2]


def read_welcome(raw: str) -> Welcome | None:
    welcome: Welcome | None = _fitting(_parse(raw), _WELCOME)
    return welcome


def to_control_event(value: object) -> ControlEvent | None:
    event: ControlEvent | None = _fitting(value, _CONTROL)
    return event


def to_peer_event(value: object) -> PeerEvent | None:
    event: PeerEvent | None = _fitting(value, _PEERS)
    return event


def _parse(raw: str) -> object:
    try:
        return parse(raw)
    except ValueError:
        return None


def _fitting(value: object, shapes: Shapes) -> Any:
    if not is_fields(value):
        return None
    kind = value.get("type")
    shape = shapes.get(kind) if isinstance(kind, str) else None
    if shape is None:
        return None
    make, fields = shape
    try:
        return make(*(read(value.get(name)) for name, read in fields.items()))
    except _Unfit:
        return None
