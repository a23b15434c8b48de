"""A small agency with a desk, for tests: two policies in force one after the other, people, and a post to submit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import smpolicy
from smpolicy.actions import Action
from smpolicy.policies import Policy, bind_policy
from tests.builders import AGENCY, AT, exception, make_agency, make_ruleset, rule

RULES = (
    rule("content.humor", "needs_approval", id='"A.1/humor"', approvals='[{ office = "legal" }]')
    + rule(
        "content.unverified",
        "needs_approval",
        id='"A.2/unverified"',
        approvals='[{ office = "command", people = 2 }]',
    )
    + rule("content.known_false", "deny", id='"A.3/false"')
    + exception("content.time_sensitive", of="A.1.a", id='"B.1/urgent"', about='"B.1"')
    + '[[exception.instead]]\nabout = "B.1"\n'
    + 'oblige = { do = "Review it.", to = "command", when = "after", within = "3 days" }\n'
    + rule("content.offends_expectations", "needs_approval", id='"A.1.a/offends"', approvals='[{ office = "command" }]')
)
DESK = """
[desk]
case_days        = 10
escalation_hours = 24
escalate_to      = ["legal"]
delegation_days  = 5
review_days      = 2

[[attestation]]
roles = ["chief_or_sheriff"]
"""
PEOPLE = """
[[directory.person]]
id    = "chief-1"
roles = ["chief_or_sheriff"]

[[directory.person]]
id    = "deputy-1"
roles = ["deputy_chief"]

[[directory.person]]
id    = "both-1"
roles = ["deputy_chief", "legal_counsel"]

[[directory.person]]
id    = "counsel-1"
roles = ["legal_counsel"]

[[directory.person]]
id    = "author-1"
roles = ["spokesperson", "legal_counsel"]

[[directory.person]]
id = "clerk-1"

[[directory.person]]
id   = "acting-1"
held = [{ role = "chief_or_sheriff", since = 2026-03-01, until = 2026-06-05 }]
"""
CHANGE = AT + timedelta(days=4)
"""When the other policy comes into force: it lets authors approve, and asks legal counsel of what command was asked."""

HARMLESS: Mapping[str, Any] = {
    "humor": False,
    "unverified": False,
    "known_false": False,
    "offends_expectations": False,
    "time_sensitive": False,
}


@cache
def first_policy() -> Policy:
    """Return the policy that is in force at first."""
    return bind_policy(make_agency(DESK, make_ruleset(RULES), AGENCY, PEOPLE))


@cache
def second_policy() -> Policy:
    """Return the policy that is in force afterwards."""
    rules = RULES.replace('[{ office = "command", people = 2 }]', '[{ office = "legal" }]')
    table = "\n[decision]\nself_approval = true\n"
    return bind_policy(make_agency(DESK + table, make_ruleset(rules), AGENCY, PEOPLE))


def policies(at: datetime) -> Policy:
    """Return the policy in force at a moment."""
    return first_policy() if at < CHANGE else second_policy()


def post(content: Mapping[str, Any] | None = None, text: str = "Lock your car.", author: str = "author-1") -> Action:
    """Return a post of which all is known to be harmless but what is given; None leaves a fact unknown."""
    known = {**HARMLESS, **(content or {})}
    return first_policy().action(
        {
            "kind": "publish",
            "actor": {"id": author},
            "account": {"id": "main"},
            "content": {name: value for name, value in known.items() if value is not None},
            "payload": {"text": text},
        }
    )


def open_desk(folder: Path, **options: Any) -> smpolicy.Desk:
    """Return a desk on a new store in a folder, or on the one that is there."""
    return smpolicy.Desk.open(folder / "desk.db", policies, **({"clock": lambda: AT} | options))
