"""Tests of smpolicy.language.lowering: choices and facts of the agency put in, and what becomes of each comparison."""

from __future__ import annotations

from typing import Any

import pytest

from smpolicy.kinds import CORE
from smpolicy.language.expressions import FALSE, TRUE, to_text
from smpolicy.vocabulary import SomeOf
from tests.builders import bound, condition

TONES = CORE.facts["content.tone"].members
TOPICS = CORE.facts["content.humor_topics"].members
GROUNDS = CORE.facts["terms.removal_grounds"].members


class TestFacts:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("content.humor", "content.humor"),
            ("content.humor == True", "content.humor"),
            ("content.humor == False", "not content.humor"),
            ("content.humor != False", "content.humor"),
            ("content.tone == 'formal'", "content.tone == 'formal'"),
            ("'formal' == content.tone", "content.tone == 'formal'"),
            ("content.tone in ['formal', 'urgent']", "content.tone in {'formal', 'urgent'}"),
            ("content.tone in []", "False"),
            ("'death' in content.humor_topics", "'death' in content.humor_topics"),
            (
                "overlaps(content.humor_topics, ['death', 'victim'])",
                "overlaps(content.humor_topics, {'death', 'victim'})",
            ),
            ("overlaps(['death'], content.humor_topics)", "'death' in content.humor_topics"),
            ("overlaps(content.humor_topics, [])", "False"),
            (
                "within(content.humor_topics, ['death', 'victim'])",
                "not overlaps(content.humor_topics, {'officer_involved_incident', 'suspect_or_arrestee'})",
            ),
            (
                "within(['death', 'victim'], content.humor_topics)",
                "'death' in content.humor_topics and 'victim' in content.humor_topics",
            ),
            (
                "includes(content.humor_topics, ['death', 'victim'])",
                "'death' in content.humor_topics and 'victim' in content.humor_topics",
            ),
            ("includes(content.humor_topics, [])", "True"),
            ("search.retention > 7", "search.retention >= 8"),
            ("search.retention >= 7", "search.retention >= 7"),
            ("search.retention < 7", "search.retention < 7"),
            ("search.retention <= 7", "search.retention < 8"),
            ("7 < search.retention", "search.retention >= 8"),
            ("7 >= search.retention", "search.retention < 8"),
            ("search.retention == 7", "search.retention == 7"),
            ("search.retention >= 0", "True"),
            ("search.retention > 36500", "False"),
            ("age(actor.training_date) > 30", "age(actor.training_date, days) > 30"),
            ("age(actor.training_date) <= 30", "age(actor.training_date, days) <= 30"),
            ("alias.id == 'night-owl'", "alias.id == 'night-owl'"),
        ],
    )
    def test_comparison(self, text: str, expected: str) -> None:
        """A comparison with a literal becomes an atom, or a constant where the bounds or members settle it."""
        assert to_text(bound(text)) == expected

    def test_all_members(self) -> None:
        """To have one of all members there are is always true."""
        assert bound(f"content.tone in {list(TONES)}") == TRUE

    def test_definition(self) -> None:
        """A definition becomes the condition that it stands for."""
        from smpolicy.language.lowering import Bindings, bind

        read = condition("not definition.funny", funny="content.humor")
        assert to_text(bind(read, Bindings(CORE, {}, {}))) == "not content.humor"


