"""The list itself, in one file on the agent's own volume. While an update hands over, two instances use it at once:
every change is made under a lock, and the file is replaced as a whole."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LONGEST_NAME = 80
LONGEST_QUANTITY = 40


@dataclass(frozen=True, slots=True)
class Item:
    item: str
    #: As it was said, for example `2 litres`; None where nobody said.
    quantity: str | None
    #: The id of the agent, or `user`.
    added_by: str


class ShoppingList:
    def __init__(self, folder: Path, on_broken: Callable[[Path], None]) -> None:
        """`on_broken` hears of a file that holds no list; it is set aside."""
        self._file = folder / "list.json"
        self._lock = folder / "lock"
        self._on_broken = on_broken
        folder.mkdir(parents=True, exist_ok=True)

    def items(self) -> list[Item]:
        """In the order in which they were added."""
        with self._locked():
            return self._read()

    def add(self, added: Item, *, at_most: int) -> Item:
        """One that is there already keeps its place and gets the new quantity. Raises ValueError when it is full."""
        with self._locked():
            items = self._read()
            known = _position(items, added.item)
            if known is not None:
                added = Item(items[known].item, added.quantity or items[known].quantity, added.added_by)
                items[known] = added
            elif len(items) >= at_most:
                raise ValueError(f"there are {len(items)} things on the list, no more are kept")
            else:
                items.append(added)
            self._write(items)
            return added

    def remove(self, name: str) -> bool:
        """False where there is none of that name."""
        with self._locked():
            items = self._read()
            known = _position(items, name)
            if known is None:
                return False
            del items[known]
            self._write(items)
            return True

    def clear(self) -> int:
        """How many there were."""
        with self._locked():
            items = self._read()
            self._write([])
            return len(items)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> list[Item]:
        try:
            return [Item(**entry) for entry in json.loads(self._file.read_text())]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError):
            aside = self._file.with_suffix(".broken")
            self._file.replace(aside)
            self._on_broken(aside)
            return []

    def _write(self, items: list[Item]) -> None:
        draft = self._file.with_suffix(".new")
        with draft.open("w") as file:
            json.dump([asdict(item) for item in items], file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._file)


def read_item(args: dict[str, Any], added_by: str) -> Item:
    """Raises ValueError that says what was expected."""
    name = read_name(args)
    quantity = args.get("quantity")
    if quantity is not None and not isinstance(quantity, str | int | float):
        raise ValueError("quantity must be a text such as 2 litres")
    said = None if quantity is None else " ".join(str(quantity).split())
    if said is not None and len(said) > LONGEST_QUANTITY:
        raise ValueError(f"quantity must have at most {LONGEST_QUANTITY} characters")
    return Item(name, said or None, added_by)


def read_name(args: dict[str, Any]) -> str:
    """Raises ValueError that says what was expected."""
    name = args.get("item")
    text = " ".join(name.split()) if isinstance(name, str) else ""
    if not 1 <= len(text) <= LONGEST_NAME:
        raise ValueError(f"item must be a text of 1 to {LONGEST_NAME} characters, for example milk")
    return text


def _position(items: list[Item], name: str) -> int | None:
    wanted = name.casefold()
    return next((index for index, item in enumerate(items) if item.item.casefold() == wanted), None)
