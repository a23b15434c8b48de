"""Tests of smpolicy.facts: ages, and the values read off an action and its records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import smpolicy
from smpolicy.facts import LOOKED_UP_BY, Records, age, make_reader, provenance, value_of
from smpolicy.kinds import CORE
from smpolicy.language.expressions import Term
from smpolicy.vocabulary import Fact
from tests.builders import AT

CHICAGO = ZoneInfo("America/Chicago")


def utc(text: str) -> datetime:
    """Return a moment of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read(action: smpolicy.Action, *paths: str, records: Records | None = None) -> tuple[Any, ...]:
    """Return the values of facts of an action."""
    reader = make_reader(action.kind, tuple(map(Term, paths)), CORE)
    return reader(action, records or Records(), AT, CHICAGO)


class TestAge:
    @pytest.mark.parametrize(
        ("then", "now", "unit", "halves"),
        [
            ("2026-01-01T12:00", "2026-01-01T12:00", "days", 0),
            ("2026-01-01T12:00", "2026-01-01T12:01", "days", 1),
            ("2026-01-01T12:00", "2026-01-02T12:00", "days", 2),
            ("2026-01-01T12:00", "2026-01-31T12:00", "days", 60),
            ("2025-01-15T12:00", "2026-01-15T12:00", "months", 24),
            ("2025-01-15T12:00", "2026-01-15T12:01", "months", 25),
            ("2025-01-15T12:00", "2026-01-15T11:59", "months", 23),
            ("2026-01-31T12:00", "2026-02-28T12:00", "months", 2),
            ("2024-02-29T12:00", "2025-02-28T12:00", "months", 24),
            ("2025-12-31T12:00", "2026-02-28T11:59", "months", 3),
            ("2025-11-30T12:00", "2025-12-30T12:00", "months", 2),
            ("2026-03-01T12:00", "2026-02-01T12:00", "months", -2),
        ],
    )
    def test_half_units(self, then: str, now: str, unit: str, halves: int) -> None:
        """An age counts twice the whole units, and one more where some time is over; short months end early."""
        assert age(utc(then), utc(now), unit, ZoneInfo("UTC")) == halves

    def test_calendar_of_the_zone(self) -> None:
        """Days and months are those of the agency's calendar, so that the change of clocks makes no difference."""
        then, now = (datetime(2026, 3, day, 9, tzinfo=CHICAGO) for day in (7, 8))
        assert age(then.astimezone(UTC), now.astimezone(UTC), "days", CHICAGO) == 2
        assert age(then.astimezone(UTC), now.astimezone(UTC), "days", ZoneInfo("UTC")) == 1


class TestReader:
    def test_given(self) -> None:
        """What an action says is read off it; what it does not say is unknown."""
        action = smpolicy.Publish(content=smpolicy.Content(humor=True))
        assert read(action, "content.humor", "content.tone") == (True, None)

    def test_existence(self) -> None:
        """Whether a part exists is a fact like any other."""
        action = smpolicy.Publish(incident=smpolicy.NONE, media=smpolicy.Media(recorded_on_duty=True))
        assert read(action, "incident.exists", "media.exists", "person.exists") == (False, True, None)

    def test_records(self) -> None:
        """What the directory and the register know is read off the records."""
        records = Records(
            actor=smpolicy.Member(status="sworn"),
            holder=smpolicy.Member(trained=True),
            alias=smpolicy.RegisteredAlias(last_reviewed=AT),
            account=smpolicy.RegisteredAccount(archived=False),
        )
        assert read(smpolicy.Publish(), "actor.status", "alias.last_reviewed", "account.archived", records=records) == (
            "sworn",
            AT,
            False,
        )
        assert read(smpolicy.GrantAccess(), "access.holder_trained", records=records) == (True,)

    def test_agency_facts(self) -> None:
        """Facts of the agency are bound, so that of the action they are unknown."""
        assert read(smpolicy.Delete(), "terms.published") == (None,)

    def test_no_terms(self) -> None:
        """Where nothing is to be read, nothing is."""
        assert read(smpolicy.Publish()) == ()

    def test_age(self) -> None:
        """An age is reckoned from the moment of the decision, and unknown where the date is."""
        reader = make_reader("publish", (Term("actor.training_date", "months"),), CORE)
        trained = Records(actor=smpolicy.Member(training_date=utc("2026-03-01T13:00")))
        assert reader(smpolicy.Publish(), trained, AT, CHICAGO) == (6,)
        assert reader(smpolicy.Publish(), Records(), AT, CHICAGO) == (None,)

    def test_pack(self) -> None:
        """A pack's own facts are read off what an action says of the pack."""
        known = CORE.with_pack(
            "k9", [(Fact("k9.shown", "bool", "Is it shown?", "practice", "author"), frozenset({"publish"}))]
        )
        reader = make_reader("publish", (Term("k9.shown"),), known)
        action = smpolicy.Publish(packs={"k9": {"shown": True}})
        assert reader(action, Records(), AT, CHICAGO) == (True,)
        assert reader(smpolicy.Publish(), Records(), AT, CHICAGO) == (None,)


class TestValueOf:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("access.level", "editor"),
            ("access.holder_trained", True),
            ("actor.status", "sworn"),
            ("account.archived", False),
        ],
    )
    def test_value(self, path: str, expected: Any) -> None:
        """One fact is read where it is known."""
        action = smpolicy.GrantAccess(access=smpolicy.Access(level="editor"))
        records = Records(
            smpolicy.Member(status="sworn"),
            smpolicy.Member(trained=True),
            account=smpolicy.RegisteredAccount(archived=False),
        )
        assert value_of(CORE.facts[path], action, records) == expected


class TestProvenance:
    ACTION = smpolicy.Publish(content=smpolicy.Content(humor=True)).attest("spokesperson-1", ["content"])

    @pytest.mark.parametrize(
        ("path", "value", "expected"),
        [
            ("content.humor", True, "given"),
            ("content.known_false", False, "attested"),
            ("content.tone", None, "unknown"),
            ("actor.status", "sworn", "directory"),
            ("account.type", "official", "account register"),
            ("terms.published", True, "agency file"),
            ("policy.legal_review", "recorded", "candidate file"),
        ],
    )
    def test_provenance(self, path: str, value: Any, expected: str) -> None:
        """The provenance of a value says who knows it."""
        assert provenance(path, value, self.ACTION, CORE) == expected


def test_every_looked_up_part_has_an_id() -> None:
    """For every part with facts that are looked up there is a fact that gives the id."""
    looked_up = {fact.part for fact in CORE.facts.values() if fact.owner in ("directory", "account")}
    assert set(LOOKED_UP_BY) == looked_up
    assert set(LOOKED_UP_BY.values()) <= set(CORE.facts)