class TestChoices:
    @pytest.mark.parametrize(
        ("text", "choice", "expected"),
        [
            ("choice.x and content.humor", ("bool", (), True), "content.humor"),
            ("choice.x and content.humor", ("bool", (), False), "False"),
            ("choice.x == True and content.humor", ("bool", (), True), "content.humor"),
            ("given(choice.x) and content.humor", ("text", (), "someone"), "content.humor"),
            ("given(choice.x) and content.humor", ("text", (), ""), "False"),
            ("given(choice.x) and content.humor", ("period", (), None), "False"),
            ("choice.x == 'deny' and content.humor", ("effect", ("allow", "deny"), "deny"), "content.humor"),
            ("choice.x == 'deny' and content.humor", ("effect", ("allow", "deny"), "allow"), "False"),
            ("content.tone in choice.x", ("set", TONES, frozenset({"formal"})), "content.tone == 'formal'"),
            ("content.tone in choice.x", ("set", TONES, frozenset()), "False"),
            ("'death' in choice.x and content.humor", ("set", TOPICS, frozenset({"death"})), "content.humor"),
            ("'death' in choice.x and content.humor", ("set", TOPICS, frozenset()), "False"),
            ("overlaps(choice.x, ['death'])", ("set", TOPICS, frozenset({"death"})), "True"),
            ("within(choice.x, ['death'])", ("set", TOPICS, frozenset({"death", "victim"})), "False"),
            ("includes(choice.x, ['death'])", ("set", TOPICS, frozenset({"death", "victim"})), "True"),
            ("within(content.humor_topics, choice.x)", ("set", TOPICS, frozenset(TOPICS)), "True"),
            ("search.retention > choice.x", ("integer", (), 7), "search.retention >= 8"),
            ("choice.x > 3 and content.humor", ("integer", (), 7), "content.humor"),
            ("choice.x >= 8 and content.humor", ("integer", (), 7), "False"),
            ("choice.x < 8 and content.humor", ("integer", (), 7), "content.humor"),
            ("choice.x <= 7 and content.humor", ("integer", (), 7), "content.humor"),
            (
                "age(actor.training_date) > choice.x",
                ("period", (), (12, "months")),
                "age(actor.training_date, months) > 12",
            ),
            (
                "age(actor.training_date) >= choice.x",
                ("period", (), (5, "days")),
                "age(actor.training_date, days) >= 5",
            ),
            ("age(actor.training_date) > choice.x", ("period", (), None), "False"),
            ("age(actor.training_date) <= choice.x", ("period", (), None), "True"),
        ],
    )
    def test_choice(self, text: str, choice: tuple[Any, Any, Any], expected: str) -> None:
        """A choice becomes its value; no period is never over."""
        assert to_text(bound(text, x=choice)) == expected


class TestAgencyFacts:
    GROUND = "moderation.ground in terms.removal_grounds"

    @pytest.mark.parametrize(("value", "expected"), [(True, TRUE), (False, FALSE)])
    def test_known(self, value: bool, expected: Any) -> None:
        """A fact of the agency becomes its value."""
        assert bound("terms.published", {"terms.published": value}) == expected

    def test_unknown(self) -> None:
        """A fact that the agency has not answered stays open."""
        assert to_text(bound("terms.published and content.humor")) == "unsettled(terms.published) and content.humor"
        assert to_text(bound("not terms.published")) == "unsettled(terms.published)"

    def test_set(self) -> None:
        """A set of the agency becomes its members."""
        facts = {"terms.removal_grounds": frozenset({"profanity"})}
        assert to_text(bound(self.GROUND, facts)) == "moderation.ground == 'profanity'"

    def test_unknown_set(self) -> None:
        """A set that the agency has not answered leaves the comparison open."""
        assert to_text(bound(self.GROUND)) == "unsettled(terms.removal_grounds)"

    @pytest.mark.parametrize(
        ("text", "value", "expected"),
        [
            ("'profanity' in terms.removal_grounds", SomeOf({"profanity"}), "True"),
            ("'profanity' in terms.removal_grounds", SomeOf(excludes={"profanity"}), "False"),
            ("'profanity' in terms.removal_grounds", SomeOf({"fraud"}), "unsettled(terms.removal_grounds)"),
            ("'profanity' not in terms.removal_grounds", SomeOf({"profanity"}), "False"),
        ],
    )
    def test_partial_set(self, text: str, value: SomeOf, expected: str) -> None:
        """A set of which the agency has told some members is open only where the others matter."""
        assert to_text(bound(text, {"terms.removal_grounds": value})) == expected

    def test_partial_set_and_a_fact(self) -> None:
        """Compared with a fact, such a set settles for the members told, and stays open for the others."""
        expression = bound(
            self.GROUND, {"terms.removal_grounds": SomeOf({"fraud"}, set(GROUNDS) - {"fraud", "criticism"})}
        )
        assert "moderation.ground == 'fraud'" in to_text(expression)
        assert "unsettled(terms.removal_grounds)" in to_text(expression)
