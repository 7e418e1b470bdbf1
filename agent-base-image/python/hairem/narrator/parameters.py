"""The arguments that a language model gives to a skill, read as the skill's JSON Schema says where that loses nothing:
models write "60" for 60, null for what they leave out, one value for a list of one. What cannot be read is told to the
model. Pure; `contract/parameters.json` holds both SDKs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..json_text import parse_as_written
from ..message import JsonObject, is_fields
from .plain_values import as_plain, is_kind, json_of

#: How deep schemas may refer to each other without a value in between.
MOST_STEPS = 32
MOST_PROBLEMS = 5
#: What models write in the place of a value that is not there.
NOTHING = frozenset(("null", "none", "undefined"))
#: In the order in which they are tried where a schema allows several: the narrower first.
EXPECTED = {
    "null": "null",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "string": "a text",
}


@dataclass(frozen=True, slots=True)
class Wrong:
    said: str


@dataclass(frozen=True, slots=True)
class _Place:
    schema: Any
    path: str
    steps: int


def read_parameters(args: JsonObject, schema: JsonObject) -> dict[str, Any] | str:
    """The arguments, or a text that says what the model can mend."""
    read = _Reading(schema).object(args, _Place(schema, "", 0))
    return f"error: {read.said}" if isinstance(read, Wrong) else read


class _Reading:
    def __init__(self, root: JsonObject) -> None:
        self._root = root

    def object(self, value: JsonObject, place: _Place) -> dict[str, Any] | Wrong:
        schema, path = place.schema, place.path
        properties = schema["properties"] if is_fields(schema.get("properties")) else {}
        required = schema["required"] if isinstance(schema.get("required"), list) else []
        is_closed = schema.get("additionalProperties") is False
        problems: list[str] = []
        read: dict[str, Any] = {}
        for name, given in value.items():
            at = f"{path}.{name}" if path else name
            own = self._resolved(properties[name]) if name in properties else None
            is_known = name in properties and own is not None
            if name not in required and (is_known or is_closed) and _is_absent(given, own):
                continue
            if not is_known:
                if is_closed:
                    problems.append(_unknown(at, list(properties)))
                else:
                    read[name] = given
                continue
            one = self.value(given, _Place(own, at, place.steps))
            if isinstance(one, Wrong):
                problems.append(one.said)
            else:
                read[name] = one
        lead = f"{path}." if path else ""
        problems += [f"{lead}{name} is missing" for name in required if name not in value]
        return Wrong("; ".join(problems[:MOST_PROBLEMS])) if problems else read

    def value(self, given: Any, place: _Place) -> Any:
        own = self._resolved(place.schema)
        if not is_fields(own) or place.steps > MOST_STEPS:
            return given
        deeper = _Place(own, place.path, place.steps + 1)
        choices = _choices_of(own)
        if choices:
            return self._one_of(given, choices, deeper)
        all_of = own.get("allOf")
        if isinstance(all_of, list) and all_of and not _kinds_of(own):
            return self.value(given, _Place(all_of[0], deeper.path, deeper.steps))
        return _chosen(self._as_kinds(given, deeper), own, place.path)

    def _one_of(self, given: Any, choices: Sequence[Any], place: _Place) -> Any:
        """What fits as it is wins; then the first as which it can be read."""
        reads = [self.value(given, _Place(schema, place.path, place.steps)) for schema in choices]
        good = [read for read in reads if not isinstance(read, Wrong)]
        same = [read for read in good if json_of(read) == json_of(given)]
        return [*same, *good, *reads][0]

    def _as_kinds(self, given: Any, place: _Place) -> Any:
        kinds = _kinds_of(place.schema)
        if not kinds:
            return given
        native = [kind for kind in kinds if is_kind(given, kind)]
        for kind in native[:1] or kinds:
            read = self._as(kind, given, place)
            if read is not None or (kind == "null" and given is None):
                return read
        wanted = " or ".join(EXPECTED[kind] for kind in kinds)
        return Wrong(f"{place.path} must be {wanted}, not {_shown(given)}")

    def _as(self, kind: str, given: Any, place: _Place) -> Any:
        """None where it cannot be read as this without a loss."""
        if kind == "array":
            return self._as_list(given, place)
        if kind == "object":
            fields = _parsed(given) if isinstance(given, str) else given
            return self.object(fields, place) if is_fields(fields) else None
        return as_plain(kind, given)

    def _as_list(self, given: Any, place: _Place) -> Any:
        """One value is a list of one."""
        if given is None:
            return None
        parsed = _parsed(given) if isinstance(given, str) else given
        values = parsed if isinstance(parsed, list) else [given]
        items = place.schema.get("items")
        reads = [self.value(one, _Place(items, f"{place.path}[{at}]", place.steps)) for at, one in enumerate(values)]
        return next((read for read in reads if isinstance(read, Wrong)), reads)

    def _resolved(self, schema: Any) -> Any:
        """`{"$ref": "#/$defs/lamp"}`, within the schema itself."""
        for _ in range(MOST_STEPS):
            if not is_fields(schema) or not isinstance(schema.get("$ref"), str):
                return schema
            start, *names = schema["$ref"].split("/")
            schema = self._root if start == "#" else None
            for name in names:
                schema = schema.get(name) if is_fields(schema) else None
        return schema


def _is_absent(given: Any, schema: Any) -> bool:
    """Null and "" of an optional parameter say that it is not there, unless its schema knows them."""
    if given is not None and not isinstance(given, str):
        return False
    own = schema if is_fields(schema) else {}
    known = own.get("enum")
    if isinstance(known, list) and given in known:
        return False
    if given is None:
        return not _allows_null(own)
    text = given.strip()
    return not text or (text.lower() in NOTHING and _is_no_text(own))


def _choices_of(schema: JsonObject) -> list[Any]:
    return next((schema[name] for name in ("anyOf", "oneOf") if isinstance(schema.get(name), list)), [])


def _allows_null(schema: Any) -> bool:
    if not is_fields(schema):
        return False
    is_own = schema.get("nullable") is True or "null" in _kinds_of(schema)
    return is_own or any(_allows_null(choice) for choice in _choices_of(schema))


def _is_no_text(schema: JsonObject) -> bool:
    kinds = [kind for one in (schema, *_choices_of(schema)) if is_fields(one) for kind in _kinds_of(one)]
    return bool(kinds) and "string" not in kinds


def _kinds_of(schema: JsonObject) -> list[str]:
    kind = schema.get("type")
    said = kind if isinstance(kind, list) else [kind]
    known = [kind for kind in EXPECTED if kind in said]
    if known:
        return known
    return ["object"] if is_fields(schema.get("properties")) else ["array"] if is_fields(schema.get("items")) else []


def _chosen(read: Any, schema: JsonObject, path: str) -> Any:
    known = schema.get("enum")
    choices = known if isinstance(known, list) else [schema["const"]] if "const" in schema else []
    if isinstance(read, Wrong) or not choices or json_of(read) in map(json_of, choices):
        return read
    return Wrong(f"{path} must be one of {', '.join(map(json_of, choices))}, not {_shown(read)}")


def _parsed(text: str) -> Any:
    try:
        return parse_as_written(text)
    except ValueError:
        return None


def _unknown(path: str, known: Sequence[str]) -> str:
    return f"there is no parameter {path} (there are: {', '.join(known) or 'none'})"


def _shown(value: Any) -> str:
    text = json_of(value)
    return f"{text[:60]}…" if len(text) > 60 else text
