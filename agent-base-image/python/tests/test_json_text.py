"""JSON is measured before it is read: the same cases hold the orchestrator and both SDKs (contract/depth.json)."""

import json
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from hairem import json_text
from hairem.in_process.plain import plain
from hairem.json_text import DEEPEST, DEEPEST_CARRIED, is_deeper, parse, write
from hairem.narrator.skills import arguments_of
from hairem.runtime.wire import read_context, read_control, read_peer, read_welcome

FILE = Path(__file__).parents[2] / "contract" / "depth.json"
CONTRACT: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
DEEP = [3_000, 100_000]


def text_of(case: dict[str, Any]) -> str:
    part = {"before": "", "open": "", "times": 0, "middle": "", "close": "", "after": "", **case}
    times = part["times"]
    return str(part["before"] + part["open"] * times + part["middle"] + part["close"] * times + part["after"])


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_numbers_of_the_contract() -> None:
    assert (CONTRACT["deepest"], CONTRACT["deepest_carried"]) == (DEEPEST, DEEPEST_CARRIED)


@pytest.mark.parametrize("case", CONTRACT["cases"], ids=lambda case: case["name"])
def test_reads(case: dict[str, Any]) -> None:
    if case["readable"]:
        parse(text_of(case))
    else:
        with pytest.raises(ValueError, match=r".+"):
            parse(text_of(case))


def test_a_longer_measure_takes_more_levels() -> None:
    text = "[" * 80 + "]" * 80
    parse(text, DEEPEST_CARRIED)
    with pytest.raises(ValueError, match="too deep"):
        parse(text)
    with pytest.raises(ValueError, match="too deep"):
        parse(f"[{text}]", DEEPEST_CARRIED)


def test_what_is_far_too_deep_is_known_by_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def count(*steps: Any, **rest: Any) -> Any:
        nonlocal looks
        looks += 1
        return accumulate(*steps, **rest)

    monkeypatch.setattr(json_text, "accumulate", count)
    assert is_deeper("[" * 400_000 + "]" * 400_000, DEEPEST)
    assert looks == 1
    assert not is_deeper("[" + "[]," * 400_000 + "[]]", DEEPEST)
    assert looks > 100


@pytest.mark.parametrize("levels", [65, *DEEP])
def test_what_goes_out_is_measured(levels: int) -> None:
    with pytest.raises(ValueError, match="too deep"):
        write(nested(levels), DEEPEST)


@pytest.mark.parametrize("levels", [65, *DEEP])
def test_in_process_content_has_a_cut(levels: int) -> None:
    with pytest.raises(ValueError, match="too deep"):
        plain(nested(levels))


@pytest.mark.parametrize("levels", DEEP)
def test_no_word_is_read_from_what_is_too_deep(levels: int) -> None:
    deep = "[" * levels + "]" * levels
    text = f'{{"type":"context","watermark":1,"inst":1,"soft":{deep}}}'
    assert read_control(text) is None
    assert read_welcome(text) is None
    assert read_peer("st:a:1", text) is None
    assert read_context("st:a:1", text) is None
    assert "nested too deeply" in str(arguments_of(text))
