"""The state machine of one instance: rules 2-7 and 9-13 of BUS.md as `step(state, event) -> actions`. No socket, no
clock, no randomness: the same events in the same order always give the same actions. The runtime feeds the events and
performs the actions; `contract/handover.json` holds sequences that every SDK must answer alike.

  CONNECTED ──complete──► STANDBY ──cut to me──► ACTIVE ──cut to another──► DRAINING ──drained──► SPARE
  (counts from            (follows)                ▲  │                        │  (finishes what  (follows)
   its mark on)                                    │  │                        │   is its own)        │
                                                   └──┼───────cut back─────────┴──────────────────────┘
                                                      │
                         connection lost: held until `resume`, if no window is open

  DRAINING ──cancel──► DRAINING, cancelled: says `cancelled`, keeps nothing, waits for `retire`
  any state ──retire, stop and drained, overflow of a follower, connection lost in a window──► GONE

prepared: marked, and `setup()` done: all that it can do itself.
complete: marked, `setup()` done, and the owner's watermark for that mark has reached it (rule 5).
"""

import re
from dataclasses import replace

from ..message import utf16_length
from .actions import EXIT_LOST, EXIT_OVERFLOW, EXIT_TOLD, Action, Drop, Reply, Say, TickSoon
from .control_rules import adopt_entries, on_cancel, on_cut, on_mark, on_resume, on_retire, on_stop
from .delivery import read_delivery
from .events import (
    Adopt,
    Cancel,
    Cut,
    Delivered,
    Finished,
    FollowerEvent,
    Lost,
    Mark,
    PeerCancelled,
    Reconnected,
    Resume,
    Retire,
    SetupDone,
    Stop,
    TasksStopped,
    Tick,
    Verified,
    Watermark,
)
from .lanes import is_caused, owns, start, start_all
from .log_book import add, forget
from .roles import become_standby, leave, say
from .state import Entry, FollowerState, Held, Told
from .watermark import apply_watermark, watermark_if_new

#: Ids of asks; what answers one names it as its correlation_id (rule 13).
_ASK = re.compile(r"(\d+)\.ask-", re.ASCII)


def step(state: FollowerState, event: FollowerEvent) -> list[Action]:
    """While the connection is held, nothing is said: whoever listens has not yet said that we still act."""
    if state.phase == "GONE":
        return []
    actions = _apply(state, event)
    return [action for action in actions if not isinstance(action, Say)] if state.held else actions


def is_window_open(state: FollowerState) -> bool:
    return state.phase != "ACTIVE" or state.window_open


def _apply(state: FollowerState, event: FollowerEvent) -> list[Action]:
    match event:
        case Delivered():
            return _on_delivered(state, event)
        case Finished(ordinal):
            return _on_finished(state, ordinal)
        case Tick():
            return _on_tick(state)
        case Watermark():
            return _on_watermark(state, event)
        case PeerCancelled(inst):
            return _on_peer_cancelled(state, inst)
        case Mark():
            return on_mark(state, event)
        case Cut():
            return on_cut(state, event)
        case Adopt():
            return adopt_entries(state, event) if state.marked else []
        case Cancel(inst):
            return on_cancel(state, inst)
        case Retire():
            return on_retire(state, event)
        case Stop(inst):
            return on_stop(state, inst)
        case Resume():
            return on_resume(state, event)
        case Verified(inst):
            return _on_verified(state, inst)
        case SetupDone():
            return _on_setup_done(state)
        case TasksStopped(epoch):
            return _on_tasks_stopped(state, epoch)
        case Lost(at):
            return _on_lost(state, at)
        case Reconnected():
            return _on_reconnected(state, event)


def _on_delivered(state: FollowerState, event: Delivered) -> list[Action]:
    """Rule 2. The ordinal comes first: a message that cannot be read counts like any other."""
    if not state.marked:
        return []
    state.ordinal += 1
    read = read_delivery(state.agent, event.channel, event.text)
    if isinstance(read, str):
        return [Drop(read)]
    sender, is_broadcast, message = read
    correlation = message.metadata.correlation_id or ""
    asked = _ASK.match(correlation)
    if asked:
        return [Reply(correlation, message)] if int(asked[1]) == state.inst else []
    nonce = message.payload.get("nonce")
    if sender == "orchestrator" and isinstance(nonce, str):
        return [say("echo", nonce=nonce)]
    if sender == "orchestrator" and correlation:  # nobody hears what it answers; perhaps of another instance
        return [Reply(correlation, message)] if correlation.startswith(f"{state.inst}.") else []
    return _keep(
        state,
        Entry(
            ordinal=state.ordinal,
            sender=sender,
            message=message,
            is_broadcast=is_broadcast,
            size=_weigh(event.text or ""),
            owner=state.owner,
            since=state.index,
        ),
    )


