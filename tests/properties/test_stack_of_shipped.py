"""What must hold of all shipped rulesets together: under any configuration, and under two that make every choice."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import smpolicy
from smpolicy.judge import Outcome
from smpolicy.loading.locations import rulesets_folder
from smpolicy.policies import Policy
from smpolicy.rulesets import Ruleset
from smpolicy.testing.agency_tables import AT, agency_tables
from smpolicy.testing.guarantees import GUARANTEES
from smpolicy.testing.promises import Property
from smpolicy.testing.tables import policy_from
from tests.properties.test_guarantees import plain

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
TRIED = 15


@cache
def stack() -> tuple[Ruleset, ...]:
    """Return every shipped ruleset, loaded once."""
    found: dict[str, Ruleset] = {}
    for path in sorted(rulesets_folder().glob("*/ruleset.toml"), reverse=True):
        ruleset = smpolicy.load_ruleset(path.parent.name, found)
        found[ruleset.id] = ruleset
    return tuple(found.values())


@cache
def policy(name: str) -> Policy:
    """Return the policy of an example agency that adopts all of them."""
    return smpolicy.load(EXAMPLES / name / "agency.toml", engine="compiled")


@settings(max_examples=25)
@given(agency_tables(*stack(), complete=True), st.sampled_from((None, "chief-1", "spokesperson-1", "officer-1")))
def test_the_plain_personal_post_is_allowed(agency: dict[str, Any], by: str | None) -> None:
    """A personal post about which nothing is wrong is allowed, whoever makes it; no configuration is refused."""
    found = policy_from(agency, *stack())
    decision = found.decide(plain(found, "personal_post", by or "chief-1"), at=AT)
    assert (decision.outcome, decision.settled) == (Outcome.ALLOW, True)


@pytest.mark.parametrize("name", ["cinder-bay", "tamarack-falls"])
@pytest.mark.parametrize("guarantee", GUARANTEES, ids=lambda each: each.__name__)
def test_guarantee(guarantee: Callable[..., Property], name: str) -> None:
    """What must hold of every policy holds of one under which every choice of every ruleset is made."""
    guarantee(examples=TRIED)(policy(name))
