"""Bound conditions written out as Python source, for speed; what it means is in `expressions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from smpolicy.facts import Facts
from smpolicy.language.expressions import (
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


@frozen(slots=True)
class Writer:
    """Writes conditions as Python source over the values of terms, `f0`, `f1` and so on.

    Attributes:
        slots: the index of each term.
        bits: the bit of each fact, where what is left unknown is asked for.
        used: the indices that the source written so far reads.
        constants: the names that the source needs, with their values.
    """

    slots: Mapping[Term, int]
    bits: Mapping[str, int] = field(factory=dict)
    used: set[int] = field(factory=set)
    constants: dict[str, Any] = field(factory=lambda: {"has": overlaps})

    def constant(self, value: Any) -> str:
        """Return a new name for a constant."""
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def slot(self, term: Term) -> str:
        """Return the name of a term's value."""
        index = self.slots[term]
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

    def left(self, expression: Expression) -> str:
        """Return the source of the unknown facts left in a condition that is unknown: a set, one bit a fact."""
        match expression:
            case Constant():
                return "0"
            case Unsettled(path):
                return str(self.bits[path])
            case And(parts):
                left = _join(" | ", [self.left(part) for part in parts], neutral="0", final="")
                return f"({left} if {self.may(expression)} else 0)"
            case Or(parts):
                left = _join(" | ", [self.left(part) for part in parts], neutral="0", final="")
                return f"(0 if {self.surely(expression)} else {left})"
            case Not(part):
                return self.left(part)
            case Overlaps(term, members):
                return f"({self.bits[term.path]} if has({self.slot(term)}, {self.constant(members)}) is None else 0)"
            case Is(term) | OneOf(term) | AtLeast(term):
                return f"({self.bits[term.path]} if {self.slot(term)} is None else 0)"

    def function(self, body: list[str], name: str) -> Callable[[Facts], Any]:
        """Return the function of facts whose body is the source given.

        Args:
            body: lines, indented once.
            name: what tracebacks call its source.
        """
        unpack = [f"    f{slot} = facts[{slot}]" for slot in sorted(self.used)]
        if len(self.used) == len(self.slots) > 1:
            unpack = [f"    ({', '.join(f'f{slot}' for slot in range(len(self.slots)))}) = facts"]
        source = "\n".join(["def run(facts):", *unpack, *body])
        names: dict[str, Any] = dict(self.constants)
        exec(compile(source, f"<{name}>", "exec"), names)  # noqa: S102  (slots and constants alone, no text of a rule)
        run: Callable[[Facts], Any] = names["run"]
        return run


def _join(word: str, parts: list[str], neutral: str, final: str) -> str:
    kept = [part for part in parts if part != neutral]
    if final in kept:
        return final
    return f"({word.join(kept)})" if len(kept) > 1 else kept[0] if kept else neutral
