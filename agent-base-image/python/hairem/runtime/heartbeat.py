"""What a heartbeat measures of its own process: memory as the engine counts it, CPU time, event-loop lag."""

import re
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from ..message import LARGEST_INTEGER


class Lag:
    """The longest that the event loop was late since the last reading, seen from a timer that the caller has."""

    def __init__(self, now: Callable[[], float], interval_ms: float) -> None:
        self._now = now
        self._interval = interval_ms
        self._last = now()
        self._longest = 0.0

    def tick(self) -> None:
        """Each time that the timer comes."""
        self._longest = self._late()
        self._last = self._now()

    def take(self) -> int:
        """In milliseconds."""
        longest, self._longest = self._late(), 0.0
        return round(longest)

    def _late(self) -> float:
        return max(self._longest, self._now() - self._last - self._interval)


def vitals(lag: Lag) -> dict[str, Any]:
    """`cpu_ms` counts since the process started."""
    return {"memory_bytes": memory_bytes(), "cpu_ms": round(time.process_time() * 1000), "lag_ms": lag.take()}


class _CgroupFiles(NamedTuple):
    usage: str
    limit: str
    stat: str
    inactive: re.Pattern[str]


_V2 = _CgroupFiles(
    "/sys/fs/cgroup/memory.current",
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory.stat",
    re.compile(r"^inactive_file (\d+)$", re.MULTILINE),
)
_V1 = _CgroupFiles(
    "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    "/sys/fs/cgroup/memory/memory.stat",
    re.compile(r"^total_inactive_file (\d+)$", re.MULTILINE),
)

Read: TypeAlias = Callable[[str], str | None]


def _read_or_none(path: str) -> str | None:
    try:
        return Path(path).read_text()
    except OSError:
        return None


def memory_bytes(read: Read = _read_or_none) -> int:
    """Usage without the file cache that the kernel may drop; the resident set where there is no cgroup to read."""
    for files in (_V2, _V1):
        usage = _number(read(files.usage))
        inactive = files.inactive.search(read(files.stat) or "")
        if usage is not None:
            return max(0, usage - (int(inactive[1]) if inactive else 0))
    pages = (read("/proc/self/statm") or "").split()
    return int(pages[1]) * resource.getpagesize() if len(pages) > 1 else 0


def memory_limit(read: Read = _read_or_none) -> int | None:
    """Bytes, or None where there is none."""
    for files in (_V2, _V1):
        limit = _number(read(files.limit))
        if limit is not None and limit < LARGEST_INTEGER:  # v1 says a huge number for "none"
            return limit
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdigit() else None
