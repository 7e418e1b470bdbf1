"""JSON as JavaScript reads and writes it: no NaN, no Infinity, nothing escaped that need not be.

The one place where JSON that others wrote becomes values (BUS.md, Depth): its nesting is measured on the text before
anything is built from it. `contract/depth.json` holds both SDKs and the orchestrator to it.
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

#: Levels of lists and objects in a text that an agent or a language model says.
DEEPEST = 64
#: In a text that carries such values inside of its own levels: answers of services, what instances hand over.
DEEPEST_CARRIED = 80

_NO_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^\[\]{}"]+', re.DOTALL)
_AS_LISTS = str.maketrans("{}", "[]")

#: Digits beyond which a number is infinite to JavaScript, all of them above what any float can hold.
LONG = 400


def parse(text: str, deepest: int = DEEPEST) -> object:
    """Raises ValueError for what is no JSON, and for JSON that is nested deeper than `deepest` levels."""
    if is_deeper(text, deepest):
        raise ValueError(f"too deep: it has more than {deepest} levels")
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError:
        raise
    except RecursionError as error:
        raise ValueError("it is too deep") from error
    except ValueError:  # a whole number of thousands of digits, which is infinite to JavaScript
        return json.loads(text, parse_constant=_refuse, parse_int=_whole)


def is_deeper(text: str, deepest: int) -> bool:
    """Of JSON exactly; a text whose brackets do not match is no JSON, and deeper.

    Strings and values are left out, then level after level from the inside: nothing here runs once for each sign.
    """
    if text.count("[") + text.count("{") <= deepest:
        return False
    left = _NO_BRACKETS.sub("", text).translate(_AS_LISTS)
    for _ in range(deepest):
        if not left:
            return False
        left = left.replace("[]", "")
    return bool(left)


def write(value: object, deepest: int | None = None) -> str:
    """Raises ValueError for what is no JSON, and for what is nested deeper than `deepest` levels."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except RecursionError as error:
        raise ValueError("too deep: it is nested deeper than can be written") from error
    except TypeError as error:
        raise ValueError(str(error)) from error
    if deepest is not None and is_deeper(text, deepest):
        raise ValueError(f"too deep: it has more than {deepest} levels")
    return text if _is_utf8(text) else json.dumps(value, allow_nan=False, separators=(",", ":"))


def to_json(value: object) -> str:
    """What comes back the same. Raises TypeError, saying what in it is no JSON and where."""
    why = _not_json(value, "", 0)
    if why:
        raise TypeError(why)
    return write(value)


def _not_json(value: object, path: str, depth: int) -> str | None:
    """The encoder would write some of it as something else: a key that is a number, say."""
    at = f" at {path}" if path else ""
    if depth > DEEPEST:
        return f"it is deeper than {DEEPEST} levels, or contains itself"
    if value is None or isinstance(value, (str, bool, int)):
        return None
    if isinstance(value, float):
        return None if math.isfinite(value) else f"{value}{at} is not JSON"
    if isinstance(value, (list, tuple)):
        return _first_of(((f"{path}[{place}]", one) for place, one in enumerate(value)), depth)
    if not isinstance(value, dict):
        return f"{_article(type(value).__name__)}{at} is not JSON"
    key = next((key for key in value if not isinstance(key, str)), None)
    if key is not None:
        return f"the key {key!r}{at} is not JSON: a key is a string"
    return _first_of(((f"{path}.{name}", one) for name, one in value.items()), depth)


def _first_of(entries: Iterable[tuple[str, Any]], depth: int) -> str | None:
    return next((why for path, value in entries if (why := _not_json(value, path, depth + 1))), None)


def _article(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair: JavaScript writes it with an escape
        return False
    return True


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < LONG else float(digits)


def _refuse(constant: str) -> None:
    raise ValueError(constant)
