"""In-process agents log with the standard library: what they say goes into the agent's log, its secrets blanked out."""

import logging

from ..agent_host import Log


class LogBridge(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        try:
            error = {"error": record.exc_info[1]} if record.exc_info and record.exc_info[1] else {}
            self._say(record)(record.getMessage(), logger=record.name, **error)
        except Exception:
            self.handleError(record)

    def _say(self, record: logging.LogRecord):  # type: ignore[no-untyped-def] # noqa: ANN202 - a method of Log
        if record.levelno >= logging.ERROR:
            return self._log.error
        return self._log.warn if record.levelno >= logging.WARNING else self._log.info


def bridge_logs(log: Log) -> None:
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, LogBridge)]:
        root.removeHandler(handler)
    root.addHandler(LogBridge(log))
    root.setLevel(logging.INFO)
