"""The shapes that schemas are made of: facts, tables, and what the docstrings of classes say of their attributes."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

from smpolicy.values import MOST_TEXT
from smpolicy.vocabulary import Fact, Vocabulary

Schema: TypeAlias = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
UNKNOWN: Schema = {"type": "null"}

_MONTH_AND_DAY = (
    "(((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01]))|((0[469]|11)-(0[1-9]|[12][0-9]|30))|(02-(0[1-9]|[12][0-9])))"
)
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"

MOMENT: Schema = {
    "description": "A date and time with its offset.",
    "type": "string",
    "pattern": f"^(?!0000)[0-9]{{4}}-{_MONTH_AND_DAY}[T ]{_TIME}$(?!\\n)",
    "examples": ["2026-03-01T09:30:00-05:00"],
}
TEXT: Schema = {
    "description": f"Text, not blank, of at most {MOST_TEXT} printable characters.",
    "type": "string",
    "maxLength": MOST_TEXT,
    "pattern": "[^ ]",
    "not": {"pattern": "[\\u0000-\\u001f\\u007f-\\u00a0\\u00ad]"},
}
DATE: Schema = {"type": "string", "format": "date"}
"""A date; TOML has dates of its own, which validators of TOML files see as text."""
DATE_TIME: Schema = {"type": "string", "format": "date-time"}


def head(name: str, title: str, description: str) -> Schema:
    """Return how every schema begins."""
    return {"$schema": DRAFT, "$id": f"urn:smpolicy:schema:{name}", "title": title, "description": description}


def table(properties: Mapping[str, Schema], required: Iterable[str] = (), description: str | None = None) -> Schema:
    """Return the schema of an object with these keys and no others."""
    made: Schema = {} if description is None else {"description": description}
    made |= {"type": "object", "properties": dict(properties), "additionalProperties": False}
    needed = list(required)
    return made | ({"required": needed} if needed else {})


def list_of(items: Schema, description: str | None = None) -> Schema:
    """Return the schema of a list."""
    return ({} if description is None else {"description": description}) | {"type": "array", "items": items}


def described(made: Schema, description: str | None) -> Schema:
    """Return a schema with a description in front, if there is one."""
    if not description:
        return made
    return {"description": description} | {key: value for key, value in made.items() if key != "description"}


def members_name(fact: Fact) -> str:
    """Return under which name of `$defs` the members of an enumeration stand."""
    return f"members.{fact.path}"


def fact_schema(fact: Fact, nullable: bool = True) -> Schema:
    """Return the schema of a fact's value; it refers to `fact_definitions`.

    Args:
        fact: the fact.
        nullable: whether null may stand for unknown.
    """
    shapes: dict[str, list[Schema]] = {
        "bool": [{"type": "boolean"}],
        "integer": [{"type": "integer", "minimum": fact.least, "maximum": fact.most}],
        "moment": [{"$ref": "#/$defs/moment"}],
        "text": [{"$ref": "#/$defs/text"}],
        "enum": [{"$ref": f"#/$defs/{members_name(fact)}"}],
    }
    options = shapes.get(fact.type) or _set_shapes(fact)
    options = [*options, UNKNOWN] if nullable else options
    ask = fact.ask if fact.unit is None else f"{fact.ask} In {fact.unit}."
    return described(options[0] if len(options) == 1 else {"anyOf": options}, ask)


def _set_shapes(fact: Fact) -> list[Schema]:
    members = list_of({"$ref": f"#/$defs/{members_name(fact)}"})
    partly = table(
        {
            "includes": described(members, "The members known to be there."),
            "excludes": described(members, "The members known not to be there."),
            "complete": {"description": "Whether all members are known.", "type": "boolean"},
        },
        ("complete",),
        "A set of which only some members are known.",
    )
    return [described(members, "All members there are."), partly | {"not": {"$ref": "#/$defs/contradiction"}}]


def fact_definitions(facts: Iterable[Fact]) -> Schema:
    """Return the definitions that the schemas of these facts refer to."""
    listed = list(facts)
    made: Schema = {"moment": MOMENT, "text": TEXT}
    made |= {members_name(fact): {"enum": list(fact.members)} for fact in listed if fact.members}
    members = dict.fromkeys(member for fact in listed if fact.type == "set" for member in fact.members)
    if members:
        made["contradiction"] = {
            "description": "A set that both includes and excludes a member.",
            "required": ["includes", "excludes"],
            "anyOf": [
                {"properties": {"includes": {"contains": {"const": each}}, "excludes": {"contains": {"const": each}}}}
                for each in members
            ],
        }
    return made


def attribute_texts(cls: type) -> dict[str, str]:
    """Return what a class's docstring says of each attribute, as sentences."""
    found: dict[str, str] = {}
    for each in reversed(cls.__mro__):
        _, _, section = inspect.cleandoc(each.__doc__ or "").partition("Attributes:\n")
        found |= dict(re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", section, re.MULTILINE))
    return {name: _sentence(text) for name, text in found.items()}


def _sentence(text: str) -> str:
    flat = " ".join(text.split())
    return flat[:1].upper() + flat[1:]


def class_schema(cls: type, texts: Mapping[str, str] | None = None, names: Mapping[str, str] | None = None) -> Schema:
    """Return the schema of a table that is read into a class.

    Args:
        cls: an attrs class; fields without a default are required.
        texts: what to say of fields, beyond what the class's docstring says.
        names: the keys of fields whose name in files differs.
    """
    said, renamed, hints = attribute_texts(cls) | dict(texts or {}), dict(names or {}), get_type_hints(cls)
    fields = attrs.fields(cls)
    keys = {each.name: renamed.get(each.name, each.name) for each in fields}
    properties = {
        keys[each.name]: described(_annotated(hints[each.name]), said.get(each.name))
        | ({"default": each.default} if isinstance(each.default, (bool, int, str)) and each.default != "" else {})
        for each in fields
    }
    return table(properties, [keys[each.name] for each in fields if each.default is attrs.NOTHING])


def _annotated(annotation: Any) -> Schema:
    """Return the schema of what an annotation takes."""
    simple: dict[Any, Schema] = {
        str: {"type": "string"},
        int: {"type": "integer"},
        bool: {"type": "boolean"},
        date: DATE,
        datetime: DATE_TIME,
        Any: {},
    }
    if annotation in simple:
        return dict(simple[annotation])
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        (option,) = (each for each in arguments if each is not type(None))
        return _annotated(option)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return list_of(_annotated(arguments[0]))
    if origin is dict:
        return {"type": "object", "additionalProperties": _annotated(arguments[1])}
    return class_schema(annotation)


def record_properties(vocabulary: Vocabulary, part: str, owner: str) -> dict[str, Schema]:
    """Return the keys of a record: the facts of a part that one owner knows."""
    facts = vocabulary.parts[part].facts.items()
    return {name: fact_schema(fact, nullable=False) for name, fact in facts if fact.owner == owner}
