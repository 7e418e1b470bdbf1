"""The agent's log: one JSON object a line on stdout, with agent and instance, and without its secrets."""

import json
import sys
import traceback
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from ..message import JsonObject

LONGEST_TEXT = 8192
#: Shorter values would blank out ordinary words.
SHORTEST_SECRET = 6


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
        long = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]
        self._hidden = [shown for secret in long for shown in (secret, _to_json(secret)[1:-1])]

    def debug(self, text: str, /, **fields: Any) -> None:
        pass

    def info(self, text: str, /, **fields: Any) -> None:
        self._add("info", text, fields)

    def warn(self, text: str, /, **fields: Any) -> None:
        self._add("warn", text, fields)

    def error(self, text: str, /, **fields: Any) -> None:
        self._add("error", text, fields)

    def _add(self, level: str, text: str, fields: JsonObject) -> None:
        line = _to_line({"at": self._timestamp(), "level": level, "message": text, **self._about, **fields})
        for secret in self._hidden:
            line = line.replace(secret, "***")
        with self._lock:  # handlers log from threads too
            self._write(line + "\n")


def message_of(error: BaseException) -> str:
    """What an error says to people; some say only what was not found, some nothing at all."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if not text or isinstance(error, KeyError) else text


def stack_of(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).rstrip()


def _to_line(entry: JsonObject) -> str:
    try:
        return _to_json(_plain(entry))
    except (ValueError, RecursionError):  # fields that contain themselves
        return _to_json({name: entry[name] for name in ("at", "level", "message")})


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _plain(value: object) -> object:
    if isinstance(value, BaseException):
        code = getattr(value, "code", None)
        known = {"code": code} if isinstance(code, str) else {}
        return _plain({**known, "name": type(value).__name__, "message": message_of(value), "stack": stack_of(value)})
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(one) for one in value]
    return f"{value[:LONGEST_TEXT]}…" if isinstance(value, str) and len(value) > LONGEST_TEXT else value


def _to_stdout(line: str) -> None:
    data = line.encode("utf-8", "replace")
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
