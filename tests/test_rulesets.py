"""Tests of smpolicy.rulesets: what a ruleset's parts say of themselves."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest

from smpolicy.rulesets import Choice, content_hash, is_under
from tests.builders import condition, exception, make_ruleset, rule


class TestIsUnder:
    @pytest.mark.parametrize(
        ("rule_id", "covered", "expected"),
        [
            ("V.A.8.agency_device/computer", "V.A.8", True),
            ("V.A.8/access", "V.A.8", True),
            ("V.A.8/access", "V.A.8/access", True),
            ("V.A.8", "V.A.8", True),
            ("V.A.80/access", "V.A.8", False),
            ("V.A.8/accessible", "V.A.8/access", False),
            ("V.A/access", "V.A.8", False),
            ("V.A.8/access", "V.A.8.agency_device", False),
        ],
    )
    def test_is_under(self, rule_id: str, covered: str, expected: bool) -> None:
        """An id covers itself and what lies under it, not what merely begins alike."""
        assert is_under(rule_id, covered) is expected


class TestRules:
    def test_about(self) -> None:
        """A rule is about the consideration before the slash of its id."""
        (stated,) = make_ruleset(rule(id='"A.1.a/rule"')).rules
        assert stated.about == "A.1.a"

    @pytest.mark.parametrize(("of", "covers"), [("A.1", True), ("A.1.a", True), ("A.1.a/rule", True), ("A.2", False)])
    def test_covers(self, of: str, covers: bool) -> None:
        """An exception covers the rules under the ids that it names."""
        made = make_ruleset(
            rule(id='"A.1.a/rule"')
            + rule(id='"A.2/other"')
            + exception("content.humor", of, id='"A.3/x"', about='"A.3"')
        )
        assert made.exceptions[0].covers(made.rules[0]) is covers


class TestCites:
    def test_definitions_are_cited(self) -> None:
        """A rule cites what it says and what the definitions that it uses are about, each once, in order."""
        made = make_ruleset(
            '[[definition]]\nid = "funny"\nabout = "A.3"\nwhen = "content.humor"\n\n'
            + rule("definition.funny", cites='["A.2", "A.3"]')
        )
        (stated,) = made.rules
        assert stated.condition is not None
        assert made.cites_of((stated.about, *stated.cites), iter((stated.condition,))) == ("A.1", "A.2", "A.3")
        assert made.cites_of(("A.1",), iter((stated.condition,))) == ("A.1", "A.3")
        assert made.cites_of(("A.1",), iter((condition("content.humor"),))) == ("A.1",)


class TestHash:
    def test_content_hash(self) -> None:
        """A hash is that of canonical JSON."""
        assert content_hash({"b": 1, "a": [True]}) == hashlib.sha256(b'{"a":[true],"b":1}').hexdigest()

    @pytest.mark.parametrize(
        ("one", "other"),
        [({"a": 1, "b": 2}, {"b": 2, "a": 1}), ((1, 2), [1, 2]), (date(2026, 1, 2), "2026-01-02")],
    )
    def test_same(self, one: Any, other: Any) -> None:
        """What says the same has the same hash."""
        assert content_hash(one) == content_hash(other)

    def test_layout(self) -> None:
        """Comments and spacing change no ruleset's hash; a word does."""
        plain = make_ruleset(rule())
        assert make_ruleset("# a comment\n" + rule().replace(" = ", "  =  ")).hash() == plain.hash()
        assert make_ruleset(rule(reason='"It was seen."')).hash() != plain.hash()


class TestChoice:
    @pytest.mark.parametrize(
        ("type", "expected"),
        [
            ("flag", "bool"),
            ("subset", "set"),
            ("number", "integer"),
            ("effect", "effect"),
            ("effect_by", "effect_by"),
            ("period", "period"),
            ("text", "text"),
            ("offices", "offices"),
        ],
    )
    def test_value_type(self, type: Any, expected: str) -> None:
        """A choice has a type in conditions."""
        assert Choice("x", "A.1", "Which?", type, None, "none").value_type == expected
