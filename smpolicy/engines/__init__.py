"""Engines: each finds which rules are true and which unknown, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from smpolicy.agencies import EngineName
from smpolicy.bound_rules import KindRules
from smpolicy.errors import EngineUnavailable, Problem, nearest, some
from smpolicy.facts import Facts

Engine = Callable[[Facts], tuple[int, int]]
"""From the facts of an action to the set of true rules and the set of unknown ones."""

SINGLE: tuple[str, ...] = get_args(EngineName)
NAMES = (*SINGLE, "checked")
PAIR: tuple[str, ...] = ("compiled", "reference")
"""The engines by which `checked` decides, unless the agency's file names others."""


def make_engine(name: str, kind_rules: KindRules, pair: tuple[str, ...] = PAIR) -> Engine:
    """Return an engine for the bound rules of one kind.

    Args:
        name: `compiled`, `durable`, `reference` or `checked`.
        kind_rules: the rules.
        pair: the engines by which `checked` decides.

    Raises:
        EngineUnavailable: there is no engine of that name, or the library that it needs is not there.
        EngineFailed: the engine cannot take these rules.
    """
    if name == "compiled":
        from smpolicy.engines import compiled

        return compiled.prepare(kind_rules)
    if name == "reference":
        from smpolicy.engines import reference

        return reference.prepare(kind_rules)
    if name == "durable":
        from smpolicy.engines import durable

        return durable.prepare(kind_rules)
    if name == "checked":
        from smpolicy.engines import checked

        return checked.prepare(kind_rules, {each: make_engine(each, kind_rules) for each in pair})
    raise EngineUnavailable(
        Problem("unknown_engine", f"there is no engine `{name}`", expected=some(NAMES), nearest=nearest(name, NAMES))
    )
