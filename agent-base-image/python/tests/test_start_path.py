"""What a start loads: an agent waits for every module of it, and carries it for as long as it lives."""

import subprocess
import sys

SCRIPT = """
import asyncio, redis, sys
before = set(sys.modules)
import hairem.main
print(*sorted(name for name in set(sys.modules) - before if name.partition(".")[0] != "hairem"))
"""
#: Beside what asyncio and redis-py load themselves.
ALLOWED = {"hmac", "resource"}


def test_the_runtime_loads_next_to_nothing_beside_asyncio_and_redis() -> None:
    run = [sys.executable, "-c", SCRIPT]
    loaded = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()  # noqa: S603 - our own
    assert set(loaded) <= ALLOWED
