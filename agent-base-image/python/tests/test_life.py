"""What a bundle's own code can do to the runtime by ending in an unusual way: nothing but fail."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import HandTurnedClock, KeptLog, Published, a_message, a_service_line, an_outbox, run
from imports_restored import imports_restored

from hairem.agent_host import AgentHost
from hairem.base_agent import BaseAgent
from hairem.follower.state import FollowerState, Limits
from hairem.message import JsonObject
from hairem.runtime.aside import Aside
from hairem.runtime.context import OwnContext
from hairem.runtime.desk import Desk
from hairem.runtime.dispatch import dispatch
from hairem.runtime.host import InstanceHost
from hairem.runtime.life import LifeError, bring_up, tear_down
from hairem.runtime.log import AgentLog
from hairem.runtime.nursery import Nursery
from hairem.runtime.words import ConfigUpdate


@pytest.fixture(autouse=True)
def _clean_imports() -> Iterator[None]:
    with imports_restored():
        yield


class Parts:
    """A host over nothing, with what it is made of."""

    def __init__(self) -> None:
        self.clock, self.log, self.published = HandTurnedClock(), KeptLog(), Published()
        self.aside = Aside(self.clock, self.log)
        log = AgentLog({}, lambda: "now", lambda line: self.log.lines.append(("line", line, {})))
        nursery = Nursery(self.clock, self.log, self.aside)
        outbox = an_outbox(self.published)
        self.host = InstanceHost(
            "electra",
            7,
            log=log,
            ctx=OwnContext("electra", lambda: "now"),
            outbox=outbox,
            services=a_service_line(self.published),
            nursery=nursery,
            aside=self.aside,
            stop=lambda: None,
        )
        self.agent_log = log


HOOKS = {
    "raise asyncio.CancelledError": "a task of its own was cancelled",
    "sys.exit(3)": "it called sys.exit",
    "raise KeyboardInterrupt": "it was interrupted",
}


def an_agent(folder: Path, hook: str, body: str) -> Path:
    text = f"import asyncio, sys\nfrom hairem import BaseAgent\nclass Agent(BaseAgent):\n    {hook}:\n        {body}\n"
    (folder / "logic.py").write_text(text)
    return folder


@pytest.mark.parametrize("body", HOOKS)
@pytest.mark.parametrize("hook", ["async def setup(self)", "def setup(self)"])
def test_whatever_setup_raises_is_said(tmp_path: Path, hook: str, body: str) -> None:
    @run
    async def come_up() -> None:
        parts = Parts()
        folder = an_agent(tmp_path, hook, body)
        with pytest.raises(LifeError) as caught:
            await bring_up(folder, tmp_path, host=parts.host, aside=parts.aside, on_agent=lambda _: None)
        assert caught.value.phase == "setup"

    come_up()


BASE = "from hairem import BaseAgent\n"
FAILURES = {
    "a name that nobody defined": ({"logic.py": "x = 1\ny = z\n"}, "logic.py:2: name 'z' is not defined"),
    "in setup": (
        {"logic.py": BASE + "class Agent(BaseAgent):\n    def setup(self):\n        {}['lamp']\n"},
        "logic.py:4: KeyError: 'lamp'",
    ),
    "in another file": (
        {"logic.py": "import lib.f\n", "lib/f.py": "\nraise ValueError('no lamp')\n"},
        "lib/f.py:2: no lamp",
    ),
    "a relative import": (
        {"logic.py": "from .lib import f\n"},
        "logic.py:1: attempted relative import with no known parent package",
    ),
    "a name that a file does not give": (
        {"logic.py": "from lib import g\n", "lib.py": ""},
        "logic.py:1: cannot import name 'g' from 'lib'",
    ),
    "a package that is not there": (
        {"logic.py": "\nimport not_there_at_all\n"},
        "logic.py:2: No module named 'not_there_at_all': is it in requirements.txt, or a file of the bundle?",
    ),
    "tabs and spaces": ({"logic.py": "if 1:\n\tx = 1\n        y = 2\n"}, "logic.py:3"),
    "an indent too few": ({"logic.py": "def f():\nreturn 1\n"}, "logic.py:2"),
    "syntax of a newer Python": ({"logic.py": "type X = int\nlazy from a import b\n"}, "logic.py:"),
    "no class Agent": ({"logic.py": "class Lamp: pass\n"}, "logic.py must define a class Agent"),
}


@pytest.mark.parametrize("what", FAILURES)
def test_what_fails_is_said_with_its_place(tmp_path: Path, what: str) -> None:
    files, said = FAILURES[what]
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    @run
    async def come_up() -> None:
        parts = Parts()
        with pytest.raises(LifeError) as caught:
            await bring_up(tmp_path, tmp_path / "none", host=parts.host, aside=parts.aside, on_agent=lambda _: None)
        assert str(caught.value).startswith(said)

    come_up()


class Odd(BaseAgent):
    def __init__(self, host: AgentHost, error: BaseException) -> None:
        super().__init__(host)
        self._error = error

    async def on_config(self) -> None:
        raise self._error

    async def teardown(self) -> None:
        raise self._error

    async def on_message(self, _message: Any) -> None:
        raise self._error


ERRORS = [asyncio.CancelledError(), SystemExit(3), KeyboardInterrupt(), ValueError("no")]


@pytest.mark.parametrize("error", ERRORS)
def test_whatever_on_config_raises_refuses_the_update(error: BaseException) -> None:
    @run
    async def update() -> None:
        parts, said = Parts(), asyncio.Queue[JsonObject]()
        agent = Odd(parts.host, error)
        state = FollowerState("electra", 7, "c", Limits(10, 10))
        desk = Desk(
            state,
            parts.host,
            parts.agent_log,
            aside=parts.aside,
            agent=lambda: agent,
            say=said.put_nowait,
            give_up=lambda _: None,
        )
        before = parts.host.profile
        desk.answer(ConfigUpdate(7, "h2", {"name": "new", "config": {}}))
        answer = await said.get()
        assert answer["type"] == "applied"
        assert "error" in answer
        assert parts.host.profile is before

    update()


@pytest.mark.parametrize("error", ERRORS)
def test_whatever_teardown_raises_it_has_ended(error: BaseException) -> None:
    @run
    async def end() -> None:
        parts = Parts()
        agent = Odd(parts.host, error)
        await tear_down(agent, host=parts.host, clock=parts.clock, aside=parts.aside)
        assert "teardown() failed" in parts.log.texts()[0]

    end()


@pytest.mark.parametrize("error", ERRORS[1:])
def test_whatever_a_handler_raises_is_a_line_in_the_log(error: BaseException) -> None:
    @run
    async def handle() -> None:
        parts = Parts()
        await dispatch(Odd(parts.host, error), parts.host, parts.aside, a_message())
        assert "a handler failed" in parts.log.texts()[0]

    handle()


@run
async def test_a_result_that_is_no_json_is_answered_as_an_error() -> None:
    parts = Parts()
    agent = BaseAgent(parts.host)
    agent.on_command("odd", lambda _args, _message: {1, 2})
    message = a_message(type="expert.command", payload={"command": "odd"})
    await dispatch(agent, parts.host, parts.aside, message)
    [(_, text)] = parts.published.sent
    assert '"status":"error"' in text
    assert "the result of odd cannot be sent: a payload is JSON: Object of type set" in text
