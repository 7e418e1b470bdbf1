"""The id of a request to a service (BUS.md, rule 14): the same whenever the same is asked because of the same message,
so that a message which is handled twice, here or by another instance, does not pay or remember twice.
`contract/request-ids.json` holds both SDKs to it."""

import hashlib
import json
from typing import Any
from uuid import uuid4

from ..agent_host import ServiceCall
from .cause import Cause, HandlerCause


def request_id_for(cause: Cause | None, call: ServiceCall) -> str:
    """Raises ValueError for arguments that are no JSON."""
    if not isinstance(cause, HandlerCause):
        return str(uuid4())  # nothing hands over a task, or setup(), in the middle
    asked = f"{call.service} {call.op} {_sha256(_canonical(call.args))}"
    count = cause.asked[asked]
    cause.asked[asked] += 1
    message = cause.message
    return _sha256(f"{message.sender.agent_id}\n{message.id}\n{asked}\n{count}")[:48]


def _canonical(value: Any) -> str:
    """JSON with the keys of its objects in order: how one was put together says nothing about what is asked."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    except RecursionError as error:
        raise ValueError("too deep: they are nested deeper than can be written") from error


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
