"""Every way in which a secret may be written that is still the secret: as it is, in JSON, in a URL, in hex and in
base64. The orchestrator and the TypeScript SDK know the same ones (contract/redaction.json)."""

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

#: In UTF-16 units, as JavaScript counts. Shorter values would blank out ordinary words.
SHORTEST_SECRET = 6
#: A line of a longer secret, such as a key file, is worth hiding by itself.
SHORTEST_LINE = 8


def spellings_of(secret: str) -> list[str]:
    """Each spelling once; none for a secret that is too short to be hidden."""
    if _units(secret) < SHORTEST_SECRET:
        return []
    data = secret.encode("utf-8", "replace")
    digits = data.hex()
    lines = re.split(r"\r?\n", secret)
    own = [] if len(lines) == 1 else [line for line in lines if _units(line) >= SHORTEST_LINE]
    found = [secret, *own, *_in_json(secret), *_in_url(data), digits, digits.upper(), *_in_base64(data)]
    return [text for text in dict.fromkeys(found) if _units(text) >= SHORTEST_SECRET]


def _units(text: str) -> int:
    return len(text) + sum(1 for one in text if one > "\uffff")


def _in_json(secret: str) -> list[str]:
    """Once and twice encoded (JSON in a log line of JSON), with and without what some encoders escape besides."""
    once = [_escaped(secret), _ascii_only(_escaped(secret))]
    return [*once, *map(_escaped, once), *(text.replace("/", "\\/") for text in once)]


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _ascii_only(text: str) -> str:
    return re.sub(r"[^\x00-\x7e]", lambda match: _escape(match[0]), text)


def _escape(one: str) -> str:
    units = one.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _in_url(data: bytes) -> Iterable[str]:
    some = [
        quote(data, safe="!'()*~"),  # encodeURIComponent
        quote(data, safe="~"),
        quote(data, safe="/~"),
        quote_plus(data, safe="~"),
        quote_plus(data, safe="*").replace("~", "%7E"),  # a form
        quote(data, safe=";,/?:@&=+$#!'()*~"),  # encodeURI
        "".join(f"%{byte:02X}" for byte in data),
    ]
    for text in some:
        yield text
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), text)


def _in_base64(data: bytes) -> Iterable[str]:
    """The digits that the secret alone decides, for each of the three places that its first byte may have."""
    for before in range(3):
        digits = base64.b64encode(bytes(before) + data).decode()
        own = digits[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        yield own
        yield own.replace("+", "-").replace("/", "_")
