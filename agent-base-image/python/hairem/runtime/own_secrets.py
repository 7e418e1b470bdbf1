"""An agent's secrets inside its process: by both names in the environment, and where its config refers to them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..message import JsonObject

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)
_TELLING = re.compile(
    r"(?:^|[_\-.\s])(?:token|secret|password|passwd|passphrase|api[_-]?key|access[_-]?key|private[_-]?key)$",
    re.IGNORECASE | re.ASCII,
)


def environment_of(agent: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """`HA_TOKEN` of `electra` is `ELECTRA_HA_TOKEN` as well; names of the runtime's own settings are left out."""
    prefix = f"{agent.upper().replace('-', '_')}_"
    own = {name: value for name, value in secrets.items() if not name.startswith("HAIREM_")}
    return own | {f"{prefix}{name}": value for name, value in own.items()}


def filled_in(profile: JsonObject, names: Mapping[str, str]) -> JsonObject:
    """With values for `${…}` in config and llm_config; what is none of its names stays as it is written."""
    if not names:
        return profile

    def fill(text: str) -> str:
        return _REFERENCE.sub(lambda match: names.get(match[1], match[0]), text)

    return {**profile, **{key: _map_texts(profile.get(key, {}), fill) for key in ("config", "llm_config")}}


def is_sensitive_key(key: str) -> bool:
    """Whether what stands under it is a secret by its name: the last word decides (`ha_token`, not `max_tokens`)."""
    return bool(_TELLING.search(re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", key)))


def with_errors_hidden(message: JsonObject, hide: Callable[[str], str]) -> JsonObject:
    """What an instance says of itself, with its errors as the log would show them: states and names are never
    touched."""
    shown = dict(message)
    if shown.get("error"):
        shown["error"] = _map_texts(shown["error"], hide)
    if isinstance(shown.get("tasks"), list):
        shown["tasks"] = [with_errors_hidden(task, hide) for task in shown["tasks"]]
    return shown


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_map_texts(one, change) for one in value]
    if isinstance(value, dict):
        return {key: _map_texts(member, change) for key, member in value.items()}
    return value
