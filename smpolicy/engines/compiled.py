"""The compiled engine: Python source generated from the bound rules of a kind, compiled once.

Each rule is asked first whether it may be true (unknown counts as may), and only then whether it is.
"""

from __future__ import annotations

from collections.abc import Callable

from smpolicy.binding import KindRules
from smpolicy.expressions import Expression
from smpolicy.facts import Facts
from smpolicy.writing import Writer

MOST_RULES_A_FUNCTION = 400


def prepare(kind_rules: KindRules) -> Callable[[Facts], tuple[int, int]]:
    """Return a function that finds the sets of true and of unknown rules.

    Args:
        kind_rules: the bound rules of one kind.
    """
    size = MOST_RULES_A_FUNCTION
    functions = [
        _function(kind_rules, start, min(start + size, len(kind_rules.rules)))
        for start in range(0, max(len(kind_rules.rules), 1), size)
    ]
    if len(functions) == 1:
        return functions[0]

    def run(facts: Facts) -> tuple[int, int]:
        true = unknown = 0
        for number, function in enumerate(functions):
            some_true, some_unknown = function(facts)
            true |= some_true << (number * size)
            unknown |= some_unknown << (number * size)
        return true, unknown

    return run


def _function(kind_rules: KindRules, start: int, stop: int) -> Callable[[Facts], tuple[int, int]]:
    writer = Writer(kind_rules.slots)
    rules = [(1 << (index - start), kind_rules.rules[index].condition) for index in range(start, stop)]
    body = ["    true = unknown = 0", *(line for bit, condition in rules for line in _rule(writer, bit, condition))]
    return writer.function([*body, "    return true, unknown"], f"bound rules of {kind_rules.kind}")


def _rule(writer: Writer, bit: int, condition: Expression) -> list[str]:
    may, surely = writer.may(condition), writer.surely(condition)
    if may == "False":
        return []
    if surely == "False":
        return [f"    if {may}: unknown |= {bit}"] if may != "True" else [f"    unknown |= {bit}"]
    if surely == may:
        return [f"    if {may}: true |= {bit}"] if may != "True" else [f"    true |= {bit}"]
    return [f"    if {may}:", f"        if {surely}: true |= {bit}", f"        else: unknown |= {bit}"]
