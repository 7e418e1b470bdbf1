"""JSON as JavaScript reads and writes it: no NaN, no Infinity, nothing escaped that need not be.

The one place where JSON that others wrote becomes values (BUS.md, Depth and Numbers): its nesting is measured on the
text before anything is built from it, and a number that no double holds is refused rather than changed.
`contract/depth.json` and `numbers.json` hold both SDKs and the orchestrator to it.
"""

import json
import math
import re
from array import array
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any, Literal, TypeAlias

#: Levels of lists and objects in a text that an agent or a language model says.
DEEPEST = 64
#: In a text that carries such values inside of its own levels: answers of services, what instances hand over.
DEEPEST_CARRIED = 80

_STRINGS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
#: A level up or down for each bracket, as signed bytes; all else is left out.
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
#: So many brackets are counted before it is asked whether that is enough.
_AT_ONCE = 4096

#: What becomes of a whole number that no double holds: `held`, for what agents say to each other, refuses it; `exact`,
#: for databases and an agent's own context, takes 64 bits; `nearest`, for what others count in, refuses none.
Numbers: TypeAlias = Literal["held", "exact", "nearest"]
Hook: TypeAlias = Callable[[str], float | str]
LARGEST_WHOLE = 2**53 - 1
LARGEST_64 = 2**63 - 1
#: Longer than any number of 64 bits.
LONG = 20
AS_TEXT = "is more than a number here can hold exactly (2^53 - 1): send it as text"
AS_TEXT_64 = "is more than 64 bits: keep it as text"

#: With more digits a whole number may be too large. Few texts have so many in a row; two parts are looked for faster.
_SAFE_DIGITS = 15
_MANY_DIGITS = re.compile(rf"[0-9][0-9]{{{_SAFE_DIGITS}}}")


def parse(text: str, deepest: int = DEEPEST) -> object:
    """Raises ValueError for what is no JSON, for what is nested deeper than `deepest` levels, and for a number that no
    double holds."""
    return _parse(text, deepest, _HELD)


def parse_exact(text: str, deepest: int = DEEPEST) -> object:
    """As `parse`; whole numbers of 64 bits are what they are. For what databases answer, and an agent's own context."""
    return _parse(text, deepest, _EXACT)


def parse_as_written(text: str) -> object:
    """As `parse`; a number that would not stay what it is stays as it was written, as a text."""
    return _parse(text, DEEPEST, _AS_WRITTEN)


def _parse(text: str, deepest: int, decoder: json.JSONDecoder) -> object:
    if is_deeper(text, deepest):
        raise ValueError(f"too deep: it has more than {deepest} levels")
    try:
        return decoder.decode(text)
    except RecursionError as error:
        raise ValueError("it is too deep") from error


def is_deeper(text: str, deepest: int) -> bool:
    """Of JSON exactly, of another text somehow: the parser has the last word.

    Nothing here runs once for each sign, and what is far too deep is known by its beginning.
    """
    if text.count("[") + text.count("{") <= deepest:
        return False
    steps = _STRINGS.sub("", text).encode("utf-8", "replace").translate(_STEPS, _NO_BRACKETS)
    level = 0
    for at in range(0, len(steps), _AT_ONCE):
        levels = list(accumulate(array("b", steps[at : at + _AT_ONCE]), initial=level))
        if max(levels) > deepest:
            return True
        level = levels[-1]
    return False


def write(value: object, deepest: int | None = None, numbers: Numbers = "held") -> str:
    """Raises ValueError for what is no JSON, for what is nested deeper than `deepest` levels, and for a number that
    others would read as another one."""
    try:
        text = _ENCODER.encode(value)
    except RecursionError as error:
        raise ValueError("too deep: it is nested deeper than can be written") from error
    except TypeError as error:
        raise ValueError(str(error)) from error
    except ValueError as error:
        if "integer string" not in str(error):
            raise
        # It has thousands of digits, and Python's own words name a setting of the interpreter.
        raise ValueError(f"a whole number {AS_TEXT}") from error
    if deepest is not None and is_deeper(text, deepest):
        raise ValueError(f"too deep: it has more than {deepest} levels")
    if numbers != "nearest" and _MANY_DIGITS.search(text):
        (_HELD_WHOLES if numbers == "held" else _EXACT_WHOLES).decode(text)
    return text if _is_utf8(text) else json.dumps(value, allow_nan=False, separators=(",", ":"))


def to_json(value: object) -> str:
    """What comes back the same. Raises TypeError, saying what in it is no JSON and where."""
    why = _not_json(value, "", 0)
    if why:
        raise TypeError(why)
    return write(value, numbers="exact")


def _not_json(value: object, path: str, depth: int) -> str | None:
    """The encoder would write some of it as something else: a key that is a number, say."""
    at = f" at {path}" if path else ""
    if depth > DEEPEST:
        return f"it is deeper than {DEEPEST} levels, or contains itself"
    if value is None or isinstance(value, (str, bool)):
        return None
    if isinstance(value, int):
        return None if _fits_64(value) else f"a whole number{at} {AS_TEXT_64}"
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
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair: JavaScript writes it with an escape
        return False
    return True


def _or_written(read: Hook) -> Hook:
    def read_or_keep(text: str) -> float | str:
        try:
            return read(text)
        except ValueError:
            return text

    return read_or_keep


def _held(digits: str) -> int:
    if len(digits) <= _SAFE_DIGITS:
        return int(digits)
    if len(digits) > LONG or not -LARGEST_WHOLE <= int(digits) <= LARGEST_WHOLE:
        raise ValueError(f"{_shortened(digits)} {AS_TEXT}")
    return int(digits)


def _of_64_bits(digits: str) -> int:
    if len(digits) > LONG or not _fits_64(int(digits)):
        raise ValueError(f"{_shortened(digits)} {AS_TEXT_64}")
    return int(digits)


def _fits_64(value: int) -> bool:
    return -LARGEST_64 - 1 <= value <= LARGEST_64


def _finite(text: str) -> float:
    value = float(text)
    if value and not math.isinf(value):
        return value
    if value or re.search("[1-9]", re.split("[eE]", text, maxsplit=1)[0]):
        raise ValueError(f"{_shortened(text)} {AS_TEXT}")
    return value


def _shortened(digits: str) -> str:
    return f"{digits[:40]}…" if len(digits) > 40 else digits


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _decoder(whole: Hook, fraction: Hook | None = None) -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=_refuse, parse_int=whole, parse_float=fraction)


# Made once: to make one takes as long as to read a message.
_HELD = _decoder(_held, _finite)
_EXACT = _decoder(_of_64_bits, _finite)
_AS_WRITTEN = _decoder(_or_written(_of_64_bits), _or_written(_finite))
#: For what was written here: its fractions are no question.
_HELD_WHOLES = _decoder(_held)
_EXACT_WHOLES = _decoder(_of_64_bits)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
