"""What Hypothesis calls when it is imported, by the entry point `hypothesis`: strategies for the types of smpolicy."""

from __future__ import annotations

from typing import Any

STRATEGIES = {
    "smpolicy.actions.Action": "actions",
    "smpolicy.agencies.Agency": "agencies",
    "smpolicy.policies.Policy": "policies",
    "smpolicy.rulesets.Ruleset": "rulesets",
}
"""For each type the name of its strategy."""


def register() -> None:
    """Register a strategy for each type; the strategies themselves are imported when one is first asked for."""
    from importlib import import_module

    from hypothesis import strategies as st

    for path, name in STRATEGIES.items():
        module, _, type_ = path.rpartition(".")
        st.register_type_strategy(getattr(import_module(module), type_), _by_name(name))


def _by_name(name: str) -> Any:
    def strategy(_type: object) -> Any:
        from smpolicy.testing import strategies

        return getattr(strategies, name)()

    return strategy
