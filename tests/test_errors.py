"""Tests of smpolicy.errors: problems, their codes, and the words of messages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import smpolicy
from smpolicy.errors import (
    CODES,
    AmbiguousTruth,
    EngineUnavailable,
    InvalidAction,
    InvalidApproval,
    InvalidFile,
    MissingFile,
    NotPermitted,
    OutsideDates,
    Place,
    PolicyError,
    Problem,
    Report,
    UnknownPerson,
    nearest,
    nearest_path,
    shorten,
    some,
)

PACKAGE = Path(smpolicy.__file__).parent
TAKERS = {"Problem": 0, "ConditionError": 0, "_invalid": 0, "_unregistered": 0, "_add": 0}
"""Functions that take a code, with the position of the argument."""


def _is_taker(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    report = isinstance(call.func, ast.Attribute) and name == "add" and "report" in ast.unparse(call.func.value)
    return name in TAKERS or report or (name == "_Wrong" and len(call.args) == 3)


def _texts(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an expression may be, a choice between two included."""
    match node:
        case ast.Constant(str() as text):
            yield text
        case ast.IfExp(_, body, orelse):
            yield from _texts(body)
            yield from _texts(orelse)


def codes_used() -> set[str]:
    """Return every code that a call in the package gives to a problem."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py"))
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_taker(node))
    return {text for call in calls if call.args for text in _texts(call.args[0])}


class TestCodes:
    def test_every_code_used_is_described(self) -> None:
        """Every code that the package uses is in the table of codes, which the pages of errors are made from."""
        assert codes_used() <= set(CODES)

    def test_every_code_described_is_used(self) -> None:
        """The table of codes describes no code that nothing uses."""
        assert set(CODES) <= codes_used()

    @pytest.mark.parametrize("code", CODES)
    def test_code(self, code: str) -> None:
        """A code is a name with underscores, and says in one sentence what it means and what to do."""
        assert code.isidentifier()
        assert code.islower()
        means, colon, do = CODES[code].partition(": ")
        assert means[0].isupper()
        assert colon
        assert do.endswith(".")
        assert ". " not in CODES[code]

    def test_order(self) -> None:
        """The table of codes is in the order of the alphabet, so that the diff of a new one is one line."""
        assert list(CODES) == sorted(CODES)


class TestPlace:
    def test_whole(self) -> None:
        """A place is told as file, line and column."""
        assert str(Place("agency.toml", 3, 7)) == "agency.toml:3:7"

    def test_file_alone(self) -> None:
        """A place without a line is told as the file."""
        assert str(Place("agency.toml")) == "agency.toml"


class TestProblem:
    def test_whole(self) -> None:
        """A problem tells its place, message and code, and below what was expected, the nearest name, and help."""
        problem = Problem("unknown_key", "`on` is no key", Place("a.toml", 1), "$.x", "on", "`off`", "of", "delete it")
        assert str(problem) == (
            "a.toml:1 $.x: `on` is no key [unknown_key]\n  expected: `off`\n  did you mean `of`?\n  help: delete it"
        )

    def test_bare(self) -> None:
        """A problem of which nothing more is known tells its message and code."""
        assert str(Problem("usage", "there are too many arguments")) == "there are too many arguments [usage]"

    def test_data(self) -> None:
        """As data a problem leaves out what is not known, and names the page that describes its code."""
        assert Problem("unknown_key", "`on` is no key", Place("a.toml", 1), found="on").to_dict() == {
            "code": "unknown_key",
            "message": "`on` is no key",
            "file": "a.toml",
            "line": 1,
            "found": "on",
            "documentation": "reference/errors.md#unknown_key",
        }

    def test_data_without_place(self) -> None:
        """As data a problem without a place has no file."""
        assert "file" not in Problem("usage", "no").to_dict()


class TestPolicyError:
    def test_all_problems_are_told(self) -> None:
        """An error tells all its problems, one after the other."""
        error = PolicyError(Problem("usage", "one"), Problem("not_json", "two"))
        assert str(error) == "one [usage]\ntwo [not_json]"

    def test_code(self) -> None:
        """The code of an error is that of its first problem."""
        assert PolicyError(Problem("usage", "one"), Problem("not_json", "two")).code == "usage"

    @pytest.mark.parametrize(
        ("error", "builtin"),
        [
            (InvalidFile, ValueError),
            (MissingFile, FileNotFoundError),
            (InvalidAction, ValueError),
            (UnknownPerson, LookupError),
            (NotPermitted, PermissionError),
            (OutsideDates, ValueError),
            (InvalidApproval, ValueError),
            (EngineUnavailable, ImportError),
            (AmbiguousTruth, TypeError),
        ],
    )
    def test_kinds(self, error: type[PolicyError], builtin: type[Exception]) -> None:
        """Each kind of error is the builtin that a caller would catch, and tells its problems all the same."""
        made = error(Problem("usage", "one"))
        assert isinstance(made, builtin)
        assert isinstance(made, PolicyError)
        assert str(made) == "one [usage]"


class TestReport:
    def test_nothing_to_raise(self) -> None:
        """A report without problems raises nothing."""
        Report().raise_as(InvalidFile)

    def test_all_at_once(self) -> None:
        """A report raises all its problems together."""
        report = Report()
        report.add("usage", "one", help="stop")
        report.add("not_json", "two")
        with pytest.raises(InvalidFile) as caught:
            report.raise_as(InvalidFile)
        assert caught.value.problems == (Problem("usage", "one", help="stop"), Problem("not_json", "two"))


class TestNearest:
    @pytest.mark.parametrize(
        ("word", "expected"),
        [
            ("humour", "humor"),
            ("HUMOR", "humor"),
            ("chief", "chief_or_sheriff"),
            ("tone", None),
            ("h" * 300, None),
            (7, None),
            (None, None),
        ],
    )
    def test_nearest(self, word: object, expected: str | None) -> None:
        """The nearest name is the one most alike, whatever the case, or the only one that begins so, if any."""
        assert nearest(word, ["humor", "chief_or_sheriff", "deputy_chief"]) == expected

    def test_several_longer_names(self) -> None:
        """A word with which several names begin stands for none of them."""
        assert nearest("page", ["page_administrator_of_all", "page_maintainer_of_all"]) is None

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("content.stage", "suspect.stage"),
            ("content.tnoe", "content.tone"),
            ("contents.tone", "content.tone"),
            ("content.__class__", None),
            ("contnet.tnoe", "content.tone"),
        ],
    )
    def test_nearest_path(self, path: str, expected: str | None) -> None:
        """The nearest path has the same name in another part, else a like name in the same part."""
        assert nearest_path(path, ["content.tone", "content.contacts", "suspect.stage"]) == expected


class TestSome:
    def test_few(self) -> None:
        """Few names are told in order, each in backticks."""
        assert some(["b", "a"]) == "`a`, `b`"

    def test_many(self) -> None:
        """Of many names the first are told, and how many more there are."""
        assert some(["c", "b", "a"], most=2) == "`a`, `b` and 1 more"


class TestShorten:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("text", "text"),
            (True, "true"),
            (None, "null"),
            (["a", {"b": 1}], '["a", {"b": 1}]'),
            (frozenset({"b", "a"}), '["a", "b"]'),
            (date(2026, 1, 2), "2026-01-02"),
            (datetime(2026, 1, 2, 9, tzinfo=UTC), "2026-01-02 09:00:00+00:00"),
            ([date(2026, 1, 2)], '["2026-01-02"]'),
            ("a\nb\x1b", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"),
            ("x" * 100, "x" * 79 + "\N{HORIZONTAL ELLIPSIS}"),
            ({(1, 2): 3}, "dict"),
        ],
    )
    def test_shorten(self, value: object, expected: str) -> None:
        """A value is told as JSON writes it, cut where it is long, without characters that a terminal would obey."""
        assert shorten(value) == expected

    def test_endless_number(self) -> None:
        """A number with more digits than Python writes out is told by its type."""
        assert shorten(10**5000) == "int"
