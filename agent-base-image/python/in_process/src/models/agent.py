"""The configuration of an agent as a pydantic model, for bundles that make one; `self.config` has its attributes."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hairem.in_process.finder import lacking as _lacking

__all__ = ["AgentConfig"]


class AgentConfig(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str
    role: str
    description: str | None = None
    version: str = "1.0.0"
    capabilities: list[str] = Field(default_factory=list)
    prompt: str | None = None
    visual_id: str | None = None
    llm_config: dict[str, Any] | None = None
    personified: bool = True
    use_default_tools: bool = True
    room_id: str | None = None
    skills: list[dict[str, Any]] = Field(default_factory=list)
    theme_responses: dict[str, dict[str, Any]] = Field(default_factory=dict)
    preferred_location: str | None = None
    voice_id: str | None = None


def __getattr__(name: str) -> Any:
    raise _lacking(__name__, name)
