"""The seal of what the orchestrator says, by the cases that both SDKs share."""

import json
from pathlib import Path

from hairem.runtime.control_seal import ControlSeal

CONTRACT = Path(__file__).parents[2] / "contract" / "control-seal.json"


def test_the_contract() -> None:
    contract = json.loads(CONTRACT.read_text())
    seal = ControlSeal(contract["key"], contract["after"])
    for step in contract["steps"]:
        assert seal.open(step["channel"], step["text"]) == step["body"], step["why"]
