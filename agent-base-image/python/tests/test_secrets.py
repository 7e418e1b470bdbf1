"""Secrets inside the process: their spellings as the contract has them, their names, and config that refers to them."""

import json
from pathlib import Path

import pytest

from hairem.runtime.log import AgentLog
from hairem.runtime.own_secrets import environment_of, filled_in, is_sensitive_key, with_errors_hidden
from hairem.runtime.spellings import spellings_of

CONTRACT = Path(__file__).parents[2] / "contract" / "redaction.json"
CASES = [(case["secret"], case["spellings"]) for case in json.loads(CONTRACT.read_text("utf-8"))]


@pytest.mark.parametrize(("secret", "spellings"), CASES)
def test_a_secret_has_the_same_spellings_everywhere(secret: str, spellings: list[str]) -> None:
    assert sorted(spellings_of(secret)) == sorted(spellings)


def test_each_has_both_names_and_the_runtimes_own_stay() -> None:
    names = environment_of("electra-two", {"HA_TOKEN": "a", "HAIREM_AGENT": "b"})
    assert names == {"HA_TOKEN": "a", "ELECTRA_TWO_HA_TOKEN": "a"}


def test_config_refers_to_its_own_secrets_and_keeps_the_rest() -> None:
    names = environment_of("electra", {"HA_TOKEN": "a$1"})
    config = {"url": "http://x/?t=${ELECTRA_HA_TOKEN}", "list": ["${HA_TOKEN}", 1], "other": "${OTHER} ${"}
    profile = filled_in({"name": "E", "persona": {"p": "${HA_TOKEN}"}, "config": config, "llm_config": {}}, names)
    assert profile["config"] == {"url": "http://x/?t=a$1", "list": ["a$1", 1], "other": "${OTHER} ${"}
    assert profile["persona"] == {"p": "${HA_TOKEN}"}


@pytest.mark.parametrize("key", ["token", "HA_TOKEN", "accessToken", "client-secret", "password", "api_key", "apiKey"])
def test_a_key_tells_by_its_last_word(key: str) -> None:
    assert is_sensitive_key(key)


@pytest.mark.parametrize("key", ["tokens", "max_tokens", "token_count", "monkey", "secretary", "compass"])
def test_another_word_tells_nothing(key: str) -> None:
    assert not is_sensitive_key(key)


def test_the_log_hides_telling_fields_and_what_is_cut_in_two() -> None:
    lines: list[str] = []
    log = AgentLog({}, lambda: "now", lines.append)
    log.redact(["sesame-open"])
    log.info("x", config={"api_key": "abc", "max_tokens": 5, "password": 1234}, text="x" * 8_190 + "sesame-open")
    log.info("c2VzYW1lLW9wZW4=", **{"sesame-open": 1})
    first, second = (json.loads(line) for line in lines)
    assert first["config"] == {"api_key": "***", "max_tokens": 5, "password": "***"}
    assert "ses" not in lines[0]
    assert second["message"].startswith("***")
    assert second["***"] == 1


def test_what_is_said_of_itself_hides_errors_and_no_states() -> None:
    task = {"name": "active", "state": "crashed", "error": "no active"}
    message = {"state": "active", "tasks": [task], "error": {"message": "active", "stack": "at active"}}
    assert with_errors_hidden(message, lambda text: text.replace("active", "***")) == {
        "state": "active",
        "tasks": [{**task, "error": "no ***"}],
        "error": {"message": "***", "stack": "at ***"},
    }
    assert with_errors_hidden({"error": None}, lambda _: "x") == {"error": None}
