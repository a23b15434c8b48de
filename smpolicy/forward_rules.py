"""Rules for forward chaining: what durable-rules may be asked to test of facts, and how much of it it bears.

It knows nothing of the library itself, which `forward` alone uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

from attrs import evolve, field, frozen

from smpolicy.errors import EngineFailed, Problem, shorten

MOST_FIRINGS = 48
"""How many firings one fact may cause in one set of rules; the library fails at 64."""
MOST_CONNECTIVES = 14
"""How many `and` and `or` one rule may hold; the library takes fifteen, of which one is ours."""
MOST_ALTERNATIVES = 100
"""How many `or` the rules of one set may hold; the library has room for 128 in one place, and checks it too late."""
MOST_TESTS = 400
"""How many tests of one property the rules of one set may hold; the library hangs at about 512 in one place."""
MOST_PROPERTIES = 120
"""How many properties a fact may have; the library has room for 255."""
MOST_JOINED = 12
"""How many rules about two facts one set takes."""
MOST_TEXT = 20_000
"""How many bytes a text may have; the library compares lengths modulo 65,536."""
LARGEST = 2**63 - 1

PRIMER = "primer"
RESERVED = ("id", "sid", "$s", "one", PRIMER)
"""Names that the library or `forward` uses itself."""
ANOTHER_ENGINE = "decide with the engine `compiled` or `reference`, and report this"


Value = bool | int | str
Fact = Mapping[str, Value]
Properties = Mapping[str, type[bool] | type[int] | type[str]]
"""Every property that facts may have, with its type: the library takes 1 for true, and 'true' as well."""


@frozen(slots=True)
class Check:
    """A test of a fact, made by the functions below alone.

    Attributes:
        operator: `$and` or `$or`, or empty for a test of one property.
        parts: what it joins.
        written: of a test of one property: as the library reads it.
        reads: of a test of one property: the property, and the type of what it is held against.
        other: of a test that holds a property against one of another fact: that property.
        firings: how often at most a rule fires for one fact by it: once for each of its alternatives that hold.
        connectives: how many `and` and `or` it holds.
        alternatives: how many `or` it holds.
    """

    operator: str
    parts: tuple[Check, ...] = ()
    written: Mapping[str, Any] = field(factory=dict)
    reads: tuple[str, type | None] = ("", None)
    other: str = ""
    firings: int = 1
    connectives: int = 0
    alternatives: int = 0

    @property
    def joins(self) -> bool:
        """Return whether it holds a property against one of another fact."""
        return self.other != ""

    def leaves(self) -> list[Check]:
        """Return the tests of one property that it holds."""
        return [leaf for part in self.parts for leaf in part.leaves()] if self.parts else [self]


def equals(name: str, value: Value) -> Check:
    """Return the test that a property has a value; false where it is absent."""
    return Check("", written={name: checked(name, value)}, reads=(name, type(value)))


def differs(name: str, value: Value) -> Check:
    """Return the test that a property has another value; false where it is absent."""
    return Check("", written={"$neq": {name: checked(name, value)}}, reads=(name, type(value)))


def at_least(name: str, number: int) -> Check:
    """Return the test that a number is reached; false where it is absent."""
    return Check("", written={"$gte": {name: checked(name, number, int)}}, reads=(name, int))


def below(name: str, number: int) -> Check:
    """Return the test that a number is not reached; false where it is absent."""
    return Check("", written={"$lt": {name: checked(name, number, int)}}, reads=(name, int))


def contrary(test: Check) -> Check:
    """Return the test that a test of one property does not hold; exact where the property is never absent."""
    if test.parts or test.joins:
        raise refused("only the contrary of a test of one property of one fact is a test")
    (inner,) = test.written.values()
    swapped = {"$neq": inner, "$gte": {"$lt": inner}, "$lt": {"$gte": inner}}
    return evolve(test, written=swapped.get(next(iter(test.written)), {"$neq": test.written}))


def every(tests: Iterable[Check]) -> Check:
    """Return the test that all of some tests hold."""
    return _joined("$and", tests, prod)


def some(tests: Iterable[Check], exclusive: bool = False) -> Check:
    """Return the test that at least one of some tests holds.

    Args:
        tests: at least one.
        exclusive: whether no two of them ever hold of one fact.
    """
    return _joined("$or", tests, max if exclusive else sum)


def _joined(operator: str, tests: Iterable[Check], firings: Any) -> Check:
    parts = tuple(tests)
    if not parts:
        raise refused("a connective joins no tests, which durable-rules takes for true")
    if len(parts) == 1:
        return parts[0]
    if any(each.joins for each in parts):
        raise refused("a test that joins two facts stands under another connective")
    return Check(
        operator,
        parts,
        firings=firings(each.firings for each in parts),
        connectives=1 + sum(each.connectives for each in parts),
        alternatives=(operator == "$or") + sum(each.alternatives for each in parts),
    )


def same(name: str, alias: str, other: str) -> Check:
    """Return the test, of the second of two facts, that a property equals one of the first."""
    return Check("", written={name: {_first(alias): other}}, reads=(name, None), other=other)


def reaches(name: str, alias: str, other: str) -> Check:
    """Return the test, of the second of two facts, that a number is at least one of the first."""
    return Check("", written={"$gte": {name: {_first(alias): other}}}, reads=(name, int), other=other)


def is_below(name: str, alias: str, other: str) -> Check:
    """Return the test, of the second of two facts, that a number is less than one of the first."""
    return Check("", written={"$lt": {name: {_first(alias): other}}}, reads=(name, int), other=other)


def _first(alias: str) -> str:
    if alias != "a":
        raise refused(f"there is no earlier fact `{shorten(alias)}`: the first is called `a`")
    return alias


@frozen(slots=True)
class Joined:
    """A rule that fires for two facts together.

    Attributes:
        first: the test of the one fact.
        second: the tests of the other, joins with the first among them, which call it `a`.
    """

    first: Check
    second: tuple[Check, ...]


@frozen(slots=True)
class Size:
    """How much some rules of one set ask of the library.

    Attributes:
        firings: how many of them one fact may cause at most.
        connectives: how many the largest rule holds.
        alternatives: how many they hold together.
        tests: how many tests of one property they hold together.
    """

    firings: int = 0
    connectives: int = 0
    alternatives: int = 0
    tests: int = 0

    @classmethod
    def of(cls, tests: Iterable[Check]) -> Size:
        """Return the size of the rules that have these tests."""
        size = cls()
        for each in tests:
            size = size.plus(cls(each.firings, each.connectives, each.alternatives, len(each.leaves())))
        return size

    def plus(self, other: Size) -> Size:
        """Return the size of both together."""
        return Size(
            self.firings + other.firings,
            max(self.connectives, other.connectives),
            self.alternatives + other.alternatives,
            self.tests + other.tests,
        )

    def fits(self) -> bool:
        """Return whether the library bears it."""
        return (
            self.firings <= MOST_FIRINGS
            and self.connectives <= MOST_CONNECTIVES
            and self.alternatives <= MOST_ALTERNATIVES
            and self.tests <= MOST_TESTS
        )


def check_properties(properties: Properties) -> None:
    """Refuse properties that the library cannot tell apart, which knows them by a 32-bit hash alone.

    Raises:
        EngineFailed: two have the same hash, one is reserved or no plain name, or they are too many.
    """
    if len(properties) > MOST_PROPERTIES:
        raise refused(f"{len(properties)} properties are more than a fact takes")
    seen = {hash_of(name): name for name in RESERVED}
    for name, kind in properties.items():
        if not name.isidentifier() or not name.isascii() or kind not in (bool, int, str):
            raise refused(f"`{shorten(name)}` is no plain name of a property, or has no type")
        if name in RESERVED:
            raise refused(f"the property `{name}` is durable-rules' own")
        other = seen.setdefault(hash_of(name), name)
        if other != name:
            raise refused(f"the properties `{shorten(name)}` and `{shorten(other)}` are one to durable-rules")


def hash_of(name: str) -> int:
    """Return the 32-bit FNV-1a hash by which the library knows a name."""
    found = 0x811C9DC5
    for byte in name.encode():
        found = (found ^ byte) * 0x01000193 % 2**32
    return found


def check_reads(test: Check, properties: Properties) -> None:
    """Refuse a test that reads a property of another type than it is declared to have, or none."""
    for leaf in test.leaves():
        name, kind = leaf.reads
        declared = properties.get(name)
        other = properties.get(leaf.other) if leaf.joins else declared
        if declared is None or kind not in (None, declared) or other is not declared:
            raise refused(f"a test reads `{shorten(name)}` as what it is not declared to be")


def guarded(test: Check) -> dict[str, Any]:
    """Return a test as the library reads it, true of our own facts alone."""
    return {"$and": [{"one": 1}, *map(to_data, test.parts if test.operator == "$and" else [test])]}


def to_data(test: Check) -> Mapping[str, Any]:
    """Return a test as the library reads it."""
    return {test.operator: [to_data(part) for part in test.parts]} if test.parts else test.written


def rule_name(name: str) -> str:
    """Return the name of a rule, which is read back from what the library writes."""
    if not name.isidentifier() or not name.isascii() or name in RESERVED:
        raise refused(f"`{shorten(name)}` is no plain name of a rule")
    return name


def checked(name: str, value: object, kind: type | None = None) -> Value:
    """Return a value that the library compares rightly."""
    if kind is None or type(value) is kind:
        if isinstance(value, bool):
            return value
        if isinstance(value, int) and abs(value) <= LARGEST:
            return value
        if isinstance(value, str) and "\0" not in value and _length(value) <= MOST_TEXT:
            return value
    raise refused(f"`{shorten(value)}` is no value of `{shorten(name)}` that durable-rules compares rightly")


def _length(text: str) -> int:
    """Return how many bytes a text has; more than is allowed where UTF-8 cannot write it."""
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        return MOST_TEXT + 1


def refused(message: str) -> EngineFailed:
    """Return the error of something that the library must not be given."""
    return EngineFailed(Problem("engine_failed", message, help=ANOTHER_ENGINE))
