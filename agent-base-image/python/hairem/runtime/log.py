"""The agent's log: one JSON object a line on stdout, with agent and instance, and without its secrets."""

import json
import sys
import traceback
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from ..message import JsonObject
from ..raised import reason_of
from .own_secrets import is_sensitive_key
from .spellings import spellings_of

LONGEST_TEXT = 8192
MASK = "***"


class AgentLog:
    def __init__(
        self, about: JsonObject, timestamp: Callable[[], str], write: Callable[[str], None] | None = None
    ) -> None:
        """`about` is in every line, for example agent and instance."""
        self._about = about
        self._timestamp = timestamp
        self._write = write or _to_stdout
        self._hidden: list[str] = []
        self._lock = Lock()

    def redact(self, secrets: Iterable[str]) -> None:
        """From now on these values are blanked out wherever they show."""
        self._hidden = sorted((text for secret in secrets for text in spellings_of(secret)), key=len, reverse=True)

    def debug(self, text: str, /, **fields: Any) -> None:
        pass

    def info(self, text: str, /, **fields: Any) -> None:
        self._add("info", text, fields)

    def warn(self, text: str, /, **fields: Any) -> None:
        self._add("warn", text, fields)

    def error(self, text: str, /, **fields: Any) -> None:
        self._add("error", text, fields)

    def _add(self, level: str, text: str, fields: JsonObject) -> None:
        entry = {"at": self._timestamp(), "level": level, "message": text, **self._about, **fields}
        line = self.hide(_to_line(entry, self.hide))  # names of fields, too
        with self._lock:  # handlers log from threads too
            self._write(line + "\n")

    def hide(self, text: str) -> str:
        """A text of the agent's own without its secrets, for what is told of it elsewhere."""
        for spelling in self._hidden:
            text = text.replace(spelling, MASK)
        return text


def stack_of(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error)).rstrip()
    except BaseException:
        return reason_of(error)


def _to_line(entry: JsonObject, hide: Callable[[str], str]) -> str:
    try:
        return _to_json(_plain(entry, hide))
    except (ValueError, RecursionError):  # fields that contain themselves
        return _to_json({name: hide(str(entry[name])) for name in ("at", "level", "message")})


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _plain(value: object, hide: Callable[[str], str]) -> object:
    """Secrets go before a long text is cut: half of one must not stay at its end."""
    if isinstance(value, BaseException):
        code = getattr(value, "code", None)
        known = {"code": code} if isinstance(code, str) else {}
        about = {**known, "name": type(value).__name__, "message": reason_of(value), "stack": stack_of(value)}
        return _plain(about, hide)
    if isinstance(value, dict):
        return {str(name): _member(str(name), one, hide) for name, one in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(one, hide) for one in value]
    if not isinstance(value, str):
        return value
    shown = hide(value)
    return f"{shown[:LONGEST_TEXT]}…" if len(shown) > LONGEST_TEXT else shown


def _member(name: str, value: object, hide: Callable[[str], str]) -> object:
    is_value = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    return MASK if is_value and is_sensitive_key(name) else _plain(value, hide)


def _to_stdout(line: str) -> None:
    data = line.encode("utf-8", "replace")
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
