"""What a skill is called with, as `contract/parameters.json` says; parameters.test.ts does it for TypeScript."""

import json
from pathlib import Path
from typing import Any

import pytest

from hairem.narrator.parameters import read_parameters

CONTRACT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "contract" / "parameters.json").read_text())


@pytest.mark.parametrize("case", CONTRACT["cases"], ids=lambda case: str(case["name"]))
def test_the_arguments_of_a_skill(case: dict[str, Any]) -> None:
    one = {"type": "object", "properties": {"x": case["one"]}} if "one" in case else CONTRACT["timer"]
    read = read_parameters(case["given"], case.get("schema", one))
    expected = case["read"] if "read" in case else case["wrong"]
    assert json.dumps(read) == json.dumps(expected)  # 60 is not 60.0, and 1 not True


def test_a_large_number_is_kept_exactly() -> None:
    schema = {"properties": {"text": {"type": "string"}, "number": {"type": "integer"}}}
    number = 1144027923840143361
    assert read_parameters({"text": number, "number": number}, schema) == {"text": str(number), "number": number}
    assert read_parameters({"number": str(number)}, schema) == {"number": number}


def test_an_infinite_number_is_refused() -> None:
    schema = {"properties": {"x": {"type": "number"}}}
    assert "x must be a number, not inf" in read_parameters({"x": float("inf")}, schema)