def _weigh(text: str) -> int:
    """Bytes on the heap, estimated: the parsed message is larger than its text."""
    return 2 * utf16_length(text) + 500


def _keep(state: FollowerState, entry: Entry) -> list[Action]:
    """Who takes over nothing any more holds nothing for others. Once stopping, it still helps its handlers to
    finish."""
    if not state.fit and entry.owner != state.inst:
        helps = entry.owner is None and not state.cancelled and is_caused(state, entry)
        if not helps:
            return []
        entry.owner = state.inst
    add(state.log, entry, state.inst)
    return [*start(state, [entry.sender], [entry]), *_overflow(state)]


def _overflow(state: FollowerState) -> list[Action]:
    """Rule 10: a follower's log is bounded, and overflow costs the follower, not the swap."""
    log, limits = state.log, state.limits
    if owns(state) or (len(log.all) <= limits.entries and log.bytes <= limits.bytes):
        return []
    return leave(state, "its log of held messages overflowed", EXIT_OVERFLOW)


def _on_finished(state: FollowerState, ordinal: int) -> list[Action]:
    """Rule 4: the runtime says it when the handler has settled and its publishes are acknowledged."""
    entry = state.log.own.get(ordinal)
    if entry is None:
        return []
    held_back = bool(state.log.suspects)  # all lanes may have waited for this one
    forget(state.log, entry)
    if state.base is not None:
        state.told.done.append(ordinal)
    started = start_all(state) if held_back else start(state, [entry.sender], [])
    return [*started, TickSoon()] if state.phase == "DRAINING" else started


def _on_tick(state: FollowerState) -> list[Action]:
    """Rules 4 and 7: the owner's word when it is news, and `drained` behind the last word of all."""
    if not owns(state) or state.held or state.cancelled:
        return []
    actions = watermark_if_new(state)
    if state.phase != "DRAINING" or state.log.own or not state.tasks.stopped:
        return actions
    state.phase = "SPARE"
    return [*actions, say("drained"), *(leave(state, "stopped", EXIT_TOLD) if state.stopping else [])]


def _on_watermark(state: FollowerState, event: Watermark) -> list[Action]:
    moved = apply_watermark(state, event)
    return [*become_standby(state), *(start(state, moved, []) if moved else [])]


def _on_peer_cancelled(state: FollowerState, inst: int) -> list[Action]:
    """Its handlers have been stopped in order: a hand-over from it is no death."""
    if inst != state.inst:
        state.stood_down.add(inst)
    return []


def _on_verified(state: FollowerState, inst: int) -> list[Action]:
    if inst == state.inst:
        state.verified = True
    return []


def _on_setup_done(state: FollowerState) -> list[Action]:
    state.setup_done = True
    return become_standby(state)


def _on_tasks_stopped(state: FollowerState, epoch: int) -> list[Action]:
    if epoch != state.tasks.epoch:
        return []
    state.tasks.stopped = True
    return [TickSoon()] if state.phase == "DRAINING" else []


def _on_lost(state: FollowerState, at: str) -> list[Action]:
    """Rule 9: a lost connection is death, unless nobody else could take part."""
    if is_window_open(state):
        return leave(state, "the connection was lost while a window was open", EXIT_LOST)
    state.held = Held(state.held.since if state.held else at, None, state.ordinal)
    return []


def _on_reconnected(state: FollowerState, event: Reconnected) -> list[Action]:
    """What was sent meanwhile is gone, so positions from before can be compared with nobody any more."""
    if state.held is None:
        return []
    state.conn = event.conn
    state.held = replace(state.held, until=event.at, ordinal=state.ordinal)
    state.bases.clear()
    state.base = None
    state.told = Told()
    return []
