"""The reference engine: the meaning of rules, by plain recursion; slow on purpose and obviously right."""

from __future__ import annotations

from collections.abc import Callable

from smpolicy.bound_rules import KindRules
from smpolicy.facts import Facts
from smpolicy.language.expressions import truth


def prepare(kind_rules: KindRules) -> Callable[[Facts], tuple[int, int]]:
    """Return a function that finds the sets of true and of unknown rules.

    Args:
        kind_rules: the bound rules of one kind.
    """

    def run(facts: Facts) -> tuple[int, int]:
        known = dict(zip(kind_rules.terms, facts, strict=True))
        true = unknown = 0
        for index, rule in enumerate(kind_rules.rules):
            found = truth(rule.condition, known)
            true |= (found is True) << index
            unknown |= (found is None) << index
        return true, unknown

    return run
