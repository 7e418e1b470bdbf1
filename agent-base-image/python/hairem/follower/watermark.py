"""The watermark (BUS.md, rule 4): an owner's word on what it has finished, said and heard. Numbers count from a base
that both have heard, never absolutely.

`done` lists what has finished since the last watermark: an instance of the same agent hears every one of them in
order, or its connection is lost and with it its part in the handover. So a handler that never ends does not make the
list grow.
"""

from .actions import Action
from .events import Watermark
from .log_book import forget, oldest_own
from .roles import say
from .state import FollowerState, Told


def watermark(state: FollowerState) -> list[Action]:
    """All of mine up to `low` are finished, and those in `done`; those in `trying` are about to run again."""
    zero = None if state.base is None else state.bases.get(state.base)
    if zero is None:
        return []
    low = lowest(state)
    done = [ordinal - zero.ordinal for ordinal in state.told.done if ordinal > low]
    trying = [entry.ordinal - zero.ordinal for entry in state.log.running if entry.redelivered]
    state.told = Told(state.base, low)
    return [say("watermark", base=state.base, low=low - zero.ordinal, done=done, trying=trying)]


def watermark_if_new(state: FollowerState) -> list[Action]:
    """Says it again only when it says something new."""
    told = state.told
    is_new = bool(told.done) or told.base != state.base or told.low != lowest(state)
    return watermark(state) if is_new else []


def lowest(state: FollowerState) -> int:
    """The ordinal up to which all of mine are finished."""
    oldest = oldest_own(state.log)
    return oldest.ordinal - 1 if oldest else state.ordinal


def apply_watermark(state: FollowerState, event: Watermark) -> list[str]:
    """Drops an entry only on the word of its owner. A watermark whose base is older than an entry's hand-over says
    nothing about that entry: its writer did not know of it. Returns the senders whose lanes have moved."""
    zero = state.bases.get(event.base)
    if event.inst == state.inst or zero is None:
        return []
    done, trying = set(event.done), set(event.trying)
    last = zero.ordinal + max((event.low, *done, *trying))
    finished = []
    for entry in state.log.all.values():
        if entry.ordinal > last:
            break
        if entry.owner != event.inst or entry.since > zero.index:
            continue
        n = entry.ordinal - zero.ordinal
        if n in trying:
            entry.tried = True
        if n <= event.low or n in done:
            finished.append(entry)
    for entry in finished:
        forget(state.log, entry)
    _note_completeness(state, event.inst, index=zero.index, low=zero.ordinal + event.low)
    return list(dict.fromkeys(entry.sender for entry in finished))


def _note_completeness(state: FollowerState, inst: int, *, index: int, low: int) -> None:
    """Rule 5: everything older than the first mark (ordinal 0) must be known to be finished."""
    since = state.waits_for.get(inst)
    if since is not None and index >= since and low >= 0:
        del state.waits_for[inst]
