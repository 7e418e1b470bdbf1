"""The bundle's code from its loading to its teardown, with the phase in which it failed."""

import asyncio
import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

from ..agent_host import AgentHost
from ..base_agent import BaseAgent
from ..raised import reason_of
from .aside import Aside
from .clock import Clock
from .load_agent import load_agent
from .log import stack_of

LifePhase: TypeAlias = Literal["load", "start", "setup", "self_test"]

TEARDOWN_SECONDS = 5.0


class LifeError(Exception):
    """What the bundle's code raised, and while it did what."""

    def __init__(self, phase: LifePhase, cause: BaseException, folder: Path | None = None) -> None:
        """A place in `folder`, the bundle's, is said before the reason where that does not begin with one."""
        place, reason = _place_in(folder, cause) if folder else None, reason_of(cause)
        super().__init__(reason if place is None or _BEGINS_WITH_FILE.match(reason) else f"{place}: {reason}")
        self.phase = phase
        self.stack = stack_of(cause)


_BEGINS_WITH_FILE = re.compile(r"[\w./-]+\.py\b")


def _place_in(folder: Path, error: BaseException) -> str | None:
    """`logic.py:3`, the innermost place that is the bundle's own."""
    for one in (error, error.__cause__):  # the loader says more of some, and names what it was
        frames = list(traceback.walk_tb(one.__traceback__)) if one else []
        for frame, line in reversed(frames):
            path = Path(frame.f_code.co_filename)
            if path.is_relative_to(folder):
                return f"{path.relative_to(folder)}:{line}"
    return None


async def bring_up(
    folder: Path, packages: Path, *, host: AgentHost, aside: Aside, on_agent: Callable[[BaseAgent], None]
) -> None:
    """Calls `on_agent` as soon as there is an agent to tear down. Raises LifeError."""
    phase: LifePhase = "load"
    try:
        agent_class = load_agent(folder, packages=packages, agent=host.id)
        phase = "start"
        agent = _made(agent_class, host)
        on_agent(agent)
        phase = "setup"
        await aside.call(agent.setup)
        phase = "self_test"
        await aside.call(agent.self_test)
    except BaseException as error:
        raise LifeError(phase, error, folder) from error


def _made(agent_class: type[BaseAgent], host: AgentHost) -> BaseAgent:
    agent = agent_class(host)
    if not hasattr(agent, "_BaseAgent__host"):
        raise TypeError("the constructor of Agent must hand its argument on: super().__init__(host)")
    return agent


async def tear_down(agent: BaseAgent, *, host: AgentHost, clock: Clock, aside: Aside) -> None:
    """Never raises; a teardown that hangs is left behind."""
    ending = asyncio.ensure_future(_teardown_error(agent, aside))
    late = asyncio.ensure_future(clock.sleep(TEARDOWN_SECONDS * 1000))
    await asyncio.wait({ending, late}, return_when=asyncio.FIRST_COMPLETED)
    late.cancel()
    if not ending.done():
        host.log.warn("teardown() did not end in time")
        ending.cancel()
    elif ending.result():
        host.log.error("teardown() failed", error=ending.result())


async def _teardown_error(agent: BaseAgent, aside: Aside) -> BaseException | None:
    try:
        await aside.call(agent.teardown)
    except BaseException as error:
        return error
    return None
