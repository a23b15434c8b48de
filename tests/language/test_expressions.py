"""Tests of smpolicy.language.expressions: what bound conditions mean, and how they are simplified and told."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from smpolicy.language.expressions import (
    FALSE,
    TRUE,
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
    Truth,
    Unsettled,
    atoms,
    because,
    both,
    either,
    negate,
    paths,
    terms,
    to_text,
    truth,
    unknown_paths,
)
from smpolicy.vocabulary import SomeOf

A, B, C = (Term(f"content.{name}") for name in ("humor", "known_false", "tone"))
SET, NUMBER, AGE = Term("content.forms"), Term("search.retention"), Term("actor.training_date", "months")
TRUTHS: tuple[Truth, ...] = (True, False, None)
LOST = Unsettled("terms.published")


def values(**given: Any) -> dict[Term, Any]:
    """Return values by the last part of each term's path."""
    return {term: given[term.path.partition(".")[2]] for term in (A, B, C, SET) if term.path.partition(".")[2] in given}


class TestTruth:
    @pytest.mark.parametrize(("left", "right"), list(product(TRUTHS, TRUTHS)))
    def test_kleene(self, left: Truth, right: Truth) -> None:
        """The connectives are Kleene's: unknown is not false, and a part that settles the whole does so alone."""
        facts = {A: left, B: right}
        order = {False: 0, None: 1, True: 2}
        assert truth(And((Is(A), Is(B))), facts) is min((left, right), key=order.__getitem__)
        assert truth(Or((Is(A), Is(B))), facts) is max((left, right), key=order.__getitem__)
        assert truth(Not(Is(A)), facts) is (None if left is None else not left)

    @pytest.mark.parametrize("value", [True, False])
    def test_constant(self, value: bool) -> None:
        """A constant needs no facts."""
        assert truth(Constant(value), {}) is value

    def test_unsettled(self) -> None:
        """What the agency has not answered is unknown, whatever the facts."""
        assert truth(LOST, {A: True}) is None

    @pytest.mark.parametrize(("value", "expected"), [("formal", True), ("urgent", False), (None, None)])
    def test_one_of(self, value: str | None, expected: Truth) -> None:
        """A fact has one of some values, has not, or is unknown."""
        assert truth(OneOf(C, frozenset({"formal", "other"})), {C: value}) is expected

    @pytest.mark.parametrize(("value", "expected"), [(6, False), (7, True), (8, True), (None, None)])
    def test_at_least(self, value: int | None, expected: Truth) -> None:
        """A number that is just reached is reached."""
        assert truth(AtLeast(NUMBER, 7), {NUMBER: value}) is expected

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, None),
            (frozenset(), False),
            (frozenset({"tag"}), True),
            (frozenset({"share"}), False),
            (SomeOf({"tag"}), True),
            (SomeOf({"share"}), None),
            (SomeOf(excludes={"tag"}), None),
            (SomeOf(excludes={"tag", "reply"}), False),
        ],
    )
    def test_overlaps(self, value: Any, expected: Truth) -> None:
        """A set overlaps as soon as one member is known to be there, and does not once all are known to be absent."""
        assert truth(Overlaps(SET, frozenset({"tag", "reply"})), {SET: value}) is expected


class TestSimplifying:
    def test_neutral(self) -> None:
        """A part that changes nothing is left out."""
        assert both(TRUE, Is(A)) == Is(A) == either(FALSE, Is(A))

    def test_final(self) -> None:
        """A part that settles the whole is the whole."""
        assert both(Is(A), FALSE) == FALSE
        assert either(Is(A), TRUE) == TRUE

    def test_nothing(self) -> None:
        """No parts at all hold together, and none of them holds."""
        assert (both(), either()) == (TRUE, FALSE)

    def test_flat_and_once(self) -> None:
        """Parts of parts are parts, each once, in order."""
        assert both(Is(A), And((Is(B), Is(A)))) == And((Is(A), Is(B)))

    def test_absorption(self) -> None:
        """An alternative that a part already implies is left out."""
        assert both(Is(A), Or((Is(A), Is(B)))) == Is(A)
        assert either(Is(A), And((Is(A), Is(B)))) == Is(A)

    def test_no_excluded_middle(self) -> None:
        """A condition or its contrary is not taken to be true: both may be unknown."""
        assert either(Is(A), Not(Is(A))) == Or((Is(A), Not(Is(A))))
        assert both(Is(A), Not(Is(A))) == And((Is(A), Not(Is(A))))

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            (TRUE, FALSE),
            (FALSE, TRUE),
            (LOST, LOST),
            (Is(A), Not(Is(A))),
            (Not(Is(A)), Is(A)),
            (And((Is(A), Not(Is(B)))), Or((Not(Is(A)), Is(B)))),
            (Or((Is(A), Is(B))), And((Not(Is(A)), Not(Is(B))))),
        ],
    )
    def test_negation(self, expression: Expression, expected: Expression) -> None:
        """The contrary of a condition has its negations at the atoms; what is unsettled stays so."""
        assert negate(expression) == expected


