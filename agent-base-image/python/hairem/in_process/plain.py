"""What in-process agents hand over as content is whatever pydantic could write; the bus takes JSON."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from ..json_text import DEEPEST


def plain(value: Any, depth: int = 0) -> Any:
    """The same as JSON values: models as mappings, sets as lists, dates and the rest as their text.

    Raises ValueError for what is nested deeper than a message may be, or contains itself.
    """
    if depth > DEEPEST:
        raise ValueError(f"too deep: it has more than {DEEPEST} levels, or contains itself")
    if isinstance(value, Enum):
        return plain(value.value, depth + 1)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(plain(name, depth + 1)): plain(one, depth + 1) for name, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one, depth + 1) for one in value]
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if callable(isoformat) else str(value)
