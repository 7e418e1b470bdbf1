"""The process of one instance: reads its environment, wires the runtime, ends in order on SIGTERM."""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from hairem.runtime.cause import causes
from hairem.runtime.clock import SystemClock
from hairem.runtime.environment import read_environment
from hairem.runtime.instance import Instance, InstanceOptions
from hairem.runtime.log import AgentLog

#: Within the ten seconds that engines leave before they kill.
SIGTERM_SECONDS = 8.0
#: Where the dependency image has what a bundle's requirements.txt asked for.
PACKAGES = Path("/app/deps")


async def main() -> None:
    environment = read_environment(os.environ)
    clock = SystemClock()
    log = AgentLog({"agent": environment.agent, "inst": environment.inst}, clock.timestamp)
    instance = Instance(
        InstanceOptions(
            agent=environment.agent,
            inst=environment.inst,
            connection=environment.connection,
            seal=environment.seal,
            folder=Path.cwd(),
            packages=PACKAGES,
            clock=clock,
            log=log,
            exit=leave,
        )
    )
    catch_what_is_left(instance, log)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, instance.stop, SIGTERM_SECONDS)
    await instance.begin()
    await loop.create_future()  # the instance ends the process


def leave(code: int) -> None:
    """At once: a thread of a handler that hangs keeps nobody waiting."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def catch_what_is_left(instance: Instance, log: AgentLog) -> None:
    """One failing handler or task never ends the agent, also where it forgot to await."""

    def on_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception") or RuntimeError(context["message"])
        handle = context.get("handle")
        # A callback knows what it was started by; what was never awaited is only found when it is forgotten.
        is_ours = handle is not None and handle._context.get(causes) is None  # noqa: SLF001
        if is_ours:
            instance.crash(error)
        else:
            log.error("a handler or task left an error that nobody caught", error=error)

    def in_thread(args: threading.ExceptHookArgs) -> None:
        log.error("a thread left an error that nobody caught", error=args.exc_value)

    asyncio.get_running_loop().set_exception_handler(on_loop)
    threading.excepthook = in_thread
