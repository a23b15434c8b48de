"""Engines: each finds which rules are true and which unknown, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from smpolicy.binding import KindRules
from smpolicy.errors import EngineUnavailable, Problem, nearest, some
from smpolicy.facts import Facts

Engine = Callable[[Facts], tuple[int, int]]
"""From the facts of an action to the set of true rules and the set of unknown ones."""

NAMES = ("compiled", "reference")


def make_engine(name: str, kind_rules: KindRules) -> Engine:
    """Return an engine for the bound rules of one kind.

    Args:
        name: `compiled` or `reference`.
        kind_rules: the rules.

    Raises:
        EngineUnavailable: there is no engine of that name.
    """
    if name == "compiled":
        from smpolicy.engines import compiled

        return compiled.prepare(kind_rules)
    if name == "reference":
        from smpolicy.engines import reference

        return reference.prepare(kind_rules)
    raise EngineUnavailable(
        Problem("unknown_engine", f"there is no engine `{name}`", expected=some(NAMES), nearest=nearest(name, NAMES))
    )
