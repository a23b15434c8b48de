"""The durable engine: the bound rules of a kind as rules of durable-rules, which fire by forward chaining.

Each rule becomes two: one that fires where it is true, one that fires where it may be. What fires for the second alone
is unknown. They are shared out over several sets of rules, because one bears only so many firings at once.

A fact is written as whole numbers, and none is ever left out. A yes/no, and whether a set has one of some members, is 0
for no, 1 for unknown, 2 for yes; so one test says that it is so (2) or may be so (not 0). A number is written as the
least and as the most that it may be; another value as the place of its name among those that rules mention, 0 where it
is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, assert_never

from attrs import field, frozen

from smpolicy.bound_rules import KindRules
from smpolicy.errors import EngineFailed, Problem
from smpolicy.facts import Facts
from smpolicy.forward import SingleRules, Written, library, single
from smpolicy.forward_rules import (
    ANOTHER_ENGINE,
    MOST_FIRINGS,
    MOST_PROPERTIES,
    MOST_TESTS,
    Check,
    Size,
    at_least,
    below,
    contrary,
    differs,
    equals,
    every,
    some,
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
    atoms,
)
from smpolicy.vocabulary import SomeOf

MOST_VALUES = 1_000
"""How many values of one fact are remembered as they are written."""
MOST_RULED_OUT = 8
"""Of how many tests at most those that come before are ruled out in an alternative."""
MOST_LOOKED_AT = 100
"""Among how many rules at most one is chosen that reads like those which it is to join."""
NO, UNKNOWN, YES = 0, 1, 2
ANY_NUMBER = 2**62
"""An unknown number lies between this one's contrary and this one."""

Condition = Check | bool | tuple["Condition", ...]
Firing = int | tuple[Any, ...]
"""A rule of the library by its bit, or what several of them come to: ("all" or "any", and their firings)."""


@frozen(slots=True, eq=False)
class Plan:
    """What durable-rules is given for the bound rules of one kind.

    Attributes:
        count: how many bound rules there are. The firing of one says with one bit that it is true, and, that many bits
            further, with another that it may be.
        always: the bits that are set whatever the facts.
        composed: the bits that several firings set together.
        groups: the sets of rules within the library.
        columns: for each slot that rules read: the slot, what was written for its values, and what writes them.
    """

    count: int
    always: int
    composed: tuple[tuple[int, Firing], ...]
    groups: tuple[Group, ...]
    columns: tuple[tuple[int, dict[Any, tuple[Written, ...]], Column], ...]


def plan(kind_rules: KindRules) -> Plan:
    """Return what durable-rules is given for some rules.

    Args:
        kind_rules: the bound rules of one kind.

    Raises:
        EngineUnavailable: durable-rules cannot be imported.
        EngineFailed: it does not take one of the rules.
    """
    count = len(kind_rules.rules)
    translator = Translator.make(kind_rules)
    placing = Placing(2 * count)
    always = 0
    composed: list[tuple[int, Firing]] = []
    for index, rule in enumerate(kind_rules.rules):
        for bit, may in ((index, False), (count + index, True)):
            found = translator.test(rule.condition, True, may)
            if isinstance(found, Check):
                firing = placing.place(found, bit)
                composed += [] if firing == bit else [(bit, firing)]
            else:
                always |= found << bit
    groups = tuple(Group.make(each) for each in share_out(placing.entries, count))
    return Plan(count, always, tuple(composed), groups, tuple(make_columns(groups, translator)))


