"""Texts, numbers and flags as a JSON Schema wants them, read where that loses nothing (parameters.py). Pure."""

import math
import re
from typing import Any

from ..json_text import write
from ..message import LARGEST_INTEGER, is_fields

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def is_kind(value: Any, kind: str) -> bool:
    match kind:
        case "null":
            return value is None
        case "array":
            return isinstance(value, list)
        case "object":
            return is_fields(value)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return is_number and (kind == "number" or int(value) == value)


def as_plain(kind: str, given: Any) -> Any:
    """None where it cannot be read as this without a loss."""
    if kind == "string":
        return _text_of(given)
    if kind == "boolean":
        return _flag_of(given)
    if kind not in ("integer", "number"):
        return None
    number = _number_of(given) if isinstance(given, str) else given
    if number is None or not is_kind(number, kind):
        return None
    is_whole = int(number) == number and (isinstance(number, int) or abs(number) <= LARGEST_INTEGER)
    return int(number) if is_whole else number if kind == "number" else None


def _number_of(text: str) -> int | float | None:
    said = text.strip()
    if not NUMBER.fullmatch(said):
        return None
    return int(said) if said.lstrip("+-").isdigit() and len(said) < 100 else float(said)


def _flag_of(given: Any) -> bool | None:
    if not isinstance(given, (str, int, float)):
        return None
    said = given.strip().lower() if isinstance(given, str) else given
    return {1: True, "true": True, "1": True, 0: False, "false": False, "0": False}.get(said)


def _text_of(given: Any) -> str | None:
    """As JavaScript writes it."""
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, float) and given.is_integer() and abs(given) < 1e21:
        return str(int(given))
    return re.sub(r"e([+-])0*", r"e\1", json_of(given)) if isinstance(given, float) else json_of(given)


def json_of(value: Any) -> str:
    """A number may be infinite: JSON has no word for it."""
    try:
        return write(value)
    except ValueError:
        return repr(value)
