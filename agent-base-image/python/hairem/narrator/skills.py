"""Skills as a language model sees and uses them. Pure; `contract/narrator.json` holds both SDKs to it."""

import string
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from ..json_text import DEEPEST, is_deeper, parse_as_written, write
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


Offers: TypeAlias = dict[str, dict[str, Any]]


def offers_of(made: Iterable[JsonObject], stated: Iterable[JsonObject]) -> Offers:
    """By name: what its code has made, and what manifest or persona list; what these say of one wins."""
    offers: dict[str, dict[str, Any]] = {}
    for offer in (*made, *stated):
        before = offers.get(offer["name"], {})
        offers[offer["name"]] = {
            "name": offer["name"],
            "description": offer.get("description") or before.get("description") or "",
            "parameters": offer.get("parameters") or before.get("parameters") or {"type": "object", "properties": {}},
        }
    return offers


def tools_of(offers: Offers) -> list[dict[str, Any]]:
    """As the model is told of them."""
    told_as = {own: told for told, own in tool_names(list(offers)).items()}
    return [{"type": "function", "function": {**offer, "name": told_as[offer["name"]]}} for offer in offers.values()]


MEND = 'call it again with one JSON object, such as {"name": "value"}'


def arguments_of(given: object) -> dict[str, Any] | str:
    """The arguments, or a text that tells the model what was wrong with them."""
    if is_fields(given):
        return dict(given)  # some providers write no text
    if given is not None and not isinstance(given, str):
        return f"error: the arguments are no text: {MEND}"
    text = (given or "").strip()
    if is_deeper(text, DEEPEST):
        return f"error: the arguments are nested too deeply: {MEND}"
    try:
        value = parse_as_written(text) if text else {}
    except ValueError:
        return f"error: the arguments are no JSON: {MEND}"
    return dict(value) if is_fields(value) else f"error: the arguments must be a JSON object: {MEND}"


def result_text(result: object) -> str:
    """What a skill returned, as the model is told. Raises ValueError for what is no JSON."""
    text = result if isinstance(result, str) else write(result, numbers="nearest")
    return f"{text[:LONGEST_RESULT]}…" if len(text) > LONGEST_RESULT else text


def with_own_ids(calls: Iterable[JsonObject], taken: set[str]) -> list[dict[str, Any]]:
    """Each with an id of its own among those of all rounds (`taken`, where the new ones are added): results name their
    calls by it."""
    own: list[dict[str, Any]] = []
    for call in calls:
        name, number = call.get("id"), len(taken) + 1
        while not isinstance(name, str) or not name or name in taken:
            name, number = f"call_{number}", number + 1
        taken.add(name)
        own.append({**call, "id": name})
    return own


def round_messages(
    answer: JsonObject, tool_calls: Sequence[JsonObject], results: Sequence[str]
) -> list[dict[str, Any]]:
    """What the model said, as it came, and what came of it, as the next round begins with them (BUS.md, Answers of a
    model)."""
    answers = [
        {"role": "tool", "tool_call_id": call["id"], "content": result}
        for call, result in zip(tool_calls, results, strict=True)
    ]
    said = {"role": "assistant", "content": answer["text"] or None, "tool_calls": list(tool_calls)}
    return [{**said, **(answer.get("extra") or {})}, *answers]


def silence(answer: JsonObject, rounds: int) -> str:
    """Why an answer says nothing, where the provider has said no reason."""
    if answer["tool_calls"]:
        more = "`llm_config.max_rounds` allows it others, up to 50."
        return f"after {rounds} rounds of using its skills it wanted more. {more}"
    reason = answer.get("finish_reason")
    ended = f" and ended with `{reason}`" if reason is not None else ""
    return f"the model {answer.get('model')} said nothing{ended}. Ask again, or choose another model."


def rounds_of(llm_config: JsonObject) -> int:
    """How often it may use skills before it must answer: `llm_config.max_rounds`."""
    wanted = llm_config.get("max_rounds")
    if isinstance(wanted, bool) or not isinstance(wanted, (int, float)) or wanted < 0:
        return MOST_ROUNDS
    return min(int(wanted), 50)
