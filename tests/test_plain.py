"""Tests of smpolicy.plain: the plain action of a kind, known to be harmless in every respect."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from smpolicy.binding import bind_agency
from smpolicy.kinds import CORE
from smpolicy.plain import harmless_value, plain_action_is_restricted
from smpolicy.vocabulary import DaysAgo, Fact
from tests.builders import AT, make_agency, make_ruleset, rule


def restricted(rules: str, agency: str = "") -> list[str]:
    """Return the ids of the rules that restrict the plain personal post."""
    made = make_agency(agency, make_ruleset(rules))
    return [each.id for each in plain_action_is_restricted(made, bind_agency(made)["personal_post"])]


class TestHarmless:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("content.humor", False),
            ("content.tone", "informative"),
            ("content.humor_topics", frozenset()),
            ("content.mandatory_fields", frozenset(CORE.facts["content.mandatory_fields"].members)),
            ("search.retention", 0),
            ("actor.training_date", AT),
            ("actor.unit", "none"),
            ("incident.exists", False),
        ],
    )
    def test_value(self, path: str, expected: object) -> None:
        """Every type of fact has a value under which nothing is restricted."""
        assert harmless_value(CORE.facts[path], AT) == expected

    def test_date(self) -> None:
        """A date may be harmless some days ago."""
        fact = Fact("x.y", "moment", "When?", "practice", "given", harmless=DaysAgo(30))
        assert harmless_value(fact, AT) == datetime(2026, 5, 2, 12, tzinfo=UTC)


class TestPlain:
    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("content.humor", False),
            ("not content.humor", True),
            ("speech.form == 'written'", True),
            ("personal_account.visibility != 'private'", False),
            ("overlaps(speech.protected_activities, ['union_activity'])", True),
            ("age(actor.training_date) > 365", False),
            ("age(actor.training_date) < 1", True),
        ],
    )
    def test_restricted(self, condition: str, expected: bool) -> None:
        """A rule restricts the plain personal post if it is true of what is harmless in every respect."""
        text = rule(condition, "needs_approval", on='["personal_post"]')
        assert restricted(text) == (["A.1/rule"] if expected else [])

    @pytest.mark.parametrize(
        ("stated", "expected"), [("consent_decree = true", ["A.1/rule"]), ("consent_decree = false", []), ("", [])]
    )
    def test_agency(self, stated: str, expected: list[str]) -> None:
        """The agency's own facts are as its file says; where it does not, no rule is true because of them."""
        text = rule("agency.consent_decree and speech.form == 'written'", on='["personal_post"]')
        assert restricted(text, f"[facts.agency]\n{stated}\n") == expected

    def test_duties(self) -> None:
        """Duties and notices restrict nothing."""
        assert restricted(rule(None, None, on='["personal_post"]', notice='"Take care."')) == []

    def test_months(self) -> None:
        """A date that is harmless long ago is so in months too."""
        fact: Any = CORE.facts["record.retention_ends"]
        assert isinstance(fact.harmless, DaysAgo)
        from smpolicy.language.expressions import Term
        from smpolicy.plain import _plain_term

        assert _plain_term(Term("record.retention_ends", "months"), make_agency()) == 2 * (fact.harmless.days // 30)
