"""A raw echo over two PUBLISH hops, as raw.mjs: no envelope is read, nothing is kept, nobody is waited for.

Without asyncio, which costs redis-py a third more: what agents are compared with is the fastest that the client has.
"""

import json
import time
from threading import Thread
from typing import Any

from redis import Redis
from redis.client import PubSub

#: Until Redis has confirmed the subscription.
SUBSCRIBE_SECONDS = 5


def serve(redis: "Redis[Any]", name: str) -> None:
    """Echoes what comes on `raw:<name>:<from>`; told to by `bench`, it asks for echoes itself and says how long."""
    heard = redis.pubsub(ignore_subscribe_messages=True)
    heard.psubscribe(f"raw:{name}:*")
    heard.get_message(timeout=SUBSCRIBE_SECONDS)
    Thread(target=Raw(redis, name).run, args=(heard,), daemon=True).start()


class Raw:
    def __init__(self, redis: "Redis[Any]", name: str) -> None:
        self._redis = redis
        self._name = name
        self._left = 0
        self._target = ""
        self._text = b""
        self._began = 0.0
        self._times: list[float] = []

    def run(self, heard: PubSub) -> None:
        for message in heard.listen():
            self._hear(message["channel"].split(b":")[2].decode(), message["data"])

    def _hear(self, sender: str, data: bytes) -> None:
        if sender == "bench":
            self._begin(json.loads(data))
        elif self._left > 0:
            self._note()
        else:
            self._redis.publish(f"raw:{sender}:{self._name}", data)

    def _begin(self, order: dict[str, Any]) -> None:
        self._target, self._left, self._text = order["target"], order["rounds"], order["text"].encode()
        self._times = []
        self._ask()

    def _note(self) -> None:
        self._times.append((time.perf_counter() - self._began) * 1000)
        self._left -= 1
        if self._left > 0:
            self._ask()
            return
        said = {"type": "measured", "inst": 1, "ms": self._times}
        self._redis.publish(f"st:{self._name}:1", json.dumps(said))

    def _ask(self) -> None:
        self._began = time.perf_counter()
        self._redis.publish(f"raw:{self._target}:{self._name}", self._text)
