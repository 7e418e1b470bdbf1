"""Entries change hands (BUS.md, rules 6, 7, 11 and 12): from instances that died, or that stood down at the drain
deadline, to the one that goes on. An entry that may have been in flight at two deaths becomes a suspect; one that was
in flight alone at a third is poison.

deaths  0 ──hand-over──► 1 ──tried, its owner died──► 2: suspect ──tried alone, its owner died──► abandoned
"""

from collections.abc import Sequence

from .actions import Action, CancelRun
from .log_book import forget, index_own, is_suspect
from .roles import say
from .state import Entry, FollowerState


def hand_over(state: FollowerState, givers: Sequence[int], to: int) -> list[Action]:
    abandoned: list[str] = []
    actions: list[Action] = []
    for entry in list(state.log.all.values()):
        owner = entry.owner
        if owner is None or owner == to or owner not in givers:
            continue
        died = owner not in state.stood_down
        if died and is_suspect(entry) and entry.tried:
            forget(state.log, entry)
            abandoned.append(entry.message.id)
            continue
        if owner == state.inst and entry.running:
            actions.append(CancelRun(entry.ordinal))
        _give(entry, to=to, since=state.index, died=died)
    _wait_for_heir(state, givers, to)
    index_own(state.log, state.inst)
    if to == state.inst and abandoned:
        actions.append(say("abandoned", ids=abandoned))
    return actions


def _give(entry: Entry, *, to: int, since: int, died: bool) -> None:
    """Before its first hand-over nobody said whether an entry was in flight: it counts as if it was."""
    was_in_flight = not entry.redelivered or entry.tried
    if died and was_in_flight:
        entry.deaths += 1
    entry.owner = to
    entry.since = since
    entry.running = False
    entry.redelivered = True
    entry.tried = False


def _wait_for_heir(state: FollowerState, givers: Sequence[int], to: int) -> None:
    """What a dead owner owed from before my mark is now owed by its heir; by me, it could not be paid."""
    if to == state.inst:
        return
    for dead in givers:
        if dead != to and state.waits_for.pop(dead, None) is not None:
            state.waits_for[to] = state.index
