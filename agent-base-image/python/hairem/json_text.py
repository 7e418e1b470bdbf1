"""JSON as JavaScript reads and writes it: no NaN, no Infinity, nothing escaped that need not be."""

import json

#: Digits beyond which a number is infinite to JavaScript, all of them above what any float can hold.
LONG = 400


def parse(text: str) -> object:
    """Raises ValueError."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError:
        raise
    except RecursionError as error:
        raise ValueError("it is too deep") from error
    except ValueError:  # a whole number of thousands of digits, which is infinite to JavaScript
        return json.loads(text, parse_constant=_refuse, parse_int=_whole)


def write(value: object) -> str:
    """Raises ValueError for what is no JSON."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return text if _is_utf8(text) else json.dumps(value, allow_nan=False, separators=(",", ":"))


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
