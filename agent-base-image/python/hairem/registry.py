"""The crew as its orchestrator knows it, for an agent that wants to know who is there."""

from typing import Any

from .agent_host import AgentHost, ServiceCall
from .outcome import Outcome


class Registry:
    """The crew, as its orchestrator knows it."""

    def __init__(self, host: AgentHost) -> None:
        self._host = host

    def list(self) -> Outcome[list[dict[str, Any]]]:
        """Every agent of the crew, this one too, as in GET /api/agents; or a ServiceError."""
        return self._host.request(ServiceCall("registry", "list", {}))

    def get(self, agent_id: str) -> Outcome[dict[str, Any] | None]:
        """One agent, or None; or a ServiceError."""
        return self._host.request(ServiceCall("registry", "get", {"id": agent_id}))
