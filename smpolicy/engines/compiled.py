"""The compiled engine: Python source generated from the bound rules of a kind, compiled once.

Each rule is asked first whether it may be true (unknown counts as may), and only then whether it is.
"""

from __future__ import annotations

from collections.abc import Callable

from smpolicy.bound_rules import KindRules
from smpolicy.engines import indexed
from smpolicy.facts import Facts
from smpolicy.language.expressions import Expression
from smpolicy.language.writing import Writer

MOST_BRANCHES = 300
"""Above so many rules of one kind, sets indexed by fact and value are faster than branches."""


def prepare(kind_rules: KindRules) -> Callable[[Facts], tuple[int, int]]:
    """Return a function that finds the sets of true and of unknown rules.

    Args:
        kind_rules: the bound rules of one kind.
    """
    if len(kind_rules.rules) > MOST_BRANCHES:
        return indexed.prepare(kind_rules)
    writer = Writer(kind_rules.slots)
    body = [line for index, rule in enumerate(kind_rules.rules) for line in _rule(writer, 1 << index, rule.condition)]
    source = ["    true = unknown = 0", *body, "    return true, unknown"]
    return writer.function(source, f"bound rules of {kind_rules.kind}")


def _rule(writer: Writer, bit: int, condition: Expression) -> list[str]:
    may, surely = writer.may(condition), writer.surely(condition)
    if may == "False":
        return []
    if surely == "False":
        return [f"    if {may}: unknown |= {bit}"] if may != "True" else [f"    unknown |= {bit}"]
    if surely == may:
        return [f"    if {may}: true |= {bit}"] if may != "True" else [f"    true |= {bit}"]
    return [f"    if {may}:", f"        if {surely}: true |= {bit}", f"        else: unknown |= {bit}"]
