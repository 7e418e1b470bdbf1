"""`ctx.history`: the last that was said to the agent and by it, bounded by count and by bytes."""

from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, replace
from threading import RLock

from ..agent_host import HistoryEntry
from ..json_text import write

HISTORY_ENTRIES = 50
HISTORY_BYTES = 128 * 1024
#: A longer text is cut: one entry must not push out all others.
LONGEST_TEXT = 16_384


class History:
    """`remember` comes from threads, too."""

    def __init__(self) -> None:
        self.entries: tuple[HistoryEntry, ...] = ()
        self._kept: deque[tuple[HistoryEntry, int]] = deque()
        self._bytes = 0
        self._fresh: set[str] = set()
        self._lock = RLock()

    def add(self, entry: HistoryEntry) -> None:
        """Nothing happens where an entry with this id is there: a message that is handled again, or heard of from
        two."""
        with self._lock:
            if self.take(entry):
                self._fresh.add(entry.id)

    def take(self, given: HistoryEntry) -> bool:
        """As `add`, for what another instance knows, too."""
        with self._lock:
            if any(entry.id == given.id for entry in self.entries):
                return False
            entry = replace(given, text=_shortened(given.text))
            size = len(write(asdict(entry)).encode())
            self._kept.append((entry, size))
            self._bytes += size
            while len(self._kept) > HISTORY_ENTRIES or self._bytes > HISTORY_BYTES:
                oldest, size = self._kept.popleft()
                self._bytes -= size
                self._fresh.discard(oldest.id)
            self.entries = tuple(entry for entry, _ in self._kept)
            return True

    def replace(self, others: Iterable[HistoryEntry]) -> None:
        with self._lock:
            self.entries, self._bytes = (), 0
            self._kept.clear()
            self._fresh.clear()
            for entry in others:
                self.take(entry)

    def news(self) -> tuple[HistoryEntry, ...]:
        """What was added since this was asked last."""
        with self._lock:
            news = tuple(entry for entry in self.entries if entry.id in self._fresh)
            self._fresh.clear()
            return news


def _shortened(text: str) -> str:
    return f"{text[:LONGEST_TEXT]}…" if len(text) > LONGEST_TEXT else text
