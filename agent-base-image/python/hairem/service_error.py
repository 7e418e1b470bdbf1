"""Why a service did not do what it was asked for."""


class ServiceError(Exception):
    """`code` is `timeout` (no answer in time), `unavailable` (its store or provider is away, or the service itself),
    `busy` (too much at once), `bad_request`, `too_large` (more than 1 MiB), `refused` (Redis or a rule forbids it),
    `not_found`, `cancelled` (the handler or the task), `internal`, or one of the service's own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
