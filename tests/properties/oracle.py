"""The meaning of conditions written a second time, without simplification: what the code is held against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smpolicy.language.conditions import Compare, Condition, Junction, Named, Negation, Operand
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
from smpolicy.vocabulary import SomeOf, Vocabulary

YES, NO, OPEN = 1.0, 0.0, 0.5
"""Kleene's values as numbers: `and` is the smallest, `or` the largest, `not` what is left to one."""


def as_number(found: bool | None) -> float:
    """Return a truth as a number."""
    return OPEN if found is None else float(found)


def meaning(expression: Expression, facts: Mapping[Term, Any]) -> float:
    """Return the meaning of a bound condition, by Kleene's numbers and Python's own set operations."""
    match expression:
        case Constant(value):
            return float(value)
        case Unsettled():
            return OPEN
        case Not(part):
            return 1 - meaning(part, facts)
        case And(parts):
            return min((meaning(part, facts) for part in parts), default=YES)
        case Or(parts):
            return max((meaning(part, facts) for part in parts), default=NO)
        case Overlaps(term, members):
            return max((has(facts.get(term), member) for member in members), default=NO)
        case Is(term) | OneOf(term) | AtLeast(term):
            known = facts.get(term)
            return OPEN if known is None else float(_atom(expression, known))


def _atom(atom: Is | OneOf | AtLeast, known: Any) -> bool:
    match atom:
        case Is():
            return bool(known)
        case OneOf(_, values):
            return any(known == each for each in values)
        case AtLeast(_, number):
            return bool(known >= number)


def has(value: Any, member: str) -> float:
    """Return whether a set, known wholly, partly or not at all, has a member."""
    if value is None:
        return OPEN
    if isinstance(value, SomeOf):
        return YES if member in value.includes else NO if member in value.excludes else OPEN
    return float(member in value)


class Reading:
    """One reading of checked conditions: facts, choices and agency facts put in, nothing simplified.

    An atom is settled where every value that its fact may still have settles it alike; so a comparison with all members
    of an enumeration, or with a number out of bounds, holds whatever the fact is.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        facts: Mapping[str, Any],
        ages: Mapping[tuple[str, str], int],
        choices: Mapping[str, Any],
        agency: Mapping[str, Any],
    ) -> None:
        self.vocabulary, self.facts, self.ages, self.choices, self.agency = vocabulary, facts, ages, choices, agency

    def of(self, condition: Condition) -> float:
        """Return the meaning of a condition."""
        match condition:
            case Named(_, part):
                return self.of(part)
            case Negation(part):
                return 1 - self.of(part)
            case Junction(every, parts):
                return (min if every else max)(self.of(part) for part in parts)
            case Compare(how, left, right):
                return self._compare(how, left, right)

    def _value(self, operand: Operand) -> Any:
        if operand.source == "literal":
            return operand.value
        if operand.source == "choice":
            return self.choices[operand.name]
        owner = self.vocabulary.facts[operand.name].owner
        return (self.agency if owner == "agency" else self.facts).get(operand.name)

    def _owned_by_agency(self, operand: Operand) -> bool:
        return operand.source == "fact" and self.vocabulary.facts[operand.name].owner == "agency"

    def _compare(self, how: str, left: Operand, right: Operand | None) -> float:
        for operand in (left, right):
            if operand is not None and self._owned_by_agency(operand) and self._value(operand) is None:
                return OPEN
        if how == "given":
            return float(bool(self._value(left)))
        if how == "true":
            return as_number(self._value(left))
        assert right is not None
        if "age" in (left.source, right.source):
            return self._age(how, left, right)
        first, second = self._value(left), self._value(right)
        if how == "in":
            if first is not None:
                return has(second, first)
            return self._all_alike([has(second, member) for member in left.members])
        if how in ("overlaps", "within", "includes"):
            return self._sets(how, first, second, left, right)
        outcomes = [
            float(_ordinary(how, one, two))
            for one in self._possible(first, left)
            for two in self._possible(second, right)
        ]
        return self._all_alike(outcomes)

    def _possible(self, value: Any, operand: Operand) -> list[Any]:
        """Return the values that an operand may have; of a number the two at its bounds and those between."""
        if value is not None:
            return [value]
        if operand.type == "bool":
            return [True, False]
        if operand.type == "integer":
            fact = self.vocabulary.facts[operand.name]
            return [fact.least, *range(fact.least, min(fact.most, fact.least + 100)), fact.most]
        return list(operand.members) or ["", "alder", "hollow", "anything"]

    @staticmethod
    def _all_alike(outcomes: list[float]) -> float:
        return outcomes[0] if outcomes and len(set(outcomes)) == 1 else OPEN

    def _sets(self, how: str, first: Any, second: Any, left: Operand, right: Operand) -> float:
        members = sorted({*left.members, *right.members})
        if how == "overlaps":
            return max((min(has(first, each), has(second, each)) for each in members), default=NO)
        if how == "includes":
            first, second = second, first
        return min((max(1 - has(first, each), has(second, each)) for each in members), default=YES)

    def _age(self, how: str, left: Operand, right: Operand) -> float:
        if right.source == "age":
            how = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[how]
            left, right = right, left
        limit = self._value(right)
        if limit is None:
            return float(how in ("<", "<="))
        number, unit = limit if isinstance(limit, tuple) else (limit, "days")
        halves = self.ages.get((left.name, unit))
        return OPEN if halves is None else float(_ordinary(how, halves, 2 * number))


def _ordinary(how: str, one: Any, two: Any) -> bool:
    return bool(
        {"==": lambda: one == two, "<": lambda: one < two, "<=": lambda: one <= two, ">": lambda: one > two,
         ">=": lambda: one >= two}[how]()
    )  # fmt: skip
