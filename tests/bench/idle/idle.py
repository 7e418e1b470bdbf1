"""The bare process that agents in Python are compared with: asyncio and redis-py, connected, and nothing else."""

import asyncio
import json
import os

import redis
from redis.maint_notifications import MaintNotificationsConfig

NAME = os.environ["BENCH_NAME"]
OPTIONS = {
    "host": os.environ["BENCH_HOST"],
    "port": int(os.environ["BENCH_PORT"]),
    "username": "bench",
    "password": os.environ["BENCH_PASSWORD"],
    "protocol": 3,
    "driver_info": None,
    "maint_notifications_config": MaintNotificationsConfig(enabled=False),
}


async def main() -> None:
    if "BENCH_RAW" in os.environ:
        import raw

        raw.serve(redis.Redis(**OPTIONS), NAME)
    client = redis.asyncio.Redis(**OPTIONS)
    await client.publish(f"st:{NAME}:1", json.dumps({"type": "connected", "inst": 1, "mark": ""}))
    await asyncio.Event().wait()


asyncio.run(main())
