"""The way to Redis over time: one connection after the other, each subscribed before it is used. Whether another may
follow a lost one is not decided here."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from ..agent_host import Log
from ..send_error import SendError
from .clock import Clock
from .connection import Connection, Ears, connect, is_auth_failure
from .reader import ConnectionOptions
from .service_answer import SPEAKING_SERVICES

FIRST_PAUSE_MS = 200.0
LONGEST_PAUSE_MS = 5_000.0
#: A Redis that came back empty gets its users again from the orchestrator; later than this it will not.
REFUSED_MS = 60_000


@dataclass(frozen=True, slots=True)
class LinkOptions:
    connection: ConnectionOptions
    agent: str
    inst: int
    #: Asked for at each connection: who hears is made after the line that needs this.
    ears: Callable[[], Ears]
    clock: Clock
    log: Log


async def open_link(options: LinkOptions, before_subscribing: Callable[[], None]) -> Connection:
    """Tries until it is connected; `before_subscribing` runs before anything can be heard.

    Raises when Redis has refused the user for a minute.
    """
    clock, log = options.clock, options.log
    refused_since: float | None = None
    last_said = ""
    pause = FIRST_PAUSE_MS
    while True:
        tried = await _attempt(options, before_subscribing)
        if isinstance(tried, Connection):
            if last_said:
                log.info("connected to Redis again", agent=options.agent, inst=options.inst)
            return tried
        if not is_auth_failure(tried):
            refused_since = None
        elif refused_since is None:
            refused_since = clock.now()
        if refused_since is not None and clock.now() - refused_since >= REFUSED_MS:
            raise tried
        if str(tried) != last_said:
            log.warn(f"no connection to Redis: {tried}")
        last_said = str(tried)
        await clock.sleep(pause * (0.5 + random.random()))
        pause = min(2 * pause, LONGEST_PAUSE_MS)


class _LiveEars:
    """Tells of a loss only once the connection is in use: before, the attempt itself fails."""

    def __init__(self, ears: Ears) -> None:
        self.on_pattern = ears.on_pattern
        self.on_channel = ears.on_channel
        self._on_lost = ears.on_lost
        self.live = False

    def on_lost(self, why: Exception) -> None:
        if self.live:
            self._on_lost(why)


def _channels(agent: str, inst: int) -> list[str]:
    """What one instance is told alone: by the orchestrator, and by each service on a channel of its own."""
    own = f"re:{agent}:{inst}"
    return [f"ctl:{agent}", own, *(f"{own}:{service}" for service in SPEAKING_SERVICES)]


async def _attempt(options: LinkOptions, before_subscribing: Callable[[], None]) -> Connection | Exception:
    """Every subscribe reply is awaited: `hello` may follow only then (rule 1)."""
    agent, ears = options.agent, _LiveEars(options.ears())
    try:
        connection = await connect(options.connection, ears)
    except Exception as error:  # whatever the network or Redis says, it is tried again
        return error
    before_subscribing()
    try:
        await connection.subscribe(
            patterns=[f"agent:{agent}:*", "broadcast:*", f"st:{agent}:*"],
            channels=_channels(agent, options.inst),
        )
    except SendError as error:
        connection.close()
        return error
    if not connection.is_open:  # the event loop heard of its end at once with the last answer
        return OSError("the connection was closed")
    ears.live = True
    return connection
