"""Conditions over slots, each of which has one of finitely many values: their truth, and the ways to bring it about."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

TRUE, FALSE, UNKNOWN = 1, 2, 4
"""The truths that are wanted of a condition, as bits: `TRUE | UNKNOWN` wants either."""

ANY = TRUE | FALSE | UNKNOWN

Choice = list[int]
"""For each slot the index of its value."""


@frozen(slots=True)
class Atom:
    """A condition on one slot: for each truth the values, as bits by index, under which it has that truth."""

    slot: int
    true: int
    false: int
    unknown: int

    def values(self, wanted: int) -> int:
        """Return the values under which the truth is one of those wanted."""
        return (wanted & TRUE and self.true) | (wanted & FALSE and self.false) | (wanted & UNKNOWN and self.unknown)


@frozen(slots=True)
class Settled:
    """A condition that has one truth whatever the action says."""

    truth: int


@frozen(slots=True)
class Joined:
    """Conditions joined by `and` or by `or`."""

    all: bool
    parts: tuple[Node, ...]


Node = Atom | Settled | Joined
Want = tuple[Node, int]
"""A condition, with the truths that are wanted of it, as bits."""
Wants = tuple[Want, ...]


def contrary(node: Node) -> Node:
    """Return the contrary of a condition."""
    match node:
        case Atom(slot, true, false, unknown):
            return Atom(slot, false, true, unknown)
        case Settled(truth):
            return Settled(_swapped(truth))
        case Joined(every, parts):
            return Joined(not every, tuple(map(contrary, parts)))


def _swapped(wanted: int) -> int:
    return (wanted & UNKNOWN) | (wanted & TRUE and FALSE) | (wanted & FALSE and TRUE)


def ways(node: Joined, wanted: int) -> Iterator[Wants]:
    """Yield the ways in which joined conditions come to have a truth: by Kleene's tables, and none is left out."""
    if wanted == ANY:
        yield ()
        return
    # Of an `or` the same holds with true and false changed for each other.
    best, worst = (TRUE, FALSE) if node.all else (FALSE, TRUE)
    parts = node.parts
    if wanted == best | worst:
        yield from ways(node, best)
        yield from ways(node, worst)
    elif wanted & worst:
        for part in parts:
            yield ((part, wanted),)
    elif wanted & best:
        yield tuple((part, wanted) for part in parts)
    else:
        for chosen in range(len(parts)):
            others = tuple((part, best | UNKNOWN) for number, part in enumerate(parts) if number != chosen)
            yield ((parts[chosen], UNKNOWN), *others)


def evaluate(node: Node, choice: Choice) -> int:
    """Return the truth of a condition where every slot has a value.

    Args:
        node: the condition.
        choice: for each slot the index of its value.
    """
    match node:
        case Settled(truth):
            return truth
        case Atom(slot, true, false, _):
            bit = 1 << choice[slot]
            return TRUE if true & bit else FALSE if false & bit else UNKNOWN
        case Joined(every, parts):
            found = {evaluate(part, choice) for part in parts}
            best, worst = (TRUE, FALSE) if every else (FALSE, TRUE)
            return worst if worst in found else UNKNOWN if UNKNOWN in found else best
