"""contract/cases.json: what every SDK must accept, and what it must drop."""

import json
from pathlib import Path
from typing import Any

import pytest

from hairem.json_text import parse
from hairem.message import to_message

FILE = Path(__file__).parents[2] / "contract" / "cases.json"
CASES: dict[str, Any] = json.loads(FILE.read_text())
DEFAULTS: dict[str, Any] = {"priority": "normal", "correlation_id": None, "ttl": 5, "chain": [], "redelivered": False}


@pytest.mark.parametrize("case", CASES["valid"], ids=lambda case: case["name"])
def test_valid(case: dict[str, Any]) -> None:
    sent = case["message"]
    message = to_message(sent)
    assert message is not None
    assert message.raw == sent
    assert (message.id, message.type, message.timestamp) == (sent["id"], sent["type"], sent["timestamp"])
    assert (message.sender.agent_id, message.sender.role) == (sent["sender"]["agent_id"], sent["sender"].get("role"))
    assert message.payload == sent["payload"]
    metadata = {name: getattr(message.metadata, name) for name in DEFAULTS}
    expected = {**DEFAULTS, **sent.get("metadata", {})}
    assert {**metadata, "chain": list(metadata["chain"])} == {name: expected[name] for name in DEFAULTS}


@pytest.mark.parametrize("case", CASES["invalid"], ids=lambda case: case["name"])
def test_invalid(case: dict[str, Any]) -> None:
    assert to_message(case["message"]) is None


def test_lengths_are_counted_as_javascript_counts_them() -> None:
    valid = CASES["valid"][0]["message"]
    assert to_message({**valid, "id": "🦊" * 32}) is not None
    assert to_message({**valid, "id": "🦊" * 33}) is None


def test_whole_numbers_may_be_written_with_a_point() -> None:
    valid = CASES["valid"][0]["message"]
    message = to_message({**valid, "metadata": {"ttl": 3.0}})
    assert message is not None
    assert repr(message.metadata.ttl) == "3"


def test_no_json_and_a_number_of_thousands_of_digits_are_refused() -> None:
    for text in ("{", '{"n": ' + "1" * 5_000 + "}", "NaN"):
        with pytest.raises(ValueError):  # noqa: PT011 - any of them
            parse(text)
