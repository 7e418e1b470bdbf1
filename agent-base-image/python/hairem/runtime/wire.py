"""Reads what comes on `ctl:<id>`, `st:<id>:<inst>` and `re:<id>:<inst>` (BUS.md, Channels). Hand-written checks: a
message that does not fit is dropped, unknown types and fields are ignored, nothing here raises."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

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
from ..json_text import DEEPEST_CARRIED, parse_exact
from ..message import is_fields
from .checks import Read, Unfit, count, entry, flag, listed, note, pair, profile, text, texts, whole, window
from .words import ConfigUpdate, ContextWord, GiveUp, Ping, Question, Welcome, Whois

Shapes: TypeAlias = Mapping[str, tuple[Callable[..., Any], Mapping[str, Read]]]

_CONTROL: Shapes = {
    "mark": (Mark, {"id": text, "owner": count}),
    "cut": (
        Cut,
        {"id": text, "term": count, "to": count, "adopt": listed(count), "conns": texts},
    ),
    "adopt": (Adopt, {"id": text, "to": count, "from": listed(count)}),
    "cancel": (Cancel, {"inst": count}),
    "resume": (Resume, {"inst": count, "term": count, "owner": count}),
    "verified": (Verified, {"inst": count}),
    "retire": (Retire, {"inst": count, "window": window}),
    "stop": (Stop, {"inst": count}),
}

_QUESTIONS: Shapes = {
    "config_update": (ConfigUpdate, {"inst": count, "hash": text, "soft": profile}),
    "give_up": (GiveUp, {"inst": count, "seconds": count}),
    "whois": (Whois, {"nonce": text}),
    "ping": (Ping, {"inst": count, "nonce": text}),
}

_PEERS: Shapes = {
    "watermark": (
        Watermark,
        {"inst": count, "base": text, "low": whole, "done": listed(whole), "trying": listed(whole)},
    ),
    "cancelled": (PeerCancelled, {"inst": count}),
}

_CONTEXT: Shapes = {
    "context": (
        ContextWord,
        {
            "inst": count,
            "n": count,
            "whole": flag,
            "cut": note,
            "set": listed(pair),
            "gone": listed(text),
            "history": listed(entry),
            "user": note,
        },
    ),
}

_WELCOME: Shapes = {
    "welcome": (
        Welcome,
        {"id": text, "inst": count, "hash": text, "soft": profile, "secrets": texts, "drain_seconds": count},
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
        return parse_exact(raw, DEEPEST_CARRIED)  # contexts and configs carry values of the agent's own
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
    except Unfit:
        return None
