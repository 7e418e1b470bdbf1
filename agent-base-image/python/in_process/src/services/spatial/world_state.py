"""The theme of the world: an agent that changes it tells all."""

from typing import Any

from hairem.in_process.finder import lacking as _lacking

__all__ = ["WorldStateService"]


class WorldStateService:
    def __init__(self, surreal_client: Any, redis_client: Any) -> None:
        self.surreal = surreal_client
        self.redis = redis_client
        self._theme = "Default"

    def get_theme(self) -> str:
        """The one that was set here last."""
        return self._theme

    async def set_theme(self, theme_name: str) -> None:
        self._theme = theme_name
        await self.redis.publish(
            "broadcast", {"type": "world.theme_changed", "payload": {"content": {"theme": theme_name}}}
        )


def __getattr__(name: str) -> Any:
    raise _lacking(__name__, name)