def prepare(kind_rules: KindRules) -> Callable[[Facts], tuple[int, int]]:
    """Return a function that finds the sets of true and of unknown rules.

    Args:
        kind_rules: the bound rules of one kind.

    Raises:
        EngineUnavailable: durable-rules cannot be imported.
        EngineFailed: it does not take one of the rules.
    """
    library()
    planned = plan(kind_rules)
    count, always, composed, columns = planned.count, planned.always, planned.composed, planned.columns
    fire = [group.fired for group in planned.groups]
    rules = (1 << count) - 1

    def run(facts: Facts) -> tuple[int, int]:
        fired = always
        written = [known.get(facts[slot]) or column.write(facts[slot]) for slot, known, column in columns]
        for group, properties in zip(fire, zip(*written, strict=True), strict=True):
            fired |= group(properties)
        for bit, firing in composed:
            fired |= _holds(firing, fired) << bit
        true, possible = fired & rules, fired >> count & rules
        if true & ~possible:
            message = f"durable-rules found rules of `{kind_rules.kind}` true that it did not find possible"
            raise EngineFailed(Problem("engine_failed", message, help=ANOTHER_ENGINE))
        return true, possible & ~true

    return run


def _holds(firing: Firing, fired: int) -> bool:
    if isinstance(firing, int):
        return bool(fired >> firing & 1)
    how, *parts = firing
    return (all if how == "all" else any)(_holds(part, fired) for part in parts)


@frozen(slots=True)
class Entry:
    """A rule for the library: the bit that its firing sets, its test, its size, and the properties that it reads."""

    bit: int
    test: Check
    size: Size
    names: frozenset[str]


@frozen(slots=True)
class Placing:
    """What finds a place in the library for every test, in pieces where it is too large for one rule.

    Attributes:
        first: the first bit that no bound rule has.
        entries: the rules for the library.
    """

    first: int
    entries: list[Entry] = field(factory=list)

    def place(self, test: Check, bit: int | None = None) -> Firing:
        """Return what says that a test holds, once the rules that it needs are among the entries.

        Args:
            test: the test.
            bit: the bit of its rule, where it is no piece of a larger one.
        """
        size, names = Size.of([test]), frozenset(_names(test))
        if _fits(test):
            placed = self.first + len(self.entries) if bit is None else bit
            self.entries.append(Entry(placed, test, size, names))
            return placed
        if test.operator == "$and":
            # As many of its parts as fit go into one rule: an alternative multiplies the firings of the others.
            pieces: list[list[Check]] = []
            for part in test.parts:
                for piece in pieces:
                    if _fits(every([*piece, part])):
                        piece.append(part)
                        break
                else:
                    pieces.append([part])
            return ("all", *(self.place(every(piece)) for piece in pieces))
        exclusive = test.firings == max(part.firings for part in test.parts)
        middle = len(test.parts) // 2
        return ("any", *(self.place(some(half, exclusive)) for half in (test.parts[:middle], test.parts[middle:])))


def _names(test: Check) -> list[str]:
    return [leaf.reads[0] for leaf in test.leaves()]


def _fits(test: Check) -> bool:
    """Return whether a test may become one rule of the library."""
    size = Size.of([test])
    small = size.firings <= MOST_FIRINGS // 2 and size.tests <= MOST_TESTS // 2
    return small and size.fits() and len(set(_names(test))) <= MOST_PROPERTIES // 2


def share_out(entries: Iterable[Entry], count: int) -> list[list[Entry]]:
    """Return rules shared out over few sets, of which the library bears each; those that read alike together.

    Args:
        entries: the rules; those of one bound rule, which are `count` bits apart, stay together where they can.
        count: how many bound rules there are.
    """
    left = sorted(entries, key=lambda each: (each.bit % count if each.bit < 2 * count else each.bit, each.bit))
    shared: list[list[Entry]] = []
    while left:
        size, names, group = Size(), frozenset[str](), list[Entry]()
        while True:
            best, least = None, (MOST_PROPERTIES + 1, 0)
            for index, entry in enumerate(left[:MOST_LOOKED_AT]):
                added = len(entry.names - names)
                cost = added, added - len(entry.names)
                fits = len(names) + added <= MOST_PROPERTIES and size.plus(entry.size).fits()
                if fits and cost < least:
                    best, least = index, cost
            if best is None:
                break
            entry = left.pop(best)
            size, names = size.plus(entry.size), names | entry.names
            group.append(entry)
        shared.append(group)
    return shared


