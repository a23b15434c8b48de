"""What decisions showed: which rules, exceptions, choices and clauses were seen true, false and unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import define, field, frozen

from smpolicy.bound_rules import BoundRule, KindRules
from smpolicy.decisions import Decision
from smpolicy.language.expressions import Constant, Expression, Unsettled, atoms, to_text, truth
from smpolicy.policies import Policy
from smpolicy.rulesets import Rule, RuleException, Ruleset, choices_of

STATES = ("true", "false", "unknown")
SORTS = ("rule", "exception", "choice", "clause")
MOST_KEPT = 1000
"""How many policies' kinds are watched at a time before what they showed is put together."""

_BITS = {True: 1, False: 2, None: 4}


@frozen(slots=True, order=True)
class Thing:
    """Something that decisions can show.

    Attributes:
        ruleset: the id of its ruleset.
        sort: rule, exception, choice or clause.
        id: its id; of a clause that of its rule.
        clause: of a clause its text, as bound.
    """

    ruleset: str
    sort: str
    id: str
    clause: str = ""

    def __str__(self) -> str:
        return f"{self.sort} {self.id}: {self.clause}" if self.clause else f"{self.sort} {self.id}"


@define(slots=True)
class _Watched:
    """The bound rules of one kind under one policy, and what decisions have shown of them."""

    kind_rules: KindRules
    rulesets: Sequence[Ruleset]
    shown: dict[Expression, int]
    waiting: list[Expression]
    true: int = 0
    false: int = 0
    unknown: int = 0


@define(slots=True)
class Seen:
    """What the decisions of a test run have shown.

    Attributes:
        things: for each thing that there is, the states in which it can be seen, and those in which it was: sets of
            bits, 1 for true, 2 for false, 4 for unknown.
    """

    things: dict[Thing, tuple[int, int]] = field(factory=dict)
    _watched: dict[int, _Watched] = field(factory=dict)

    def watch(self, decision: Decision) -> None:
        """Note what a decision shows.

        Args:
            decision: the decision.
        """
        each = self._of(decision.kind_rules, decision.policy.agency.rulesets)
        each.true |= decision.true
        each.unknown |= decision.unknown
        each.false |= ~(decision.true | decision.unknown)
        if each.waiting:
            facts = dict(zip(each.kind_rules.terms, decision.facts, strict=True))
            for expression in each.waiting:
                each.shown[expression] |= _BITS[truth(expression, facts)]
            each.waiting = [one for one in each.waiting if each.shown[one] != _possible(one)]

    def expect(self, policy: Policy) -> None:
        """Count a policy's rules among what there is to see, also where nothing is decided under it.

        Args:
            policy: the policy.
        """
        for kind_rules in policy.kinds.values():
            self._of(kind_rules, policy.agency.rulesets)

    def _of(self, kind_rules: KindRules, rulesets: Sequence[Ruleset]) -> _Watched:
        found = self._watched.get(id(kind_rules))
        if found is None:
            if len(self._watched) >= MOST_KEPT:
                self.gather()
            shown = dict.fromkeys((e for rule in kind_rules.rules for _, e in _expressions(rule)), 0)
            found = self._watched[id(kind_rules)] = _Watched(kind_rules, rulesets, shown, list(shown))
        return found

    def gather(self) -> None:
        """Put together what has been shown under each policy."""
        for each in self._watched.values():
            stated: dict[str, Rule | RuleException] = {}
            for ruleset in each.rulesets:
                stated |= {one.id: one for one in ruleset.rules} | {one.id: one for one in ruleset.exceptions}
            for index, rule in enumerate(each.kind_rules.rules):
                bits = sum(
                    bit for bit, seen in ((1, each.true), (2, each.false), (4, each.unknown)) if seen >> index & 1
                )
                can = _possible(rule.condition)
                self._add(Thing(rule.ruleset, "rule", rule.id), can, bits)
                for choice in _choices(stated.get(_stated_id(rule.id))):
                    self._add(Thing(rule.ruleset, "choice", choice), can, bits)
                for exception, expression in _expressions(rule):
                    can, bits = _possible(expression), each.shown[expression]
                    if exception:
                        self._add(Thing(rule.ruleset, "exception", exception), can, bits)
                        for choice in _choices(stated.get(exception)):
                            self._add(Thing(rule.ruleset, "choice", choice), can, bits)
                    else:
                        self._add(Thing(rule.ruleset, "clause", rule.id, to_text(expression)), can, bits)
        self._watched.clear()

    def _add(self, thing: Thing, possible: int, shown: int) -> None:
        before = self.things.get(thing, (0, 0))
        self.things[thing] = before[0] | possible, before[1] | shown & possible

    def to_data(self) -> list[list[str | int]]:
        """Return all of it as plain lists, for another process."""
        self.gather()
        return [[each.ruleset, each.sort, each.id, each.clause, *bits] for each, bits in self.things.items()]

    def add_data(self, data: Iterable[Sequence[str | int]]) -> None:
        """Add what another process has seen.

        Args:
            data: as `to_data` gives it there.
        """
        for *names, possible, shown in data:
            self._add(Thing(*map(str, names)), int(possible), int(shown))

    def limited_to(self, rulesets: Iterable[str]) -> Seen:
        """Return what was seen of some rulesets alone.

        Args:
            rulesets: their ids.
        """
        self.gather()
        wanted = set(rulesets)
        return Seen({each: bits for each, bits in self.things.items() if each.ruleset in wanted})


