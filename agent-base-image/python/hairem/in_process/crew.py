"""`self.registry` of an in-process agent: who is in the crew, as a mapping that can be read at any time.

It is filled from the bus's registry service; until that has answered it holds this agent and those that it has heard.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..message import JsonObject
from .config import Config
from .names import Name, to_id

#: They speak on the bus and are no agents.
_PARTIES = frozenset(("user", "system", "orchestrator", "broadcast"))
#: The in-process hAIrem had only those in its registry that ran: not what is invalid, stopped, or waits for something.
_LOADED = frozenset(("active", "starting"))
#: More senders than a crew has; a newer one takes the place of the oldest.
MOST_HEARD = 500


@dataclass(frozen=True, slots=True)
class Peer:
    id: str
    config: Config
    is_active: bool = True
    personified: bool = True
    #: The whole record as the registry gave it.
    record: JsonObject = field(default_factory=dict, repr=False)


class Agents(Mapping[str, Peer]):
    """By name, as each spells its own; also found by id, in any spelling."""

    def __init__(self, peers: Iterable[Peer]) -> None:
        known = list(peers)
        ids = {to_id(peer.id): peer for peer in known}
        self._by_id = {Name(peer.id): peer for peer in known}
        self._peers: dict[Name, Peer] = {}
        for peer in known:
            name = Name(peer.config.name)
            # A name that is another's id, or another's name, tells nobody who is meant.
            is_taken = name in self._peers or ids.get(to_id(name), peer) is not peer
            self._peers[Name(peer.id) if is_taken else name] = peer

    def __getitem__(self, name: str) -> Peer:
        key = Name(name)
        return self._by_id[key] if key in self._by_id else self._peers[key]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (Name(name) in self._by_id or Name(name) in self._peers)

    def __iter__(self) -> Iterator[str]:
        return iter(self._peers)

    def __len__(self) -> int:
        return len(self._peers)


class Crew:
    def __init__(self, own_id: str, config: Config) -> None:
        self._own_id = own_id
        self._config = config
        self._known: dict[str, Peer] = {}
        self._heard: dict[str, Peer] = {}

    @property
    def agents(self) -> Agents:
        own = Peer(self._own_id, self._config, personified=self._config.personified)
        loaded = {one: peer for one, peer in self._known.items() if peer.record.get("status", "active") in _LOADED}
        others = {**self._heard, **loaded}
        others.pop(self._own_id, None)
        return Agents([own, *others.values()])

    def get(self, name: str) -> Peer | None:
        """One that is loaded."""
        return self.agents.get(self.resolve(name))

    def heard(self, agent_id: str) -> None:
        """Somebody who sends is there."""
        if agent_id in _PARTIES or agent_id in self._heard:
            return
        if len(self._heard) >= MOST_HEARD:
            del self._heard[next(iter(self._heard))]
        self._heard[agent_id] = Peer(agent_id, Config({"name": agent_id}))

    def learn(self, records: Iterable[Mapping[str, Any]]) -> None:
        """The registry's word: who is not in it is not there."""
        self._known = {str(record["id"]): _peer_of(record) for record in records}
        self._heard = {}

    def resolve(self, spelling: str) -> str:
        """The id of whoever is called that: by id first, then by name; else the spelling made an id."""
        wanted = to_id(spelling)
        if wanted in _PARTIES or wanted in self._known:
            return wanted
        if wanted == to_id(self._config.name):
            return self._own_id
        return next((one for one, peer in self._known.items() if to_id(peer.config.name) == wanted), wanted)


def _peer_of(record: Mapping[str, Any]) -> Peer:
    config = Config({"name": record["id"], **record})
    return Peer(
        str(record["id"]), config, bool(record.get("active")), bool(record.get("personified", True)), dict(record)
    )
