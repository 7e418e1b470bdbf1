"""The log (BUS.md, rule 2): everything unfinished, whoever owns it, with the indexes that keep the cost of a message
constant. Only this file writes the indexes."""

from .state import Entry, LogBook


def add(log: LogBook, entry: Entry, inst: int) -> None:
    """Adds a delivery: its ordinal is higher than any other."""
    log.all[entry.ordinal] = entry
    if entry.owner == inst:
        log.own[entry.ordinal] = entry
    log.lanes.setdefault(entry.sender, []).append(entry)
    log.ids[entry.message.id] = log.ids.get(entry.message.id, 0) + 1
    log.bytes += entry.size


def forget(log: LogBook, entry: Entry) -> None:
    log.all.pop(entry.ordinal, None)
    log.own.pop(entry.ordinal, None)
    log.running.pop(entry, None)
    log.suspects.pop(entry, None)
    log.bytes -= entry.size
    _forget_id(log, entry.message.id)
    lane = log.lanes.get(entry.sender)
    if lane is None:
        return
    if lane[0] is entry:  # mostly: a lane is finished from its front
        lane.pop(0)
    elif entry in lane:
        lane.remove(entry)
    if not lane:
        del log.lanes[entry.sender]


def _forget_id(log: LogBook, message_id: str) -> None:
    count = log.ids.get(message_id, 0)
    if count > 1:
        log.ids[message_id] = count - 1
    else:
        log.ids.pop(message_id, None)


def set_running(log: LogBook, entry: Entry) -> None:
    entry.running = True
    log.running[entry] = None


def index_own(log: LogBook, inst: int) -> None:
    """After owners changed: `own` must be in the order of the stream, and old entries may have come to it."""
    log.own.clear()
    log.running.clear()
    log.suspects.clear()
    for entry in log.all.values():
        if entry.owner != inst:
            continue
        log.own[entry.ordinal] = entry
        if entry.running:
            log.running[entry] = None
        if is_suspect(entry):
            log.suspects[entry] = None


def oldest_own(log: LogBook) -> Entry | None:
    return next(iter(log.own.values()), None)


def is_suspect(entry: Entry) -> bool:
    """Rule 12: it may have been in flight at two deaths."""
    return entry.deaths >= 2
