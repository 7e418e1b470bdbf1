"""The environment of an instance's container; its password and its control key are taken out once they are read."""

import re
from collections.abc import MutableMapping
from dataclasses import dataclass

from ..message import LARGEST_INTEGER
from .control_seal import ControlSeal
from .reader import ConnectionOptions


@dataclass(frozen=True, slots=True)
class Environment:
    agent: str
    inst: int
    connection: ConnectionOptions
    seal: ControlSeal


def read_environment(env: MutableMapping[str, str]) -> Environment:
    """Raises a ValueError that names the variable."""
    agent = _needed(env, "HAIREM_AGENT")
    inst = _whole_number("HAIREM_INSTANCE", _needed(env, "HAIREM_INSTANCE"))
    password = _needed(env, "HAIREM_REDIS_PASSWORD")
    del env["HAIREM_REDIS_PASSWORD"]
    seal = _seal(_needed(env, "HAIREM_CONTROL_KEY"))
    del env["HAIREM_CONTROL_KEY"]
    port = _whole_number("HAIREM_REDIS_PORT", env.get("HAIREM_REDIS_PORT", "6379"))
    host = env.get("HAIREM_REDIS_HOST", "redis")
    return Environment(agent, inst, ConnectionOptions(host, port, f"{agent}.{inst}", password), seal)


def _needed(env: MutableMapping[str, str], name: str) -> str:
    value = env.get(name)
    if not value:
        raise ValueError(f"{name} is not set: this program is started by the orchestrator")
    return value


def _seal(text: str) -> ControlSeal:
    """`<key>.<serial>`; the serial is what the orchestrator had said last when it made this instance."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}\.[0-9]{1,16}", text):
        raise ValueError("HAIREM_CONTROL_KEY is no control key: this program is started by the orchestrator")
    key, serial = text.split(".")
    return ControlSeal(key, int(serial))


def _whole_number(name: str, text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 17 else 0
    if not 1 <= value <= LARGEST_INTEGER:
        raise ValueError(f"{name} must be a whole number above 0, not {text}")
    return value
