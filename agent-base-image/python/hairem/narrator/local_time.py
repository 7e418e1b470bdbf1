"""The time of a message as people in the home say it. Pure; `contract/narrator.json` holds both SDKs to it."""

import os
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def local_time(timestamp: str, zone: str) -> str:
    """`Friday, 2026-11-27, 01:43 (Europe/Paris, UTC+01:00)`; the text itself where it is no time."""
    try:
        at = datetime.fromisoformat(timestamp).astimezone(ZoneInfo(zone))
    except (ValueError, OverflowError):
        return timestamp
    offset = _offset(at.utcoffset() or timedelta())
    name = zone if zone == offset else f"{zone}, {offset}"
    return f"{_WEEKDAYS[at.weekday()]}, {at:%Y-%m-%d, %H:%M} ({name})"


def own_zone() -> str:
    """Of this process: the home's, by its environment."""
    zone = os.environ.get("TZ") or "UTC"
    try:
        return ZoneInfo(zone).key
    except (ValueError, OSError, LookupError):
        return "UTC"


def _offset(offset: timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}" if minutes else "UTC"
