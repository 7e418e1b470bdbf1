"""Asked last, for modules that nobody else finds: names what the in-process hAIrem had and we lack, and finds a
bundle's own files under the names that they had there."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from .names import to_id

#: Where `src` lies, and in the image what else such bundles import.
LIBRARY = Path(__file__).parents[2] / "in_process"

ADVICE = (
    "it belongs to the in-process hAIrem, and an agent in a container has no such thing. Put what you need of it into "
    "drivers/ or lib/ of the bundle, or ask another agent over the bus (agents/README.md, Bundles from the in-process "
    "hAIrem)"
)


class InProcessFinder(MetaPathFinder):
    def __init__(self, agent: str, folder: Path) -> None:
        self._agent = agent
        self._folder = folder

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raises ModuleNotFoundError for what only that program had."""
        if fullname.startswith("src."):
            raise ModuleNotFoundError(f"{fullname}: {ADVICE}", name=fullname)
        head, _, rest = fullname.partition(".")
        if fullname == "agents":
            return _package(fullname, None)
        if head == "agents" and "." not in rest:
            if to_id(rest) != self._agent:
                raise ModuleNotFoundError(f"{fullname}: the code of another agent is not here", name=fullname)
            return _package(fullname, self._folder)
        return _package(fullname, self._folder) if not rest and to_id(head) == self._agent else None


def install(agent: str, folder: Path) -> None:
    """Once, before the bundle's code is loaded."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, InProcessFinder)]
    sys.meta_path.append(InProcessFinder(agent, folder))
    if str(LIBRARY) not in sys.path:
        sys.path.append(str(LIBRARY))


def lacking(module: str, name: str) -> Exception:
    """What a module of ours raises for a name that it does not have."""
    if name.startswith("__"):
        return AttributeError(name)
    return ImportError(f"{module} has no {name}: {ADVICE}", name=module)


def _package(name: str, folder: Path | None) -> ModuleSpec:
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = [str(folder)] if folder else []
    return spec
