"""What an agency has registered, as decisions look it up: the ids, and the records behind each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from smpolicy.facts import Records, value_of
from smpolicy.policies import Policy
from smpolicy.vocabulary import Fact


class _Nobody:
    """Stands for an action that says nothing."""

    @staticmethod
    def get(path: str) -> None:
        """Return that a fact is unknown."""


def registered_ids(policy: Policy, path: str) -> tuple[str, ...]:
    """Return the ids that are registered for a fact that names somebody or something."""
    directory = policy.agency.directory
    if path == "account.id":
        return tuple(policy.agency.accounts)
    return tuple(getattr(directory, "aliases", ())) if path == "alias.id" else tuple(directory.people())


def records_of(policy: Policy, part: str, id: str | None, at: datetime) -> Records:
    """Return the records of an action that names one thing by id."""
    if id is None:
        return Records()
    directory = policy.agency.directory
    if part == "account":
        return Records(account=policy.agency.accounts[id])
    found: Any = directory.alias(id) if part == "alias" else directory.person(id, at)
    return Records(**{"holder" if part == "access" else part: found})


def looked_up(policy: Policy, fact: Fact, id: str | None, at: datetime) -> Any:
    """Return the value of a looked-up fact of whoever or whatever an id names, or None where it is unknown."""
    return value_of(fact, _Nobody, records_of(policy, fact.part, id, at))  # type: ignore[arg-type]
