"""What an agent remembers: its own database in the memory service, which no other agent can read."""

from collections.abc import Sequence
from typing import Any

from .agent_host import AgentHost, ServiceCall
from .message import JsonObject
from .outcome import Outcome


class Memory:
    """What the agent remembers: its own database, which no other agent can read."""

    def __init__(self, host: AgentHost) -> None:
        self._host = host

    def remember(
        self, content: str, *, embedding: Sequence[float] | None = None, tags: Sequence[str] = ()
    ) -> Outcome[dict[str, Any]]:
        """Stored when it is done, and once, also when the message that led here is handled twice.

        `embedding` is what it may be found by; made by the configured embedding model where it is left out. Its
        outcome is `{id, content, tags, created_at}`, or a ServiceError.
        """
        args: dict[str, Any] = {"content": content, "tags": list(tags)}
        if embedding is not None:
            args["embedding"] = list(embedding)
        return self._ask("remember", args)

    def recall(
        self,
        query: str | None = None,
        *,
        embedding: Sequence[float] | None = None,
        limit: int | None = None,
        tags: Sequence[str] = (),
    ) -> Outcome[list[dict[str, Any]]]:
        """What fits best, at most `limit` (10 by default, at most 100), of what carries all of `tags`.

        By meaning where an embedding model is configured or `embedding` is given, by words otherwise. Its outcome is
        a list of `{id, content, tags, created_at, score}`, the best first, or a ServiceError.
        """
        args: dict[str, Any] = {"tags": list(tags)}
        given = {"query": query, "embedding": None if embedding is None else list(embedding), "limit": limit}
        args.update({name: value for name, value in given.items() if value is not None})
        return self._ask("recall", args)

    def query(self, surql: str, vars: JsonObject | None = None) -> Outcome[list[Any]]:
        """SurrealQL in this agent's own database; what it does, it does once.

        Its outcome is the result of each statement, or a ServiceError. Whole numbers of 64 bits are exact both ways.
        """
        return self._ask("query", {"surql": surql, "vars": vars or {}})

    def _ask(self, op: str, args: JsonObject) -> Outcome[Any]:
        return self._host.request(ServiceCall("memory", op, args))
