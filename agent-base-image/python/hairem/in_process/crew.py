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
    """By id, in any spelling. This agent itself is there by its own name, as `self.config.name` spells it."""

    def __init__(self, peers: Iterable[tuple[str, Peer]]) -> None:
        self._peers = {Name(name): peer for name, peer in peers}

    def __getitem__(self, name: str) -> Peer:
        return self._peers[Name(name)]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and Name(name) in self._peers

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
        others = {**self._heard, **self._known}
        others.pop(self._own_id, None)
        return Agents([(self._config.name, own), *others.items()])

    def get(self, name: str) -> Peer | None:
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
