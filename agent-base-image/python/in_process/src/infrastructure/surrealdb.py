"""`self.surreal`: the agent's own database in the memory service, as an in-process agent queried the crew's."""

from typing import Any

from hairem.in_process.bridge import Bridge
from hairem.in_process.finder import lacking as _lacking

__all__ = ["SurrealDbClient"]


class SurrealDbClient:
    """An agent has no connection of its own: it is given this one. No other agent's data is in there."""

    _bridge: Bridge

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("an agent in a container opens no connection to SurrealDB: use self.surreal")

    async def query(self, sql: str, vars: dict[str, Any] | None = None) -> list[Any]:
        """The result of each statement; all of them are one transaction. Raises ServiceError."""
        return await self._bridge.query(sql, vars or {})

    async def select(self, thing: str) -> list[Any]:
        """All of a table, or one record: `light`, `light:kitchen`."""
        table, _, key = thing.partition(":")
        source = "type::record($table, $key)" if key else "type::table($table)"
        sql = f"SELECT * FROM {source}"  # noqa: S608 - one of two
        found: list[Any] = (await self.query(sql, {"table": table, "key": key}))[0]
        return found

    async def create(self, thing: str, data: dict[str, Any] | None = None) -> Any:
        """One record, in a table or under an id of its own."""
        table, _, key = thing.partition(":")
        target = "type::record($table, $key)" if key else "type::table($table)"
        sql = f"CREATE {target} CONTENT $data"
        return (await self.query(sql, {"table": table, "key": key, "data": data or {}}))[0]

    async def connect(self) -> bool:
        return True

    async def close(self) -> None:
        """The runtime's connection goes when the agent goes."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"{name} of the in-process SurrealDbClient is not here: self.surreal.query(sql, vars) is")


def surreal_of(bridge: Bridge) -> SurrealDbClient:
    client = object.__new__(SurrealDbClient)
    client._bridge = bridge
    return client


def __getattr__(name: str) -> Any:
    raise _lacking(__name__, name)
