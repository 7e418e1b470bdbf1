"""A skill of an in-process agent is a method of its name, called with the arguments by theirs."""

import inspect
from collections.abc import Callable
from typing import Any

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
    schema: dict[str, Any] = {"type": "object", "properties": {one.name: _type_of(one) for one in named}}
    required = [one.name for one in named if one.default is inspect.Parameter.empty]
    return {**schema, "required": required} if required else schema


def _type_of(parameter: inspect.Parameter) -> dict[str, str]:
    annotation = parameter.annotation
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    known = _TYPES.get(name.partition("[")[0].lower())
    return {"type": known} if known else {}
