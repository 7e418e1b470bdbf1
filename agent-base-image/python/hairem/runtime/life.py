"""The bundle's code from its loading to its teardown, with the phase in which it failed."""

import asyncio
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

    def __init__(self, phase: LifePhase, cause: BaseException) -> None:
        super().__init__(reason_of(cause))
        self.phase = phase
        self.stack = stack_of(cause)


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
        raise LifeError(phase, error) from error


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
