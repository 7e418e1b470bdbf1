"""Skills as a language model sees and uses them. Pure; `contract/narrator.json` holds both SDKs to it."""

import json
import string
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from ..json_text import DEEPEST, is_deeper, parse, write
from ..message import JsonObject, is_fields

LONGEST_RESULT = 16_000
MOST_ROUNDS = 6
_TOLD = frozenset(string.ascii_letters + string.digits + "_-")


#: Longer names, and other signs, providers refuse together with the whole question.
LONGEST_NAME = 64


def tool_names(names: Sequence[str]) -> dict[str, str]:
    """By the name that the model is told of each skill, its own."""
    told: dict[str, str] = {}
    fit = [name for name in names if _as_told(name) == name and len(name) <= LONGEST_NAME]
    for name in (*fit, *(name for name in names if name not in fit)):
        plain = _as_told(name)[:LONGEST_NAME]
        free, number = plain, 2
        while free in told:
            free, number = f"{plain[: LONGEST_NAME - 4]}_{number}", number + 1
        told[free] = name
    return told


def _as_told(name: str) -> str:
    parts = (one for one in unicodedata.normalize("NFD", name) if not unicodedata.category(one).startswith("M"))
    return "".join(one if one in _TOLD else "_" for one in parts)


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
    told_as = {own: told for told, own in tool_names(list(offers)).items()}
    return [{"type": "function", "function": {**offer, "name": told_as[offer["name"]]}} for offer in offers.values()]


def arguments_of(call: JsonObject) -> dict[str, Any] | str:
    """The arguments, or a text that tells the model what was wrong with them."""
    text = str(call["function"]["arguments"])
    try:
        value = parse(text) if text.strip() else {}
    except json.JSONDecodeError:
        return "error: the arguments are no JSON"
    except ValueError as error:
        return f"error: {error}" if not is_deeper(text, DEEPEST) else "error: the arguments are nested too deeply"
    return dict(value) if is_fields(value) else "error: the arguments must be a JSON object"


def result_text(result: object) -> str:
    """What a skill returned, as the model is told. Raises ValueError for what is no JSON."""
    text = result if isinstance(result, str) else write(result, numbers="nearest")
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
