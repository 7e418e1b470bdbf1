"""`ctx.state`: a dict that takes only what can be handed to the next instance."""

from collections.abc import Callable
from threading import RLock
from typing import Any

from ..json_text import to_json, write

STATE_BYTES = 128 * 1024


class ContextState(dict[str, Any]):
    """Handlers write it from threads, too."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = RLock()
        #: Bytes of key and value, as they were when last looked at.
        self._sizes: dict[str, int] = {}
        self._bytes = 0

    def __setitem__(self, key: str, value: Any) -> None:
        """Raises TypeError for what is no JSON, ValueError when all of it would be larger than 128 KiB."""
        if not isinstance(key, str):
            raise TypeError(f"ctx.state: a key is a string, not {type(key).__name__}")
        size = _weigh(key, _text_of(key, value))
        with self._lock:
            total = self._bytes - self._sizes.get(key, 0) + size
            if total > STATE_BYTES:
                raise _too_large(key, total)
            self._note(key, size)
            super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        with self._lock:
            super().__delitem__(key)
            self._note(key, 0)

    def setdefault(self, key: str, default: Any = None) -> Any:
        with self._lock:
            if key not in self:
                self[key] = default
            return self[key]

    def update(self, *others: Any, **more: Any) -> None:
        for key, value in dict(*others, **more).items():
            self[key] = value

    def __ior__(self, other: Any) -> "ContextState":  # type: ignore[override,misc]
        self.update(other)
        return self

    def pop(self, key: str, *default: Any) -> Any:
        with self._lock:
            value = super().pop(key, *default)
            self._note(key, 0)
            return value

    def popitem(self) -> tuple[str, Any]:
        with self._lock:
            key, value = super().popitem()
            self._note(key, 0)
            return key, value

    def clear(self) -> None:
        with self._lock:
            super().clear()
            self._sizes.clear()
            self._bytes = 0

    def take(self, key: str, value: Any) -> None:
        """What another instance of this agent had; it kept the bound."""
        with self._lock:
            self._note(key, _weigh(key, write(value, numbers="exact")))
            super().__setitem__(key, value)

    def text_of(self, key: str) -> str | None:
        """None where there is no value, and where it is no JSON any more."""
        with self._lock:
            try:
                return to_json(self[key]) if key in self else None
            except TypeError:
                return None

    def texts(self, refuse: Callable[[str, str], None]) -> dict[str, str]:
        """The text of each value as it is now: what is inside of a value may have changed since it was set.

        `refuse` is told of each key that cannot be handed over any more, and why.
        """
        texts: dict[str, str] = {}
        total = 0
        with self._lock:
            for key, value in self.items():
                try:
                    text = _text_of(key, value)
                    size = _weigh(key, text)
                    self._note(key, size)
                    if total + size > STATE_BYTES:
                        raise _too_large(key, total + size)
                except (TypeError, ValueError) as error:
                    refuse(key, str(error))
                    continue
                total += size
                texts[key] = text
        return texts

    def _note(self, key: str, size: int) -> None:
        self._bytes += size - self._sizes.get(key, 0)
        if size > 0:
            self._sizes[key] = size
        else:
            self._sizes.pop(key, None)


def _text_of(key: str, value: Any) -> str:
    try:
        return to_json(value)
    except TypeError as error:
        raise TypeError(f'ctx.state: "{key}": {error}') from None


def _weigh(key: str, text: str) -> int:
    return len(write(key).encode()) + len(text.encode())


def _too_large(key: str, total: int) -> ValueError:
    advice = "what is larger belongs in memory or in /data"
    limit = _kib(STATE_BYTES)
    return ValueError(f'ctx.state: with "{key}" it would be {_kib(total)}, it may be {limit}: {advice}')


def _kib(size: int) -> str:
    return f"{-(-size // 1024)} KiB"
