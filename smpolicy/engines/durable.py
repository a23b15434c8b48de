"""The durable engine: the bound rules of a kind as rules of durable-rules, which fire by forward chaining.

Each rule becomes two: one fires where it is true, the other where it may be; what fires for the second alone is
unknown. A fact is written so that no test of the first holds of what is not known, and every test of the second does.
One session of the library holds only so many firings at once, so that the rules are shared out over several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import prod
from typing import Any, Literal

from attrs import field, frozen

from smpolicy.binding import KindRules
from smpolicy.errors import EngineFailed, Problem
from smpolicy.facts import Facts
from smpolicy.forward import (
    ANOTHER_ENGINE,
    LARGEST,
    MOST_FIRINGS,
    MOST_RULES,
    Session,
    Test,
    Value,
    absent,
    at_least,
    below,
    differs,
    equals,
    every,
    library,
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
    Unsettled,
)
from smpolicy.vocabulary import SomeOf

MOST_VALUES = 10_000
"""How many values of one fact are remembered as they are written."""
MOST_JUNCTIONS = 12
"""How many conjunctions and alternatives one rule may hold; the library fails at 16."""
MOST_PARTS = 2_000
"""Into how many rules one rule may be split."""


@frozen(slots=True)
class Leaf:
    """One test of one property."""

    test: Test
    name: Name


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

Copy = Literal["yes", "no", "may", "may_not", "text", "number", "high", "low"]
"""What a property says of a fact.

