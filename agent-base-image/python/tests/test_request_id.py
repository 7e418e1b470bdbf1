"""The id of a request (contract/request-ids.json): a message that is handled twice asks with the same one."""

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import a_message

from hairem.agent_host import ServiceCall
from hairem.runtime.cause import HandlerCause, TaskCause
from hairem.runtime.request_id import request_id_for

CASES = json.loads((Path(__file__).parents[2] / "contract/request-ids.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[f"{case['service']}.{case['op']}" for case in CASES])
def test_the_id_of_a_request_is_the_contracts(case: dict[str, Any]) -> None:
    message = a_message(id=case["message"], sender={"agent_id": case["sender"]})
    cause = HandlerCause(message, is_broadcast=False)
    call = ServiceCall(case["service"], case["op"], case["args"])
    assert [request_id_for(cause, call) for _ in case["ids"]] == case["ids"]


def test_the_id_of_a_request_is_another_for_each_task_and_for_setup() -> None:
    call = ServiceCall("memory", "recall", {})
    made = [request_id_for(cause, call) for cause in (TaskCause(), TaskCause(), None, None)]
    assert len(set(made)) == 4
