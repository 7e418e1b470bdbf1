"""Language models, through the llm service: which one, whose key and where is said in the manifest or by the system."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from .agent_host import AgentHost, ServiceCall
from .message import JsonObject, is_fields
from .outcome import Outcome

LlmMessage: TypeAlias = Mapping[str, Any]
"""One message as language models take it: `{"role", "content"}`; also with pictures, tool calls, or what else the
provider knows. `role` is `system`, `user`, `assistant` or `tool`."""

TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class LlmPiece:
    """A piece of an answer that is still being said."""

    text: str
    """What is new."""
    restart: bool
    """The stream broke: what came before this piece is void."""


class Llm:
    """`self.llm`. Each call is paid once, also when the message that led here is handled twice."""

    def __init__(self, host: AgentHost) -> None:
        self._host = host

    def chat(
        self,
        messages: str | Sequence[LlmMessage],
        *,
        tools: Sequence[JsonObject] = (),
        model: str | None = None,
        options: JsonObject | None = None,
        timeout: float = TIMEOUT_SECONDS,
        on_piece: Callable[[LlmPiece], None] | None = None,
    ) -> Outcome[dict[str, Any]]:
        """Asks a model; a text is one message of the user.

        `tools` are `{"type": "function", "function": {name, description, parameters}}`, `model` another one of the same
        provider, `options` whatever else it understands: `temperature`, `max_tokens`, `tool_choice` …; `timeout` is in
        seconds. `on_piece` is called on the event loop with each piece of the answer.

        Its outcome is `{text, thinking, tool_calls, extra, finish_reason, notice, model, usage: {prompt_tokens,
        completion_tokens, total_tokens, cost}}`, the tool calls as `{id, type, function: {name, arguments}}` with JSON
        as the model wrote it; or a ServiceError. The next round begins with `{"role": "assistant", "content": text or
        None, "tool_calls": …, **extra}`; `notice` says why an answer is empty or not whole.

        Cancelling a task that awaits it gives the call up, at the provider too.
        """
        args = _args_of(messages, tools, model, options, stream=on_piece is not None)
        call = ServiceCall("llm", "chat", args, timeout)
        if on_piece:
            pieces = _Pieces(on_piece)
            call = ServiceCall("llm", "chat", args, timeout, pieces.take, pieces.restart)
        return self._host.request(call)

    async def stream(
        self,
        messages: str | Sequence[LlmMessage],
        *,
        tools: Sequence[JsonObject] = (),
        model: str | None = None,
        options: JsonObject | None = None,
        timeout: float = TIMEOUT_SECONDS,  # noqa: ASYNC109 - the same as of chat()
    ) -> AsyncIterator[LlmPiece]:
        """As `chat`, for `async for`: the answer piece by piece, complete at the end. Raises ServiceError."""
        queue: asyncio.Queue[LlmPiece | None] = asyncio.Queue()
        said: list[str] = []

        def hear(piece: LlmPiece) -> None:
            if piece.restart:
                said.clear()
            said.append(piece.text)
            queue.put_nowait(piece)

        outcome = self.chat(messages, tools=tools, model=model, options=options, timeout=timeout, on_piece=hear)
        answered = asyncio.ensure_future(_whole(outcome))
        answered.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while piece := await queue.get():
                yield piece
            for piece in missing("".join(said), (await answered)["text"]):
                yield piece
        finally:
            answered.cancel()

    def embed(self, input: Sequence[str], *, timeout: float = TIMEOUT_SECONDS) -> Outcome[dict[str, Any]]:
        """Vectors of texts. Its outcome is `{embeddings, model, usage}`, one vector for each text in their order; or a
        ServiceError, `not_configured` without an embedding model."""
        return self._host.request(ServiceCall("llm", "embed", {"input": list(input)}, timeout))


def missing(said: str, whole: str) -> list[LlmPiece]:
    """What was not said in pieces: an answer that an earlier process of the service was paid for comes whole."""
    if said == whole:
        return []
    return [LlmPiece(whole[len(said) :], False) if whole.startswith(said) else LlmPiece(whole, True)]


async def _whole(outcome: Outcome[dict[str, Any]]) -> dict[str, Any]:
    return await outcome


class _Pieces:
    """What the service sends, as pieces; that it begins anew is said with the first of them."""

    def __init__(self, on_piece: Callable[[LlmPiece], None]) -> None:
        self._on_piece = on_piece

    def take(self, data: Any) -> None:
        text = data.get("text") if is_fields(data) else None
        if isinstance(text, str):
            self._on_piece(LlmPiece(text, False))

    def restart(self) -> None:
        self._on_piece(LlmPiece("", True))


def _args_of(
    messages: str | Sequence[LlmMessage],
    tools: Sequence[JsonObject],
    model: str | None,
    options: JsonObject | None,
    *,
    stream: bool,
) -> dict[str, Any]:
    told = [{"role": "user", "content": messages}] if isinstance(messages, str) else list(messages)
    return {"messages": told, "tools": list(tools), "model": model, "options": options or {}, "stream": stream}