def _possible(expression: Expression) -> int:
    """Return in which states a condition can be seen: one alone where no fact of an action matters."""
    if isinstance(expression, Constant):
        return _BITS[expression.value]
    return 4 if all(isinstance(each, Unsettled) for each in atoms(expression)) else 7


def _expressions(rule: BoundRule) -> Iterator[tuple[str, Expression]]:
    """Yield the bound conditions of a rule's exceptions, each with the exception's id, and its clauses."""
    for sparing in rule.sparings:
        yield sparing.exception, sparing.condition
    for atom in dict.fromkeys(atoms(rule.condition)):
        yield "", atom


def _stated_id(bound: str) -> str:
    """Return the id of the stated rule, or of the exception, from which a bound rule comes."""
    return bound.partition("~")[2].partition("#")[0] or bound.partition("[")[0]


def _choices(stated: Rule | RuleException | None) -> Iterable[str]:
    return () if stated is None else dict.fromkeys(choices_of(stated))


@frozen(slots=True)
class Totals:
    """How much was seen of one sort of things.

    Attributes:
        there: how many there are.
        seen: how many of them were seen in each state, by its name.
    """

    there: int
    seen: Mapping[str, int]


def totals(seen: Seen) -> dict[str, Totals]:
    """Return how much was seen of each sort.

    Args:
        seen: what was seen.
    """
    seen.gather()
    found = {}
    for sort in SORTS:
        shown = [bits for thing, (_, bits) in seen.things.items() if thing.sort == sort]
        found[sort] = Totals(len(shown), {state: sum(b >> i & 1 for b in shown) for i, state in enumerate(STATES)})
    return found


def percent(seen: Seen) -> float:
    """Return how many percent were seen of all states in which things can be seen; 100 where there is nothing.

    Args:
        seen: what was seen.
    """
    seen.gather()
    possible = sum(can.bit_count() for can, _ in seen.things.values())
    return 100 * sum(bits.bit_count() for _, bits in seen.things.values()) / possible if possible else 100.0


def missing(seen: Seen) -> Iterator[str]:
    """Yield in words each thing that was not seen in some state in which it can be.

    Args:
        seen: what was seen.
    """
    seen.gather()
    for thing in sorted(seen.things, key=lambda each: (each.ruleset, SORTS.index(each.sort), each.id, each.clause)):
        can, bits = seen.things[thing]
        left = [state for index, state in enumerate(STATES) if (can & ~bits) >> index & 1]
        if left:
            yield f"{thing}: never {' or '.join(left)}"


def seen_text(seen: Seen, *, list_missing: bool) -> str:
    """Return what was seen as a table for people.

    Args:
        seen: what was seen.
        list_missing: whether each thing is listed that was not seen in some state.
    """
    lines = [f"{'':12}{'there are':>10}{'seen true':>11}{'false':>8}{'unknown':>9}"]
    for sort, each in totals(seen).items():
        counts = f"{each.seen['true']:>11}{each.seen['false']:>8}{each.seen['unknown']:>9}"
        lines.append(f"{sort + 's':12}{each.there:>10}{counts}")
    if list_missing:
        lines += ["", *missing(seen)]
    return "\n".join(lines)
