"""The crew as its orchestrator knows it, for an agent that wants to know who is there."""

import builtins
from typing import Any

from .agent_host import AgentHost, ServiceCall
from .outcome import Outcome

#: The orchestrator answers in pages that a message can carry.
_PAGE = 100


class Registry:
    """The crew, as its orchestrator knows it."""

    def __init__(self, host: AgentHost) -> None:
        self._host = host

    def list(self) -> Outcome[list[dict[str, Any]]]:
        """Every agent of the crew, this one too, as in GET /api/agents; or a ServiceError."""
        return self._host.begin(self._pages())

    def get(self, agent_id: str) -> Outcome[dict[str, Any] | None]:
        """One agent, or None; or a ServiceError."""
        return self._host.request(ServiceCall("registry", "get", {"id": agent_id}))

    async def _pages(self) -> "builtins.list[dict[str, Any]]":
        agents: builtins.list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            call = ServiceCall("registry", "list", {"cursor": cursor, "limit": _PAGE})
            page = await self._host.request(call)
            agents.extend(page["agents"])
            cursor = page["next"]
        return agents
