"""What the orchestrator says on `ctl:<id>`, rule by rule (BUS.md, rules 3, 6, 7, 10-12)."""

from .actions import Action, CancelRun, TickSoon
from .events import Adopt, Cut, Mark, Resume, Retire
from .hand_over import hand_over
from .lanes import owns, start_all
from .log_book import forget
from .roles import add_base, become_active, become_standby, begin_draining, leave, say
from .state import FollowerState, LogBook
from .watermark import watermark


def on_mark(state: FollowerState, event: Mark) -> list[Action]:
    """Rule 3: from here on positions can be compared, because every instance hears the mark."""
    state.marked = True
    state.owner = event.owner
    add_base(state, event.id)
    if state.phase == "ACTIVE" or event.owner != state.inst:
        state.window_open = True
    if owns(state):
        return watermark(state)
    if state.phase != "CONNECTED":
        return []
    state.waits_for.clear()
    if event.owner != state.inst:
        state.waits_for[event.owner] = state.index
    return become_standby(state)


def on_cut(state: FollowerState, cut: Cut) -> list[Action]:
    """Rule 6: later deliveries belong to `to`, and so do the unfinished entries of those in `adopt`. Refused on
    another connection than the one that is named, and by an instance that may not hold everything."""
    if cut.id == state.last_cut:
        return [say("cut_ack", cut=cut.id)]
    if cut.term <= state.term:
        return []
    why = _refusal(state, cut)
    if why:
        return [say("cut_refused", cut=cut.id, why=why)]
    state.term, state.last_cut, state.owner = cut.term, cut.id, cut.to
    add_base(state, cut.id)
    if _has_others(state, cut):
        state.window_open = True
    role = become_active(state, cut.id) if cut.to == state.inst else begin_draining(state)
    handed_over = hand_over(state, cut.adopt, cut.to)
    return [say("cut_ack", cut=cut.id), *role, *handed_over, *start_all(state)]


def _refusal(state: FollowerState, cut: Cut) -> str | None:
    if cut.conns.get(str(state.inst), state.conn) != state.conn:
        return "it is on another connection"
    if state.held:
        return "it waits for resume"
    if cut.to != state.inst:
        return None
    if state.phase == "CONNECTED":
        return "it is not in standby"
    return None if state.fit else "it has stood down"


def _has_others(state: FollowerState, cut: Cut) -> bool:
    return cut.to != state.inst or any(inst != str(state.inst) for inst in cut.conns)


def adopt_entries(state: FollowerState, event: Adopt) -> list[Action]:
    """Rules 7 and 12: the entries of an instance that died, or gave up, while it drained."""
    add_base(state, event.id)
    return [*hand_over(state, event.from_, event.to), *start_all(state)]


def on_cancel(state: FollowerState, inst: int) -> list[Action]:
    """Rule 12, drain deadline: stop what runs and say the last word; only then may others adopt."""
    if inst != state.inst or state.phase != "DRAINING":
        return []
    stopped = [CancelRun(entry.ordinal) for entry in state.log.running]
    last_word = [] if state.cancelled else watermark(state)
    state.cancelled, state.fit, state.log = True, False, LogBook()
    return [*stopped, *last_word, say("cancelled")]


def on_retire(state: FollowerState, event: Retire) -> list[Action]:
    """Rule 10: it goes when it is told to, never by a timer of its own."""
    if event.inst == state.inst:
        return leave(state, "retired")
    state.window_open = event.window == "open"
    return []


def on_stop(state: FollowerState, inst: int) -> list[Action]:
    """As a cut to nobody: what is its own is finished, then it goes."""
    if inst != state.inst:
        return []
    if not owns(state) or state.cancelled:
        return leave(state, "stopped")
    state.stopping, state.fit = True, False
    if state.phase == "DRAINING":
        return [TickSoon()]
    state.owner = None
    return begin_draining(state)


def on_resume(state: FollowerState, event: Resume) -> list[Action]:
    """Rule 9, outside a window: go on, or, if another owns by now, finish what is left and stand down."""
    held = state.held
    if event.inst != state.inst or held is None or held.until is None or event.term < state.term:
        return []
    state.term, state.owner, state.held = event.term, None if state.stopping else event.owner, None
    gap = say("gap", since=held.since, until=held.until)
    if event.owner == state.inst:
        return [gap, *watermark(state), *start_all(state)]
    for entry in list(state.log.all.values()):
        if entry.ordinal > held.ordinal:
            forget(state.log, entry)
    state.fit = False
    return [gap, *begin_draining(state), *start_all(state)]
