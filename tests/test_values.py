"""Tests of smpolicy.values: reading the value of a fact, strictly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from smpolicy.errors import InvalidAction, Problem
from smpolicy.kinds import CORE
from smpolicy.values import MOST_TEXT, read_moment, read_value
from smpolicy.vocabulary import SomeOf

BOOL = CORE.facts["content.guilt_or_innocence"]
ENUM = CORE.facts["content.tone"]
SET = CORE.facts["content.humor_topics"]
INTEGER = CORE.facts["search.retention"]
MOMENT = CORE.facts["target.posted_at"]
TEXT = CORE.facts["actor.id"]
TOPICS = frozenset(SET.members)


def problem_of(fact: Any, value: object) -> Problem:
    """Return the one problem that a value has."""
    with pytest.raises(InvalidAction) as caught:
        read_value(fact, value)
    (problem,) = caught.value.problems
    return problem


class TestUnknown:
    @pytest.mark.parametrize("fact", [BOOL, ENUM, SET, INTEGER, MOMENT, TEXT], ids=lambda fact: fact.type)
    def test_nothing_is_unknown(self, fact: Any) -> None:
        """Nothing given stays unknown, whatever the type."""
        assert read_value(fact, None) is None


class TestBool:
    @pytest.mark.parametrize("value", [True, False])
    def test_truth_values(self, value: bool) -> None:
        """Yes and no are taken."""
        assert read_value(BOOL, value) is value

    @pytest.mark.parametrize("value", ["false", "true", 0, 1, "", [], 0.0])
    def test_anything_else(self, value: object) -> None:
        """What merely looks like a yes or a no is refused."""
        assert problem_of(BOOL, value).code == "wrong_type"


class TestEnum:
    def test_member(self) -> None:
        """A member is taken."""
        assert read_value(ENUM, "formal") == "formal"

    def test_no_member(self) -> None:
        """Anything but a member is refused, and the nearest is told."""
        problem = problem_of(ENUM, "formel")
        assert (problem.code, problem.nearest, problem.path) == ("unknown_member", "formal", "$.content.tone")

    @pytest.mark.parametrize("value", [1, ["formal"], {"formal": True}, True])
    def test_wrong_type(self, value: object) -> None:
        """Anything but text is refused."""
        assert problem_of(ENUM, value).code == "wrong_type"


class TestSet:
    @pytest.mark.parametrize("value", [["death"], ("death",), {"death"}, frozenset({"death"}), ["death", "death"]])
    def test_collections(self, value: object) -> None:
        """Any plain collection of members is the complete set."""
        assert read_value(SET, value) == frozenset({"death"})

    def test_empty(self) -> None:
        """An empty list says that none applies."""
        assert read_value(SET, []) == frozenset()

    def test_complete(self) -> None:
        """A table that says it is complete is the set of what it includes."""
        assert read_value(SET, {"includes": ["death"], "complete": True}) == frozenset({"death"})

    def test_partial(self) -> None:
        """A table that is not complete leaves the members unknown that it does not name."""
        value = {"includes": ["death"], "excludes": ["victim"], "complete": False}
        assert read_value(SET, value) == SomeOf(frozenset({"death"}), frozenset({"victim"}))

    def test_partial_that_names_all(self) -> None:
        """A partial set that names every member is complete."""
        value = {"includes": ["death"], "excludes": sorted(TOPICS - {"death"}), "complete": False}
        assert read_value(SET, value) == frozenset({"death"})

    def test_partial_that_names_none(self) -> None:
        """A partial set that names no member is unknown."""
        assert read_value(SET, {"complete": False}) is None

    def test_some_of(self) -> None:
        """A partial set made in Python is checked like any other."""
        assert read_value(SET, SomeOf({"death"})) == SomeOf(frozenset({"death"}))
        assert problem_of(SET, SomeOf({"dying"})).code == "unknown_member"

    @pytest.mark.parametrize(
        "value",
        ["death", b"death", 7, {"death": True}, {"includes": ["death"]}, {"includes": ["death"], "complete": "no"}],
    )
    def test_wrong_type(self, value: object) -> None:
        """Text alone, and tables of another shape, are refused."""
        assert problem_of(SET, value).code == "wrong_type"

    def test_contradiction(self) -> None:
        """A member cannot be both included and excluded."""
        value = {"includes": ["death"], "excludes": ["death"], "complete": False}
        assert problem_of(SET, value).expected == "members either included or excluded, not both"


class TestInteger:
    @pytest.mark.parametrize("value", [0, 36500])
    def test_bounds_are_within(self, value: int) -> None:
        """The least and the largest number are taken."""
        assert read_value(INTEGER, value) == value

    @pytest.mark.parametrize("value", [-1, 36501])
    def test_out_of_bounds(self, value: int) -> None:
        """A number beyond the bounds is refused."""
        assert problem_of(INTEGER, value).code == "out_of_bounds"

    @pytest.mark.parametrize("value", [True, 1.0, "1"])
    def test_wrong_type(self, value: object) -> None:
        """What is not a whole number is refused, a yes or a no included."""
        assert problem_of(INTEGER, value).code == "wrong_type"


class TestMoment:
    @pytest.mark.parametrize(
        "value",
        [
            "2026-03-01T14:30:00Z",
            "2026-03-01T09:30:00-05:00",
            "2026-03-01 14:30Z",
            "2026-03-01T14:30:00.999Z",
            datetime(2026, 3, 1, 14, 30, tzinfo=UTC),
            datetime(2026, 3, 1, 9, 30, 0, 5, tzinfo=timezone(timedelta(hours=-5))),
        ],
    )
    def test_moments(self, value: object) -> None:
        """A moment with an offset is taken, in UTC and to the second."""
        assert read_value(MOMENT, value) == datetime(2026, 3, 1, 14, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        "value",
        [
            "2026-03-01T09:30:00",
            "2026-03-01",
            "2026-02-30T09:30:00Z",
            "1 March 2026",
            1772357400,
            datetime(2026, 3, 1),  # noqa: DTZ001
        ],
    )
    def test_no_moments(self, value: object) -> None:
        """What has no offset, or is no moment at all, is refused."""
        assert read_moment(value) is None
        assert problem_of(MOMENT, value).code == "wrong_type"

    @pytest.mark.parametrize(
        "value",
        ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", datetime(1, 1, 1, tzinfo=UTC)],
    )
    def test_edges_of_the_calendar(self, value: object) -> None:
        """A moment that has no date in some time zones is refused."""
        assert read_moment(value) is None
        assert problem_of(MOMENT, value).code == "out_of_bounds"


class TestText:
    def test_normal_form(self) -> None:
        """Text is kept in one normal form, so that what looks alike is alike."""
        assert read_value(TEXT, "Ame\u0301lie-1") == "Am\u00e9lie-1"

    @pytest.mark.parametrize("value", ["", "  ", 7, ["a"]])
    def test_wrong_type(self, value: object) -> None:
        """Empty text, and what is no text, are refused."""
        assert problem_of(TEXT, value).code == "wrong_type"

    @pytest.mark.parametrize("value", ["x" * (MOST_TEXT + 1), "a\nb", "a\x1b[31m"])
    def test_out_of_bounds(self, value: str) -> None:
        """Text that is very long or that hides characters is refused."""
        assert problem_of(TEXT, value).code == "out_of_bounds"


class TestHelp:
    @pytest.mark.parametrize(
        ("fact", "value", "expected"),
        [
            (BOOL, "False", "write false without quotation marks"),
            (BOOL, "no", "leave it out where it is not known"),
            (SET, "death", 'write ["death"]'),
            (ENUM, "unknown", "leave it out where it is not known"),
            (ENUM, "formel", None),
        ],
    )
    def test_help(self, fact: Any, value: object, expected: str | None) -> None:
        """The help says how to write what was meant; where a name is near, that is help enough."""
        assert problem_of(fact, value).help == expected
