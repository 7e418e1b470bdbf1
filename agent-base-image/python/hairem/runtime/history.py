"""`ctx.history`: the last that was said to the agent and by it, bounded by count and by bytes."""

from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, replace

from ..agent_host import HistoryEntry
from ..json_text import write

HISTORY_ENTRIES = 50
HISTORY_BYTES = 128 * 1024
#: A longer text is cut: one entry must not push out all others.
LONGEST_TEXT = 16_384


class History:
    def __init__(self) -> None:
        self.entries: tuple[HistoryEntry, ...] = ()
        self._kept: deque[tuple[HistoryEntry, int]] = deque()
        self._bytes = 0

    def add(self, given: HistoryEntry) -> bool:
        """False where an entry with this id is there: a message that is handled again, or heard of from two."""
        if any(entry.id == given.id for entry in self.entries):
            return False
        entry = replace(given, text=_shortened(given.text))
        size = len(write(asdict(entry)).encode())
        self._kept.append((entry, size))
        self._bytes += size
        while len(self._kept) > HISTORY_ENTRIES or self._bytes > HISTORY_BYTES:
            self._bytes -= self._kept.popleft()[1]
        self.entries = tuple(entry for entry, _ in self._kept)
        return True

    def replace(self, others: Iterable[HistoryEntry]) -> None:
        self.entries, self._bytes = (), 0
        self._kept.clear()
        for entry in others:
            self.add(entry)


def _shortened(text: str) -> str:
    return f"{text[:LONGEST_TEXT]}…" if len(text) > LONGEST_TEXT else text
