"""Whether anybody can have heard a request. How many PUBLISH counts proves little, since it counts clients that are
dying, too (BUS.md, rule 6); but none is none: what Redis gave to nobody each time, nobody has executed."""

#: Services that are started again are back by then.
UNHEARD_MS = 30_000.0


class Hearing:
    def __init__(self) -> None:
        #: Of the first send to nobody, while all were.
        self._since: float | None = None
        self._is_possible = False

    def note(self, receivers: int | None, now: float) -> None:
        """It was sent. `receivers` is None where Redis may have it, and did not say."""
        if receivers != 0:
            self._is_possible = True
        if self._since is None:
            self._since = now

    def left(self, now: float) -> float | None:
        """Milliseconds for which it may still be heard, if it goes on being sent; None: somebody may have heard it."""
        return None if self._is_possible or self._since is None else self._since + UNHEARD_MS - now
