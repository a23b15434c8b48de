"""Bound conditions: three-valued truth, simplification, what is left open, and what made them true."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from smpolicy.language.expressions import (
    FALSE,
    TRUE,
    And,
    AtLeast,
    Expression,
    Is,
    Not,
    OneOf,
    Or,
    Overlaps,
    Term,
    Unsettled,
    because,
    both,
    either,
    negate,
    terms,
    truth,
    unknown_paths,
)
from smpolicy.vocabulary import SomeOf
from tests.properties.oracle import OPEN, as_number, meaning
from tests.properties.trying import MANY, OFTEN

MEMBERS = frozenset("abc")
YES_NO = [Term(f"content.fact_{number}") for number in range(3)]
ENUM, SET, NUMBER = Term("content.enum"), Term("content.set"), Term("content.age", "days")
ALL_TERMS = [*YES_NO, ENUM, SET, NUMBER]
VALUES: dict[Term, list[Any]] = {
    **{term: [None, True, False] for term in YES_NO},
    ENUM: [None, *MEMBERS],
    NUMBER: [None, *range(-1, 4)],
    SET: [
        *(None, SomeOf("a"), SomeOf((), "a"), SomeOf("a", "b"), SomeOf("ab"), SomeOf((), "bc"), SomeOf("c", "a")),
        *(frozenset(each) for size in range(4) for each in itertools.combinations(MEMBERS, size)),
    ],
}


def few_members() -> st.SearchStrategy[frozenset[str]]:
    """Return a strategy for some members."""
    return st.frozensets(st.sampled_from(sorted(MEMBERS)), min_size=1)


ATOMS: st.SearchStrategy[Expression] = (
    st.sampled_from([Is(term) for term in YES_NO])
    | st.builds(OneOf, st.just(ENUM), few_members())
    | st.builds(Overlaps, st.just(SET), few_members())
    | st.builds(AtLeast, st.just(NUMBER), st.integers(0, 3))
)
LEAVES: st.SearchStrategy[Expression] = ATOMS | st.sampled_from([TRUE, FALSE, Unsettled("agency.state")])
YES_NO_ATOMS = [Is(term) for term in YES_NO[:2]]
FEW_LEAVES: st.SearchStrategy[Expression] = st.sampled_from(
    [*YES_NO_ATOMS, *YES_NO_ATOMS, TRUE, FALSE, Unsettled("agency.state")]
)
Tree = Any


def trees(leaves: st.SearchStrategy[Expression]) -> st.SearchStrategy[Tree]:
    """Return a strategy for conditions before any simplification: leaves, or a connective and its parts."""
    return st.recursive(
        leaves,
        lambda inner: (
            st.tuples(st.just("not"), st.tuples(inner))
            | st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, max_size=3).map(tuple))
        ),
        max_leaves=8,
    )


def raw(tree: Tree) -> Expression:
    """Return a tree as it stands."""
    if not isinstance(tree, tuple):
        return tree  # type: ignore[no-any-return]
    word, parts = tree
    inner = tuple(map(raw, parts))
    return Not(inner[0]) if word == "not" else And(inner) if word == "and" else Or(inner)


def simplified(tree: Tree) -> Expression:
    """Return a tree built with the functions that simplify."""
    if not isinstance(tree, tuple):
        return tree  # type: ignore[no-any-return]
    word, parts = tree
    inner = map(simplified, parts)
    return negate(next(inner)) if word == "not" else both(*inner) if word == "and" else either(*inner)


def expressions() -> st.SearchStrategy[Expression]:
    """Return a strategy for simplified conditions, as binding makes them."""
    return trees(LEAVES).map(simplified)


def assignments() -> st.SearchStrategy[dict[Term, Any]]:
    """Return a strategy for a value of each term, known, partly known or unknown."""
    return st.fixed_dictionaries({term: st.sampled_from(found) for term, found in VALUES.items()})


def all_assignments(expression: Expression) -> list[dict[Term, Any]]:
    """Return every assignment of values to the terms that a condition reads."""
    read = terms(expression)
    return [dict(zip(read, each, strict=True)) for each in itertools.product(*(VALUES[term] for term in read))]


def completions(facts: Mapping[Term, Any], term: Term) -> list[Any]:
    """Return the values that a term may still turn out to have."""
    value = facts.get(term)
    if value is None:
        return [each for each in VALUES[term] if each is not None and not isinstance(each, SomeOf)]
    if isinstance(value, SomeOf):
        known = [each for each in VALUES[term] if isinstance(each, frozenset)]
        return [each for each in known if value.includes <= each and not value.excludes & each]
    return [value]


class TestTruth:
    @MANY
    @given(trees(LEAVES), assignments())
    def test_is_kleenes(self, tree: Tree, facts: dict[Term, Any]) -> None:
        """Connectives are Kleene's, and atoms over sets are `or` over members."""
        assert as_number(truth(raw(tree), facts)) == meaning(raw(tree), facts)

    @MANY
    @given(expressions(), assignments(), st.data())
    def test_learning_never_changes_what_is_settled(
        self, expression: Expression, facts: dict[Term, Any], data: st.DataObject
    ) -> None:
        """Whatever is learned, a condition that is true or false stays so."""
        more = {term: data.draw(st.sampled_from([facts[term], *completions(facts, term)])) for term in ALL_TERMS}
        before = truth(expression, facts)
        assert before is None or truth(expression, more) is before

    @MANY
    @given(trees(ATOMS).map(simplified), assignments(), st.data())
    def test_knowing_everything_settles(
        self, expression: Expression, facts: dict[Term, Any], data: st.DataObject
    ) -> None:
        """A condition over known facts alone is true or false."""
        known = {term: data.draw(st.sampled_from(completions(facts, term))) for term in ALL_TERMS}
        assert truth(expression, known) is not None


