"""The small parts: environment, log, memory, the readers of the bus, the loading of a bundle, threads."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import HandTurnedClock, KeptLog, run
from imports_restored import imports_restored

from hairem import BaseAgent, Outcome
from hairem.follower.events import Cut, Watermark
from hairem.runtime.aside import Aside
from hairem.runtime.cause import TaskCause, causes
from hairem.runtime.environment import read_environment
from hairem.runtime.heartbeat import Lag, memory_bytes, memory_limit
from hairem.runtime.load_agent import load_agent
from hairem.runtime.log import AgentLog
from hairem.runtime.wire import read_control, read_peer, read_welcome
from hairem.runtime.words import Whois

FULL = {
    "HAIREM_AGENT": "electra",
    "HAIREM_INSTANCE": "7",
    "HAIREM_REDIS_PASSWORD": "secret",
    "HAIREM_CONTROL_KEY": f"{'k' * 43}.7",
}


def test_the_environment_is_read_once_and_the_password_is_gone() -> None:
    env = dict(FULL)
    environment = read_environment(env)
    assert "HAIREM_REDIS_PASSWORD" not in env
    assert "HAIREM_CONTROL_KEY" not in env
    options = environment.connection
    assert (options.host, options.port, options.username, options.password) == ("redis", 6379, "electra.7", "secret")


@pytest.mark.parametrize(
    "wrong",
    [{"HAIREM_INSTANCE": ""}, {"HAIREM_INSTANCE": "0"}, {"HAIREM_REDIS_PORT": "x"}, {"HAIREM_CONTROL_KEY": "k.1"}],
)
def test_the_environment_names_what_is_missing_or_wrong(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        read_environment({**FULL, **wrong})


def test_the_log_is_one_json_object_a_line_without_the_secrets() -> None:
    lines: list[str] = []
    log = AgentLog({"agent": "electra"}, lambda: "now", lines.append)
    log.redact(["sesame-open", "short", 'a"quoted"one'])
    log.info("sesame-open", found='a"quoted"one', word="short")
    log.error("bad", error=ValueError("sesame-open is wrong"))
    log.warn("long", text="x" * 9_000)
    first, second, third = (json.loads(line) for line in lines)
    assert first == {
        "at": "now",
        "level": "info",
        "message": "***",
        "agent": "electra",
        "found": "***",
        "word": "short",
    }
    assert second["error"]["name"] == "ValueError"
    assert second["error"]["message"] == "*** is wrong"
    assert "ValueError: *** is wrong" in second["error"]["stack"]
    assert len(third["text"]) == 8_193


def test_the_log_never_raises() -> None:
    lines: list[str] = []
    circle: dict[str, Any] = {}
    circle["self"] = circle
    AgentLog({}, lambda: "now", lines.append).info("circle", circle=circle, thing=object())
    assert json.loads(lines[0])["message"] == "circle"


@pytest.mark.parametrize(
    ("root", "usage", "limit", "inactive"),
    [
        ("/sys/fs/cgroup", "memory.current", "memory.max", "inactive_file"),
        ("/sys/fs/cgroup/memory", "memory.usage_in_bytes", "memory.limit_in_bytes", "total_inactive_file"),
    ],
)
def test_memory_is_counted_as_the_engine_does(root: str, usage: str, limit: str, inactive: str) -> None:
    files = {f"{root}/{usage}": "1000\n", f"{root}/{limit}": "5000\n", f"{root}/memory.stat": f"x 1\n{inactive} 400\n"}
    assert memory_bytes(files.get) == 600
    assert memory_limit(files.get) == 5_000
    assert memory_limit({**files, f"{root}/{limit}": "max\n"}.get) is None
    assert memory_bytes() > 1_000_000


def test_lag_is_the_longest_lateness_since_the_last_reading() -> None:
    now = [0.0]
    lag = Lag(lambda: now[0], 100)
    for late in (100, 350, 100):
        now[0] += late
        lag.tick()
    assert lag.take() == 250
    assert lag.take() == 0
    now[0] += 50
    assert lag.take() == 0
    now[0] += 650  # blocked since the last tick: a reading between must not hide a part of it
    assert lag.take() == 600


def test_the_wire_reads_rules_and_questions_and_nothing_that_does_not_fit() -> None:
    cut = {"type": "cut", "id": "k", "term": 2, "to": 1, "adopt": [3], "conns": {"1": "c"}, "more": True}
    assert read_control(json.dumps(cut)) == Cut("k", 2, 1, [3], {"1": "c"})
    assert read_control('{"type":"whois","nonce":"n"}') == Whois("n")
    wrong = [{**cut, "to": -1}, {**cut, "term": True}, {**cut, "adopt": "3"}, {**cut, "conns": {"1": 1}}]
    for text in [*map(json.dumps, wrong), "[]", "{", '{"type":[]}', '{"type":"x"}', '{"type":"whois","nonce":NaN}']:
        assert read_control(text) is None, text


def test_the_wire_believes_a_watermark_only_on_the_channel_of_its_own_instance() -> None:
    text = json.dumps({"type": "watermark", "inst": 2, "base": "m", "low": -1, "done": [1], "trying": []})
    assert read_peer("st:electra:2", text) == Watermark(2, "m", -1, [1], [])
    for channel in ("st:electra:3", "st:electra:x:2", "st:electra:02"):
        assert read_peer(channel, text) is None


def test_the_wire_reads_a_welcome() -> None:
    welcome = {
        "type": "welcome",
        "id": "electra",
        "inst": 2,
        "hash": "h",
        "soft": {"name": "E", "config": {}},
        "secrets": {"A": "b"},
        "drain_seconds": 5,
    }
    assert read_welcome(json.dumps(welcome)) is not None
    assert read_welcome(json.dumps({**welcome, "secrets": {"A": 1}})) is None
    assert read_welcome(json.dumps({**welcome, "soft": {"name": "E"}})) is None


@pytest.fixture
def _clean_imports() -> Iterator[None]:
    with imports_restored():
        yield


def bundle(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/', 1)}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


GOOD = """
from hairem import BaseAgent
from drivers.lamp import ON
from lib.deep.er import X

