"""What a fact, a part and a kind of action are, and the vocabulary that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Literal

import attrs
from attrs import field, frozen

from smpolicy.errors import InvalidFile, Problem

Owner = Literal["author", "given", "directory", "account", "agency", "candidate"]
FactType = Literal["bool", "enum", "set", "integer", "moment", "text"]


def _members(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


@frozen(slots=True)
class SomeOf:
    """A set of which only some members are known.

    Attributes:
        includes: the members known to be present.
        excludes: the members known to be absent; all others are unknown.
    """

    includes: frozenset[str] = field(default=frozenset[str](), converter=_members)
    excludes: frozenset[str] = field(default=frozenset[str](), converter=_members)

    def isdisjoint(self, members: frozenset[str]) -> bool:
        """Return whether surely none of the members is present."""
        return members <= self.excludes


class Absent:
    """The type of `NONE`."""

    def __repr__(self) -> str:
        return "NONE"


GIVEN = frozenset({"author", "given", "candidate"})
"""The owners whose facts an action carries itself."""

NONE: Any = Absent()
"""Given in place of an optional part, says that the part does not exist."""


class All:
    """The type of `ALL`, the harmless value of a set that protects."""

    def __repr__(self) -> str:
        return "ALL"


ALL = All()


@frozen(slots=True)
class DaysAgo:
    """The harmless value of a moment: so many days before the decision."""

    days: int


@frozen(slots=True)
class Fact:
    """One named, typed thing that can be known about an action.

    Attributes:
        path: its full name, such as `content.guilt_or_innocence`.
        type: bool, enum, set (of an enumeration), integer, moment (date and time) or text.
        ask: the question that a person is asked.
        cite: the clause that it serves, or `practice`.
        also: further clauses that it serves.
        owner: who knows it: the author, the directory, the account register, the agency's file, a candidate file,
            or nobody in particular (`given`).
        members: the members of an enum or a set, in order.
        harmless: the value under which nothing is restricted.
        always_ask: whether no attestation may answer it.
        unit: the unit of an integer.
        least: the smallest integer allowed.
        most: the largest integer allowed.
        sensitive: whether its value should be kept from readers of a stored record.
    """

    path: str
    type: FactType
    ask: str
    cite: str
    owner: Owner
    also: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    harmless: Any = None
    always_ask: bool = False
    unit: str | None = None
    least: int = 0
    most: int = 1_000_000
    sensitive: bool = False

    @property
    def part(self) -> str:
        """Return the name of the part that it belongs to."""
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """Return its name within its part."""
        return self.path.partition(".")[2]

    @property
    def attestable(self) -> bool:
        """Return whether an attestation may answer it."""
        return self.owner in ("author", "given") and self.type in ("bool", "set") and not self.always_ask


@frozen(slots=True)
class PartType:
    """A group of facts.

    Attributes:
        id: its name, such as `incident`.
        says: what it groups.
        optional: whether it may not exist; then it has the fact `exists`.
        facts: its facts, by name.
    """

    id: str
    says: str
    optional: bool
    facts: Mapping[str, Fact]

    @cached_property
    def given(self) -> frozenset[str]:
        """Return the names of the facts that an action says itself; the others are looked up."""
        return frozenset(name for name, fact in self.facts.items() if fact.owner in GIVEN)


@frozen(slots=True)
class Kind:
    """A kind of action.

    Attributes:
        id: its name, such as `publish`.
        says: what somebody does who takes such an action.
        parts: the names of its parts.
        action: the class of its actions.
        part_classes: the class of each part that its actions carry.
        payload: whether an approval needs to know the content's bytes.
    """

    id: str
    says: str
    parts: tuple[str, ...]
    action: type
    part_classes: Mapping[str, type]
    payload: bool = False


@frozen(slots=True)
class Vocabulary:
    """All kinds, parts and facts that conditions may speak of: the core's, and those that packs add.

    Attributes:
        kinds: every kind of action, by name.
        parts: every part, by name; the namespace of a pack is a part too.
        facts: every fact, by path.
        packs: the namespaces of packs.
        pack_kinds: for each fact of a pack, the kinds that have it.
    """

    kinds: Mapping[str, Kind]
    parts: Mapping[str, PartType]
    facts: Mapping[str, Fact]
    packs: frozenset[str] = frozenset()
    pack_kinds: Mapping[str, frozenset[str]] = field(factory=dict)

    def facts_of(self, kind: str) -> tuple[Fact, ...]:
        """Return every fact of a kind of action, in the order of its parts."""
        own = [each for part_id in self.kinds[kind].parts for each in self.parts[part_id].facts.values()]
        return (*own, *(self.facts[path] for path, kinds in self.pack_kinds.items() if kind in kinds))

    def has(self, kind: str, path: str) -> bool:
        """Return whether actions of a kind have a fact."""
        return path.partition(".")[0] in self.kinds[kind].parts or kind in self.pack_kinds.get(path, ())

    def with_pack(self, namespace: str, facts: Iterable[tuple[Fact, frozenset[str]]]) -> Vocabulary:
        """Return this vocabulary with a pack's own facts.

        Args:
            namespace: the pack's name for its facts.
            facts: each fact, with the kinds that have it.

        Raises:
            InvalidFile: the namespace is taken, or two facts share a name.
        """
        added = list(facts)
        if namespace in self.parts or namespace in RESERVED:
            raise InvalidFile(
                Problem("namespace_taken", f"the namespace `{namespace}` is taken", help="choose another namespace")
            )
        by_name = {each.name: each for each, _ in added}
        return attrs.evolve(
            self,
            parts={**self.parts, namespace: PartType(namespace, "Facts of a pack.", False, by_name)},
            facts={**self.facts, **{each.path: each for each, _ in added}},
            packs=self.packs | {namespace},
            pack_kinds={**self.pack_kinds, **{each.path: kinds for each, kinds in added}},
        )


RESERVED = frozenset(
    {"kind", "payload", "attestation", "choice", "definition", "age", "packs", "policy", "true", "false"}
)
