"""Numbers come as they went, or not at all: `contract/numbers.json` holds the orchestrator and both SDKs."""

import json
from pathlib import Path
from typing import Any

import pytest

from hairem.json_text import LARGEST_WHOLE, Numbers, parse, parse_exact, to_json, write
from hairem.narrator.skills import arguments_of, result_text

FILE = Path(__file__).parents[2] / "contract" / "numbers.json"
CONTRACT: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
CASES = [(case.get("text") or "9" * case["digits"], case) for case in CONTRACT["cases"]]
NAMES = [text[:40] for text, _ in CASES]


def test_the_largest() -> None:
    assert CONTRACT["largest"] == LARGEST_WHOLE


@pytest.mark.parametrize(("text", "case"), CASES, ids=NAMES)
@pytest.mark.parametrize(("read", "numbers"), [(parse, "held"), (parse_exact, "exact")])
def test_reads_and_writes(text: str, case: dict[str, Any], read: Any, numbers: Numbers) -> None:
    whole = f'{{"a":["9007199254740993",{text}]}}'
    overwritten = f'{{"a":{text},"a":1}}'
    if not case[numbers]:
        for refused in (whole, overwritten):
            with pytest.raises(ValueError, match=r"exactly|64 bits"):
                read(refused)
        return
    assert read(overwritten) == {"a": 1}
    value = read(whole)
    assert value["a"][1] == (float(text) if set(text) & set(".eE") else int(text))
    assert read(write(value, numbers=numbers)) == value


@pytest.mark.parametrize("text", CONTRACT["no_json"])
def test_no_json(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


@pytest.mark.parametrize("text", CONTRACT["in_texts"])
def test_in_texts(text: str) -> None:
    parse(text)
    assert write(parse(text)) == text


@pytest.mark.parametrize("value", [2**53, -(2**53), 1144027923840143361, 10**400, 10**5000], ids=range(5))
def test_a_whole_number_that_no_double_holds_is_not_sent(value: int) -> None:
    with pytest.raises(ValueError, match="send it as text"):
        write({"id": value})


def test_a_context_and_a_database_take_64_bits() -> None:
    assert to_json({"id": 1144027923840143361}) == '{"id":1144027923840143361}'
    with pytest.raises(TypeError, match=r"at \.id is more than 64 bits: keep it as text"):
        to_json({"id": 2**63})
    assert write([2**63 - 1], numbers="exact") == "[9223372036854775807]"
    with pytest.raises(ValueError, match="64 bits"):
        write([2**63], numbers="exact")
    assert write([2**63], numbers="nearest") == "[9223372036854775808]"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("numbers", ["held", "exact", "nearest"])
def test_what_is_no_number_is_never_null(value: float, numbers: Numbers) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write(value, numbers=numbers)


def test_what_a_language_model_gives_loses_nothing() -> None:
    assert arguments_of('{"a": 1144027923840143361, "b": 1e999, "c": 99999999999999999999}') == {
        "a": 1144027923840143361,
        "b": "1e999",
        "c": "99999999999999999999",
    }
    assert result_text({"n": 2**53 + 1}) == '{"n":9007199254740993}'
