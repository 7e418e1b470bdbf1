"""What services say on `re:<id>:<inst>:<service>` (BUS.md, rule 14). Hand-written checks, as in wire.py."""

from ..json_text import DEEPEST_CARRIED, parse_exact
from ..message import JsonObject, is_fields, to_whole

#: Each answers on `re:<id>:<inst>:<service>`, where nobody else can speak; the orchestrator answers for all others.
SPEAKING_SERVICES = ("memory", "llm")
ORCHESTRATOR = "orchestrator"


def speaker_for(service: str) -> str:
    """Who alone may answer what is asked of a service: that service, or the orchestrator."""
    return service if service in SPEAKING_SERVICES else ORCHESTRATOR


def read_answer(text: str) -> JsonObject | None:
    """None for what is no answer."""
    try:
        value = parse_exact(text, DEEPEST_CARRIED)
    except ValueError:
        return None
    if not is_fields(value) or not isinstance(value.get("id"), str):
        return None
    if value.get("type") == "working":
        return value
    if not isinstance(value.get("run"), str) or to_whole(value.get("seq")) is None:
        return None
    if value.get("type") == "chunk" and "data" in value:
        return value
    if value.get("type") != "reply":
        return None
    if value.get("ok") is True and "result" in value:
        return value
    error = value.get("error")
    is_error = value.get("ok") is False and is_fields(error)
    fits = (
        is_error and is_fields(error) and isinstance(error.get("code"), str) and isinstance(error.get("message"), str)
    )
    return value if fits else None
