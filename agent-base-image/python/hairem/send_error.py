"""Why a message of this agent was not sent, or an `ask` has no answer."""

from typing import Literal, TypeAlias

SendErrorCode: TypeAlias = Literal[
    "cancelled",
    "instance_died",
    "not_active",
    "not_there",
    "refused",
    "timeout",
    "too_large",
    "ttl_spent",
    "unknown_outcome",
]
"""What went wrong, for code:

- `cancelled`: the handler or task that sends was cancelled
- `instance_died`: whoever had the question ended before it answered: it may have done part of it
- `not_active`: this instance may not speak now, for example in `setup()`
- `not_there`: nobody acts for that agent: stopped, invalid, unknown; the text says what to do
- `refused`: Redis or a rule forbids it: an undeclared peer, a broadcast because of a broadcast
- `timeout`: no answer, or no connection, in time
- `too_large`: more than 1 MiB
- `ttl_spent`: too many messages followed from one another
- `unknown_outcome`: the connection broke before Redis answered: it may have been sent
"""


class SendError(Exception):
    """Raised by `send`, `reply`, `say` and `ask`, where they are awaited; its text is for people."""

    code: SendErrorCode
    """After `timeout`, `cancelled`, `instance_died` and `unknown_outcome` the message may have been sent."""

    def __init__(self, code: SendErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
