"""Panier: the shopping list, told by commands, kept in a file on the agent's own volume. Its handlers are plain
functions, which the runtime runs in threads, because they read and write files."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from shopping_list import ShoppingList, read_item, read_name

from hairem import AgentHost, BaseAgent, JsonObject, Message


class Agent(BaseAgent):
    def __init__(self, host: AgentHost, folder: Path = Path("/data")) -> None:
        super().__init__(host)
        self._folder = folder

    def setup(self) -> None:
        self._list = ShoppingList(
            self._folder, lambda file: self.log.warn("a broken list is set aside", file=str(file))
        )
        self.max_items()
        self.on_command("list.add", lambda args, message: self.add(args, message.sender.agent_id))
        self.on_command("list.show", lambda _args, _message: self.show())
        self.on_command("list.remove", self.remove)
        self.on_command("list.clear", lambda _args, _message: self.clear())
        self._register_skills()

    def self_test(self) -> None:
        self._list.items()

    def on_config(self) -> None:
        self.max_items()

    def _register_skills(self) -> None:
        """The manifest describes the skills to the language model; here is what they do."""
        handlers = {
            "add_item": lambda args: self.add(args, self.id),
            "show_list": lambda _args: self.show(),
            "remove_item": self.remove,
            "clear_list": lambda _args: self.clear(),
        }
        for skill in self.profile["skills"]:
            handler = handlers.get(skill["name"])
            if handler:
                parameters = skill.get("parameters")
                self.skill(skill["name"], handler, description=skill["description"], parameters=parameters)

    def max_items(self) -> int:
        """`config.max_items`. Raises ValueError where it is no number that makes sense, which rejects the update."""
        most = self.config.get("max_items", 200)
        if not isinstance(most, int) or not 1 <= most <= 10_000:
            raise ValueError(f"config.max_items must be a whole number from 1 to 10000, not {most}")
        return most

    def add(self, args: dict[str, Any], added_by: str) -> JsonObject:
        return asdict(self._list.add(read_item(args, added_by), at_most=self.max_items()))

    def show(self) -> JsonObject:
        return {"items": [asdict(item) for item in self._list.items()]}

    def remove(self, args: dict[str, Any], message: Message | None = None) -> JsonObject:
        """After a crash the same command may come a second time: then it may have been done already."""
        name = read_name(args)
        again = message is not None and message.metadata.redelivered
        if not self._list.remove(name) and not again:
            raise ValueError(f'there is no "{name}" on the list')
        return {"item": name}

    def clear(self) -> JsonObject:
        return {"removed": self._list.clear()}
