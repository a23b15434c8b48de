"""Tests of smpolicy.language.conditions: what can be read off a condition before an agency has chosen."""

from __future__ import annotations

import pytest

from smpolicy.kinds import CORE
from smpolicy.language.conditions import choice_uses, comparisons, definitions_used, operands, unguarded
from tests.builders import condition

TONES = CORE.facts["content.tone"].members


class TestParts:
    TEXT = "content.humor and not (content.tone == 'formal' or definition.false)"

    def test_comparisons(self) -> None:
        """Every comparison is found, those of definitions included."""
        found = comparisons(condition(self.TEXT, false="content.known_false"))
        assert [each.left.name for each in found] == ["content.humor", "content.tone", "content.known_false"]

    def test_operands(self) -> None:
        """Every operand is found, on either side."""
        assert [each.source for each in operands(condition("'tag' in content.forms"))] == ["literal", "fact"]

    def test_definitions(self) -> None:
        """Every definition is found, those that definitions use included."""
        read = condition(
            "not definition.one and content.humor", one="definition.two or content.humor", two="content.humor"
        )
        assert list(definitions_used(read)) == ["one", "two"]


class TestUnguarded:
    @pytest.mark.parametrize(
        "text",
        [
            "incident.exists and incident.critical",
            "incident.critical and incident.exists",
            "incident.exists and (content.humor or incident.critical)",
            "not (not incident.exists or incident.critical)",
            "incident.exists and not incident.critical",
            "not (incident.exists and incident.critical)",
            "incident.exists",
            "not incident.exists",
            "definition.guarded and incident.critical",
            "content.humor",
            "incident.exists and alias.exists and incident.critical and age(alias.last_reviewed) > 30",
        ],
    )
    def test_guarded(self, text: str) -> None:
        """A fact of an optional part may be read where something says that the part exists."""
        assert list(unguarded(condition(text, guarded="incident.exists and content.humor"), CORE)) == []

    @pytest.mark.parametrize(
        "text",
        [
            "incident.critical",
            "not incident.critical",
            "incident.exists or incident.critical",
            "not incident.exists and incident.critical",
            "person.exists and incident.critical",
            "(incident.exists or content.humor) and incident.critical",
        ],
    )
    def test_not_guarded(self, text: str) -> None:
        """Where nothing says so, it may not."""
        assert list(unguarded(condition(text), CORE)) == ["incident.critical"]

    def test_age(self) -> None:
        """The age of a date of an optional part needs the part too."""
        assert list(unguarded(condition("age(alias.last_reviewed) > 30"), CORE)) == ["alias.last_reviewed"]


class TestChoiceUses:
    @pytest.mark.parametrize(
        ("text", "sign"),
        [
            ("choice.flag", 1),
            ("not choice.flag", -1),
            ("choice.flag == True", 1),
            ("choice.flag == False", -1),
            ("choice.flag != True", -1),
            ("content.humor == choice.flag", 0),
            ("search.retention == choice.days", 0),
            ("choice.effect == 'deny'", 1),
            ("choice.effect != 'allow'", 1),
            ("choice.effect == 'allow'", -1),
            ("choice.effect == 'needs_approval'", 0),
            ("content.tone in choice.tones", 1),
            ("content.tone not in choice.tones", -1),
            ("overlaps(content.forms, choice.forms)", 1),
            ("within(content.forms, choice.forms)", 1),
            ("includes(choice.forms, content.forms)", 1),
            ("within(choice.forms, content.forms)", -1),
            ("includes(content.forms, choice.forms)", -1),
            ("search.retention > choice.days", -1),
            ("search.retention >= choice.days", -1),
            ("search.retention < choice.days", 1),
            ("choice.days > search.retention", 1),
            ("choice.days < search.retention", -1),
            ("age(actor.training_date) > choice.interval", -1),
            ("given(choice.interval)", 0),
            ("not not choice.flag", 1),
            ("content.humor and not (content.humor or choice.flag)", -1),
        ],
    )
    def test_sign(self, text: str, sign: int) -> None:
        """The sign of a use says whether more of the choice makes the condition true more often."""
        read = condition(
            text,
            {
                "flag": ("bool", ()),
                "tones": ("set", TONES),
                "forms": ("set", CORE.facts["content.forms"].members),
                "days": ("integer", ()),
                "effect": ("effect", ("allow", "needs_approval", "deny")),
                "interval": ("period", ()),
            },
        )
        assert [found for _, found in choice_uses(read)] == [sign]

    def test_definition(self) -> None:
        """The uses in a definition count where it is used."""
        read = condition("not definition.strict", {"flag": ("bool", ())}, strict="choice.flag")
        assert list(choice_uses(read)) == [("flag", -1)]
