"""`self.llm`: the language model, as the in-process hAIrem called it, over the llm service."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hairem.in_process.bridge import Bridge
from hairem.in_process.finder import lacking as _lacking
from hairem.in_process.plain import plain
from hairem.narrator.skills import with_own_ids
from hairem.service_error import ServiceError

__all__ = ["Completion", "LlmClient"]


@dataclass(frozen=True)
class Function:
    name: str
    arguments: str


@dataclass(frozen=True)
class ToolCall:
    id: str
    function: Function
    type: str = "function"


@dataclass(frozen=True)
class Completion:
    """A whole answer. It is its own message: `answer.content` and `answer.choices[0].message.content` are the same."""

    content: str
    tool_calls: list[ToolCall] | None
    finish_reason: str | None
    model: str
    usage: dict[str, Any]
    role: str = "assistant"
    #: The tool calls as the provider gave them, and what else it may want back.
    calls: list[dict[str, Any]] = field(default_factory=list, repr=False, compare=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    choices: "list[Completion]" = field(default_factory=list, repr=False, compare=False)

    @property
    def message(self) -> "Completion":
        return self

    def get(self, name: str, default: Any = None) -> Any:
        return getattr(self, name, default)

    def model_dump(self) -> dict[str, Any]:
        """As a message of the next request: what the provider said, as it came."""
        called = {"tool_calls": self.calls} if self.calls else {}
        return {"role": self.role, "content": self.content or (None if called else ""), **called, **self.extra}


class LlmClient:
    def __init__(self, cache: Any = None, config_override: Mapping[str, Any] | None = None) -> None:
        """One that a bundle makes for itself is false and answers nothing: its constructor is given the real one."""
        config = config_override or {}
        self.cache = cache
        self.model = str(config.get("model") or "")
        self.provider = str(config.get("provider") or "")
        self._bridge: Bridge | None = None

    def __bool__(self) -> bool:
        return self._bridge is not None

    async def get_completion(
        self,
        messages: Sequence[Any],
        stream: bool = False,
        tools: Sequence[Any] | None = None,
        return_full_object: bool = False,
        **options: Any,
    ) -> Any:
        """The text of the answer; with `tools` or `return_full_object` a Completion; with `stream` an async iterator of
        texts. Raises ServiceError."""
        bridge = self._given()
        told = [plain(message) for message in messages]
        more = {"model": options.pop("model", None), "options": plain(options)}
        if stream:
            return self._stream(bridge, told, more)
        answer = await bridge.llm.chat(told, tools=[plain(tool) for tool in tools or ()], **more)
        bridge.context.count(answer["usage"])
        return _completion(answer) if tools or return_full_object else answer["text"]

    async def get_embedding(self, text: str) -> list[float]:
        """Raises ServiceError, where no embedding model is configured, too."""
        answer = await self._given().llm.embed([text])
        vector: list[float] = answer["embeddings"][0]
        return vector

    def get_model_provider(self) -> tuple[str, str]:
        return self.provider, self.model

    async def _stream(self, bridge: Bridge, told: list[Any], more: dict[str, Any]) -> AsyncIterator[str]:
        """A text cannot be taken back. Where the answer begins anew, it goes on when it says the same."""
        said = again = ""
        async for piece in bridge.llm.stream(told, **more):
            again = piece.text if piece.restart else again + piece.text
            if not (again.startswith(said) or said.startswith(again)):
                raise ServiceError("unavailable", "the answer broke off, and began anew with other words")
            if len(again) > len(said):
                yield again[len(said) :]
                said = again

    def _given(self) -> Bridge:
        if self._bridge is None:
            raise RuntimeError("this LlmClient is not connected: use self.llm, which the constructor of Agent is given")
        return self._bridge


def llm_of(bridge: Bridge) -> LlmClient:
    client = LlmClient(config_override=bridge.config.llm_config)
    client._bridge = bridge
    return client


def _completion(answer: dict[str, Any]) -> Completion:
    given = with_own_ids(answer["tool_calls"], set())
    calls = [ToolCall(call["id"], Function(call["function"]["name"], call["function"]["arguments"])) for call in given]
    made = Completion(
        answer["text"],
        calls or None,
        answer["finish_reason"],
        answer["model"],
        answer["usage"],
        calls=given,
        extra=dict(answer.get("extra") or {}),
    )
    made.choices.append(made)
    return made


def __getattr__(name: str) -> Any:
    raise _lacking(__name__, name)