@frozen(slots=True, eq=False)
class Group:
    """One set of rules within the library.

    Attributes:
        rules: the rules.
        bits: the bit that each of them sets, by its name.
    """

    rules: SingleRules
    bits: dict[str, int]

    @classmethod
    def make(cls, entries: list[Entry]) -> Group:
        """Return the group of some rules."""
        names = sorted({name for each in entries for name in each.names})
        rules = single({f"r{each.bit}": each.test for each in entries}, dict.fromkeys(names, int))
        return cls(rules, {f"r{each.bit}": 1 << each.bit for each in entries})

    def fired(self, written: Iterable[Written]) -> int:
        """Return the bits of the rules that fire."""
        found, bits = 0, self.bits
        for name in self.rules.fired(written):
            found |= bits[name]
        return found


@frozen(slots=True, eq=False)
class Column:
    """How the values of one fact are written, for each set of rules.

    Attributes:
        writers: for each set of rules, what finds the values of the properties that it reads of the fact.
        written: what was written, for each set of rules, for each value that occurred.
    """

    writers: tuple[tuple[SingleRules, dict[str, Callable[[Any], int]]], ...]
    written: dict[Any, tuple[Written, ...]] = field(factory=dict)

    def write(self, value: Any) -> tuple[Written, ...]:
        """Return what is written for a value, and remember it."""
        found = tuple(
            rules.write({name: write(value) for name, write in writers.items()}) for rules, writers in self.writers
        )
        if len(self.written) >= MOST_VALUES:
            self.written.clear()
        self.written[value] = found
        return found


def make_columns(groups: Sequence[Group], translator: Translator) -> list[tuple[int, dict[Any, Any], Column]]:
    """Return for each slot of the facts that rules read: the slot, what was written, and what writes."""
    columns: dict[int, list[dict[str, Callable[[Any], int]]]] = {}
    for index, group in enumerate(groups):
        for name in group.rules.properties:
            slot, write = translator.properties[name]
            columns.setdefault(slot, [{} for _ in groups])[index][name] = write
    made = [
        (slot, Column(tuple((group.rules, each) for group, each in zip(groups, writers, strict=True))))
        for slot, writers in columns.items()
    ]
    return [(slot, column.written, column) for slot, column in made]


