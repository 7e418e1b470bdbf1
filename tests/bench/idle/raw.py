"""A raw echo over two PUBLISH hops, as raw.mjs: no envelope is read, nothing is kept, nobody is waited for."""

import asyncio
import json
import time
from typing import Any

from redis.asyncio import Redis


async def serve(redis: "Redis[Any]", name: str) -> None:
    """Echoes what comes on `raw:<name>:<from>`; told to by `bench`, it asks for echoes itself and says how long."""
    heard = redis.pubsub(ignore_subscribe_messages=True)
    await heard.psubscribe(f"raw:{name}:*")
    asyncio.get_running_loop().create_task(Raw(redis, name).run(heard), name="raw")


class Raw:
    def __init__(self, redis: "Redis[Any]", name: str) -> None:
        self._redis = redis
        self._name = name
        self._left = 0
        self._target = ""
        self._text = b""
        self._began = 0.0
        self._times: list[float] = []

    async def run(self, heard: Any) -> None:
        async for message in heard.listen():
            if message["type"] == "pmessage":
                await self._hear(message["channel"].split(b":")[2].decode(), message["data"])

    async def _hear(self, sender: str, data: bytes) -> None:
        if sender == "bench":
            order = json.loads(data)
            self._target, self._left, self._text = order["target"], order["rounds"], order["text"].encode()
            self._times = []
        elif self._left > 0:
            self._times.append((time.perf_counter() - self._began) * 1000)
            self._left -= 1
            if self._left == 0:
                said = {"type": "measured", "inst": 1, "ms": self._times}
                await self._redis.publish(f"st:{self._name}:1", json.dumps(said))
                return
        else:
            await self._redis.publish(f"raw:{sender}:{self._name}", data)
            return
        self._began = time.perf_counter()
        await self._redis.publish(f"raw:{self._target}:{self._name}", self._text)
