"""Tests of smpolicy.agencies: what an agency says of itself."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest

from tests.builders import AGENCY, choice, make_agency, make_ruleset, rule

RULESET = make_ruleset(
    choice("humor", "effect", '"deny"', "higher")
    + rule("content.humor", "choice.humor", approvals='[{ office = "legal" }]')
)


class TestDates:
    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2025, 12, 31), False),
            (date(2026, 1, 1), True),
            (date(2026, 12, 31), True),
            (date(2027, 1, 1), False),
        ],
    )
    def test_in_force(self, day: date, expected: bool) -> None:
        """A file is in force from its first day to before its last."""
        assert make_agency().in_force(day) is expected

    def test_no_end(self) -> None:
        """A file without an end stays in force."""
        agency = make_agency(head=AGENCY.replace("until     = 2027-01-01\n", ""))
        assert agency.in_force(date(9999, 1, 1))
        assert agency.span()[1] is None

    def test_span(self) -> None:
        """Days begin at midnight of the agency's time zone."""
        assert make_agency().span() == (datetime(2026, 1, 1, 6, tzinfo=UTC), datetime(2027, 1, 1, 6, tzinfo=UTC))


class TestChoices:
    def test_undecided(self) -> None:
        """A choice that the file does not make is undecided, and its default holds."""
        agency = make_agency(ruleset=RULESET)
        assert [(ruleset, each.id) for ruleset, each in agency.undecided()] == [("example", "humor")]
        assert agency.choices["example"]["humor"].value == "deny"

    def test_decided(self) -> None:
        """A choice that it makes is decided, even where it is the default."""
        agency = make_agency('[choices.example]\nhumor = "deny"\n', RULESET)
        assert agency.undecided() == []


class TestHash:
    def test_layout(self) -> None:
        """Comments and spacing change no agency's hash; a value does."""
        assert make_agency("# a comment\n").hash() == make_agency().hash()
        assert make_agency("[decision]\nself_approval = true\n").hash() != make_agency().hash()


def test_offices() -> None:
    """An agency knows the offices that its rulesets name."""
    assert list(make_agency().known_offices()) == ["legal", "command"]


class TestPlaceOf:
    def test_names_the_line_or_the_nearest_around_it(self) -> None:
        """What the file says has its own line; what it leaves out, that of the table where it would stand."""
        agency = make_agency("[decision]\nself_approval = true\n")
        own, left_out = agency.place_of("decision", "self_approval"), agency.place_of("decision", "approval_days")
        assert own.line is not None
        assert left_out.line is not None
        assert own.line == left_out.line + 1
        assert own.file == "agency.toml"

    def test_without_a_file_is_the_agency(self) -> None:
        """An agency that was not read from a file stands nowhere in particular."""
        agency = attrs.evolve(make_agency(), document=None)
        assert agency.place_of("decision", "self_approval") == agency.place
