"""Tests of smpolicy.choices: what choices there can be, and which values they take."""

from __future__ import annotations

from typing import Any

import pytest

from smpolicy.choices import read_choice_value, to_plain
from smpolicy.errors import Problem, Report
from smpolicy.rulesets import Choice
from tests.builders import choice, make_ruleset, rule

OFFICES = ("legal", "command")


def made(type: str, members: tuple[str, ...] = (), **more: Any) -> Choice:
    """Return a choice whose default is not looked at."""
    return Choice("x", "A.1", "Which?", type, None, "none", members, **more)  # type: ignore[arg-type]


def read(given: Choice, value: object) -> tuple[Any, list[Problem]]:
    """Return a value in canonical form, and the problems."""
    report = Report()
    return read_choice_value(given, value, OFFICES, None, report), report.problems


EFFECT = made("effect", ("needs_approval", "deny"))
EFFECT_BY = made("effect_by", ("death", "victim"))
SUBSET = made("subset", ("a", "b"))
NUMBER = made("number", least=1, most=30)
MONTHS, DAYS = made("period", unit="months"), made("period", unit="days")


class TestValues:
    @pytest.mark.parametrize(
        ("given", "value", "expected"),
        [
            (EFFECT, "deny", "deny"),
            (EFFECT_BY, {"death": "deny"}, {"death": "deny"}),
            (made("flag"), True, True),
            (made("offices"), ["legal", "command", "legal"], ("command", "legal")),
            (SUBSET, ["b", "a", "a"], frozenset({"a", "b"})),
            (SUBSET, [], frozenset()),
            (NUMBER, 1, 1),
            (NUMBER, 30, 30),
            (MONTHS, "12 months", (12, "months")),
            (MONTHS, "1 month", (1, "months")),
            (MONTHS, "none", None),
            (DAYS, "1 day", (1, "days")),
            (DAYS, "36500 days", (36500, "days")),
            (made("text"), "someone", "someone"),
            (made("text"), "", ""),
        ],
    )
    def test_canonical(self, given: Choice, value: object, expected: object) -> None:
        """A sound value is taken in one form."""
        assert read(given, value) == (expected, [])

    @pytest.mark.parametrize(
        ("given", "value"),
        [
            (EFFECT, "allow"),
            (EFFECT, ["deny"]),
            (EFFECT_BY, "deny"),
            (EFFECT_BY, {"deaths": "deny"}),
            (EFFECT_BY, {"death": "never"}),
            (made("flag"), "true"),
            (made("flag"), 1),
            (made("offices"), "legal"),
            (made("offices"), []),
            (made("offices"), ["mayor"]),
            (made("offices"), [7]),
            (SUBSET, "a"),
            (SUBSET, ["c"]),
            (NUMBER, 0),
            (NUMBER, 31),
            (NUMBER, True),
            (NUMBER, "7"),
            (MONTHS, "12 days"),
            (MONTHS, "0 months"),
            (MONTHS, "1201 months"),
            (MONTHS, "a year"),
            (MONTHS, 12),
            (DAYS, "36501 days"),
            (made("text"), 7),
            (made("text"), "x" * 2001),
        ],
    )
    def test_wrong(self, given: Choice, value: object) -> None:
        """Anything else is a problem, and no value."""
        canonical, problems = read(given, value)
        assert canonical is None
        assert [problem.code for problem in problems] == ["wrong_choice_value"]
        assert problems[0].expected

    def test_offender_is_named(self) -> None:
        """Of a list the name that is wrong is told, with the nearest right one."""
        (problem,) = read(made("offices"), ["legal", "comand"])[1]
        assert (problem.found, problem.nearest) == ("comand", "command")

    def test_the_only_answer(self) -> None:
        """Where there is but one answer, the choice's own note says why."""
        (problem,) = read(made("effect", ("allow",), note="The law protects it."), "deny")[1]
        assert (problem.expected, problem.help) == ("`allow`", "the law protects it")


class TestMaking:
    def test_effect_by_fact(self) -> None:
        """`each` may be a set, whose members are asked one by one."""
        text = choice(
            "topics", "effect_by", '{ death = "deny", victim = "allow" }', "higher", members='["death", "victim"]'
        )
        use = rule(then="choice.topics", each='"content.humor_topics"', approvals='[{ office = "legal" }]')
        (stated,) = make_ruleset(text + use).rules
        assert list(stated.each) == ["death", "victim"]

    def test_effect_by_one_of(self) -> None:
        """`each` may be an enumeration, of which each member is compared."""
        text = choice(
            "tones", "effect_by", '{ urgent = "deny", other = "allow" }', "higher", members='["urgent", "other"]'
        )
        use = rule(then="choice.tones", each='"content.tone"', approvals='[{ office = "legal" }]')
        (stated,) = make_ruleset(text + use).rules
        assert list(stated.each) == ["urgent", "other"]

    def test_effect_by_conditions(self) -> None:
        """`each` may be a table with a condition for each member."""
        text = choice("topics", "effect_by", '{ a = "deny", b = "allow" }', "higher", members='["a", "b"]')
        each = '{ a = "content.humor", b = "\'tag\' in content.forms" }'
        use = rule(then="choice.topics", each=each, approvals='[{ office = "legal" }]')
        (stated,) = make_ruleset(text + use).rules
        assert list(stated.each) == ["a", "b"]

    def test_subset_of_a_list(self) -> None:
        """A subset may be taken from a list of its own."""
        text = choice("waivable", "subset", '["voice"]', "fewer", of='["voice", "review"]')
        made_ruleset = make_ruleset(text + rule("content.humor and 'voice' not in choice.waivable"))
        assert made_ruleset.choices["waivable"].members == ("voice", "review")
        assert made_ruleset.choices["waivable"].default == frozenset({"voice"})

    def test_default_is_canonical(self) -> None:
        """A default is kept in the same form as an agency's value."""
        text = choice("interval", "period", '"12 months"', "lower", unit='"months"')
        made_ruleset = make_ruleset(text + rule("age(actor.training_date) > choice.interval"))
        assert made_ruleset.choices["interval"].default == (12, "months")


class TestPlain:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (frozenset({"b", "a"}), ["a", "b"]),
            ((12, "months"), "12 months"),
            (("command", "legal"), ["command", "legal"]),
            (None, "none"),
            ({"death": "deny"}, {"death": "deny"}),
            ("deny", "deny"),
            (True, True),
            (7, 7),
        ],
    )
    def test_plain(self, value: object, expected: object) -> None:
        """A canonical value is written as files write it."""
        assert to_plain(value) == expected
