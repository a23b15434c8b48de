"""What can be the case at once: every fact known, whoever acts and on whatever account; decided exactly.

Here people and accounts may be anything that the vocabulary can say of them, not only what is registered today: what is
found to be impossible is impossible whoever comes and goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen

from smpolicy.analysis.nodes import FALSE, TRUE, Atom, Joined, Node, Settled, Wants, contrary
from smpolicy.analysis.solving import Domains, Steps, TooManySteps, reachable, solve
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
    holds,
)
from smpolicy.vocabulary import ALL, SomeOf, Vocabulary

MOST_STEPS = 2_000
"""A question that takes more steps than these is left open."""
EITHER = TRUE | FALSE

_OTHER = "\0another value"

Key = tuple[Term, str]
"""A term; of a set besides one of its members."""


@frozen(slots=True, eq=False)
class Situations:
    """Every situation that conditions can tell apart.

    Attributes:
        slots: for each term, or member of a set, its values.
        index: the index of each slot.
        plain: for each slot its harmless value, as a bit by index.
    """

    slots: tuple[tuple[Any, ...], ...]
    index: Mapping[Key, int]
    plain: tuple[int, ...]
    _nodes: dict[int, tuple[Expression, Node]] = field(factory=dict, init=False)

    def node(self, expression: Expression) -> Node:
        """Return a condition over the slots; what is unsettled in it may be either way.

        Args:
            expression: one of the conditions of which this was made.
        """
        known = self._nodes.get(id(expression))
        if known is None:
            known = self._nodes[id(expression)] = (expression, self._node(expression))
        return known[1]

    def _node(self, expression: Expression) -> Node:
        match expression:
            case Constant(value):
                return Settled(TRUE if value else FALSE)
            case Unsettled():
                return Settled(EITHER)
            case And(parts) | Or(parts):
                return Joined(isinstance(expression, And), tuple(map(self._node, parts)))
            case Not(part):
                return contrary(self._node(part))
            case Overlaps(term, members):
                found = tuple(Atom(self.index[term, member], 2, 1, 0) for member in sorted(members))
                return found[0] if len(found) == 1 else Joined(False, found)
            case _:
                index = self.index[expression.term, ""]
                true = sum(1 << number for number, value in enumerate(self.slots[index]) if holds(expression, value))
                return Atom(index, true, (1 << len(self.slots[index])) - 1 - true, 0)

    def can_hold(self, *conditions: Expression) -> bool | None:
        """Return whether conditions can be true together; None where that is not settled."""
        return self.possible(tuple((self.node(each), TRUE) for each in conditions))

    def possible(self, wants: Wants, known: Mapping[Term, Any] | None = None) -> bool | None:
        """Return whether conditions can have the truths wanted of them together; None where that is not settled.

        Args:
            wants: conditions, each with the truths that are wanted.
            known: the values of some terms; None leaves one open.
        """
        domains = list(self._domains)
        for term, value in (known or {}).items():
            for member, index in self._by_term.get(term, ()) if value is not None else ():
                domains[index] &= self._known(index, member, value)
        try:
            return self._is_solved(wants, domains)
        except (TooManySteps, RecursionError):
            return None

    def _is_solved(self, wants: Wants, domains: Domains) -> bool:
        if self._is_met_plainly(wants, domains):
            return True
        return solve(wants, domains, _limit, steps=Steps(MOST_STEPS)) is not None

    def _is_met_plainly(self, wants: Wants, domains: Domains) -> bool:
        """Return whether wants are met where whatever they do not fix at once is harmless, as it mostly is."""
        left, waiting = list(domains), list(wants)
        while waiting:
            node, wanted = waiting.pop()
            if isinstance(node, Atom):
                left[node.slot] &= node.values(wanted)
                if not left[node.slot]:
                    return False
            elif isinstance(node, Joined) and wanted == (TRUE if node.all else FALSE):
                waiting.extend((part, wanted) for part in node.parts)
        guess = [plain & values or values & -values for plain, values in zip(self.plain, left, strict=True)]
        return all(reachable(node, guess) & wanted for node, wanted in wants)

    @cached_property
    def _domains(self) -> tuple[int, ...]:
        return tuple((1 << len(values)) - 1 for values in self.slots)

    @cached_property
    def _by_term(self) -> Mapping[Term, tuple[tuple[str, int], ...]]:
        found: dict[Term, tuple[tuple[str, int], ...]] = {}
        for (term, member), index in self.index.items():
            found[term] = (*found.get(term, ()), (member, index))
        return found

    def _known(self, index: int, member: str, value: Any) -> int:
        """Return the values of a slot, as bits, under which a term has a value."""
        if member:
            includes = value.includes if isinstance(value, SomeOf) else value
            absent = member in value.excludes if isinstance(value, SomeOf) else member not in value
            return 2 if member in includes else 1 if absent else 3
        values = self.slots[index]
        if isinstance(value, int) and not isinstance(value, bool):
            return 1 << max((number for number, least in enumerate(values) if least <= value), default=0)
        return 1 << (values.index(value) if value in values else values.index(_OTHER))


def _limit(domains: Domains, slot: int, values: int) -> Domains | None:
    left = domains[slot] & values
    if left == domains[slot]:
        return domains
    return [*domains[:slot], left, *domains[slot + 1 :]] if left else None


def make_situations(expressions: Iterable[Expression], vocabulary: Vocabulary) -> Situations:
    """Return the situations that conditions can tell apart.

    Args:
        expressions: bound conditions.
        vocabulary: their facts.
    """
    read: dict[Term, dict[Any, None]] = {}
    seen: set[int] = set()
    for expression in expressions:
        if id(expression) not in seen:
            seen.add(id(expression))
            for atom in atoms(expression):
                if not isinstance(atom, Unsettled):
                    read.setdefault(atom.term, {})[atom] = None
    slots: dict[Key, tuple[Any, ...]] = {}
    for term, found in read.items():
        slots |= dict(_slots(term, found, vocabulary))
    plain = tuple(_plain(key, values, vocabulary) for key, values in slots.items())
    return Situations(tuple(slots.values()), {key: index for index, key in enumerate(slots)}, plain)


def _plain(key: Key, values: tuple[Any, ...], vocabulary: Vocabulary) -> int:
    """Return the harmless value of a slot, as a bit by index."""
    term, member = key
    fact = vocabulary.facts[term.path]
    if member:
        return 2 if fact.harmless is ALL or member in (fact.harmless or ()) else 1
    if term.unit or fact.type == "integer":
        return 1
    return 1 << values.index(fact.harmless) if fact.harmless in values else 1


def _slots(term: Term, found: Iterable[Any], vocabulary: Vocabulary) -> Iterator[tuple[Key, tuple[Any, ...]]]:
    """Yield the slots of a term: of a number one value between any two that atoms tell apart."""
    fact = vocabulary.facts[term.path]
    named, turns, members = set[Any](), set[int](), set[str]()
    for atom in found:
        match atom:
            case Is():
                named |= {False, True}
            case OneOf(_, values):
                named |= values
            case AtLeast(_, number):
                turns.add(number)
            case Overlaps(_, some):
                members |= some
    for member in sorted(members):
        yield (term, member), (False, True)
    if turns or (named and fact.type == "integer"):
        turns |= {number + step for number in named for step in (0, 1)}
        least = min(turns) - 1 if term.unit else fact.least
        yield (term, ""), tuple(sorted({least} | {each for each in turns if term.unit or each <= fact.most}))
    elif named:
        every = fact.members or sorted(named, key=str)
        closed = fact.members or named == {False, True}
        yield (term, ""), (*every, *(() if closed else (_OTHER,)))
