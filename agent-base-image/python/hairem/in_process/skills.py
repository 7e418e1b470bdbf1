"""A skill of an in-process agent is a method of its name, called with the arguments by theirs."""

import inspect
import re
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

#: What the runtime calls at its own times, and no language model or other agent.
HOOKS = frozenset(
    ("setup", "async_setup", "start", "stop", "teardown", "on_message", "refresh_config", "register_command", "tool")
)
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array", "dict": "object"}


def method_for(agent: object, name: str) -> Callable[..., Any] | None:
    """The method that a skill of this name calls, if there is one."""
    if name.startswith("_") or name in HOOKS or not hasattr(agent, name):
        return None
    method = getattr(agent, name)
    return method if callable(method) else None


def parameters_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The JSON Schema of its arguments, as far as its signature says."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {"type": "object", "properties": {}}
    named = [one for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    schema: dict[str, Any] = {"type": "object", "properties": {one.name: _type_of(one.annotation) for one in named}}
    required = [one.name for one in named if one.default is inspect.Parameter.empty]
    return {**schema, "required": required} if required else schema


def _type_of(annotation: Any) -> dict[str, str]:
    """Of `int | None` and `Optional[int]` that of `int`: null is what it has by default."""
    if isinstance(annotation, str):
        written = re.sub(r"^(?:typing\.)?Optional\[(.*)\]$", r"\1", annotation.strip())
        names = [name for part in written.split("|") if (name := part.strip()) != "None"]
    else:
        is_choice = get_origin(annotation) in (Union, UnionType)
        parts = [part for part in get_args(annotation) if part is not NoneType] if is_choice else [annotation]
        names = [getattr(part, "__name__", "") for part in parts]
    known = _TYPES.get(names[0].partition("[")[0].lower()) if len(names) == 1 else None
    return {"type": known} if known else {}