class Agent(BaseAgent):
    on = ON + X
"""


@pytest.mark.usefixtures("_clean_imports")
def test_no_logic_is_base_agent_itself(tmp_path: Path) -> None:
    assert load_agent(tmp_path) is BaseAgent


@pytest.mark.usefixtures("_clean_imports")
def test_sub_packages_and_installed_packages_are_found(tmp_path: Path) -> None:
    packages = bundle(tmp_path / "deps", wise="ANSWER = 40\n")
    files = {"logic": GOOD, "drivers__lamp": "from wise import ANSWER as ON\n", "lib__deep/er": "X = 2\n"}
    agent: Any = load_agent(bundle(tmp_path / "bundle", **files), packages=packages)
    assert agent.on == 42


BAD = {
    "class Agnet: pass\nx = 1\n": r"logic.py must define a class Agent .*; it defines Agnet \(class\), x \(int\)",
    "class Agent: pass\n": "its class Agent must extend BaseAgent of hairem; it extends object",
    "from hairem import BaseAgent as Agent\n": "must extend BaseAgent of hairem",
    "class Agent(Exception): pass\n": "it extends Exception",
    "": "it defines nothing",
    "class Agent\n": r"logic.py:1:12: expected ':'",
    "import not_there\n": "No module named 'not_there': is it in requirements.txt",
    "import broken\n": r"broken.py:2:5: '\(' was never closed",
}


@pytest.mark.usefixtures("_clean_imports")
@pytest.mark.parametrize("text", BAD)
def test_names_what_is_wrong_with_a_bundle(tmp_path: Path, text: str) -> None:
    with pytest.raises((TypeError, SyntaxError, ModuleNotFoundError), match=BAD[text]):
        load_agent(bundle(tmp_path, logic=text, broken="x = 1\ny = (\n"))


@run
async def test_async_functions_run_on_the_loop_plain_ones_in_threads_with_their_cause() -> None:
    aside = Aside(HandTurnedClock(), KeptLog())
    cause = TaskCause()
    causes.set(cause)

    def where() -> tuple[str, object]:
        return threading.current_thread().name, causes.get()

    async def where_async() -> tuple[str, object]:
        return where()

    name, seen = await aside.call(where)
    assert name.startswith("aside")
    assert seen is cause
    assert await aside.call(where_async) == (threading.main_thread().name, cause)
    assert await aside.call(lambda: where_async()) == (threading.main_thread().name, cause)


@run
async def test_from_a_thread_things_begin_on_the_loop_and_can_be_waited_for() -> None:
    aside = Aside(HandTurnedClock(), KeptLog())

    async def work(n: int) -> int:
        await asyncio.sleep(0)
        if n < 0:
            raise ValueError("no")
        return n

    def begin(n: int) -> Outcome[int]:
        return aside.begin(lambda: asyncio.ensure_future(work(n)))

    assert await aside.call(lambda: begin(3).result(5)) == 3
    assert await aside.call(lambda: begin(4)) == 4
    with pytest.raises(ValueError, match="no"):
        await aside.call(lambda: begin(-1).result(5))
    with pytest.raises(RuntimeError, match="await it"):
        begin(5).result()
    assert await begin(6) == 6


@run
async def test_a_plain_function_that_takes_long_is_reported() -> None:
    log = KeptLog()
    aside = Aside(HandTurnedClock(), log)
    aside.long_seconds = 0.05
    await aside.call(lambda: time.sleep(0.2))
    assert len(log.lines) == 1
    assert "has been running for" in log.texts()[0]
