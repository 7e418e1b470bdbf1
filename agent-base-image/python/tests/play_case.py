"""Plays cases of contract/handover.json, and histories of the simulation, against the state machine."""

import json
from typing import Any

from hairem.follower.actions import Action, CancelRun, Drop, Exit, Reply, Run, Say, StartTasks, StopTasks, TickSoon
from hairem.follower.events import Delivered, Finished, FollowerEvent, Lost, Reconnected, SetupDone, TasksStopped, Tick
from hairem.follower.follower import step
from hairem.follower.state import FollowerState, Limits
from hairem.runtime.wire import to_control_event, to_peer_event

Fields = dict[str, Any]

ROOMY = Limits(entries=10_000, bytes=1_000_000_000)


def new_follower(inst: int, limits: Fields | None = None) -> FollowerState:
    return FollowerState("electra", inst, f"c{inst}", Limits(**limits) if limits else ROOMY)


def play(state: FollowerState, event: Fields) -> list[Fields]:
    return [written(action) for action in step(state, to_event(event))]


def to_event(event: Fields) -> FollowerEvent:
    known = to_control_event(event) or to_peer_event(event)
    if known:
        return known
    match event["type"]:
        case "delivered":
            return Delivered(event["channel"], event["text"] if "text" in event else envelope(event))
        case "setup_done":
            return SetupDone()
        case "finished":
            return Finished(event["ordinal"])
        case "tasks_stopped":
            return TasksStopped(event["epoch"])
        case "tick":
            return Tick()
        case "lost":
            return Lost(event["at"])
        case "reconnected":
            return Reconnected(event["conn"], event["at"])
    raise ValueError(f"not an event: {event}")


def envelope(event: Fields) -> str:
    """A delivery may give its `message` instead of the raw `text`: what it leaves out is here."""
    return json.dumps(
        {
            "id": "?",
            "timestamp": "2026-01-01T00:00:00Z",
            "type": "user_message",
            "sender": {"agent_id": event["channel"].split(":")[-1]},
            "recipient": {"target": "electra"},
            "payload": {},
            **event["message"],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def written(action: Action) -> Fields:
    """As the file writes it: reasons are free text, and messages are named by their ids."""
    match action:
        case Say(message):
            return {"do": "say", "message": without_reason(message)}
        case Run(entry):
            return {"do": "run", "id": entry.message.id, "redelivered": entry.redelivered}
        case CancelRun(ordinal):
            return {"do": "cancel", "ordinal": ordinal}
        case Reply(correlation, message):
            return {"do": "reply", "id": message.id, "correlation": correlation}
        case StartTasks():
            return {"do": "start_tasks"}
        case StopTasks(epoch):
            return {"do": "stop_tasks", "epoch": epoch}
        case TickSoon():
            return {"do": "tick_soon"}
        case Drop(why):
            return {"do": "drop", "why": why}
        case Exit(_, code):
            return {"do": "exit", "code": code}


def without_reason(message: Fields) -> Fields:
    if message["type"] != "cut_refused":
        return message
    return {"type": "cut_refused", "cut": message["cut"]}
