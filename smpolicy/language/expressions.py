"""Bound conditions: their nodes, their three-valued meaning, and what simplifies them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from attrs import frozen

from smpolicy.vocabulary import SomeOf

Truth = bool | None
"""True, False, or None where it is unknown."""


@frozen(slots=True, order=True)
class Term:
    """What an atom reads: a fact, or the age of one.

    Attributes:
        path: the fact's path.
        unit: of an age its unit, `days` or `months`; empty for the fact itself.
    """

    path: str
    unit: Literal["", "days", "months"] = ""

    def __str__(self) -> str:
        return f"age({self.path}, {self.unit})" if self.unit else self.path


@frozen(slots=True)
class Constant:
    """A condition that is settled without any fact."""

    value: bool


@frozen(slots=True)
class Unsettled:
    """An atom over a fact of the agency that its file leaves out: unknown until the agency answers."""

    path: str


@frozen(slots=True)
class Is:
    """A yes/no fact is yes."""

    term: Term


@frozen(slots=True)
class OneOf:
    """A fact has one of some values."""

    term: Term
    values: frozenset[Any]


@frozen(slots=True)
class AtLeast:
    """A number is as large as another, or larger."""

    term: Term
    number: int


@frozen(slots=True)
class Overlaps:
    """A set has at least one of some members."""

    term: Term
    members: frozenset[str]


@frozen(slots=True)
class Not:
    """The contrary of an atom."""

    part: Expression


@frozen(slots=True)
class And:
    """All parts hold."""

    parts: tuple[Expression, ...]


@frozen(slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Expression, ...]


Atom = Is | OneOf | AtLeast | Overlaps
Expression = Constant | Unsettled | Is | OneOf | AtLeast | Overlaps | Not | And | Or

TRUE, FALSE = Constant(True), Constant(False)


def truth(expression: Expression, facts: Mapping[Term, Any]) -> Truth:
    """Return the meaning of a condition: Kleene's connectives over atoms that are true, false or unknown.

    Args:
        expression: the condition.
        facts: the value of each term, None or absent where it is unknown.
    """
    match expression:
        case Constant(value):
            return value
        case Unsettled():
            return None
        case Not(part):
            contrary = truth(part, facts)
            return None if contrary is None else not contrary
        case And(parts):
            every = [truth(part, facts) for part in parts]
            return False if False in every else None if None in every else True
        case Or(parts):
            any_ = [truth(part, facts) for part in parts]
            return True if True in any_ else None if None in any_ else False
        case Overlaps(term, members):
            return overlaps(facts.get(term), members)
        case Is(term) | OneOf(term) | AtLeast(term):
            known = facts.get(term)
            return None if known is None else holds(expression, known)


def overlaps(value: frozenset[str] | SomeOf | None, members: frozenset[str]) -> Truth:
    """Return whether a set, known wholly, partly or not at all, has one of the members."""
    if isinstance(value, SomeOf):
        return True if value.includes & members else False if members <= value.excludes else None
    return None if value is None else not value.isdisjoint(members)


def holds(atom: Is | OneOf | AtLeast, value: Any) -> bool:
    """Return whether an atom holds of a known value."""
    match atom:
        case Is():
            return value is True
        case OneOf(_, values):
            return value in values
        case AtLeast(_, number):
            return bool(value >= number)


def both(*parts: Expression) -> Expression:
    """Return the conjunction of conditions, simplified."""
    return _gather(And, parts, neutral=TRUE, final=FALSE)


def either(*parts: Expression) -> Expression:
    """Return the disjunction of conditions, simplified."""
    return _gather(Or, parts, neutral=FALSE, final=TRUE)


def negate(expression: Expression) -> Expression:
    """Return the contrary of a condition, negations pushed down to its atoms."""
    match expression:
        case Constant(value):
            return FALSE if value else TRUE
        case Unsettled():
            return expression
        case Not(part):
            return part
        case And(parts):
            return either(*map(negate, parts))
        case Or(parts):
            return both(*map(negate, parts))
        case _:
            return Not(expression)


def _gather(node: type[And | Or], parts: tuple[Expression, ...], neutral: Expression, final: Expression) -> Expression:
    """Join parts: flatten, drop the neutral and the repeated, stop at the final, absorb."""
    flat: dict[Expression, None] = {}
    for part in parts:
        if part == final:
            return final
        if part != neutral:
            flat.update(dict.fromkeys(part.parts if isinstance(part, node) else (part,)))
    other = Or if node is And else And
    kept = [part for part in flat if not (isinstance(part, other) and any(inner in flat for inner in part.parts))]
    return node(tuple(kept)) if len(kept) > 1 else kept[0] if kept else neutral


def atoms(expression: Expression) -> Iterator[Atom | Unsettled]:
    """Yield every atom of a condition, in order."""
    match expression:
        case Not(part):
            yield from atoms(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from atoms(part)
        case Constant():
            return
        case _:
            yield expression


def terms(expression: Expression) -> tuple[Term, ...]:
    """Return the terms that a condition reads, each once, in order."""
    return tuple(dict.fromkeys(atom.term for atom in atoms(expression) if not isinstance(atom, Unsettled)))


def paths(expression: Expression) -> tuple[str, ...]:
    """Return the facts that a condition reads, those of the agency that are missing included."""
    found = (atom.path if isinstance(atom, Unsettled) else atom.term.path for atom in atoms(expression))
    return tuple(dict.fromkeys(found))


def unknown_paths(expression: Expression, value_of: Callable[[Term], Any]) -> tuple[Truth, frozenset[str]]:
    """Return a condition's truth and the unknown facts that are left once the known ones are put in.

    Args:
        expression: the condition.
        value_of: gives the value of a term, None where it is unknown.
    """
    match expression:
        case Constant(value):
            return value, frozenset()
        case Unsettled(path):
            return None, frozenset((path,))
        case Not(part):
            inner, left = unknown_paths(part, value_of)
            return (None if inner is None else not inner), left
        case And(parts) | Or(parts):
            final, open_parts = isinstance(expression, Or), frozenset[str]()
            settled: Truth = not final
            for part in parts:
                inner, left = unknown_paths(part, value_of)
                if inner is final:
                    return final, frozenset()
                if inner is None:
                    settled, open_parts = None, open_parts | left
            return settled, open_parts
        case Is(term) | OneOf(term) | AtLeast(term) | Overlaps(term):
            found = truth(expression, {term: value_of(term)})
            return found, frozenset((term.path,)) if found is None else frozenset()


def because(expression: Expression, value_of: Callable[[Term], Any]) -> tuple[Term, ...]:
    """Return the terms whose values make a true condition true: all parts of an `and`, every true part of an `or`."""
    return tuple(dict.fromkeys(_support(expression, value_of, wanted=True)))


def _support(expression: Expression, value_of: Callable[[Term], Any], wanted: bool) -> Iterator[Term]:
    match expression:
        case Not(part):
            yield from _support(part, value_of, not wanted)
        case And(parts) | Or(parts):
            for part in parts:
                if unknown_paths(part, value_of)[0] is wanted:
                    yield from _support(part, value_of, wanted)
        case Is(term) | OneOf(term) | AtLeast(term) | Overlaps(term):
            yield term
        case _:
            return


def to_text(expression: Expression) -> str:
    """Return a bound condition in the language in which conditions are written."""
    match expression:
        case Constant(value):
            return str(value)
        case Unsettled(path):
            return f"unsettled({path})"
        case Is(term):
            return str(term)
        case OneOf(term, values):
            if len(values) == 1:
                return f"{term} == {next(iter(values))!r}"
            return f"{term} in {_members(values)}"
        case AtLeast(term, number):
            return f"{term} {_bound(term, number, '>', '>=')}"
        case Overlaps(term, members):
            if len(members) == 1:
                return f"{next(iter(members))!r} in {term}"
            return f"overlaps({term}, {_members(members)})"
        case Not(OneOf(term, values)) if len(values) == 1:
            return f"{term} != {next(iter(values))!r}"
        case Not(OneOf(term, values)):
            return f"{term} not in {_members(values)}"
        case Not(AtLeast(term, number)):
            return f"{term} {_bound(term, number, '<=', '<')}"
        case Not(Overlaps(term, members)) if len(members) == 1:
            return f"{next(iter(members))!r} not in {term}"
        case Not(part):
            return f"not {to_text(part)}"
        case And(parts):
            return " and ".join(f"({to_text(part)})" if isinstance(part, Or) else to_text(part) for part in parts)
        case Or(parts):
            return " or ".join(f"({to_text(part)})" if isinstance(part, And) else to_text(part) for part in parts)


def _bound(term: Term, number: int, over: str, at: str) -> str:
    """Return a comparison with a number; an age is held in half units, so that an odd number lies past a whole one."""
    if not term.unit:
        return f"{at} {number}"
    return f"{over if number % 2 else at} {number // 2}"


def _members(values: frozenset[Any]) -> str:
    return "{" + ", ".join(repr(value) for value in sorted(values, key=str)) + "}"
