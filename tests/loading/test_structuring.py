"""Tests of smpolicy.loading.structuring: from tables to classes, strictly, with every problem at its place."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

import pytest
from attrs import field, frozen

from smpolicy.errors import Place, Problem, Report
from smpolicy.loading.structuring import structure
from smpolicy.loading.toml_files import parse


@frozen(slots=True)
class Inner:
    number: int = 0


@frozen(slots=True)
class Outer:
    text: str
    flag: bool = False
    day: date | None = None
    moment: datetime | None = None
    word: Literal["one", "two"] = "one"
    inner: tuple[Inner, ...] = ()
    anything: Any = None
    odd: str | None = field(default=None, metadata={"key": "except"})


def read(text: str, cls: type = Outer) -> tuple[Any, list[Problem]]:
    """Return what a table comes to, and its problems."""
    document, report = parse("[table]\n" + text, "a.toml"), Report()
    return structure(cls, document.data["table"], document, ("table",), report), report.problems


def problem_of(text: str) -> Problem:
    """Return the one problem of a table."""
    made, problems = read(text)
    assert made is None
    (problem,) = problems
    return problem


class TestSound:
    def test_table(self) -> None:
        """A sound table becomes an object."""
        made, problems = read('text = "a"\nflag = true\nday = 2026-01-01\nword = "two"\ninner = [{ number = 7 }]\n')
        assert made == Outer("a", True, date(2026, 1, 1), None, "two", (Inner(7),))
        assert problems == []

    def test_defaults(self) -> None:
        """What is left out has its default."""
        assert read('text = "a"\n')[0] == Outer("a")

    def test_anything(self) -> None:
        """Where anything may stand, it is left as it is."""
        assert read('text = "a"\nanything = { a = [1] }\n')[0].anything == {"a": [1]}


class TestProblems:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("text = 1", "text in quotation marks"),
            ('text = "a"\nflag = "true"', "true or false"),
            ('text = "a"\nflag = 1', "true or false"),
            ('text = "a"\nday = "2026-01-01"', "a date, such as 2026-01-01"),
            ('text = "a"\nday = 2026-01-01T00:00:00Z', "a date, such as 2026-01-01"),
            ('text = "a"\nword = "tow"', "one of `one`, `two`"),
            ('text = "a"\nword = 1', "one of `one`, `two`"),
            ('text = "a"\ninner = 7', "a list"),
            ('text = "a"\ninner = "b"', 'a list, such as ["b"]'),
            ('text = "a"\ninner = [{ number = 1.5 }]', "a whole number"),
            ('text = "a"\ninner = [{ number = true }]', "a whole number"),
        ],
    )
    def test_wrong_type(self, text: str, expected: str) -> None:
        """A value of another type is told with what was expected."""
        problem = problem_of(text)
        assert (problem.code, problem.expected) == ("wrong_type", expected)

    def test_place(self) -> None:
        """A problem deep inside is told at its own place."""
        problem = problem_of('text = "a"\ninner = [\n  { number = 1 },\n  { number = "x" },\n]')
        assert problem.place == Place("a.toml", 5, 5)
        assert problem.path == "$.table.inner[1].number"

    def test_nearest_option(self) -> None:
        """For a misspelt option the nearest is told."""
        assert problem_of('text = "a"\nword = "tow"').nearest == "two"

    def test_unknown_key(self) -> None:
        """A key that nothing reads is told, with the nearest that is read."""
        problem = problem_of('text = "a"\nflga = true')
        assert (problem.code, problem.nearest, problem.place) == ("unknown_key", "flag", Place("a.toml", 3, 1))

    def test_key_as_files_write_it(self) -> None:
        """Keys are told as files write them."""
        assert "`except`" in str(problem_of('text = "a"\nexcpet = "b"').expected)

    def test_look_alike(self) -> None:
        """A key with letters that only look right is told as such."""
        problem = problem_of('text = "a"\n"fl\u0430g" = true')
        assert problem.help == "it has letters that only look like those of the key that is meant"

    def test_missing_key(self) -> None:
        """A key that is missing is told at its table, with what belongs there."""
        problem = problem_of("flag = true")
        assert (problem.code, problem.message) == ("missing_key", "the key `text` is missing")
        assert (problem.place, problem.expected) == (Place("a.toml", 1, 2), "text in quotation marks")

    def test_all_at_once(self) -> None:
        """All problems of a table are told at once."""
        assert {each.code for each in read('flag = 1\nfoo = 2\nword = "x"')[1]} == {
            "missing_key",
            "unknown_key",
            "wrong_type",
        }

    def test_no_table(self) -> None:
        """A value where a table belongs is told."""
        document, report = parse("table = 7\n", "a.toml"), Report()
        assert structure(Outer, 7, document, ("table",), report) is None
        assert report.problems[0].expected == "a table"

    def test_table_in_a_list(self) -> None:
        """A value in a list where a table belongs is told."""
        assert problem_of('text = "a"\ninner = [7]').path == "$.table.inner[0]"
