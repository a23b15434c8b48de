"""What can be the case at once: the solver's answers against trying every situation."""

from __future__ import annotations

from itertools import compress, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smpolicy.analysis import situations as module
from smpolicy.analysis.nodes import FALSE, TRUE
from smpolicy.analysis.situations import make_situations
from smpolicy.kinds import CORE
from smpolicy.language.expressions import (
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
    truth,
)
from smpolicy.vocabulary import SomeOf
from tests.builders import bound

HUMOR, TONE, DETAILS = Term("content.humor"), Term("content.tone"), Term("person.details")
TRAINING = Term("actor.training_date", "months")
TONES = ("formal", "urgent")
MEMBERS = ("name", "image", "tag")
VALUES: dict[Term, list[Any]] = {
    HUMOR: [False, True],
    TONE: list(CORE.facts[TONE.path].members),
    DETAILS: [frozenset(compress(MEMBERS, there)) for there in product((False, True), repeat=3)],
    TRAINING: list(range(9)),
}

ATOMS = st.one_of(
    st.just(Is(HUMOR)),
    st.sets(st.sampled_from(TONES), min_size=1).map(lambda some: OneOf(TONE, frozenset(some))),
    st.sets(st.sampled_from(MEMBERS), min_size=1).map(lambda some: Overlaps(DETAILS, frozenset(some))),
    st.integers(1, 8).map(lambda number: AtLeast(TRAINING, number)),
)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    st.one_of(ATOMS, ATOMS.map(negate)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: both(*parts)),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: either(*parts)),
    ),
    max_leaves=14,
)


def tried(true: Expression, false: Expression) -> bool:
    """Return whether some situation makes one condition true and the other false, by trying all of them."""
    every = (dict(zip(VALUES, each, strict=True)) for each in product(*VALUES.values()))
    return any(truth(true, facts) is True and truth(false, facts) is False for facts in every)


class TestPossible:
    @given(EXPRESSIONS, EXPRESSIONS)
    @settings(max_examples=150)
    def test_is_what_trying_everything_finds(self, one: Expression, other: Expression) -> None:
        """One condition can be true while another is false exactly where some situation shows it."""
        situations = make_situations((one, other), CORE)
        answer = situations.possible(((situations.node(one), TRUE), (situations.node(other), FALSE)))
        assert answer is tried(one, other)

    def test_unsettled_part_may_be_either(self) -> None:
        """A fact that the agency left out excludes nothing: neither that a condition holds nor that it does not."""
        condition = both(Is(HUMOR), Unsettled("terms.published"))
        situations = make_situations((condition,), CORE)
        node = situations.node(condition)
        assert situations.possible(((node, TRUE), (node, FALSE)))

    @pytest.mark.parametrize(
        ("known", "answer"),
        [
            (frozenset({"supervisor"}), True),
            (frozenset({"spokesperson"}), False),
            (SomeOf({"spokesperson"}), True),
            (SomeOf({"spokesperson"}, {"supervisor"}), False),
            (None, True),
        ],
    )
    def test_what_is_known_is_kept_to(self, known: Any, answer: bool) -> None:
        """Of somebody known a condition can hold only with what is known of them; what is not known stays open."""
        condition = bound("'supervisor' in actor.roles and content.humor")
        situations = make_situations((condition,), CORE)
        wants = ((situations.node(condition), TRUE),)
        assert situations.possible(wants, {Term("actor.roles"): known}) is answer

    def test_known_age_falls_between_limits(self) -> None:
        """A known number lies where the limits of the conditions put it."""
        condition = bound("age(actor.training_date) > choice.oldest", oldest=("period", (), (12, "months")))
        situations = make_situations((condition,), CORE)
        wants = ((situations.node(condition), TRUE),)
        term = Term("actor.training_date", "months")
        answers = {age: situations.possible(wants, {term: age}) for age in (0, 24, 25, 90)}
        assert answers == {0: False, 24: False, 25: True, 90: True}

    def test_too_many_steps_settle_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A question that would take too long is left open, and never answered by guessing."""
        parts = [
            either(Overlaps(DETAILS, frozenset({one})), negate(Overlaps(DETAILS, frozenset({other}))))
            for one in MEMBERS
            for other in MEMBERS
            if one != other
        ]
        parts += [either(*(Overlaps(DETAILS, frozenset({each})) for each in MEMBERS))]
        parts += [either(*(negate(Overlaps(DETAILS, frozenset({each}))) for each in MEMBERS))]
        condition = both(*parts)
        situations = make_situations((condition,), CORE)
        assert situations.can_hold(condition) is False
        monkeypatch.setattr(module, "MOST_STEPS", 0)
        assert situations.can_hold(condition) is None
