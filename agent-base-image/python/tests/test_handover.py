"""contract/handover.json: event sequences and the actions that every SDK's state machine must give (rule 18)."""

import json
from pathlib import Path

import pytest
from play_case import Fields, new_follower, play

FILE = Path(__file__).parents[2] / "contract" / "handover.json"
CASES: list[Fields] = json.loads(FILE.read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rule']}: {case['name']}")
def test_handover(case: Fields) -> None:
    state = new_follower(case["inst"], case.get("limits"))
    for step in case["steps"]:
        assert play(state, step["event"]) == step["actions"], step["event"]
