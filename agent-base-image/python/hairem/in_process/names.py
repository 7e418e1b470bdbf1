"""The in-process hAIrem addressed an agent by its name as it was spelt; the bus knows it by its id (BUS.md, Words)."""


def to_id(spelling: str) -> str:
    """As the orchestrator makes an id: `La_Renarde` is `la-renarde`."""
    return spelling.strip().lower().replace("_", "-").replace(" ", "-")


class Name(str):
    """A name as it is spelt that equals every other spelling of it: `Name("electra") == "Electra"`."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return to_id(self) == to_id(other) if isinstance(other, str) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(to_id(self))
