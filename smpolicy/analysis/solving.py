"""The solver: the values of slots under which conditions have the truths wanted of them. It is exact.

It follows what is forced, and then tries whatever leaves the fewest ways, so that most questions end after a few steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count

from attrs import field, frozen

from smpolicy.analysis.nodes import FALSE, TRUE, UNKNOWN, Atom, Joined, Node, Settled, Want, Wants, ways

Domains = list[int]
"""For each slot the values that are left to it, as bits by index."""
Refine = Callable[[Domains, int, int], Domains | None]
"""Limits one slot to some values, with what follows from it; None where nothing is left."""
Turn = Callable[[int], int]
"""Of so many ways, says with which to begin."""


class TooManySteps(Exception):
    """A question would take longer than it may."""


@frozen(slots=True)
class Steps:
    """How often a solver may choose between several ways.

    Attributes:
        most: so often, or None for as often as it needs.
    """

    most: int | None = None
    _taken: Iterator[int] = field(factory=lambda: count(1), init=False)

    def take(self) -> None:
        """Count one more.

        Raises:
            TooManySteps: that is too many.
        """
        taken = next(self._taken)
        if self.most is not None and taken > self.most:
            raise TooManySteps


def solve(
    wants: Wants, domains: Domains, refine: Refine, turn: Turn = lambda _: 0, steps: Steps | None = None
) -> Domains | None:
    """Return the values under which conditions have the truths wanted of them, or None where there are none.

    Args:
        wants: conditions, each with the truths that are wanted, as bits.
        domains: the values from which to choose.
        refine: limits a slot.
        turn: of several ways, says with which to begin.
        steps: how long it may take.

    Raises:
        TooManySteps: it would take longer.
    """
    forced = _force(wants, domains, refine)
    if forced is None or not forced[1]:
        return forced and forced[0]
    left, open_ = forced
    (steps or Steps()).take()
    chosen, possible = min(open_, key=lambda each: len(each[1]))
    rest = tuple(want for want, _ in open_ if want is not chosen)
    start = turn(len(possible))
    for number in range(len(possible)):
        way = possible[(start + number) % len(possible)]
        found = solve((*way, *rest), left, refine, turn, steps)
        if found is not None:
            return found
    return None


def _force(wants: Wants, domains: Domains, refine: Refine) -> tuple[Domains, list[tuple[Want, list[Wants]]]] | None:
    """Return domains with all that is forced, and each want that leaves several ways; None where one leaves none."""
    left, waiting = domains, list(wants)
    while True:
        joined = list[tuple[Joined, int]]()
        for node, wanted in waiting:
            if isinstance(node, Joined):
                joined.append((node, wanted))
            elif isinstance(node, Settled):
                if not node.truth & wanted:
                    return None
            else:
                narrowed = refine(left, node.slot, node.values(wanted))
                if narrowed is None:
                    return None
                left = narrowed
        waiting, open_ = [], list[tuple[Want, list[Wants]]]()
        for node, wanted in joined:
            truths = [reachable(part, left) for part in node.parts]
            whole = _joined(node.all, truths)
            if not whole & ~wanted:
                continue
            possible = list(_possible_ways(node, wanted, truths, left)) if whole & wanted else []
            if not possible:
                return None
            if len(possible) == 1:
                waiting += possible[0]
            else:
                open_.append(((node, wanted), possible))
        if not waiting:
            return left, open_
        waiting += [want for want, _ in open_]


def _possible_ways(node: Joined, wanted: int, truths: list[int], domains: Domains) -> Iterator[Wants]:
    """Yield the ways in which joined conditions may come to have a truth, given what truths their parts may have."""
    if wanted in _BY_ONE_PART[node.all]:
        yield from (((part, wanted),) for part, found in zip(node.parts, truths, strict=True) if found & wanted)
    else:
        every = ways(node, wanted)
        yield from (way for way in every if all(reachable(part, domains) & one for part, one in way))


_BY_ONE_PART = {True: (FALSE, FALSE | UNKNOWN), False: (TRUE, TRUE | UNKNOWN)}
"""Of an `and`, and of an `or`, the truths that one part alone brings about: the commonest case, and the quickest."""


def reachable(node: Node, domains: Domains) -> int:
    """Return the truths that a condition may have, as bits: all that it can have, and perhaps others.

    Args:
        node: the condition.
        domains: the values of all slots.
    """
    if isinstance(node, Atom):
        values = domains[node.slot]
        return (values & node.true and TRUE) | (values & node.false and FALSE) | (values & node.unknown and UNKNOWN)
    if isinstance(node, Settled):
        return node.truth
    return _joined(node.all, (reachable(part, domains) for part in node.parts))


def _joined(every: bool, truths: Iterable[int]) -> int:
    """Return the truths that joined conditions may have, given those that their parts may have."""
    best, worst = (TRUE, FALSE) if every else (FALSE, TRUE)
    some, common = 0, best | UNKNOWN
    for found in truths:
        if found == worst:
            return worst
        some |= found
        common &= found | (UNKNOWN if found & best else 0)
    return (some & worst) | (common & best) | (some & common & UNKNOWN)
