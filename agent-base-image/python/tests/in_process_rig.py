"""An in-process agent in a host of the real parts, with a Redis that acknowledges at once."""

import json
from dataclasses import dataclass
from typing import Any

from fakes import HandTurnedClock, KeptLog, Published, a_service_line

from hairem.follower.state import Phase
from hairem.in_process.adapter import InProcessAgent, adapted
from hairem.runtime.aside import Aside
from hairem.runtime.context import OwnContext
from hairem.runtime.dispatch import dispatch
from hairem.runtime.host import InstanceHost
from hairem.runtime.nursery import Nursery
from hairem.runtime.outbox import Outbox, OutboxOptions
from src.domain.agent import BaseAgent
from src.models.hlink import HLinkMessage, MessageType, Payload, Recipient, Sender


@dataclass
class Rig:
    host: InstanceHost
    nursery: Nursery
    aside: Aside
    log: KeptLog
    published: Published
    native: InProcessAgent
    phases: list[Phase]

    @property
    def inner(self) -> Any:
        return self.native._inner

    def sent(self) -> list[tuple[str, dict[str, Any]]]:
        """Channel and envelope of each message."""
        return [(channel, json.loads(text)) for channel, text in self.published.sent]

    def act(self) -> None:
        self.phases.append("ACTIVE")
        self.nursery.start()

    async def hear(self, message: Any) -> None:
        self.host.ctx.note_heard(message)
        await dispatch(self.native, self.host, self.aside, message)

    async def set_up(self) -> "Rig":
        await self.native.setup()
        return self


def a_rig(agent_class: type[BaseAgent], agent: str = "electra", **profile: Any) -> Rig:
    """Not set up yet. `profile` is what manifest and persona say."""
    clock, log, published = HandTurnedClock(), KeptLog(), Published()
    phases: list[Phase] = ["STANDBY"]
    ctx = OwnContext(agent, clock.timestamp)
    own_log: Any = log
    aside = Aside(clock, log)
    nursery = Nursery(clock, log, aside)
    outbox = Outbox(
        OutboxOptions(
            agent=agent,
            inst=7,
            clock=clock,
            role=lambda: "expert",
            phase=lambda: phases[-1],
            publish=published,
            count=lambda _: None,
            sent=ctx.note_said,
        )
    )
    host = InstanceHost(
        agent,
        7,
        ctx=ctx,
        log=own_log,
        outbox=outbox,
        services=a_service_line(Published()),
        nursery=nursery,
        aside=aside,
        stop=lambda: None,
    )
    host.profile = {**host.profile, "name": "Electra", **profile}
    native: Any = adapted(agent_class)(host)
    return Rig(host, nursery, aside, log, published, native, phases)


def a_model(**fields: Any) -> HLinkMessage:
    whole = {
        "type": MessageType.NARRATIVE_TEXT,
        "sender": Sender(agent_id="Bob", role="peer"),
        "recipient": Recipient(target="Electra"),
        "payload": Payload(content="hi"),
        **fields,
    }
    return HLinkMessage(**whole)