class TestSimplification:
    @OFTEN
    @given(trees(FEW_LEAVES))
    def test_keeps_the_truth_on_every_assignment(self, tree: Tree) -> None:
        """On every assignment, unknown ones included, a simplified condition means what it meant before."""
        before, after = raw(tree), simplified(tree)
        for facts in all_assignments(before):
            assert meaning(before, facts) == as_number(truth(after, facts))

    @MANY
    @given(trees(LEAVES), assignments())
    def test_keeps_the_truth_of_every_kind_of_atom(self, tree: Tree, facts: dict[Term, Any]) -> None:
        """The same holds for enumerations, sets, partly known sets and numbers."""
        assert meaning(raw(tree), facts) == as_number(truth(simplified(tree), facts))

    @MANY
    @given(trees(ATOMS), assignments())
    def test_negates_atoms_alone(self, tree: Tree, facts: dict[Term, Any]) -> None:
        """A negated condition means the contrary, and in it `not` stands before atoms only."""
        contrary = negate(simplified(tree))
        assert as_number(truth(contrary, facts)) == 1 - meaning(raw(tree), facts)
        assert not any(isinstance(node, Not) and isinstance(node.part, (And, Or, Not)) for node in nodes(contrary))

    @MANY
    @given(trees(ATOMS).map(simplified))
    def test_never_uses_the_excluded_middle(self, expression: Expression) -> None:
        """A condition joined with its contrary is not settled while its facts are unknown."""
        if truth(expression, {}) is None:
            assert truth(either(expression, negate(expression)), {}) is None
            assert truth(both(expression, negate(expression)), {}) is None


def nodes(expression: Expression) -> list[Expression]:
    """Return a condition and all conditions inside it."""
    match expression:
        case Not(part):
            return [expression, *nodes(part)]
        case And(parts) | Or(parts):
            return [expression, *(inner for part in parts for inner in nodes(part))]
    return [expression]


class TestUnknownPaths:
    @MANY
    @given(expressions(), assignments())
    def test_agrees_with_truth(self, expression: Expression, facts: dict[Term, Any]) -> None:
        """What is reported of a condition is its truth, and facts are left just where it is unknown."""
        found, left = unknown_paths(expression, facts.get)
        assert found is truth(expression, facts)
        assert bool(left) is (found is None)

    @MANY
    @given(trees(ATOMS).map(simplified), assignments(), st.data())
    def test_learning_what_is_left_settles(
        self, expression: Expression, facts: dict[Term, Any], data: st.DataObject
    ) -> None:
        """Once every fact that was left is known, the condition is settled."""
        left = unknown_paths(expression, facts.get)[1]
        learned = {
            term: data.draw(st.sampled_from(completions(facts, term))) for term in ALL_TERMS if term.path in left
        }
        assert truth(expression, facts | learned) is not None

    @MANY
    @given(expressions(), assignments(), st.data())
    def test_nothing_else_matters(self, expression: Expression, facts: dict[Term, Any], data: st.DataObject) -> None:
        """While what is left stays unknown, nothing else that is learned changes the truth or what is left."""
        found, left = unknown_paths(expression, facts.get)
        others = {
            term: data.draw(st.sampled_from(completions(facts, term))) for term in ALL_TERMS if term.path not in left
        }
        assert unknown_paths(expression, (facts | others).get) == (found, left)


class TestBecause:
    @MANY
    @given(expressions(), assignments())
    def test_names_facts_that_suffice(self, expression: Expression, facts: dict[Term, Any]) -> None:
        """A true condition is true by the named facts alone, were all others unknown."""
        if truth(expression, facts):
            named = {term: facts[term] for term in because(expression, facts.get)}
            assert truth(expression, named) is True

    @MANY
    @given(st.lists(expressions(), min_size=2, max_size=3), assignments())
    def test_of_an_and_names_all_parts(self, parts: list[Expression], facts: dict[Term, Any]) -> None:
        """Of a true `and` the facts of every part are named."""
        whole = And(tuple(parts))
        if truth(whole, facts):
            wanted = {term for part in parts for term in because(part, facts.get)}
            assert set(because(whole, facts.get)) == wanted

    @MANY
    @given(st.lists(expressions(), min_size=2, max_size=3), assignments())
    def test_of_an_or_names_all_true_parts(self, parts: list[Expression], facts: dict[Term, Any]) -> None:
        """Of a true `or` the facts of every true part are named, and of no other."""
        whole = Or(tuple(parts))
        if truth(whole, facts):
            wanted = {term for part in parts if truth(part, facts) for term in because(part, facts.get)}
            assert set(because(whole, facts.get)) == wanted

    @MANY
    @given(trees(ATOMS), assignments())
    def test_of_a_not_swaps(self, tree: Tree, facts: dict[Term, Any]) -> None:
        """The facts behind a negation are those that make its part false, however deep it was written."""
        outer, inner = Not(Not(raw(tree))), raw(tree)
        if truth(inner, facts):
            assert set(because(outer, facts.get)) == set(because(inner, facts.get))


def test_open_is_between() -> None:
    """The oracle's unknown is its own contrary."""
    assert 1 - OPEN == OPEN
