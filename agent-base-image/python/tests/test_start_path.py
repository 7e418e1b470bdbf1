"""What a start loads: an agent waits for every module of it, and carries it for as long as it lives."""

import subprocess
import sys

SCRIPT = """
import asyncio, sys
before = set(sys.modules)
import hairem.main
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
#: Of the standard library, beside what asyncio loads itself. No package: redis-py alone took longer than all the rest.
ALLOWED = {
    *("bisect", "copy", "dataclasses", "datetime", "fnmatch", "hashlib", "hmac", "importlib", "ipaddress", "json"),
    *("ntpath", "pathlib", "platform", "random", "resource", "urllib", "uuid"),
}


def test_the_runtime_loads_next_to_nothing_beside_asyncio() -> None:
    run = [sys.executable, "-c", SCRIPT]
    loaded = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()  # noqa: S603 - our own
    assert {name for name in loaded if not name.startswith("_")} - {"hairem"} <= ALLOWED
