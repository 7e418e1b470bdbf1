"""What a bundle may use of hairem is described where an editor shows it: all of `__all__`, and each public member."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import hairem


def declared() -> Iterator[tuple[str, ast.stmt, list[ast.stmt]]]:
    """Each name of `__all__` with its statement and those beside it."""
    for module in sorted({_home_of(name) for name in hairem.__all__}):
        siblings = ast.parse(Path(module).read_text()).body
        for statement in siblings:
            for name in _names_of(statement):
                if name in hairem.__all__:
                    yield name, statement, siblings


def _home_of(name: str) -> str:
    """The file from which __init__.py has it."""
    for statement in ast.parse(inspect.getsource(hairem)).body:
        if isinstance(statement, ast.ImportFrom) and name in {alias.name for alias in statement.names}:
            return str(importlib.import_module(f"hairem.{statement.module}").__file__)
    raise AssertionError(f"{name} is in __all__ and not imported")


def _names_of(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return []


def undescribed(name: str, statement: ast.stmt, siblings: list[ast.stmt]) -> list[str]:
    if not isinstance(statement, ast.ClassDef):
        return [] if _has_docstring(statement, siblings) else [name]
    missing = [] if ast.get_docstring(statement) else [name]
    for member in statement.body:
        if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) and not member.name.startswith("_"):
            missing += [] if ast.get_docstring(member) else [f"{name}.{member.name}"]
        elif isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
            is_public = not member.target.id.startswith("_")
            missing += (
                [f"{name}.{member.target.id}"] if is_public and not _has_docstring(member, statement.body) else []
            )
    return missing


def _has_docstring(statement: ast.stmt, siblings: list[ast.stmt]) -> bool:
    """Editors show the text that stands below an attribute."""
    after = siblings[siblings.index(statement) + 1 :][:1]
    values = [one.value for one in after if isinstance(one, ast.Expr)]
    return any(isinstance(value, ast.Constant) and isinstance(value.value, str) for value in values)


DECLARED = list(declared())


def test_everything_is_found() -> None:
    assert sorted(name for name, _, _ in DECLARED) == sorted(hairem.__all__)


@pytest.mark.parametrize(("name", "statement", "siblings"), DECLARED, ids=[name for name, _, _ in DECLARED])
def test_it_and_its_members_are_described(name: str, statement: ast.stmt, siblings: list[ast.stmt]) -> None:
    assert undescribed(name, statement, siblings) == []


def test_type_checkers_are_told_that_it_is_typed() -> None:
    assert (Path(str(hairem.__file__)).parent / "py.typed").is_file()
