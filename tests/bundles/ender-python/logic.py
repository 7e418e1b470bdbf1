"""An agent whose handlers end in every way there is, as ender/logic.ts."""

import asyncio
import math
import sys
from collections.abc import Callable
from typing import Any

from hairem import BaseAgent, Message


class NoError(BaseException):
    pass


class UnshowableError(Exception):
    def __str__(self) -> str:
        raise ValueError("not even that")


def fail(error: BaseException) -> Any:
    raise error


def exhausted() -> Any:
    return next(iter(()))


async def rejected() -> Any:
    raise ValueError("the lamp is broken")


async def cancelled() -> Any:
    task = asyncio.ensure_future(asyncio.sleep(60))
    task.cancel()
    await task


def circle() -> Any:
    itself: list[Any] = []
    itself.append(itself)
    return itself


def deep() -> Any:
    value: list[Any] = []
    for _ in range(100):
        value = [value]
    return value


ENDINGS: dict[str, Callable[[], Any]] = {
    "error": lambda: fail(ValueError("the lamp is broken")),
    "missing key": lambda: {}["id"],
    "no error": lambda: fail(NoError()),
    "a word": lambda: fail(RuntimeError("just a word")),
    "exit": lambda: sys.exit(3),
    "cancelled": cancelled,
    "unshowable": lambda: fail(UnshowableError()),
    "exhausted": exhausted,
    "rejected": rejected,
    "circle": circle,
    "set": lambda: {1},
    "not a number": lambda: {"deep": [math.nan]},
    "bytes": lambda: {"data": b"abc"},
    "a big number": lambda: {"big": complex(1, 2)},
    "getter": lambda: {"place": object()},
    "deep": deep,
    "large": lambda: "x" * 1024 * 1024,
    "nothing": lambda: None,
}


class Agent(BaseAgent):
    def setup(self) -> None:
        self.on_command("end", self.end)
        self.on_command("history", lambda *_: [f"{entry.role}: {entry.text}" for entry in self.ctx.history])
        self.on_command("sleep", lambda args, _: asyncio.sleep(args["ms"] / 1000))

    def end(self, args: dict[str, Any], _message: Message) -> Any:
        return ENDINGS[args["how"]]()

    async def on_message(self, message: Message) -> None:
        how, unawaited, ms = (message.payload.get(name) for name in ("how", "unawaited", "ms"))
        if ms is not None:
            await asyncio.sleep(ms / 1000)
        if how is None:
            return
        result = ENDINGS[how]()
        content = await result if asyncio.iscoroutine(result) else result
        answered = self.reply(message, {"content": content, "format": "text"})
        if not unawaited:
            await answered
