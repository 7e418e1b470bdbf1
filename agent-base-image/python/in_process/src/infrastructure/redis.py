"""`self.redis`: the bus as an in-process agent spoke on it. What it publishes goes through the agent's own outbox."""

from typing import Any, NoReturn

from hairem.in_process.begun import Begun
from hairem.in_process.bridge import Bridge
from hairem.in_process.finder import lacking as _lacking

__all__ = ["RedisClient"]


class RedisClient:
    """An agent has no connection of its own: it is given this one."""

    _bridge: Bridge

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("an agent in a container opens no connection to Redis: use self.redis")

    def publish(self, channel: str, message: Any) -> Begun[str | None]:
        """To `agent:<id>` or `broadcast`: an HLinkMessage, a dict or a text. Awaited or not, it is sent."""
        return self._bridge.publish(channel, message)

    def publish_event(self, stream: str, data: Any, max_len: int = 1000) -> Begun[str | None]:
        """`system_stream` alone: what stood in it is a message to its recipient, or to all."""
        return self._bridge.publish_event(stream, data)

    async def subscribe(self, channel: str, handler: Any = None) -> None:
        """Nothing is to be done for the agent's own messages and broadcasts: they come to on_message."""
        if channel != "broadcast" and not channel.startswith("agent:"):
            raise RuntimeError(f"an agent hears its own messages and broadcasts, in on_message(); not {channel!r}")

    async def connect(self, timeout: int = 10) -> bool:
        return True

    async def disconnect(self) -> None:
        """The runtime's connection goes when the agent goes."""

    @property
    def client(self) -> NoReturn:
        raise RuntimeError("an agent holds no keys in Redis and runs no commands: publish with self.redis.publish()")


class _Given(RedisClient):
    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge


def redis_of(bridge: Bridge) -> RedisClient:
    return _Given(bridge)


def __getattr__(name: str) -> Any:
    raise _lacking(__name__, name)
