"""The durable engine: the bound rules of a kind as rules of durable-rules, which fire by forward chaining.

Each rule becomes two: one that fires where it is true, one that fires where it may be. What fires for the second alone
is unknown. They are shared out over several sessions, because one holds only so many firings at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import prod
from typing import Any

from attrs import field, frozen

from smpolicy.binding import KindRules
from smpolicy.errors import EngineFailed, Problem
from smpolicy.facts import Facts
from smpolicy.forward import (
    ANOTHER_ENGINE,
    MOST_FIRINGS,
    MOST_RULES,
    Session,
    Test,
    absent,
    at_least,
    below,
    differs,
    equals,
    every,
    single,
    some,
    to_fact,
)
from smpolicy.language.expressions import (
    And,
    AtLeast,
    Constant,
    Expression,
    Is,
    Not,
    OneOf,
    Or,
    Overlaps,
    Term,
    Unsettled,
)
from smpolicy.vocabulary import SomeOf

MOST_VALUES = 10_000
"""How many values of one fact are remembered as they are written."""
MOST_PARTS = 2_000
"""Into how many rules one rule may be split."""


@frozen(slots=True)
class Leaf:
    """One test of one property."""

    test: Test
    name: str


@frozen(slots=True)
class Every:
    """All parts hold."""

    parts: tuple[Node, ...]


@frozen(slots=True)
class Some:
    """At least one part holds; of exclusive ones never two."""

    parts: tuple[Node, ...]
    exclusive: bool = False


Node = Leaf | Every | Some


def prepare(kind_rules: KindRules) -> Callable[[Facts], tuple[int, int]]:
    """Return a function that finds the sets of true and of unknown rules.

    Args:
        kind_rules: the bound rules of one kind.

    Raises:
        EngineUnavailable: durable-rules cannot be imported.
        EngineFailed: a rule is too large.
    """
    always = {"t": 0, "m": 0}
    entries: list[Entry] = []
    for index, rule in enumerate(kind_rules.rules):
        for what, may in (("t", False), ("m", True)):
            found = _node(rule.condition, True, may, kind_rules)
            if found is True:
                always[what] |= 1 << index
            elif found is not False:
                parts = _split(found, rule.id)
                entries += [Entry(f"{what}{index}_{number}", part) for number, part in enumerate(parts)]
    groups = [Group.make(each, kind_rules) for each in _share_out(entries)]

    def run(facts: Facts) -> tuple[int, int]:
        true, possible = always["t"], always["m"]
        for group in groups:
            surely, may = group.fired(facts)
            true |= surely
            possible |= may
        return true, possible & ~true

    return run


@frozen(slots=True)
class Entry:
    """A rule for the library: its name, and when it fires."""

    name: str
    node: Node

    @property
    def firings(self) -> int:
        """Return how often it may fire for one fact: once for each branch of an alternative that holds."""
        return _firings(self.node)


@frozen(slots=True, eq=False)
class Group:
    """The rules of one session, and how to write the fact that they test.

    Attributes:
        session: the session.
        bits: for each rule the bit in the set of true rules, and in the set of those that may be true.
        writers: for each slot of the facts that the rules read, what writes its value.
    """

    session: Session
    bits: dict[str, tuple[int, int]]
    writers: tuple[tuple[int, Column], ...]

    @classmethod
    def make(cls, entries: list[Entry], kind_rules: KindRules) -> Group:
        """Return the group of some rules."""
        names = sorted({leaf.name for each in entries for leaf in _leaves(each.node)})
        columns: dict[int, list[str]] = {}
        for name in names:
            columns.setdefault(_slot(name), []).append(name)
        bits = {}
        for each in entries:
            bit = 1 << int(each.name[1:].partition("_")[0])
            bits[each.name] = (bit, 0) if each.name.startswith("t") else (0, bit)
        writers = tuple((slot, Column.make(kind_rules, slot, owned)) for slot, owned in columns.items())
        return cls(single({each.name: _test(each.node) for each in entries}, names), bits, writers)

    def fired(self, facts: Facts) -> tuple[int, int]:
        """Return the sets of the rules that are true, and that may be."""
        written = [column.written.get(facts[slot]) or column.write(facts[slot]) for slot, column in self.writers]
        surely = may = 0
        for name in self.session.fired(f"{START}{''.join(written)}}}"):
            one, other = self.bits[name]
            surely |= one
            may |= other
        return surely, may


START = to_fact({})[:-1]
"""How every fact begins: its id, and what all rules test besides."""


@frozen(slots=True, eq=False)
class Column:
    """How the values of one fact are written: as one property, or as one for each member that rules mention.

    Attributes:
        name: the property, or None for a set.
        members: for a set its members, each with its property.
        written: what was written for each value that occurred.
    """

    name: str | None
    members: tuple[tuple[str, str], ...]
    written: dict[Any, str] = field(factory=dict)

    @classmethod
    def make(cls, kind_rules: KindRules, slot: int, names: list[str]) -> Column:
        """Return the column of a slot, given the properties of it that rules read."""
        if "_" not in names[0]:
            return cls(names[0], ())
        members = kind_rules.vocabulary.facts[kind_rules.terms[slot].path].members
        return cls(None, tuple((members[int(name.partition("_")[2])], name) for name in names))

    def write(self, value: Any) -> str:
        """Return what is written for a value, and remember it."""
        if value is None:
            properties = {}
        elif self.name is not None:
            properties = {self.name: value}
        elif isinstance(value, SomeOf):
            properties = {name: True for member, name in self.members if member in value.includes}
            properties |= {name: False for member, name in self.members if member in value.excludes}
        else:
            properties = {name: member in value for member, name in self.members}
        text = to_fact(properties)[len(START) : -1] or " "
        if len(self.written) >= MOST_VALUES:
            self.written.clear()
        self.written[value] = text
        return text


def _property(slot: int, member: int | None = None) -> str:
    return f"f{slot}" if member is None else f"f{slot}_{member}"


def _slot(name: str) -> int:
    return int(name[1:].partition("_")[0])


def _node(expression: Expression, positive: bool, may: bool, kind_rules: KindRules) -> Node | bool:
    """Return when a condition (or, if not positive, its contrary) is true, or may be.

    Args:
        expression: the condition.
        positive: whether the condition is meant, or its contrary.
        may: whether it is enough that it may be so.
        kind_rules: give the slot of each term.
    """
    match expression:
        case Constant(value):
            return value is positive
        case Unsettled():
            return may
        case Not(part):
            return _node(part, not positive, may, kind_rules)
        case And(parts) | Or(parts):
            found = [_node(part, positive, may, kind_rules) for part in parts]
            return _joined(found, isinstance(expression, And) is positive)
        case Overlaps(term, members):
            return _set_node(term, members, positive, may, kind_rules)
        case _:
            return _atom_node(expression, positive, may, _property(kind_rules.slots[expression.term]))


def _joined(found: Iterable[Node | bool], all_: bool) -> Node | bool:
    parts: list[Node] = []
    for each in found:
        if each is not all_ and isinstance(each, bool):
            return each
        if not isinstance(each, bool):
            parts.append(each)
    if not parts:
        return all_
    return parts[0] if len(parts) == 1 else Every(tuple(parts)) if all_ else Some(tuple(parts))


def _set_node(term: Term, members: frozenset[str], positive: bool, may: bool, kind_rules: KindRules) -> Node:
    """Return that a set has one of some members, or none of them."""
    order, slot = kind_rules.vocabulary.facts[term.path].members, kind_rules.slots[term]
    parts = []
    for member in sorted(members):
        name = _property(slot, order.index(member))
        parts.append(_perhaps(Leaf(equals(name, positive), name), name, may))
    if len(parts) == 1:
        return parts[0]
    return Some(tuple(parts)) if positive else Every(tuple(parts))


def _atom_node(atom: Is | OneOf | AtLeast, positive: bool, may: bool, name: str) -> Node:
    """Return that an atom about one value holds, or does not."""
    match atom:
        case Is():
            node: Node = Leaf(equals(name, positive), name)
        case AtLeast(_, number):
            node = Leaf(at_least(name, number) if positive else below(name, number), name)
        case OneOf(_, values):
            leaves = [Leaf((equals if positive else differs)(name, each), name) for each in sorted(values, key=str)]
            node = leaves[0] if len(leaves) == 1 else Some(tuple(leaves), True) if positive else Every(tuple(leaves))
    return _perhaps(node, name, may)


def _perhaps(node: Node, name: str, may: bool) -> Node:
    """Return that something holds or, where that is enough, that it is not known."""
    return Some((Leaf(absent(name), name), node), True) if may else node


def _firings(node: Node) -> int:
    match node:
        case Leaf():
            return 1
        case Every(parts):
            return prod(map(_firings, parts))
        case Some(parts, exclusive):
            return (max if exclusive else sum)(map(_firings, parts))


def _split(node: Node, rule: str) -> list[Node]:
    """Return alternatives of which each may fire often enough only, and one of which holds where the whole does.

    Raises:
        EngineFailed: they would be too many.
    """
    done: list[Node] = []
    waiting = [node]
    while waiting:
        if len(done) + len(waiting) > MOST_PARTS:
            message = f"the rule `{rule}` has too many alternatives for durable-rules"
            raise EngineFailed(Problem("engine_failed", message, help=ANOTHER_ENGINE))
        each = waiting.pop()
        if _firings(each) <= MOST_FIRINGS // 2:
            done.append(each)
        else:
            waiting += _halves(each)
    return done


def _halves(node: Node) -> list[Node]:
    """Return two or more alternatives that a node comes to, by its widest alternative."""
    if isinstance(node, Some):
        if len(node.parts) > 1:
            middle = len(node.parts) // 2
            return [
                half[0] if len(half) == 1 else Some(half, node.exclusive)
                for half in (node.parts[:middle], node.parts[middle:])
            ]
        return [node.parts[0]]
    assert isinstance(node, Every)
    widest = max(range(len(node.parts)), key=lambda index: _firings(node.parts[index]))
    return [Every((*node.parts[:widest], half, *node.parts[widest + 1 :])) for half in _halves(node.parts[widest])]


def _share_out(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Return the rules shared out over sessions, none of which may fire too often; those that read alike together."""
    groups: list[tuple[int, list[Entry]]] = []
    for entry in sorted(entries, key=lambda each: -each.firings):
        size = entry.firings
        for index, (used, group) in enumerate(groups):
            if used + size <= MOST_FIRINGS and len(group) < MOST_RULES:
                groups[index] = used + size, [*group, entry]
                break
        else:
            groups.append((size, [entry]))
    return [group for _, group in groups]


def _leaves(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
        return
    for part in node.parts:
        yield from _leaves(part)


def _test(node: Node) -> Test:
    match node:
        case Leaf(test):
            return test
        case Every(parts):
            return every(map(_test, parts))
        case Some(parts):
            return some(map(_test, parts))