@frozen(slots=True)
class Translator:
    """What turns conditions into tests of the library.

    Attributes:
        kind_rules: the bound rules.
        names: for each fact with named values those that rules mention, with the number that stands for each.
        short: the property for each thing that tests may read of the fact in a slot.
        properties: for each property that tests read the slot of its fact, and what finds its value.
    """

    kind_rules: KindRules
    names: dict[Term, dict[Any, int]]
    short: dict[tuple[int, str], str] = field(factory=dict)
    properties: dict[str, tuple[int, Callable[[Any], int]]] = field(factory=dict)

    @classmethod
    def make(cls, kind_rules: KindRules) -> Translator:
        """Return the translator of some bound rules."""
        names: dict[Term, dict[Any, int]] = {}
        for rule in kind_rules.rules:
            for atom in atoms(rule.condition):
                if isinstance(atom, OneOf):
                    known = names.setdefault(atom.term, {})
                    for value in sorted(atom.values, key=str):
                        known.setdefault(value, len(known) + 1)
        return cls(kind_rules, names)

    def test(self, expression: Expression, positive: bool, may: bool) -> Check | bool:
        """Return when a condition (or, if not positive, its contrary) is true, or may be.

        Args:
            expression: the condition.
            positive: whether the condition is meant, or its contrary.
            may: whether it is enough that it may be so.
        """
        match expression:
            case Constant(value):
                return value is positive
            case Unsettled():
                return may
            case Not(part):
                return self.test(part, not positive, may)
            case And(parts) | Or(parts):
                found = [self.test(part, positive, may) for part in parts]
                return _connected(found, isinstance(expression, And) is positive)
            case Is(term):
                return _is(self._name("is", term, _yes_or_no), positive, may)
            case Overlaps(term, members):
                return _is(self._name(f"has {sorted(members)}", term, _has_one_of(members)), positive, may)
            case AtLeast(term, number):
                most = may is positive
                name = self._name("most" if most else "least", term, _most if most else _least)
                return at_least(name, number) if positive else below(name, number)
            case OneOf(term, values):
                return self._one_of(term, values, positive, may)
            case _:
                assert_never(expression)

    def _one_of(self, term: Term, values: frozenset[Any], positive: bool, may: bool) -> Check | bool:
        numbers = self.names[term]
        name = self._name("which", term, _which(numbers))
        listed = sorted(numbers[value] for value in values)
        if positive is may:  # may be one, or is surely none: unknown counts like those listed
            listed = [0, *listed]
        return (
            some([equals(name, each) for each in listed], exclusive=True)
            if positive
            else every(differs(name, each) for each in listed)
        )

    def _name(self, what: str, term: Term, write: Callable[[Any], int]) -> str:
        """Return the name of a property: a short one, for what is known of one term; remember how it is found."""
        slot = self.kind_rules.slots[term]
        name = self.short.setdefault((slot, what), f"p{len(self.short)}")
        self.properties.setdefault(name, (slot, write))
        return name


def _connected(found: Iterable[Check | bool], all_: bool) -> Check | bool:
    """Return the conjunction of tests (or, if not `all_`, the alternative), without those that are settled."""
    tests: list[Check] = []
    for each in found:
        if isinstance(each, Check):
            tests.append(each)
        elif each is not all_:
            return each
    if not tests:
        return all_
    return _all(tests) if all_ else _any(tests)


def _all(tests: Iterable[Check]) -> Check:
    """Return the conjunction of tests, single ones first: what they rule out is not looked at further."""
    flat = [part for each in tests for part in (each.parts if each.operator == "$and" else (each,))]
    return every(sorted(flat, key=lambda test: test.alternatives))


def _any(tests: list[Check]) -> Check:
    """Return the alternative of tests; no two of its simple parts hold together, so that it fires once for them."""
    simple = [each for each in tests if each.operator != "$and" and not any(part.parts for part in each.parts)]
    if sum(len(each.leaves()) for each in simple) > MOST_RULED_OUT:
        return some(tests)
    parts: list[Check] = []
    ruled_out: list[Check] = []
    for each in simple:
        parts.append(_all([*ruled_out, each]))
        ruled_out += map(contrary, each.leaves())
    others = [each for each in tests if each not in simple]
    return some([*parts, _all([*ruled_out, some(others)])] if others else parts, exclusive=True)


def _is(name: str, positive: bool, may: bool) -> Check:
    """Return that something is so (or not so), or may be, where it is written as no, unknown or yes."""
    if may:
        return differs(name, NO if positive else YES)
    return equals(name, YES if positive else NO)


def _yes_or_no(value: Any) -> int:
    return UNKNOWN if value is None else YES if value is True else NO


def _has_one_of(members: frozenset[str]) -> Callable[[Any], int]:
    def write(value: Any) -> int:
        if value is None:
            return UNKNOWN
        if isinstance(value, SomeOf):
            return YES if members & value.includes else UNKNOWN if members - value.excludes else NO
        return YES if members & value else NO

    return write


def _which(numbers: dict[Any, int]) -> Callable[[Any], int]:
    return lambda value: 0 if value is None else numbers.get(value, len(numbers) + 1)


def _least(value: Any) -> int:
    return -ANY_NUMBER if value is None else value


def _most(value: Any) -> int:
    return ANY_NUMBER if value is None else value
