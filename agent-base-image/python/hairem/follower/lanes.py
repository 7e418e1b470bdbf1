"""What may run now (BUS.md, rules 7 and 12).

lane of a sender:  [ oldest, next, … ]    its oldest unfinished entry decides. Owned by another: the lane waits.
caused by ours:    its `chain` names an unfinished entry of this log: it never waits in a lane, or two agents that ask
                   each other would lock; with a cut between, the asking one may still be at the old owner.
suspect:           tried at two deaths: it starts when nothing of mine runs, and until it has finished nothing else
                   starts but what it causes itself. So a third death names the one that is poison.
"""

from collections.abc import Iterable, Sequence

from .actions import Action, Run
from .log_book import is_suspect, set_running
from .state import Entry, FollowerState
from .watermark import watermark


def start(state: FollowerState, senders: Iterable[str], entries: Iterable[Entry]) -> list[Action]:
    """Starts what may start: the heads of these lanes, and of these entries those that never wait."""
    if not _may_run(state):
        return []
    suspect = _foremost_suspect(state) if state.log.suspects else None
    return _run(state, _beside_suspect(state, suspect, entries) if suspect else _freely(state, senders, entries))


def start_all(state: FollowerState) -> list[Action]:
    return start(state, list(state.log.lanes), list(state.log.own.values()))


def is_caused(state: FollowerState, entry: Entry) -> bool:
    """Does the chain of this entry name an unfinished one, whoever owns it?"""
    return any(cause in state.log.ids for cause in entry.message.metadata.chain)


def owns(state: FollowerState) -> bool:
    return state.phase in ("ACTIVE", "DRAINING")


def _may_run(state: FollowerState) -> bool:
    return owns(state) and state.held is None and not state.cancelled


def _freely(state: FollowerState, senders: Iterable[str], entries: Iterable[Entry]) -> list[Entry]:
    ready: dict[Entry, None] = {}
    for sender in senders:
        lane = state.log.lanes.get(sender)
        if lane and _is_waiting(state, lane[0]):
            ready[lane[0]] = None
    for entry in entries:
        if _is_waiting(state, entry) and not is_suspect(entry) and is_caused(state, entry):
            ready[entry] = None
    return list(ready)


def _foremost_suspect(state: FollowerState) -> Entry | None:
    """The suspect that runs, or else the oldest one whose turn in its lane has come."""
    foremost: Entry | None = None
    for entry in state.log.suspects:
        if entry.running:
            return entry
        lane = state.log.lanes.get(entry.sender)
        is_head = lane is not None and lane[0] is entry
        if is_head and (foremost is None or entry.ordinal < foremost.ordinal):
            foremost = entry
    return foremost


def _beside_suspect(state: FollowerState, suspect: Entry, entries: Iterable[Entry]) -> list[Entry]:
    """Until a suspect may start, what runs may still need what it causes; once it runs, only its own effects may."""
    if not suspect.running and not state.log.running:
        return [suspect]
    causes = {suspect.message.id} if suspect.running else {entry.message.id for entry in state.log.running}
    return [
        entry
        for entry in entries
        if _is_waiting(state, entry)
        and not is_suspect(entry)
        and any(cause in causes for cause in entry.message.metadata.chain)
    ]


def _is_waiting(state: FollowerState, entry: Entry) -> bool:
    return entry.owner == state.inst and not entry.running


def _run(state: FollowerState, ready: Sequence[Entry]) -> list[Action]:
    """A redelivered entry is announced before it runs, so that a second death is known to have met it."""
    for entry in ready:
        set_running(state.log, entry)
        entry.tried = entry.redelivered
    announced = watermark(state) if any(entry.redelivered for entry in ready) else []
    return [*announced, *(Run(entry) for entry in ready)]
