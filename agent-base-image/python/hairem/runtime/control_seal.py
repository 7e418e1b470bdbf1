"""Tells what the orchestrator says on `ctl:<id>` and `re:<id>:<inst>` from what anybody else publishes there, also with
a stolen password of the bus (BUS.md, Seal): the text carries a MAC over channel and body, and a serial that grows."""

import hmac
import re
from binascii import b2a_base64

#: While the control key is rotated a text carries two MACs, one with each key.
_HEAD = re.compile(
    r'\{"mac":"([A-Za-z0-9_-]{43})(?:\.([A-Za-z0-9_-]{43}))?",(?="serial":([1-9][0-9]{0,15})[,}])', re.ASCII
)
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class ControlSeal:
    def __init__(self, key: str, after: int) -> None:
        """`after` is the serial that the orchestrator had reached when it made this instance."""
        self._key = key.encode()
        self._last = after

    def open(self, channel: str, text: str) -> str | None:
        """The JSON that was sealed; None for what is forged, changed, or was said before."""
        head = _HEAD.match(text)
        if head is None:
            return None
        body = "{" + text[head.end() :]
        said = f"{channel}\n{body}".encode(errors="surrogatepass")
        digest = hmac.digest(self._key, said, "sha256")
        mac = b2a_base64(digest, newline=False).translate(_URL_SAFE).rstrip(b"=")
        first = hmac.compare_digest(mac, head[1].encode())
        second = hmac.compare_digest(mac, (head[2] or head[1]).encode())
        serial = int(head[3])
        if not (first or second) or serial <= self._last:
            return None
        self._last = serial
        return body
