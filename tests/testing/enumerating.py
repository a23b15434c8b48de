"""Plain enumeration of the values of facts, written without the solver that the strategies use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smpolicy.analysis.nodes import FALSE, TRUE, UNKNOWN, Atom, Joined, Node, Settled, evaluate
from smpolicy.analysis.spaces import Space

MOST_TRIED = 20_000
"""How many rests of conditions are tried before enumeration gives up."""


class TooMany(Exception):
    """There are too many values to try them all."""


def can_be(space: Space, wants: tuple[tuple[Node, int], ...]) -> bool:
    """Return whether conditions can have truths, by trying every value of every slot that they read, one after another.

    Written without the solver that the strategies use: what is left of the conditions is worked out value by value, and
    the same rest is not tried twice.

    Raises:
        TooMany: there are too many values.
    """
    seen: set[Any] = set()

    def left(node: Node, slot: int, index: int) -> Node:
        if isinstance(node, Atom) and node.slot == slot:
            return Settled(TRUE if node.true >> index & 1 else FALSE if node.false >> index & 1 else UNKNOWN)
        if isinstance(node, Joined):
            parts = tuple(left(part, slot, index) for part in node.parts)
            if all(isinstance(part, Settled) for part in parts):
                return Settled(evaluate(Joined(node.all, parts), []))
            return Joined(node.all, parts)
        return node

    def slots(node: Node) -> Iterator[int]:
        if isinstance(node, Atom):
            yield node.slot
        elif isinstance(node, Joined):
            for part in node.parts:
                yield from slots(part)

    def search(order: tuple[int, ...], nodes: tuple[Node, ...], exists: tuple[tuple[int, int], ...]) -> bool:
        if all(isinstance(node, Settled) for node in nodes):
            return all(isinstance(n, Settled) and n.truth & want for n, (_, want) in zip(nodes, wants, strict=True))
        key = (order, nodes, exists)
        if key in seen:
            return False
        seen.add(key)
        if len(seen) > MOST_TRIED:
            raise TooMany
        slot, rest = order[0], order[1:]
        guard = space.slots[slot].guard
        absent = guard >= 0 and dict(exists)[guard] != 2
        for index in range(1 if absent else len(space.slots[slot].values)):
            says = (*exists, (slot, index)) if space.slots[slot].path.endswith(".exists") else exists
            if search(rest, tuple(left(node, slot, index) for node in nodes), says):
                return True
        return False

    read = {slot for node, _ in wants for slot in slots(node)}
    guards = {space.slots[slot].guard for slot in read} - {-1}
    return search((*sorted(guards), *sorted(read - guards)), tuple(node for node, _ in wants), ())
