"""What a field of a word may be (wire.py): each returns it as it is meant, or raises Unfit."""

from collections.abc import Callable
from typing import Any, TypeAlias

from ..agent_host import HistoryEntry
from ..message import JsonObject, is_fields, to_whole


class Unfit(Exception):  # noqa: N818 - it never leaves wire.py
    pass


Read: TypeAlias = Callable[[object], Any]


def text(value: object) -> str:
    if not isinstance(value, str):
        raise Unfit
    return value


def note(value: object) -> str | None:
    return None if value is None else text(value)


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Unfit
    return value


def pair(value: object) -> tuple[str, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise Unfit
    return text(value[0]), value[1]


def entry(value: object) -> HistoryEntry:
    if not is_fields(value):
        raise Unfit
    return HistoryEntry(*(text(value.get(name)) for name in ("id", "role", "text", "who", "when")))  # type: ignore[arg-type]


def whole(value: object) -> int:
    number = to_whole(value)
    if number is None:
        raise Unfit
    return number


def count(value: object) -> int:
    number = whole(value)
    if number < 0:
        raise Unfit
    return number


def listed(each: Read) -> Read:
    def read(value: object) -> list[Any]:
        if not isinstance(value, list):
            raise Unfit
        return [each(one) for one in value]

    return read


def texts(value: object) -> dict[str, str]:
    if not is_fields(value):
        raise Unfit
    return {name: text(one) for name, one in value.items()}


def profile(value: object) -> JsonObject:
    if not is_fields(value) or not isinstance(value.get("name"), str) or not is_fields(value.get("config")):
        raise Unfit
    return value


def window(value: object) -> str:
    if value not in ("open", "closed"):
        raise Unfit
    return str(value)
