"""When the context of an agent goes from one instance to the next (design/CONTEXT.md): all of it with
the mark, every change before the watermark that covers its message, the rest at the cut.

  owner       mark ─► whole │ change ─► changes, watermark │ cut to another ─► the rest, with the cut's id │ drained
  follower    takes all of it                              │ cut to it ─► runs nothing before the rest is there
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..agent_host import Log
from ..follower.actions import Saying
from ..follower.events import ControlEvent, Cut, Mark
from ..follower.follower import is_window_open
from ..follower.lanes import owns
from ..follower.state import FollowerState
from .clock import Clock
from .context import OwnContext
from .context_exchange import Exchange
from .words import ContextWord

#: Longer than that the new owner does not wait for the last of the old one's context: it may hang.
REST_MS = 500.0
#: What others may act on when they hear it: the context must be there before.
BINDING = frozenset(("watermark", "cancelled", "drained"))


@dataclass(eq=False, slots=True)
class Rest:
    """What is waited for."""

    cut: str
    from_: int
    arrived: "asyncio.Future[None]"
    late: "asyncio.Future[None]"


class ContextShare:
    def __init__(
        self,
        state: FollowerState,
        ctx: OwnContext,
        log: Log,
        *,
        clock: Clock,
        say: Callable[[dict[str, Any]], None],
    ) -> None:
        self._state = state
        self._log = log
        self._clock = clock
        self._say = say
        self._exchange = Exchange(ctx, log)
        #: Who has said its context: for these there is something to wait for.
        self._speakers: set[int] = set()
        self._whole_is_due = False
        self._rest: Rest | None = None

    @property
    def ready(self) -> "asyncio.Future[None] | None":
        """Done when the agent's code may run: its context is there. None when it is there already."""
        return self._rest.arrived if self._rest else None

    def around(self, event: ControlEvent, step: Callable[[], None]) -> None:
        """Around the step of the state machine for one word of the orchestrator."""
        if isinstance(event, Mark) and owns(self._state):
            self._whole_is_due = True
        if isinstance(event, Cut) and event.id != self._state.last_cut:
            self._around_cut(event, step)
        else:
            step()

    def tick(self) -> None:
        """Before a tick: what tasks have changed needs no message to be said."""
        if owns(self._state) and not self._state.cancelled:
            self._speak(None)

    def before(self, message: Saying) -> None:
        """Before a word of the state machine goes out."""
        if message["type"] in BINDING:
            self._speak(None)

    def hear(self, word: ContextWord) -> None:
        if word.inst == self._state.inst:
            self._exchange.settle(word)
            return
        self._speakers.add(word.inst)
        self._exchange.hear(word, "owner" if owns(self._state) else "follower")
        if self._rest and word.cut == self._rest.cut and word.inst == self._rest.from_:
            self._arrive()

    def _around_cut(self, cut: Cut, step: Callable[[], None]) -> None:
        state = self._state
        was_owner, former = owns(state), state.owner
        is_from_alive = former is not None and former != state.inst and former not in cut.adopt
        if cut.to == state.inst and is_from_alive and former in self._speakers:
            self._await_rest(cut.id, former)
        step()
        if state.last_cut != cut.id:
            if self._rest and self._rest.cut == cut.id:
                self._arrive()
            return
        if cut.to == state.inst and not was_owner:
            self._exchange.take_over()
        if state.phase == "DRAINING":
            self._speak(cut.id)

    def _await_rest(self, cut: str, former: int) -> None:
        self._arrive()
        late = asyncio.ensure_future(self._clock.sleep(REST_MS))
        rest = Rest(cut, former, asyncio.get_running_loop().create_future(), late)
        self._rest = rest
        late.add_done_callback(lambda _: self._give_up(rest))

    def _give_up(self, rest: Rest) -> None:
        if self._rest is rest:
            self._log.warn(f"instance {rest.from_} did not say the last of its context in {REST_MS:g} ms")
            self._arrive()

    def _arrive(self) -> None:
        rest, self._rest = self._rest, None
        if rest:
            rest.late.cancel()
            rest.arrived.set_result(None)

    def _speak(self, cut: str | None) -> None:
        if self._state.held is not None or not is_window_open(self._state):
            return
        news = self._exchange.news(whole=self._whole_is_due, cut=cut)
        self._whole_is_due = False
        if news:
            self._say(news)
