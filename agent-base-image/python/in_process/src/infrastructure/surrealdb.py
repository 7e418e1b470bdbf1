"""`self.surreal` is None until the memory service is there; this is its type, for bundles that name it."""

from typing import Any

from hairem.in_process.finder import lacking as _lacking

__all__ = ["SurrealDbClient"]


class SurrealDbClient:
    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("an agent in a container opens no connection to SurrealDB: use self.surreal")


def __getattr__(name: str) -> Any:
    raise _lacking(__name__, name)
