"""Generated rulesets that stack: one, and packs that need it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from smpolicy.choices import can_be_raised
from smpolicy.rulesets import Ruleset
from smpolicy.testing.agency_tables import choice_values
from smpolicy.testing.ruleset_tables import OFFICES, conditions, ruleset_tables
from smpolicy.testing.tables import ruleset_from

KINDS = ("publish", "personal_post", "delete")


def renamed(data: dict[str, Any], letter: str) -> dict[str, Any]:
    """Return a ruleset's data with considerations of its own: `X.1` becomes, for instance, `Y.1`."""
    dated = data["ruleset"]["dated"]
    made: dict[str, Any] = json.loads(json.dumps(data, default=str).replace('"X.', f'"{letter}.'))
    made["ruleset"]["dated"] = dated
    return made


@st.composite
def bases(draw: st.DrawFn) -> Ruleset:
    """Return a strategy for rulesets on which packs build."""
    return ruleset_from(draw(ruleset_tables(kinds=KINDS)))


@st.composite
def packs(draw: st.DrawFn, base: Ruleset, name: str, letter: str, *, overrides: bool = False) -> Ruleset:
    """Return a strategy for packs that need a ruleset.

    Args:
        draw: given by Hypothesis.
        base: the ruleset.
        name: the pack's id, which is its namespace, too.
        letter: what its considerations begin with.
        overrides: whether it lifts rules of the ruleset, too.
    """
    data = renamed(draw(ruleset_tables(id=name, kinds=KINDS, namespace=name)), letter)
    data["ruleset"]["needs"] = [base.id]
    ordered = [each for each in base.choices.values() if can_be_raised(each)]
    chosen = draw(st.lists(st.sampled_from(ordered), max_size=3, unique_by=lambda each: each.id)) if ordered else []
    data["adjustment"] = [
        {
            "id": f"{letter}.1/adjustment_{number}",
            "of": base.id,
            "choice": choice.id,
            "mildest": draw(choice_values(choice, OFFICES)),
            "reason": "It is narrowed.",
        }
        for number, choice in enumerate(chosen)
    ]
    restricting = [each for each in base.rules if each.then is not None]
    for number in range(draw(st.integers(1, 2)) if overrides and restricting else 0):
        rule = draw(st.sampled_from(restricting))
        data["exception"].append(
            {
                "id": f"{letter}.1/override_{number}",
                "about": f"{letter}.1",
                "on": list(rule.on),
                "of": [draw(st.sampled_from((rule.id, rule.about)))],
                "when": draw(conditions(kinds=rule.on, few=True)),
                "overrides": {"of": base.id, "authority": "A statute that does not exist."},
            }
        )
    return ruleset_from(data, base)
