"""What an instance says when it is asked who it is (BUS.md, rule 16), and in its heartbeat."""

from typing import Any

from .follower import is_window_open
from .state import FollowerState


def report(state: FollowerState) -> dict[str, Any]:
    zero = None if state.base is None else state.bases.get(state.base)
    oldest = next(iter(state.log.all), state.ordinal + 1)
    return {
        "state": state.phase,
        "owner": state.owner,
        # All up to here are finished, counted from the newest base; null before the first mark.
        "low": oldest - 1 - zero.ordinal if zero else None,
        # Unfinished entries, whoever owns them.
        "held": len(state.log.all),
        "conn": state.conn,
        "verified": state.verified,
        "window": is_window_open(state),
    }
