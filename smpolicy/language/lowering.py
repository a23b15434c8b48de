"""From a checked condition to a bound expression: choices and agency facts put in, then simplified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs
from attrs import frozen

from smpolicy.language.conditions import Compare, Comparison, Condition, Junction, Named, Negation, Operand
from smpolicy.language.expressions import (
    FALSE,
    TRUE,
    AtLeast,
    Expression,
    Is,
    OneOf,
    Overlaps,
    Term,
    Unsettled,
    both,
    either,
    negate,
)
from smpolicy.vocabulary import SomeOf, Vocabulary


@frozen(slots=True)
class Bindings:
    """What is constant once an agency has chosen.

    Attributes:
        vocabulary: the facts.
        choices: the value of each choice; a period is a pair of number and unit, or None.
        agency_facts: the values of the facts that the agency's file gives.
    """

    vocabulary: Vocabulary
    choices: Mapping[str, Any]
    agency_facts: Mapping[str, Any]


def bind(condition: Condition, bindings: Bindings) -> Expression:
    """Return the bound, simplified expression of a condition, with choices and agency facts put in."""
    match condition:
        case Named(_, part):
            return bind(part, bindings)
        case Negation(part):
            return negate(bind(part, bindings))
        case Junction(every, parts):
            return (both if every else either)(*(bind(part, bindings) for part in parts))
        case Compare():
            return _bind_compare(condition, bindings)


_UNKNOWN: Any = object()


def _bind_compare(compare: Compare, bindings: Bindings) -> Expression:
    left, right = compare.left, compare.right
    values = [_value(operand, bindings) for operand in (left, right) if operand is not None]
    for operand, value in zip((left, right), values, strict=False):
        if value is _UNKNOWN and operand is not None and operand.constant:
            return Unsettled(operand.name)
        if isinstance(value, SomeOf) and operand is not None:
            return _bind_partly(compare, operand, value, bindings)
    if compare.how in ("true", "given"):
        if left.constant:
            return TRUE if values[0] else FALSE
        return Is(Term(left.name))
    assert right is not None
    if left.constant and right.constant:
        return TRUE if _constant(compare.how, values[0], values[1]) else FALSE
    if left.constant:
        return _atom(_MIRRORED[compare.how], right, values[0], left, bindings)
    return _atom(compare.how, left, values[1], right, bindings)


def _bind_partly(compare: Compare, operand: Operand, value: SomeOf, bindings: Bindings) -> Expression:
    """Return a comparison with a set of the agency of which only some members are known, open where others matter."""
    smallest, largest = (
        _bind_compare(
            compare, attrs.evolve(bindings, agency_facts={**bindings.agency_facts, operand.name: frozenset(members)})
        )
        for members in (value.includes, set(operand.members) - value.excludes)
    )
    return either(both(smallest, largest), both(either(smallest, largest), Unsettled(operand.name)))


_MIRRORED: dict[Comparison, Any] = {
    "==": "==",
    "in": "has",
    "overlaps": "overlaps",
    "within": "includes",
    "includes": "within",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}


def _value(operand: Operand, bindings: Bindings) -> Any:
    """Return an operand's value once bound, or the mark of one not known."""
    if operand.source == "literal":
        return operand.value
    if operand.source == "choice":
        value = bindings.choices[operand.name]
        return frozenset(value) if operand.type == "set" else value
    value = bindings.agency_facts.get(operand.name) if operand.constant else None
    return _UNKNOWN if value is None else value


def _constant(how: Comparison, left: Any, right: Any) -> bool:
    results: dict[Any, Callable[[], Any]] = {
        "==": lambda: left == right,
        "in": lambda: left in right,
        "overlaps": lambda: not left.isdisjoint(right),
        "within": lambda: left <= right,
        "includes": lambda: left >= right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
    }
    return bool(results[how]())


def _atom(how: Any, fact: Operand, value: Any, constant: Operand, bindings: Bindings) -> Expression:
    """Return the expression for a fact compared with a constant value."""
    term = Term(fact.name)
    if how == "==" and fact.type == "bool":
        return Is(term) if value else negate(Is(term))
    if how == "==":
        return one_of(term, frozenset((value,)), fact.members)
    if how == "in":
        return one_of(term, frozenset(value), fact.members)
    if how == "has":
        return Overlaps(term, frozenset((value,)))
    if how == "overlaps":
        return overlapping(term, frozenset(value))
    if how == "within":
        return negate(overlapping(term, frozenset(fact.members) - value))
    if how == "includes":
        return both(*(Overlaps(term, frozenset((member,))) for member in sorted(value)))
    if value is None:
        return FALSE if how in (">", ">=") else TRUE
    if fact.source == "age":
        number: int
        unit: Literal["days", "months"]
        number, unit = value if constant.type == "period" else (value, "days")
        return _reached(how, Term(fact.name, unit), 2 * number, bindings)
    return _reached(how, term, value, bindings)


def _reached(how: str, term: Term, number: int, bindings: Bindings) -> Expression:
    """Return an order comparison as "at least", or its contrary; ages are counted in half units, see `facts.age`."""
    reached = at_least(term, number + 1 if how in (">", "<=") else number, bindings.vocabulary)
    return reached if how in (">", ">=") else negate(reached)


def one_of(term: Term, values: frozenset[Any], members: tuple[Any, ...]) -> Expression:
    """Return that a term has one of some values: a constant where none or all of its members are among them."""
    possible = frozenset(filter(members.__contains__, values)) if members else values
    if not possible:
        return FALSE
    return TRUE if members and len(possible) == len(members) else OneOf(term, possible)


def overlapping(term: Term, members: frozenset[str]) -> Expression:
    """Return that a set has one of some members: false where there are none."""
    return Overlaps(term, members) if members else FALSE


def at_least(term: Term, number: int, vocabulary: Vocabulary) -> Expression:
    """Return that a number is reached: a constant where its bounds settle it."""
    if not term.unit:
        fact = vocabulary.facts[term.path]
        if number <= fact.least:
            return TRUE
        if number > fact.most:
            return FALSE
    return AtLeast(term, number)
