"""The checked engine: two engines decide, and their answer stands only where both find the same."""

from __future__ import annotations

from collections.abc import Callable

from smpolicy.bound_rules import KindRules
from smpolicy.errors import EnginesDisagree, Problem
from smpolicy.facts import Facts


def prepare(
    kind_rules: KindRules, engines: dict[str, Callable[[Facts], tuple[int, int]]]
) -> Callable[[Facts], tuple[int, int]]:
    """Return a function that finds the sets of true and of unknown rules with every engine.

    Args:
        kind_rules: the bound rules of one kind.
        engines: the engines, by name.
    """

    def run(facts: Facts) -> tuple[int, int]:
        answers = {name: engine(facts) for name, engine in engines.items()}
        first, *others = answers.values()
        if any(other != first for other in others):
            raise _disagree(kind_rules, answers)
        return first

    return run


def _disagree(kind_rules: KindRules, answers: dict[str, tuple[int, int]]) -> EnginesDisagree:
    """Return that engines disagree, and on which rules."""

    def ids(rules: int) -> tuple[str, ...]:
        return tuple(rule.id for _, rule in kind_rules.members(rules))

    named = {name: (ids(true), ids(unknown)) for name, (true, unknown) in answers.items()}
    told = "; ".join(
        f"`{name}` finds true: {', '.join(true) or 'none'}, and unknown: {', '.join(unknown) or 'none'}"
        for name, (true, unknown) in named.items()
    )
    help_ = "take no action on it, and report this with the action's data: one of the engines is wrong"
    problem = Problem("engines_disagree", f"the engines disagree on an action `{kind_rules.kind}`: {told}", help=help_)
    return EnginesDisagree(problem, kind=kind_rules.kind, answers=named)
