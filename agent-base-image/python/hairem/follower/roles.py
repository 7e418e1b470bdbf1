"""Steps that several rules share: from one role to the next, and the way out."""

from typing import Any

from .actions import EXIT_TOLD, Action, Exit, Say, StartTasks, StopTasks, TickSoon
from .state import Base, FollowerState, Tasks


def say(kind: str, **fields: Any) -> Say:
    return Say({"type": kind, **fields})


def become_standby(state: FollowerState) -> list[Action]:
    """Rule 5, each said once: `prepared` when its own part is done, `standby` when it holds everything unfinished and
    could act at once."""
    if state.phase != "CONNECTED" or not state.marked or not state.setup_done:
        return []
    prepared = [] if state.prepared else [say("prepared")]
    state.prepared = True
    if state.waits_for:
        return [*prepared]
    state.phase = "STANDBY"
    return [*prepared, say("standby")]


def become_active(state: FollowerState, cut: str) -> list[Action]:
    """Rule 6: who is named acts at once."""
    was_active = state.phase == "ACTIVE"
    state.phase = "ACTIVE"
    state.tasks = Tasks(state.tasks.epoch, stopped=False)
    active = say("active", cut=cut)
    return [active] if was_active else [active, StartTasks()]


def begin_draining(state: FollowerState) -> list[Action]:
    """Rule 7: who acted finishes what it owns, queued entries too, and ends its tasks."""
    if state.phase != "ACTIVE":
        return []
    state.phase = "DRAINING"
    state.tasks = Tasks(state.tasks.epoch + 1, stopped=False)
    return [StopTasks(state.tasks.epoch), TickSoon()]


def leave(state: FollowerState, why: str, code: int = EXIT_TOLD) -> list[Action]:
    state.phase = "GONE"
    return [Exit(why, code)]


#: A watermark names the newest base that its writer has heard; far older ones are named no more.
MOST_BASES = 256


def add_base(state: FollowerState, base_id: str) -> None:
    """What was heard before the first mark has no ordinal here, so it is no base."""
    if not state.marked:
        return
    state.index += 1
    state.base = base_id
    state.bases[base_id] = Base(state.ordinal, state.index)
    if len(state.bases) > MOST_BASES:
        del state.bases[next(iter(state.bases))]
