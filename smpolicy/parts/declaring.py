"""Declaring facts: the decorators that make parts and records out of classes."""

from __future__ import annotations

import types
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar, Union, dataclass_transform, get_args, get_origin

import attrs
from attrs import field

from smpolicy.errors import InvalidAction, Problem
from smpolicy.values import read_value
from smpolicy.vocabulary import ALL, DaysAgo, Fact, FactType, Owner, PartType, SomeOf

__all__ = ["ALL", "DaysAgo", "OptionalPart", "Part", "SetOf", "declared_facts", "fact", "part", "record"]

T = TypeVar("T")
C = TypeVar("C", bound=type)
SetOf = Union[Collection[T], SomeOf, None]  # noqa: UP007  (a generic alias: `|` would lose the type variable)


def fact(
    ask: str,
    cite: str,
    *,
    owner: Owner,
    also: tuple[str, ...] = (),
    harmless: object = None,
    always_ask: bool = False,
    unit: str | None = None,
    least: int = 0,
    most: int = 1_000_000,
    sensitive: bool = False,
) -> Any:
    """Declare a fact as a field of a part; its type is read from the annotation, and it starts unknown."""
    details = {"ask": ask, "cite": cite, "owner": owner, "also": also, "harmless": harmless, "always_ask": always_ask}
    bounds = {"unit": unit, "least": least, "most": most, "sensitive": sensitive}
    return field(default=None, metadata={"fact": details | bounds})


class Part:
    """The base of all parts of an action."""

    __slots__ = ()


@dataclass_transform(frozen_default=True, kw_only_default=True)
def record(cls: C) -> C:
    """Make a class of facts a record that is found by an id: a person, an account, an alias."""
    unchecked: Any = cls
    unchecked.__attrs_post_init__ = _checker(declared_facts(cls, cls.__name__.lower()).values(), optional=False)
    made: C = attrs.frozen(slots=True, kw_only=True)(cls)
    return made


@dataclass_transform(frozen_default=True, kw_only_default=True)
def part(id: str, *, ask: str | None = None, always_ask: bool = False) -> Any:
    """Make a class of facts a part of actions.

    Args:
        id: the part's name.
        ask: of an optional part, the question whether it exists.
        always_ask: of an optional part, whether no attestation may say that it does not exist.
    """

    def make(cls: type) -> type:
        optional = issubclass(cls, OptionalPart)
        facts = declared_facts(cls, id)
        made: Any = cls
        made.__attrs_post_init__ = _checker(facts.values(), optional)
        made = attrs.frozen(slots=True, kw_only=True)(made)
        if ask is not None:
            existence = Fact(
                f"{id}.exists", "bool", ask, _first_cite(facts), "given", harmless=False, always_ask=always_ask
            )
            facts = {"exists": existence, **facts}
        made.__part__ = PartType(id, (cls.__doc__ or "").strip(), optional, facts)
        return made  # type: ignore[no-any-return]

    return make


def declared_facts(cls: type, part_id: str, prefix: str = "") -> dict[str, Fact]:
    """Return the facts that a class declares, by name.

    Args:
        cls: a class whose fields were made with `fact`.
        part_id: the part under whose name they go.
        prefix: put before each name, where a record's facts belong to somebody other than the actor.
    """
    facts = {}
    declared = cls.__dict__.get("__attrs_attrs__")
    for name, annotation in cls.__annotations__.items():
        made = getattr(declared, name) if declared is not None else cls.__dict__.get(name)
        metadata = getattr(made, "metadata", {})
        if "fact" in metadata:
            kind, members = _type_of(annotation)
            path = f"{part_id}.{prefix}{name}"
            facts[prefix + name] = Fact(path, kind, members=members, **metadata["fact"])
    return facts


def _first_cite(facts: Mapping[str, Fact]) -> str:
    return next(iter(facts.values())).cite


def _type_of(annotation: Any) -> tuple[FactType, tuple[str, ...]]:
    """Return the fact type that a field's annotation stands for, and the members where it is an enumeration."""
    simple: dict[Any, FactType] = {bool: "bool", int: "integer", datetime: "moment", str: "text"}
    for option in get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,):
        if option in simple:
            return simple[option], ()
        if get_origin(option) is Literal:
            return "enum", get_args(option)
        if get_origin(option) is Collection:
            (member,) = get_args(option)
            return "set", get_args(member)
    raise TypeError(f"no fact has the type {annotation!r}")


def _checker(facts: Iterable[Fact], optional: bool) -> Any:
    """Return an `__attrs_post_init__` that checks the values given, written out for speed."""
    lines = ["def __attrs_post_init__(self):", "    given = False" if optional else "    pass"]
    names: dict[str, Any] = {"frozenset": frozenset, "settle": _settle, "conclude": _conclude}
    for index, each in enumerate(facts):
        names[f"m{index}"], names[f"f{index}"] = frozenset(each.members), each
        wrong = {
            "bool": "v is not True and v is not False",
            "enum": f"v.__class__ is not str or v not in m{index}",
            "set": f"v.__class__ is not frozenset or not v <= m{index}",
        }.get(each.type, "True")
        lines += [f"    v = self.{each.name}", "    if v is not None:"]
        lines += ["        given = True"] if optional else []
        lines += [f"        if {wrong}: settle(self, f{index}, v)"]
    lines += ["    if given or self.exists is not True: conclude(self, given)"] if optional else []
    exec("\n".join(lines), names)  # noqa: S102  source made of declared fact names alone
    return names["__attrs_post_init__"]


def _settle(self: Any, declared: Fact, value: object) -> None:
    """Replace a value by its canonical form, or raise what is wrong with it."""
    object.__setattr__(self, declared.name, read_value(declared, value))


def _conclude(self: Any, given: bool) -> None:
    """Make `exists` agree with the facts given: a fact of a part says that the part exists."""
    if self.exists is not False:
        read_value(self.__part__.facts["exists"], self.exists)
    if given and self.exists is False:
        raise InvalidAction(
            Problem(
                "part_contradiction",
                f"the part `{self.__part__.id}` is said not to exist, yet facts of it are given",
                path=f"$.{self.__part__.id}",
                help="leave its facts out, or leave `exists` out",
            )
        )
    if given and self.exists is None:
        object.__setattr__(self, "exists", True)


@record
class OptionalPart(Part):
    """The base of parts that may not exist: `exists` is True, False, or None where nobody has said."""

    exists: bool | None = True
