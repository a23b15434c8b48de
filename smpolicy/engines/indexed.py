"""Large sets of rules: for each fact and value that occurs, the sets of rules that it leaves possible.

Each condition becomes a conjunction of clauses, each clause an alternative of tests of one fact (Kleene's connectives
distribute). What a clause's test makes of a value is worked out once and kept as bits, one a rule, so that deciding is
intersecting and joining sets: over the facts for clauses of one fact, and layer by layer for alternatives.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from attrs import field, frozen

from smpolicy.bound_rules import KindRules
from smpolicy.facts import Facts
from smpolicy.language.expressions import And, Constant, Expression, Not, Or, Term, Unsettled, both, either, truth
from smpolicy.language.writing import Writer

MOST_CLAUSES = 12
MOST_VALUES = 10_000

Clause = tuple[Expression, ...]
"""Literals of which one must hold."""


def prepare(kind_rules: KindRules) -> Callable[[Facts], tuple[int, int]]:
    """Return a function that finds the sets of true and of unknown rules.

    Args:
        kind_rules: the bound rules of one kind.
    """
    every = (1 << len(kind_rules.rules)) - 1
    single: Tests = {}
    layers: list[Tests] = []
    possible: list[int] = []
    others: dict[int, Callable[[Facts], Any]] = {}
    for index, rule in enumerate(kind_rules.rules):
        clauses = _clauses(rule.condition)
        if clauses is None:
            others[index] = _one_rule(kind_rules, index)
            continue
        depth = 0
        for tests, unsettled in map(_by_term, clauses):
            target = single
            if len(tests) != 1 or unsettled:
                if depth == len(layers):
                    layers.append({})
                    possible.append(0)
                target = layers[depth]
                possible[depth] |= 1 << index if unsettled else 0
                depth += 1
            for term, test in tests.items():
                target.setdefault(term, []).append((1 << index, test))
    indexed = every & ~sum(1 << index for index in others)
    conjunctive = _columns(single, kind_rules, every)
    alternatives = []
    for tests_of, unsettled_rules in zip(layers, possible, strict=True):
        free = every & ~unsettled_rules
        for tested in tests_of.values():
            for bit, _ in tested:
                free &= ~bit
        alternatives.append((free, free | unsettled_rules, _columns(tests_of, kind_rules, 0)))

    def run(facts: Facts) -> tuple[int, int]:
        may = surely = indexed
        for slot, masks, column in conjunctive:
            value = facts[slot]
            found = masks.get(value) or column.learn(value)
            may &= found[0]
            surely &= found[1]
        for free, possible_anyway, columns in alternatives:
            some_may, some_surely = possible_anyway, free
            for slot, masks, column in columns:
                value = facts[slot]
                found = masks.get(value) or column.learn(value)
                some_may |= found[0]
                some_surely |= found[1]
            may &= some_may
            surely &= some_surely
        true, unknown = surely, may & ~surely
        for index, function in others.items():
            state = function(facts)
            true |= (state == 2) << index
            unknown |= (state == 1) << index
        return true, unknown

    return run


Masks = dict[Any, tuple[int, int]]
"""For each value the rules that may pass, and those that surely pass."""

Tests = dict[Term, list[tuple[int, Expression]]]
"""For each term the rules that test it, by bit, with the test."""


def _one_rule(kind_rules: KindRules, index: int) -> Callable[[Facts], Any]:
    """Return a function that finds whether one rule is false (0), unknown (1) or true (2)."""
    writer, condition = Writer(kind_rules.slots), kind_rules.rules[index].condition
    source = f"    return ({writer.may(condition)}) + ({writer.surely(condition)})"
    return writer.function([source], f"bound rule {index} of {kind_rules.kind}")


@frozen(slots=True, eq=False)
class _Column:
    """The tests of one term in one layer: for each value met, the rules whose test may hold and surely holds.

    Attributes:
        term: the term.
        tests: the bit of each rule that has a test of the term, with that test.
        neutral: the rules that have none, where that counts as passing.
        masks: for each value, both sets.
    """

    term: Term
    tests: tuple[tuple[int, Expression], ...]
    neutral: int
    masks: Masks = field(factory=dict)

    def learn(self, value: Any) -> tuple[int, int]:
        """Return both sets for a value met for the first time."""
        may = surely = self.neutral
        for bit, test in self.tests:
            found = truth(test, {self.term: value})
            may |= 0 if found is False else bit
            surely |= bit if found else 0
        if len(self.masks) >= MOST_VALUES:
            self.masks.clear()
        self.masks[value] = may, surely
        return may, surely


def _columns(
    tests_of: Tests, kind_rules: KindRules, neutral: int
) -> list[tuple[int, dict[Any, tuple[int, int]], _Column]]:
    """Return the columns of a layer, each with the index of its term and its sets by value.

    Args:
        tests_of: the tests of the layer.
        kind_rules: the bound rules.
        neutral: the rules that pass a column in which they have no test.
    """
    columns = []
    for term, tests in tests_of.items():
        merged: dict[int, Expression] = {}
        for bit, test in tests:
            merged[bit] = both(merged[bit], test) if bit in merged else test
        column = _Column(term, tuple(merged.items()), neutral & ~sum(merged))
        columns.append((kind_rules.slots[term], column.masks, column))
    return columns


def _by_term(clause: Clause) -> tuple[dict[Term, Expression], bool]:
    """Return the tests of a clause by term, and whether an alternative is unsettled."""
    tests: dict[Term, Expression] = {}
    unsettled = False
    for literal in clause:
        atom = literal.part if isinstance(literal, Not) else literal
        if isinstance(atom, Unsettled):
            unsettled = True
            continue
        assert not isinstance(atom, And | Or | Not | Constant)
        tests[atom.term] = either(tests[atom.term], literal) if atom.term in tests else literal
    return tests, unsettled


def _clauses(expression: Expression) -> list[Clause] | None:
    """Return a condition as clauses all of which must hold, or None where they would be too many."""
    match expression:
        case Constant(value):
            return [] if value else None
        case And(parts):
            found = [_clauses(part) for part in parts]
            joined = [clause for clauses in found if clauses is not None for clause in clauses]
            return None if None in found or len(joined) > MOST_CLAUSES else joined
        case Or(parts):
            found = [_clauses(part) for part in parts]
            size = 1
            for clauses in found:
                size *= MOST_CLAUSES + 1 if clauses is None else len(clauses)
            if size > MOST_CLAUSES:
                return None
            sides = [clauses for clauses in found if clauses is not None]
            return [tuple(literal for side in chosen for literal in side) for chosen in product(*sides)]
        case _:
            return [(expression,)]