`yes`, `no`, `may` and `may_not` are there only where the fact is surely yes, surely no, perhaps yes, perhaps no. `text`
is its text, or a mark where it is not known; `number` is its number, absent where it is not known; `high` and `low` are
its number, or the largest and the smallest one.
"""

UNKNOWN_TEXT = "\1"
"""The mark: no fact holds a character that cannot be seen."""


@frozen(slots=True, order=True)
class Name:
    """A property that rules test: it says something of a fact or, of a set, whether it has one of some members.

    Attributes:
        slot: the index of the term.
        copy: what it says of the fact.
        members: the members, in order; empty for a fact that is no set.
    """

    slot: int
    copy: Copy
    members: tuple[str, ...] = ()


Names = dict[Name, str]
"""What each property is called within the library: short, for it reads and writes them at each decision."""


def prepare(kind_rules: KindRules) -> Callable[[Facts], tuple[int, int]]:
    """Return a function that finds the sets of true and of unknown rules.

    Args:
        kind_rules: the bound rules of one kind.

    Raises:
        EngineUnavailable: durable-rules cannot be imported.
        EngineFailed: a rule is too large.
    """
    library()
    always = {"t": 0, "m": 0}
    names: Names = {}
    entries: list[Entry] = []
    for index, rule in enumerate(kind_rules.rules):
        for what, may in (("t", False), ("m", True)):
            found = _node(rule.condition, True, may, kind_rules, names)
            if found is True:
                always[what] |= 1 << index
            elif found is not False:
                parts = _split(found, rule.id)
                entries += [Entry(f"{what}{index}_{number}", part) for number, part in enumerate(parts)]
    groups = [Group.make(each, names) for each in _share_out(entries)]

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
    def make(cls, entries: list[Entry], called: Names) -> Group:
        """Return the group of some rules."""
        names = sorted({leaf.name for each in entries for leaf in _leaves(each.node)})
        columns: dict[int, list[Name]] = {}
        for name in names:
            columns.setdefault(name.slot, []).append(name)
        bits = {}
        for each in entries:
            bit = 1 << int(each.name[1:].partition("_")[0])
            bits[each.name] = (bit, 0) if each.name.startswith("t") else (0, bit)
        writers = tuple(
            (slot, Column(tuple((name, called[name]) for name in owned))) for slot, owned in columns.items()
        )
        session = single({each.name: _test(each.node) for each in entries}, [called[name] for name in names])
        return cls(session, bits, writers)

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
    """How the values of one fact are written.

    Attributes:
        names: the properties that rules read, and what they are called.
        written: what was written for each value that occurred.
    """

    names: tuple[tuple[Name, str], ...]
    written: dict[Any, str] = field(factory=dict)

    def write(self, value: Any) -> str:
        """Return what is written for a value, and remember it."""
        properties = {}
        for name, called in self.names:
            known = _has_one_of(value, name.members) if name.members else value
            written = _copied(name.copy, known)
            if written is not None:
                properties[called] = written
        text = to_fact(properties)[len(START) : -1] or " "
        if len(self.written) >= MOST_VALUES:
            self.written.clear()
        self.written[value] = text
        return text


def _has_one_of(value: frozenset[str] | SomeOf | None, members: tuple[str, ...]) -> bool | None:
    """Return whether a set, known wholly, partly or not at all, has one of some members."""
    if value is None:
        return None
    if not isinstance(value, SomeOf):
        return any(member in value for member in members)
    if any(member in value.includes for member in members):
        return True
    return False if all(member in value.excludes for member in members) else None


def _copied(copy: Copy, value: Any) -> Value | None:
    """Return what a property says of a fact, or None where it is absent."""
    match copy:
        case "yes":
            return THERE if value is True else None
        case "no":
            return THERE if value is False else None
        case "may":
            return None if value is False else THERE
        case "may_not":
            return None if value is True else THERE
        case "text":
            return UNKNOWN_TEXT if value is None else str(value)
        case "number":
            return None if value is None else int(value)
        case "high":
            return LARGEST if value is None else int(value)
        case "low":
            return -LARGEST if value is None else int(value)


def _node(expression: Expression, positive: bool, may: bool, kind_rules: KindRules, names: Names) -> Node | bool:
    """Return when a condition (or, if not positive, its contrary) is true, or may be.

    Args:
        expression: the condition.
        positive: whether the condition is meant, or its contrary.
        may: whether it is enough that it may be so.
        kind_rules: give the slot of each term.
        names: what properties are called; those that are new are added.
    """
    match expression:
        case Constant(value):
            return value is positive
        case Unsettled():
            return may
        case Not(part):
            return _node(part, not positive, may, kind_rules, names)
        case And(parts) | Or(parts):
            found = [_node(part, positive, may, kind_rules, names) for part in parts]
            return _joined(found, isinstance(expression, And) is positive)
        case Overlaps(term, members):
            return _yes_or_no(kind_rules.slots[term], tuple(sorted(members)), positive, may, names)
        case _:
            return _atom_node(expression, positive, may, kind_rules.slots[expression.term], names)


def _joined(found: Iterable[Node | bool], all_: bool) -> Node | bool:
    parts: list[Node] = []
    for each in found:
        if each is not all_ and isinstance(each, bool):
            return each
        if not isinstance(each, bool):
            parts.append(each)
    if not parts:
        return all_
    return parts[0] if len(parts) == 1 else _flat(Every if all_ else Some, parts)


def _flat(node: type[Every | Some], parts: Iterable[Node]) -> Node:
    """Return parts joined, with those that are joined likewise taken apart: the library takes few junctions."""
    found: list[Node] = []
    for each in parts:
        found += each.parts if isinstance(each, node) else (each,)
    return _one_by_one(found) if node is Some else node(tuple(found))


def _one_by_one(parts: list[Node]) -> Some:
    """Return alternatives of which only the first that holds fires, where each is no more than a property's presence.

    The fewer rules fire, the fewer sessions are needed.
    """
    leaves = [each for each in parts if isinstance(each, Leaf) and each.name.copy in PRESENCE]
    if len(leaves) < len(parts) or len(parts) > MOST_ONE_BY_ONE:
        return Some(tuple(parts))
    missing = [Leaf(absent(next(iter(each.test))), each.name) for each in leaves]
    rest = (Every((*missing[:index], leaf)) for index, leaf in enumerate(leaves) if index)
    return Some((leaves[0], *rest), True)


THERE = 1
PRESENCE = ("yes", "no", "may", "may_not")
"""Properties that are there where what they say holds, and else absent."""
MOST_ONE_BY_ONE = 6


def _called(name: Name, names: Names) -> str:
    return names.setdefault(name, f"p{len(names)}")


def _yes_or_no(slot: int, members: tuple[str, ...], positive: bool, may: bool, names: Names) -> Leaf:
    """Return the test of something that is yes or no."""
    copy: Copy = ("may" if positive else "may_not") if may else ("yes" if positive else "no")
    name = Name(slot, copy, members)
    return Leaf(equals(_called(name, names), THERE), name)


def _atom_node(atom: Is | OneOf | AtLeast, positive: bool, may: bool, slot: int, names: Names) -> Node:
    """Return that an atom about one value holds, or does not."""
    match atom:
        case Is():
            return _yes_or_no(slot, (), positive, may, names)
        case AtLeast(_, number):
            name = Name(slot, "number" if not may else "high" if positive else "low")
            return Leaf((at_least if positive else below)(_called(name, names), number), name)
        case OneOf(_, values):
            name = Name(slot, "text")
            called, chosen = _called(name, names), [str(each) for each in sorted(values, key=str)]
            marked = [*chosen, UNKNOWN_TEXT] if may is positive else chosen  # not known: may be, but is not surely not
            leaves = [Leaf((equals if positive else differs)(called, each), name) for each in marked]
            if len(leaves) == 1:
                return leaves[0]
            return Some(tuple(leaves), True) if positive else Every(tuple(leaves))


def _firings(node: Node) -> int:
    match node:
        case Leaf():
            return 1
        case Every(parts):
            return prod(map(_firings, parts))
        case Some(parts, exclusive):
            return (max if exclusive else sum)(map(_firings, parts))


def _junctions(node: Node) -> int:
    """Return how many conjunctions and alternatives a node holds."""
    return 0 if isinstance(node, Leaf) else 1 + sum(map(_junctions, node.parts))


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
        if _firings(each) <= MOST_FIRINGS // 2 and _junctions(each) <= MOST_JUNCTIONS:
            done.append(each)
        else:
            waiting += _halves(each)
    return done


def _halves(node: Node) -> list[Node]:
    """Return the two alternatives that a node comes to, by its widest alternative."""
    if isinstance(node, Some):
        middle = len(node.parts) // 2
        parts = (node.parts[:middle], node.parts[middle:])
        return [each[0] if len(each) == 1 else Some(each, node.exclusive) for each in parts]
    assert isinstance(node, Every)
    widest = max(range(len(node.parts)), key=lambda index: _width(node.parts[index]))
    before, after = node.parts[:widest], node.parts[widest + 1 :]
    return [_flat(Every, (*before, half, *after)) for half in _halves(node.parts[widest])]


def _width(node: Node) -> tuple[bool, int, int]:
    return isinstance(node, Some), _firings(node), _junctions(node)


def _share_out(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Return the rules shared out over sessions, none of which may fire too often; those that read alike together."""
    groups: list[tuple[int, list[Entry]]] = []
    for entry in sorted(entries, key=lambda each: each.name[0]):
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
