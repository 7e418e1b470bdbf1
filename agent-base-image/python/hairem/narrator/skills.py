"""Skills as a language model sees and uses them. Pure; `contract/narrator.json` holds both SDKs to it."""

from collections.abc import Iterable, Sequence
from typing import Any

from ..json_text import parse, write
from ..message import JsonObject, is_fields

LONGEST_RESULT = 16_000
MOST_ROUNDS = 6


def tools_of(made: Iterable[JsonObject], stated: Iterable[JsonObject]) -> list[dict[str, Any]]:
    """Those that its code has made, and those that manifest or persona list; what these say of one wins."""
    offers: dict[str, dict[str, Any]] = {}
    for offer in (*made, *stated):
        before = offers.get(offer["name"], {})
        offers[offer["name"]] = {
            "name": offer["name"],
            "description": offer.get("description") or before.get("description") or "",
            "parameters": offer.get("parameters") or before.get("parameters") or {"type": "object", "properties": {}},
        }
    return [{"type": "function", "function": offer} for offer in offers.values()]


def arguments_of(call: JsonObject) -> dict[str, Any] | str:
    """The arguments, or a text that tells the model what was wrong with them."""
    text = str(call["function"]["arguments"])
    try:
        value = parse(text) if text.strip() else {}
    except ValueError:
        return "error: the arguments are no JSON"
    return dict(value) if is_fields(value) else "error: the arguments must be a JSON object"


def result_text(result: object) -> str:
    """What a skill returned, as the model is told. Raises ValueError for what is no JSON."""
    text = result if isinstance(result, str) else write(result)
    return f"{text[:LONGEST_RESULT]}…" if len(text) > LONGEST_RESULT else text


def round_messages(text: str, tool_calls: Sequence[JsonObject], results: Sequence[str]) -> list[dict[str, Any]]:
    """What the model said, and what came of it, as the next round begins with them."""
    answers = [
        {"role": "tool", "tool_call_id": call["id"], "content": result}
        for call, result in zip(tool_calls, results, strict=True)
    ]
    return [{"role": "assistant", "content": text, "tool_calls": list(tool_calls)}, *answers]


def rounds_of(llm_config: JsonObject) -> int:
    """How often it may use skills before it must answer: `llm_config.max_rounds`."""
    wanted = llm_config.get("max_rounds")
    if isinstance(wanted, bool) or not isinstance(wanted, (int, float)) or wanted < 0:
        return MOST_ROUNDS
    return min(int(wanted), 50)
