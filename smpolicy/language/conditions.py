"""Checked conditions: their nodes, and what can be read off them before an agency has chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from attrs import field, frozen

from smpolicy.vocabulary import Vocabulary

ValueType = Literal[
    "bool", "enum", "set", "integer", "moment", "text", "effect", "period", "age", "effect_by", "offices"
]
Comparison = Literal["true", "==", "<", "<=", ">", ">=", "in", "overlaps", "within", "includes", "given"]


@frozen(slots=True)
class Operand:
    """One side of a comparison.

    Attributes:
        source: a fact, its age, a choice, or a literal.
        name: the fact's path or the choice's id; empty for a literal.
        type: the type of its value.
        members: what an enumeration or a set may hold; of a literal set, its members.
        value: the value of a literal.
        column: where it stands, from 1.
    """

    source: Literal["fact", "age", "choice", "literal"]
    name: str
    type: ValueType
    members: tuple[Any, ...] = ()
    value: Any = None
    column: int = field(default=1, eq=False)
    constant: bool = False


@frozen(slots=True)
class Compare:
    """An atom: a comparison of two operands, or a statement about one."""

    how: Comparison
    left: Operand
    right: Operand | None = None


@frozen(slots=True)
class Negation:
    """`not` in front of a condition."""

    part: Condition


@frozen(slots=True)
class Junction:
    """Conditions joined by `and` or by `or`."""

    all: bool
    parts: tuple[Condition, ...]


@frozen(slots=True)
class Named:
    """A use of a definition, with the condition that it stands for."""

    id: str
    condition: Condition


Condition = Compare | Negation | Junction | Named


def comparisons(condition: Condition) -> Iterator[Compare]:
    """Yield every comparison of a condition, those of its definitions included."""
    match condition:
        case Compare():
            yield condition
        case Negation(part) | Named(_, part):
            yield from comparisons(part)
        case Junction(_, parts):
            for part in parts:
                yield from comparisons(part)


def nesting(condition: Condition) -> int:
    """Return how deeply a condition is nested, its definitions included."""
    match condition:
        case Compare():
            return 1
        case Negation(part) | Named(_, part):
            return 1 + nesting(part)
        case Junction(_, parts):
            return 1 + max(map(nesting, parts))


def operands(condition: Condition) -> Iterator[Operand]:
    """Yield every operand of a condition, those of its definitions included."""
    for compare in comparisons(condition):
        yield compare.left
        if compare.right is not None:
            yield compare.right


def definitions_used(condition: Condition) -> Iterator[str]:
    """Yield the id of every definition that a condition uses, at any depth."""
    match condition:
        case Named(id, part):
            yield id
            yield from definitions_used(part)
        case Negation(part):
            yield from definitions_used(part)
        case Junction(_, parts):
            for part in parts:
                yield from definitions_used(part)


def unguarded(condition: Condition, vocabulary: Vocabulary, sure: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the facts of optional parts that a condition reads where nothing says that the part exists.

    Args:
        condition: the condition.
        vocabulary: says which parts are optional.
        sure: the parts known to exist here.
    """
    match condition:
        case Compare(_, left, right):
            for operand in (left, *(() if right is None else (right,))):
                of, _, name = operand.name.partition(".")
                reads = operand.source in ("fact", "age") and name != "exists"
                if reads and vocabulary.parts[of].optional and of not in sure:
                    yield operand.name
        case Named(_, part) | Negation(part):
            yield from unguarded(part, vocabulary, sure)
        case Junction(every, parts):
            known = sure.union(*(_says_exists(part, every) for part in parts))
            for part in parts:
                yield from unguarded(part, vocabulary, known)


def _says_exists(condition: Condition, positive: bool) -> frozenset[str]:
    """Return the parts that exist wherever a condition is true (or, if not positive, wherever it is false)."""
    match condition:
        case Compare("true", Operand(source="fact", name=name)) if name.endswith(".exists") and positive:
            return frozenset((name.removesuffix(".exists"),))
        case Negation(part):
            return _says_exists(part, not positive)
        case Named(_, part):
            return _says_exists(part, positive)
        case Junction(every, parts) if every is positive:
            return frozenset[str]().union(*(_says_exists(part, positive) for part in parts))
        case _:
            return frozenset()


def _equality(choice: Operand, other: Operand | None) -> int:
    """Return which way a choice works that must equal another operand: to its highest value, its lowest, or none."""
    if other is None or other.source != "literal":
        return 0
    if choice.type == "bool":
        return 1 if other.value else -1
    ordered = [effect for effect in ("allow", "needs_approval", "deny") if effect in choice.members]
    if choice.type != "effect" or len(ordered) < 2:
        return 0
    return {ordered[-1]: 1, ordered[0]: -1}.get(other.value, 0)


def choice_uses(condition: Condition, sign: int = 1) -> Iterator[tuple[str, int]]:
    """Yield each choice that a condition uses, and which way it works.

    The sign is 1 where a larger, higher or truer choice makes the condition true more often, -1 where less often, and 0
    where it has no such order.
    """
    match condition:
        case Compare(how, left, right):
            for operand, side in ((left, -1), (right, 1)):
                if operand is None or operand.source != "choice":
                    continue
                if how in ("true", "in", "overlaps"):
                    yield operand.name, sign
                elif how == "==":
                    yield operand.name, sign * _equality(operand, right if operand is left else left)
                elif how == "given":
                    yield operand.name, 0
                elif how in ("<", "<=", ">", ">="):
                    yield operand.name, sign * (1 if how in ("<", "<=") else -1) * side
                else:
                    yield operand.name, sign * (1 if how == "within" else -1) * side
        case Named(_, part):
            yield from choice_uses(part, sign)
        case Negation(part):
            yield from choice_uses(part, -sign)
        case Junction(_, parts):
            for part in parts:
                yield from choice_uses(part, sign)