class TestReading:
    EXPRESSION = both(Is(A), either(Not(Is(B)), LOST, Is(A), AtLeast(AGE, 24)), TRUE)

    def test_atoms(self) -> None:
        """The atoms of a condition come in order."""
        assert list(atoms(And((Is(A), Not(Is(B)), TRUE, LOST)))) == [Is(A), Is(B), LOST]

    def test_terms(self) -> None:
        """The terms are what is read of the action, each once; an age is a term of its own."""
        assert terms(And((Is(A), Or((Is(B), LOST, AtLeast(AGE, 24), Is(A)))))) == (A, B, AGE)

    def test_paths(self) -> None:
        """The paths are those of all facts, the agency's missing ones included."""
        assert paths(And((Is(A), Or((LOST, AtLeast(AGE, 24)))))) == (A.path, LOST.path, AGE.path)


class TestUnknownPaths:
    @pytest.mark.parametrize(
        ("expression", "facts", "expected"),
        [
            (Is(A), {}, (None, {A.path})),
            (Is(A), {A: True}, (True, set())),
            (Not(Is(A)), {}, (None, {A.path})),
            (Not(Is(A)), {A: True}, (False, set())),
            (TRUE, {}, (True, set())),
            (LOST, {}, (None, {LOST.path})),
            (And((Is(A), Is(B))), {A: True}, (None, {B.path})),
            (And((Is(A), Is(B))), {A: False}, (False, set())),
            (And((Is(A), Is(B))), {B: False}, (False, set())),
            (And((Is(A), Is(B))), {A: True, B: True}, (True, set())),
            (Or((Is(A), Is(B))), {}, (None, {A.path, B.path})),
            (Or((Is(A), Is(B))), {B: True}, (True, set())),
            (Or((Is(A), Is(B))), {A: False, B: False}, (False, set())),
            (Overlaps(SET, frozenset({"tag"})), {SET: SomeOf({"share"})}, (None, {SET.path})),
            (OneOf(C, frozenset({"formal"})), {C: "formal"}, (True, set())),
            (AtLeast(AGE, 24), {}, (None, {AGE.path})),
        ],
    )
    def test_unknown_paths(
        self, expression: Expression, facts: dict[Term, Any], expected: tuple[Truth, frozenset[str]]
    ) -> None:
        """What is left to learn are the unknown facts of parts that are not settled yet, none once the whole is."""
        assert unknown_paths(expression, facts.get) == expected


class TestBecause:
    @pytest.mark.parametrize(
        ("expression", "facts", "expected"),
        [
            (Is(A), {A: True}, (A,)),
            (And((Is(A), Is(B))), {A: True, B: True}, (A, B)),
            (Or((Is(A), Is(B))), {A: True}, (A,)),
            (Or((Is(A), Is(B))), {A: True, B: True}, (A, B)),
            (And((Is(A), Or((Is(B), OneOf(C, frozenset({"formal"})))))), {A: True, B: False, C: "formal"}, (A, C)),
            (Not(And((Is(A), Is(B)))), {A: False, B: True}, (A,)),
            (Not(Or((Is(A), Is(B)))), {A: False, B: False}, (A, B)),
            (Or((TRUE, Is(A))), {A: True}, (A,)),
        ],
    )
    def test_because(self, expression: Expression, facts: dict[Term, Any], expected: tuple[Term, ...]) -> None:
        """A true condition is true because of all parts of an `and` and every true part of an `or`; `not` swaps."""
        assert because(expression, facts.get) == expected


class TestText:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            (TRUE, "True"),
            (LOST, "unsettled(terms.published)"),
            (Is(A), "content.humor"),
            (Not(Is(A)), "not content.humor"),
            (OneOf(C, frozenset({"formal"})), "content.tone == 'formal'"),
            (Not(OneOf(C, frozenset({"formal"}))), "content.tone != 'formal'"),
            (OneOf(C, frozenset({"urgent", "formal"})), "content.tone in {'formal', 'urgent'}"),
            (Not(OneOf(C, frozenset({"urgent", "formal"}))), "content.tone not in {'formal', 'urgent'}"),
            (AtLeast(NUMBER, 7), "search.retention >= 7"),
            (Not(AtLeast(NUMBER, 7)), "search.retention < 7"),
            (AtLeast(AGE, 24), "age(actor.training_date, months) >= 12"),
            (AtLeast(AGE, 25), "age(actor.training_date, months) > 12"),
            (Not(AtLeast(AGE, 25)), "age(actor.training_date, months) <= 12"),
            (Not(AtLeast(AGE, 24)), "age(actor.training_date, months) < 12"),
            (Overlaps(SET, frozenset({"tag"})), "'tag' in content.forms"),
            (Not(Overlaps(SET, frozenset({"tag"}))), "'tag' not in content.forms"),
            (Overlaps(SET, frozenset({"tag", "reply"})), "overlaps(content.forms, {'reply', 'tag'})"),
            (Not(Overlaps(SET, frozenset({"tag", "reply"}))), "not overlaps(content.forms, {'reply', 'tag'})"),
            (And((Is(A), Or((Is(B), LOST)))), "content.humor and (content.known_false or unsettled(terms.published))"),
            (Or((Is(A), And((Is(B), LOST)))), "content.humor or (content.known_false and unsettled(terms.published))"),
        ],
    )
    def test_text(self, expression: Expression, expected: str) -> None:
        """A bound condition is told in the language in which conditions are written."""
        assert to_text(expression) == expected
