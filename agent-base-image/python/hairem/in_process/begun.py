"""What `self.redis.publish()` hands back: it has begun whether it is awaited or not, and may be awaited, gathered, or
made a task of, as the coroutine that it was in the in-process hAIrem."""

from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

from ..outcome import Outcome

T_co = TypeVar("T_co", covariant=True)


class Begun(Coroutine[Any, Any, T_co]):
    def __init__(self, outcome: Outcome[T_co]) -> None:
        self._outcome = outcome
        self._steps: Generator[Any, Any, T_co] | None = None

    def __await__(self) -> Generator[Any, None, T_co]:
        return self._outcome.__await__()

    def send(self, value: Any, /) -> Any:
        return self._begin().send(value)

    def throw(self, *error: Any) -> Any:
        return self._begin().throw(*error)

    def close(self) -> None:
        if self._steps:
            self._steps.close()

    def result(self, timeout: float | None = None) -> T_co:
        """In a thread, which may wait."""
        return self._outcome.result(timeout)

    def _begin(self) -> Generator[Any, Any, T_co]:
        self._steps = self._steps or self._outcome.__await__()
        return self._steps
