"""`self.config` of an in-process agent: everything that manifest and persona say, as attributes."""

from collections.abc import Mapping
from typing import Any

from ..message import JsonObject
from .names import Name

#: What the in-process hAIrem had where a bundle said nothing.
_DEFAULTS: JsonObject = {
    "role": "Unknown",
    "description": None,
    "version": "1.0.0",
    "prompt": None,
    "visual_id": None,
    "llm_config": None,
    "personified": True,
    "use_default_tools": True,
    "room_id": None,
    "preferred_location": None,
    "voice_id": None,
}


class Config:
    """Keys of `config:` in the manifest are attributes, too, unless the manifest's own have their name."""

    capabilities: list[str]
    description: str | None
    llm_config: dict[str, Any] | None
    name: str
    personified: bool
    prompt: str | None
    role: str
    skills: list[dict[str, Any]]
    theme_responses: dict[str, Any]
    version: str

    def __init__(self, profile: JsonObject) -> None:
        self.update(profile)

    def update(self, profile: JsonObject) -> None:
        """After a live update: what is new here is new wherever this object is."""
        self.__dict__.clear()
        self.__dict__.update(_fields_of(profile))

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            own = self.__dict__.get("config") or {}
            if name in own:
                return own[name]
        raise AttributeError(f"config has no {name}: write it into manifest.yaml or persona.yaml, or below config:")

    def __getitem__(self, name: str) -> Any:
        try:
            return getattr(self, name)
        except AttributeError as error:
            raise KeyError(name) from error

    def get(self, name: str, default: Any = None) -> Any:
        return getattr(self, name, default)

    def model_dump(self, **_options: Any) -> dict[str, Any]:
        return dict(self.__dict__)

    def dict(self) -> dict[str, Any]:
        return self.model_dump()

    def __repr__(self) -> str:
        return f"Config(name={str(self.name)!r}, role={self.role!r})"


def _fields_of(profile: JsonObject) -> dict[str, Any]:
    persona = _mapping(profile.get("persona"))
    extra = _mapping(profile.get("extra"))
    known = {name: value for name, value in profile.items() if name not in ("persona", "extra") and value is not None}
    fields = {**_DEFAULTS, "theme_responses": {}, "capabilities": [], "skills": [], **extra, **persona, **known}
    prompt = _prompt_of(persona) or _prompt_of(extra)
    skills = [dict(skill) for skill in known.get("skills", [])]
    return {**fields, "name": Name(fields["name"]), "prompt": prompt, "skills": skills}


def _prompt_of(part: JsonObject) -> str | None:
    """Who it is, and what is to be said of that."""
    texts = [text.strip() for text in (part.get("system_prompt"), part.get("prompt")) if isinstance(text, str)]
    return "\n\n".join(text for text in texts if text) or None


def _mapping(value: Any) -> JsonObject:
    return value if isinstance(value, Mapping) else {}
