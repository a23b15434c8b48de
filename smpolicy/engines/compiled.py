"""The compiled engine: Python source generated from the bound rules of a kind, compiled once.

Each rule is asked first whether it may be true (unknown counts as may), and only then whether it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from smpolicy.binding import KindRules
from smpolicy.expressions import (
    And,
    AtLeast,
    Constant,
    Expression,
    Is,
    Not,
    OneOf,
    Or,
    Overlaps,
    Term,
    Unsettled,
    overlaps,
)
from smpolicy.facts import Facts

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
    writer = _Writer(kind_rules)
    rules = [(1 << (index - start), kind_rules.rules[index].condition) for index in range(start, stop)]
    body = [line for bit, condition in rules for line in writer.rule(bit, condition)]
    unpack = [f"    f{slot} = facts[{slot}]" for slot in sorted(writer.used)]
    if len(writer.used) == len(kind_rules.terms) > 1:
        unpack = [f"    ({', '.join(f'f{slot}' for slot in range(len(kind_rules.terms)))}) = facts"]
    source = "\n".join(["def run(facts):", *unpack, "    true = unknown = 0", *body, "    return true, unknown"])
    names: dict[str, Any] = {"has": overlaps, **writer.constants}
    exec(
        compile(source, f"<bound rules of {kind_rules.kind}>", "exec"), names
    )  # slots and constants alone, no text of a rule
    found: Callable[[Facts], tuple[int, int]] = names["run"]
    return found


@frozen(slots=True)
class _Writer:
    """Writes conditions as Python source over the slots of facts."""

    kind_rules: KindRules
    used: set[int] = field(factory=set)
    constants: dict[str, Any] = field(factory=dict)

    def rule(self, bit: int, condition: Expression) -> list[str]:
        may, surely = self.may(condition), self.surely(condition)
        if may == "False":
            return []
        if surely == "False":
            return [f"    if {may}: unknown |= {bit}"] if may != "True" else [f"    unknown |= {bit}"]
        if surely == may:
            return [f"    if {may}: true |= {bit}"] if may != "True" else [f"    true |= {bit}"]
        return [f"    if {may}:", f"        if {surely}: true |= {bit}", f"        else: unknown |= {bit}"]

    def constant(self, value: Any) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def slot(self, term: Term) -> str:
        index = self.kind_rules.slots[term]
        self.used.add(index)
        return f"f{index}"

    def may(self, expression: Expression) -> str:
        """Return the source of "it may be true"."""
        match expression:
            case Constant(value):
                return str(value)
            case Unsettled():
                return "True"
            case And(parts):
                return _join(" and ", [self.may(part) for part in parts], neutral="True", final="False")
            case Or(parts):
                return _join(" or ", [self.may(part) for part in parts], neutral="False", final="True")
            case Is(term):
                return f"{self.slot(term)} is not False"
            case Not(Is(term)):
                return f"{self.slot(term)} is not True"
            case OneOf(term, values):
                return f"{self.slot(term)} in {self.constant(values | {None})}"
            case Not(OneOf(term, values)):
                return f"{self.slot(term)} not in {self.constant(values)}"
            case AtLeast(term, number):
                return f"({self.slot(term)} is None or {self.slot(term)} >= {number})"
            case Not(AtLeast(term, number)):
                return f"({self.slot(term)} is None or {self.slot(term)} < {number})"
            case Overlaps(term, members):
                return f"({self.slot(term)} is None or not {self.slot(term)}.isdisjoint({self.constant(members)}))"
            case Not(Overlaps(term, members)):
                name, constant = self.slot(term), self.constant(members)
                return f"({name} is None or {name}.isdisjoint({constant}) or has({name}, {constant}) is None)"
        raise TypeError(f"not an expression in negation normal form: {expression!r}")

    def surely(self, expression: Expression) -> str:
        """Return the source of "it is true"."""
        match expression:
            case Constant(value):
                return str(value)
            case Unsettled():
                return "False"
            case And(parts):
                return _join(" and ", [self.surely(part) for part in parts], neutral="True", final="False")
            case Or(parts):
                return _join(" or ", [self.surely(part) for part in parts], neutral="False", final="True")
            case Is(term):
                return f"{self.slot(term)} is True"
            case Not(Is(term)):
                return f"{self.slot(term)} is False"
            case OneOf(term, values):
                return f"{self.slot(term)} in {self.constant(values)}"
            case Not(OneOf(term, values)):
                return f"{self.slot(term)} not in {self.constant(values | {None})}"
            case AtLeast(term, number):
                return f"({self.slot(term)} is not None and {self.slot(term)} >= {number})"
            case Not(AtLeast(term, number)):
                return f"({self.slot(term)} is not None and {self.slot(term)} < {number})"
            case Overlaps(term, members):
                return f"(has({self.slot(term)}, {self.constant(members)}) is True)"
            case Not(Overlaps(term, members)):
                return f"({self.slot(term)} is not None and {self.slot(term)}.isdisjoint({self.constant(members)}))"
        raise TypeError(f"not an expression in negation normal form: {expression!r}")


def _join(word: str, parts: list[str], neutral: str, final: str) -> str:
    kept = [part for part in parts if part != neutral]
    if final in kept:
        return final
    return f"({word.join(kept)})" if len(kept) > 1 else kept[0] if kept else neutral
