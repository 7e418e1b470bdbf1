"""What `world.theme_changed` says. Pure; `contract/narrator.json` holds both SDKs to it."""

from ..message import JsonObject, is_fields

LONGEST = 200


def theme_of(payload: JsonObject) -> str | None:
    """Also where it stands in `content`, as in-process agents say it. None where it says nothing."""
    content = payload.get("content")
    said = payload.get("theme")
    if said is None and is_fields(content):
        said = content.get("theme")
    return said[:LONGEST] if isinstance(said, str) and said else None
