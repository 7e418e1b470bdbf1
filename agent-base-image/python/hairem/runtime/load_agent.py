"""Finds and checks the bundle's code: `logic.py` with a class `Agent`, or none, which is fine."""

import importlib
import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from ..base_agent import BaseAgent


def load_agent(folder: Path, *, packages: Path | None = None, agent: str = "") -> type[BaseAgent]:
    """`folder` is the bundle's, for example /app/bundle; `packages` has what its requirements.txt asked for; `agent`
    is its id.

    Raises an error that a bundle's author understands.
    """
    for path in (packages, folder):
        if path and path.is_dir():
            sys.path.insert(0, str(path))
    logic = folder / "logic.py"
    if not logic.is_file():
        return BaseAgent
    if not _is_in_process(logic):
        return _checked(_load(logic))
    # Only now: no other bundle pays for it.
    in_process = importlib.import_module("hairem.in_process.loading")
    in_process.prepare(agent, folder)
    return _checked(_load(logic), in_process.adapt)


#: As the orchestrator recognises it (orchestrator/src/bundle/in-process.ts).
_IN_PROCESS = re.compile(rb"^(?:\xef\xbb\xbf)?[ \t]*(?:from|import)[ \t]+src(?:[.\s,]|$)", re.MULTILINE)


def _is_in_process(logic: Path) -> bool:
    """Written for the in-process hAIrem: it imports from `src`, and that is not a folder of its own."""
    if any((logic.parent / name).exists() for name in ("src", "src.py")):
        return False
    return _IN_PROCESS.search(logic.read_bytes()) is not None


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("logic", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules["logic"] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise SyntaxError(f"{_place(error, path.parent)}: {error.msg}") from error
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in ("src", "agents"):
            raise
        hint = "is it in requirements.txt, or a file of the bundle?"
        raise ModuleNotFoundError(f"{error.msg}: {hint}", name=error.name) from error
    return module


def _place(error: SyntaxError, folder: Path) -> str:
    path = Path(error.filename or "logic.py")
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    return ":".join(str(part) for part in (shown, error.lineno, error.offset) if part is not None)


def _checked(module: ModuleType, adapt: Callable[[type], type[BaseAgent] | None] | None = None) -> type[BaseAgent]:
    agent: Any = getattr(module, "Agent", None)
    if isinstance(agent, type) and issubclass(agent, BaseAgent) and agent is not BaseAgent:
        return agent
    adapted = adapt(agent) if adapt and isinstance(agent, type) else None
    if adapted:
        return adapted
    if isinstance(agent, type):
        parents = ", ".join(_named(base) for base in agent.__bases__)
        raise TypeError(f"logic.py: its class Agent must extend BaseAgent of hairem; it extends {parents}")
    own = [f"{name} ({_kind(value)})" for name, value in vars(module).items() if _is_own(module, name, value)]
    found = ", ".join(own) or "nothing"
    raise TypeError(f"logic.py must define a class Agent that extends BaseAgent; it defines {found}")


def _is_own(module: ModuleType, name: str, value: object) -> bool:
    is_module = isinstance(value, ModuleType)
    return not name.startswith("_") and not is_module and getattr(value, "__module__", module.__name__) == "logic"


def _kind(value: object) -> str:
    return "class" if isinstance(value, type) else type(value).__name__


def _named(base: type) -> str:
    return base.__name__ if base.__module__ in ("builtins", "logic") else f"{base.__module__}.{base.__name__}"
