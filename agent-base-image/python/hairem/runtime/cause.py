"""What the running code was started by: a message that is handled, or a task. It follows the code through every await
and into threads, so that what is sent can name its causes (BUS.md, Envelope) and stops when its cause is stopped."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

from ..message import Message
from ..send_error import SendError


class Signal:
    """Aborts once. Written on the event loop, read anywhere."""

    __slots__ = ("_listeners", "aborted")

    def __init__(self) -> None:
        self.aborted = False
        self._listeners: dict[Callable[[], None], None] = {}

    def abort(self) -> None:
        self.aborted = True
        for listener in list(self._listeners):
            listener()

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners[listener] = None

    def forget(self, listener: Callable[[], None]) -> None:
        self._listeners.pop(listener, None)


@dataclass(eq=False, slots=True)
class HandlerCause:
    kind: ClassVar[str] = "message"
    message: Message
    is_broadcast: bool
    #: Aborts at the drain deadline, or when the handler takes too long: it may not speak from then on.
    signal: Signal = field(default_factory=Signal)
    #: Publishes that Redis has not acknowledged yet: the message is not finished before.
    pending: set[asyncio.Future[Any]] = field(default_factory=set)
    #: True once the handler has returned; what it left behind goes on without it.
    settled: bool = False
    #: Whether who sent the message has been answered, as far as Redis says.
    answered: bool = False
    #: Why an answer could not be sent as it was.
    unsent: SendError | None = None
    #: How often it has asked a service for the very same.
    asked: Counter[str] = field(default_factory=Counter)


@dataclass(eq=False, slots=True)
class TaskCause:
    kind: ClassVar[str] = "task"
    #: Aborts when the task has ended or did not end in time.
    signal: Signal = field(default_factory=Signal)


Cause: TypeAlias = HandlerCause | TaskCause

causes: ContextVar[Cause | None] = ContextVar("hairem_cause", default=None)
