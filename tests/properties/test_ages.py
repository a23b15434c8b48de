"""Ages: whole days and calendar months of the agency's zone, counted one by one."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smpolicy.facts import age
from smpolicy.testing.agency_tables import ZONES
from tests.properties.trying import MANY

NAMES = (*ZONES, "Europe/Dublin", "America/St_Johns", "Africa/Casablanca")
MOMENTS = st.integers(0, 10**9).map(lambda seconds: datetime(1999, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
GAPS = (
    st.timedeltas(timedelta(days=-400), timedelta(days=1_500)).map(
        lambda gap: timedelta(seconds=int(gap.total_seconds()))
    )
    | st.integers(-40, 800).map(lambda days: timedelta(days=days))
    | st.integers(-9_000, 19_000).map(lambda hours: timedelta(hours=hours))
)


def months_later(moment: datetime, months: int) -> datetime:
    """Return the same day and time so many months later, or the last day of that month where it is shorter."""
    year, month = moment.year + (moment.month - 1 + months) // 12, (moment.month - 1 + months) % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def counted(moment: datetime, at: datetime, unit: str, zone: ZoneInfo) -> int:
    """Count whole units one by one on the clock of a zone; twice as many, and one more where some time is over."""
    then, now = (each.astimezone(zone).replace(tzinfo=None) for each in (moment, at))

    def later(units: int) -> datetime:
        return then + timedelta(days=units) if unit == "days" else months_later(then, units)

    units = 0
    while later(units) > now:
        units -= 1
    while later(units + 1) <= now:
        units += 1
    return 2 * units + (later(units) != now)


@pytest.mark.parametrize("unit", ["days", "months"])
class TestAge:
    @MANY
    @given(moment=MOMENTS, gap=GAPS, name=st.sampled_from(NAMES))
    @example(moment=datetime(2024, 2, 29, 6, tzinfo=UTC), gap=timedelta(days=366), name="UTC")
    @example(moment=datetime(2024, 2, 29, 6, tzinfo=UTC), gap=timedelta(days=365), name="America/Chicago")
    @example(moment=datetime(2025, 8, 31, tzinfo=UTC), gap=timedelta(days=181), name="UTC")
    @example(moment=datetime(2011, 12, 29, tzinfo=UTC), gap=timedelta(days=2), name="Pacific/Apia")
    @example(moment=datetime(2026, 3, 7, 8, 30, tzinfo=UTC), gap=timedelta(days=1), name="America/Chicago")
    def test_is_counted_on_the_calendar_of_the_zone(
        self, unit: str, moment: datetime, gap: timedelta, name: str
    ) -> None:
        """The age is the number of whole units that have passed on the zone's clock, leap days and month ends too."""
        zone = ZoneInfo(name)
        assert age(moment, moment + gap, unit, zone) == counted(moment, moment + gap, unit, zone)

    @MANY
    @given(moment=MOMENTS, gap=GAPS, more=st.integers(0, 10**7), name=st.sampled_from(NAMES))
    def test_never_falls_as_time_passes(
        self, unit: str, moment: datetime, gap: timedelta, more: int, name: str
    ) -> None:
        """On a clock that is not put back in between, an age never gets smaller."""
        zone = ZoneInfo(name)
        early, late = moment + gap, moment + gap + timedelta(seconds=more)
        if late.astimezone(zone).replace(tzinfo=None) >= early.astimezone(zone).replace(tzinfo=None):
            assert age(moment, early, unit, zone) <= age(moment, late, unit, zone)

    @MANY
    @given(moment=MOMENTS, name=st.sampled_from(NAMES))
    def test_starts_at_nothing(self, unit: str, moment: datetime, name: str) -> None:
        """A moment seen from itself has no age."""
        assert age(moment, moment, unit, ZoneInfo(name)) == 0
