"""Panier as a whole: commands in, the list in a folder."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_agent_host import FakeAgentHost
from imports_restored import imports_restored

from hairem.runtime.load_agent import load_agent

BUNDLE = Path(__file__).parents[3] / "agents" / "panier"
SKILLS = [{"name": name, "description": name} for name in ("add_item", "show_list", "remove_item", "clear_list")]


@pytest.fixture(autouse=True)
def _clean_imports() -> Iterator[None]:
    with imports_restored():
        yield


def instance(folder: Path, **config: Any) -> FakeAgentHost:
    host = FakeAgentHost("panier", config=config, skills=SKILLS)
    agent_class: Any = load_agent(BUNDLE)
    agent = agent_class(host, folder)
    agent.setup()
    agent.self_test()
    return host


def names(host: FakeAgentHost) -> list[str]:
    return [item["item"] for item in host.command("list.show")["items"]]


def test_what_is_added_is_shown_in_its_order(tmp_path: Path) -> None:
    host = instance(tmp_path)
    added = host.command("list.add", {"item": "  oat   milk ", "quantity": "2 litres"})
    assert added == {"item": "oat milk", "quantity": "2 litres", "added_by": "user"}
    host.command("list.add", {"item": "bread"})
    assert names(host) == ["oat milk", "bread"]


def test_adding_one_again_changes_its_quantity_and_nothing_else(tmp_path: Path) -> None:
    host = instance(tmp_path)
    host.command("list.add", {"item": "Milk", "quantity": 1})
    host.command("list.add", {"item": "bread"})
    assert host.command("list.add", {"item": "MILK", "quantity": 3})["quantity"] == "3"
    assert host.command("list.add", {"item": "milk"}) == {"item": "Milk", "quantity": "3", "added_by": "user"}
    assert names(host) == ["Milk", "bread"]


def test_the_list_outlives_its_instance(tmp_path: Path) -> None:
    instance(tmp_path).command("list.add", {"item": "été 🥖"})
    assert names(instance(tmp_path)) == ["été 🥖"]


def test_two_instances_at_once_lose_nothing(tmp_path: Path) -> None:
    hosts = [instance(tmp_path), instance(tmp_path)]

    def shop(host: FakeAgentHost, mark: int) -> None:
        for n in range(40):
            host.command("list.add", {"item": f"{mark}-{n}"})

    threads = [threading.Thread(target=shop, args=(host, mark)) for mark, host in enumerate(hosts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(hosts[0])) == 80


def test_removing_what_is_not_there_is_an_error_unless_it_was_done_before_a_crash(tmp_path: Path) -> None:
    host = instance(tmp_path)
    host.command("list.add", {"item": "milk"})
    assert host.command("list.remove", {"item": "Milk"}) == {"item": "Milk"}
    with pytest.raises(ValueError, match='there is no "milk" on the list'):
        host.command("list.remove", {"item": "milk"})
    assert host.command("list.remove", {"item": "milk"}, redelivered=True) == {"item": "milk"}


def test_clearing_says_how_many_there_were(tmp_path: Path) -> None:
    host = instance(tmp_path)
    for item in ("milk", "bread"):
        host.command("list.add", {"item": item})
    assert host.command("list.clear") == {"removed": 2}
    assert names(host) == []


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ({}, "item must be a text of 1 to 80 characters"),
        ({"item": " "}, "item must be a text"),
        ({"item": 7}, "item must be a text"),
        ({"item": "x" * 81}, "item must be a text"),
        ({"item": "milk", "quantity": []}, "quantity must be a text such as 2 litres"),
        ({"item": "milk", "quantity": "x" * 41}, "quantity must have at most 40 characters"),
    ],
)
def test_a_mistake_is_answered_with_what_was_expected(tmp_path: Path, args: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        instance(tmp_path).command("list.add", args)


def test_a_full_list_is_refused(tmp_path: Path) -> None:
    host = instance(tmp_path, max_items=1)
    host.command("list.add", {"item": "milk"})
    host.command("list.add", {"item": "milk", "quantity": "2"})
    with pytest.raises(ValueError, match="there are 1 things on the list"):
        host.command("list.add", {"item": "bread"})


def test_bad_config_rejects_the_update(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"config\.max_items must be a whole number"):
        instance(tmp_path, max_items="many")


def test_a_broken_file_is_set_aside_and_said(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("{")
    host = instance(tmp_path)
    assert names(host) == []
    assert host.log.warnings == ["a broken list is set aside"]
    assert (tmp_path / "list.broken").read_text() == "{"


def test_the_skills_that_the_manifest_lists_do_the_same(tmp_path: Path) -> None:
    host = instance(tmp_path)
    assert host.skills["add_item"].handler({"item": "milk"})["added_by"] == "panier"
    assert host.skills["show_list"].handler({})["items"][0]["item"] == "milk"
    host.skills["remove_item"].handler({"item": "milk"})
    assert host.skills["clear_list"].handler({}) == {"removed": 0}
