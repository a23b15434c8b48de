"""Which policy is in force at a moment: from a folder of agency files, or from one file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from smpolicy.directories import Directory
from smpolicy.errors import OutsideDates
from smpolicy.policies import Policy, load

Policies = Callable[[datetime], Policy]
"""From a moment to the policy that is in force then; raises `OutsideDates` where none is."""


def policies_in(path: str | Path, directory: Directory | None = None, engine: str | None = None) -> Policies:
    """Return what gives the policy in force at a moment, loaded when it is first asked for and then kept.

    A file that changes on disk afterwards is not read again: make a new one.

    Args:
        path: a folder with an agency's files, of which one is in force at a time, or a single file.
        directory: who holds which role; by default the directory that each file names.
        engine: the engine of the policies; by default that of each file, see `load`.
    """
    by_file: dict[str, Policy] = {}
    by_day: dict[date, Policy] = {}

    def on(day: date) -> Policy:
        found = by_day.get(day)
        if found is None:
            loaded = load(path, day if Path(path).is_dir() else None, directory, engine)
            found = by_day[day] = by_file.setdefault(loaded.agency.place.file, loaded)
        return found

    def in_force(at: datetime) -> Policy:
        today = at.date()
        for day in (today, today - timedelta(days=1), today + timedelta(days=1)):
            try:
                policy = on(day)
            except OutsideDates:
                continue
            local = at.astimezone(policy.agency.time_zone).date()
            return policy if local == day else on(local)
        return on(today)

    return in_force


def always(policy: Policy) -> Policies:
    """Return what gives one policy at every moment; outside its dates it refuses to decide."""

    def in_force(_: datetime) -> Policy:
        return policy

    return in_force
