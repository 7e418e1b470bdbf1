"""`self.llm`: the language model. Until the llm service is there it is false, and says so when it is called."""

from typing import Any, NoReturn

from hairem.in_process.bridge import Bridge
from hairem.in_process.finder import lacking as _lacking

__all__ = ["LlmClient"]


class LlmClient:
    cache = None

    def __init__(self, cache: Any = None, config_override: dict[str, Any] | None = None) -> None:
        config = config_override or {}
        self.cache = cache
        self.model = str(config.get("model") or "")
        self.provider = str(config.get("provider") or "")

    def __bool__(self) -> bool:
        return False

    async def get_completion(self, messages: Any, **_options: Any) -> NoReturn:
        _refuse()

    async def get_embedding(self, text: str) -> NoReturn:
        _refuse()

    def get_model_provider(self) -> tuple[str, str]:
        return self.provider, self.model


def llm_of(bridge: Bridge) -> LlmClient:
    return LlmClient(config_override=bridge.config.llm_config)


def _refuse() -> NoReturn:
    raise RuntimeError("the llm service is not available yet")


def __getattr__(name: str) -> Any:
    raise _lacking(__name__, name)
