"""The finite space of the actions of one kind: for each fact the values that rules tell apart, and a solver.

Rules tell only so many values of a fact apart: the members that they name, the two sides of a number or a date. So
there are finitely many different actions, and what is found nowhere among them is nowhere at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal

import attrs
from attrs import field, frozen

from smpolicy.actions import Action
from smpolicy.adoptions import adoption, candidate_policy
from smpolicy.analysis.moments import first_moment, reached
from smpolicy.analysis.nodes import (
    FALSE,
    TRUE,
    UNKNOWN,
    Atom,
    Choice,
    Joined,
    Node,
    Settled,
    Wants,
    contrary,
    evaluate,
)
from smpolicy.analysis.records import looked_up, registered_ids
from smpolicy.analysis.solving import Domains, Turn, solve
from smpolicy.bound_rules import KindRules
from smpolicy.facts import LOOKED_UP_BY, age
from smpolicy.language.expressions import And, Constant, Expression, Not, Or, Overlaps, Term, Unsettled
from smpolicy.language.expressions import atoms as atoms_of
from smpolicy.language.expressions import truth as truth_of
from smpolicy.plain import harmless_value
from smpolicy.policies import Policy
from smpolicy.values import YEARS
from smpolicy.vocabulary import ALL, GIVEN, Fact, SomeOf

IDS = frozenset(LOOKED_UP_BY.values())
State = Literal["true", "unknown", "spared"]


@frozen(slots=True)
class Slot:
    """One thing that an action may say: a fact, or whether one member is in a set.

    Attributes:
        path: the fact's path.
        member: of a set the member; else empty.
        values: its values; the first leaves it unknown, the second is harmless. Of a computed fact its one value.
        read: whether a rule, or a condition asked about, reads it.
        guard: the index of the slot that says whether its part exists, or -1.
    """

    path: str
    member: str
    values: tuple[Any, ...]
    read: bool
    guard: int = -1


@frozen(slots=True)
class Goal:
    """A state that a rule can be in.

    Attributes:
        rule: the index of the rule.
        state: true, unknown, or spared.
        wants: conditions with the truths that bring the state about.
        exception: the exception that spares it.
    """

    rule: int
    state: State
    wants: Wants
    exception: str = ""


@frozen(slots=True, eq=False)
class Space:
    """The finite space of the actions of one kind under a policy, decided for one moment.

    Attributes:
        policy: the policy.
        kind: the kind of action.
        at: the moment of the decision, from which ages are reckoned.
        asked: further conditions whose values are to be told apart.
        order: for a fact that names somebody or something, the ids in order, the most harmless first.
    """

    policy: Policy
    kind: str
    at: datetime
    asked: tuple[Expression, ...] = ()
    order: Mapping[str, tuple[str, ...]] = field(factory=dict)

    @property
    def rules(self) -> KindRules:
        """Return the bound rules of the kind."""
        return self.policy.kinds[self.kind]

    @cached_property
    def expressions(self) -> tuple[Expression, ...]:
        """Return every condition whose values are told apart."""
        found: dict[Expression, None] = {}
        for rule in self.rules.rules:
            found |= dict.fromkeys((rule.condition, rule.base, *(each.condition for each in rule.sparings)))
        return (*found, *self.asked)

    @cached_property
    def _atoms(self) -> dict[str, list[Any]]:
        """Return the atoms of all conditions, by the fact that they read."""
        found: dict[str, list[Any]] = {}
        for expression in self.expressions:
            for atom in atoms_of(expression):
                if not isinstance(atom, Unsettled):
                    found.setdefault(atom.term.path, []).append(atom)
        return found

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Return everything that an action of the kind may say; of a part that it exists comes first."""
        vocabulary, found = self.policy.agency.vocabulary, list[Slot]()
        by_part: dict[str, list[Fact]] = {}
        for fact in vocabulary.facts_of(self.kind):
            if fact.owner in GIVEN:
                by_part.setdefault(fact.part, []).append(fact)
        looked_up = {path for path in self._atoms if vocabulary.facts[path].owner in ("directory", "account")}
        parts_looked_up = {path.partition(".")[0] for path in looked_up}
        for part, facts in by_part.items():
            guard = -1
            if vocabulary.parts[part].optional:
                guard = len(found)
                found.append(Slot(f"{part}.exists", "", (None, False, True), True))
            for fact in facts:
                if fact.name == "exists":
                    continue
                named = fact.path == "actor.id" or (fact.path in IDS and part in parts_looked_up)
                read = fact.path in self._atoms or named
                found += self._slots_of(fact, read, guard)
        return tuple(found)

    def _slots_of(self, fact: Fact, read: bool, guard: int) -> list[Slot]:
        if fact.owner == "candidate":
            value = getattr(candidate_policy(self.policy.agency), fact.name)
            return [Slot(fact.path, "", (value,), read)]
        if fact.type == "set":
            named = frozenset[str]().union(*(atom.members for atom in self._atoms.get(fact.path, ())))
            plain = fact.harmless is ALL
            harmless = [plain or each in (fact.harmless or ()) for each in fact.members]
            return [
                Slot(fact.path, each, (None, usual, not usual), each in named, guard)
                for each, usual in zip(fact.members, harmless, strict=True)
            ]
        return [Slot(fact.path, "", (None, *self._values(fact)), read, guard)]

    def _values(self, fact: Fact) -> Iterable[Any]:
        """Return the values of a fact that rules tell apart, the harmless one first."""
        if fact.path in IDS:
            return self.order.get(fact.path, registered_ids(self.policy, fact.path))
        found: list[Any] = [harmless_value(fact, self.at)]
        atoms = self._atoms.get(fact.path, ())
        if fact.type == "bool":
            found += [True, False]
        elif fact.type == "enum":
            found += fact.members
        elif fact.type == "integer":
            near = {atom.number + step for atom in atoms for step in (-1, 0, 1)} | {fact.least, fact.most}
            found += sorted(number for number in near if fact.least <= number <= fact.most)
        elif fact.type == "moment":
            found += self._moments(atoms)
        else:
            found += sorted({value for atom in atoms for value in atom.values if value.strip()})
            found.append("something else")
        return tuple(dict.fromkeys(each for each in found if each is not None))

    def _moments(self, atoms: Sequence[Any]) -> Iterator[datetime]:
        """Yield moments on both sides of every age that is asked, and the moment of the decision itself."""
        yield self.at
        for atom in atoms:
            # The older a moment, the sooner the age is reached: looked for from the last moment backwards.
            turn = first_moment(lambda moment, atom=atom: not reached(moment, self.at, atom, self.policy), self.at)  # type: ignore[misc]
            if turn is not None:
                near = (timedelta(days=-1), timedelta(seconds=-1), timedelta(), timedelta(days=1))
                yield from (turn + step for step in near if (turn + step).year in YEARS)

    @cached_property
    def _index(self) -> dict[tuple[str, str], int]:
        return {(slot.path, slot.member): index for index, slot in enumerate(self.slots)}

    @cached_property
    def _children(self) -> dict[int, tuple[int, ...]]:
        found: dict[int, tuple[int, ...]] = {}
        for index, slot in enumerate(self.slots):
            if slot.guard >= 0:
                found[slot.guard] = (*found.get(slot.guard, ()), index)
        return found

    @cached_property
    def sets(self) -> dict[str, tuple[int, ...]]:
        """Return for each fact that is a set the slots of its members."""
        found: dict[str, tuple[int, ...]] = {}
        for index, slot in enumerate(self.slots):
            if slot.member:
                found[slot.path] = (*found.get(slot.path, ()), index)
        return found

    @property
    def domains(self) -> Domains:
        """Return every value of every slot, as bits by index."""
        return [(1 << len(slot.values)) - 1 for slot in self.slots]

    # --- conditions ---------------------------------------------------------------------------------------------------

    def node(self, expression: Expression) -> Node:
        """Return a condition over slots.

        Args:
            expression: a bound condition of which every atom reads a fact of the kind.
        """
        match expression:
            case Constant(value):
                return Settled(TRUE if value else FALSE)
            case Unsettled():
                return Settled(UNKNOWN)
            case And(parts) | Or(parts):
                return Joined(isinstance(expression, And), tuple(map(self.node, parts)))
            case Not(part):
                return contrary(self.node(part))
            case Overlaps(term, members) if (term.path, next(iter(members))) in self._index:
                every = tuple(self._atom(expression, term.path, member) for member in sorted(members))
                return every[0] if len(every) == 1 else Joined(False, every)
            case _:
                fact = self.policy.agency.vocabulary.facts[expression.term.path]
                looked_up = fact.owner in ("directory", "account")
                return self._atom(expression, LOOKED_UP_BY[fact.part] if looked_up else fact.path, "")

    def _atom(self, atom: Any, path: str, member: str) -> Atom:
        index = self._index[path, member]
        masks = {True: 0, False: 0, None: 0}
        for number, value in enumerate(self.slots[index].values):
            found = value if member else truth_of(atom, {atom.term: self._read(atom.term, value)})
            masks[found] |= 1 << number
        return Atom(index, masks[True], masks[False], masks[None])

    def _read(self, term: Term, value: Any) -> Any:
        """Return what a term reads where its slot has a value."""
        fact = self.policy.agency.vocabulary.facts[term.path]
        if fact.owner in ("directory", "account"):
            value = looked_up(self.policy, fact, value, self.at)
        if term.unit and value is not None:
            return age(value, self.at, term.unit, self.policy.agency.time_zone)
        return value

    @cached_property
    def goals(self) -> tuple[Goal, ...]:
        """Return every state in which each rule might be."""
        found = list[Goal]()
        for index, rule in enumerate(self.rules.rules):
            condition = self.node(rule.condition)
            found += [Goal(index, "true", ((condition, TRUE),)), Goal(index, "unknown", ((condition, UNKNOWN),))]
            for each in rule.sparings:
                wants = ((self.node(rule.base), TRUE), (self.node(each.condition), TRUE))
                found.append(Goal(index, "spared", wants, each.exception))
        return tuple(found)

    def solve(self, wants: Wants, domains: Domains, turn: Turn = lambda _: 0) -> Domains | None:
        """Return the values under which conditions have the truths wanted of them, or None where there are none.

        Args:
            wants: conditions, each with the truths that are wanted.
            domains: the values from which to choose.
            turn: of several ways, says with which to begin.
        """
        return solve(wants, domains, self.refine, turn)

    def refine(self, domains: Domains, slot: int, values: int) -> Domains | None:
        """Return domains with one slot limited to some values, and what follows from it, or None where nothing is left.

        A fact that is known says that its part exists; of a part that does not, or may not, nothing is known.

        Args:
            domains: the values of all slots.
            slot: the index of the slot.
            values: the values that are left to it, as bits by index.
        """
        left = domains[slot] & values
        if not left or left == domains[slot]:
            return domains if left else None
        narrowed = domains.copy()
        narrowed[slot] = left
        guard = self.slots[slot].guard
        if guard >= 0 and not left & 1:
            return self.refine(narrowed, guard, EXISTS)
        if slot in self._children and not left & EXISTS:
            for child in self._children[slot]:
                narrowed[child] &= 1
                if not narrowed[child]:
                    return None
        return narrowed

    # --- actions ------------------------------------------------------------------------------------------------------

    def known(self, action: Action) -> Domains:
        """Return the values that an action may still turn out to have, its unknown facts being open.

        Args:
            action: an action of this kind; each value of a fact that rules tell apart must be one of its slot's.
        """
        narrowed = self.domains
        for index, slot in enumerate(self.slots):
            value = action.get(slot.path)
            if slot.member and isinstance(value, SomeOf):
                value = True if slot.member in value.includes else False if slot.member in value.excludes else None
            elif slot.member and value is not None:
                value = slot.member in value
            if value is not None and len(slot.values) > 1:
                bit = 1 << slot.values.index(value) if value in slot.values else 1
                refined = self.refine(narrowed, index, bit)
                narrowed = narrowed if refined is None else refined
        return narrowed

    def action(self, choice: Choice, payload: bytes | None = None) -> Action:
        """Return the action that says what is chosen.

        Args:
            choice: for each slot the index of its value.
            payload: the content.
        """
        vocabulary = self.policy.agency.vocabulary
        known: dict[str, Any] = {}
        told: dict[str, tuple[set[str], set[str]]] = {}
        for slot, index in zip(self.slots, choice, strict=True):
            value = slot.values[index]
            if value is None or (len(slot.values) == 1):
                continue
            if slot.member:
                told.setdefault(slot.path, (set(), set()))[0 if value else 1].add(slot.member)
            else:
                known[slot.path] = value
        for path, (includes, excludes) in told.items():
            whole = len(includes) + len(excludes) == len(vocabulary.facts[path].members)
            known[path] = frozenset(includes) if whole else SomeOf(includes, excludes)
        for path in [path for path in known if path.endswith(".exists") and known[path]]:
            if any(other.startswith(path.removesuffix("exists")) and other != path for other in known):
                del known[path]  # a fact of the part says so
        if self.kind == "adopt_policy":
            return adoption(self.policy.agency, known.get("actor.id"))
        bare: Any = vocabulary.kinds[self.kind].action()
        action: Action = attrs.evolve(bare, payload=payload) if payload is not None else bare
        return action.answer(known, vocabulary)


EXISTS = 1 << 2
"""The value of a slot that says that a part exists."""


def make_space(policy: Policy, kind: str, at: datetime, asked: tuple[Expression, ...] = ()) -> Space:
    """Return the space of the actions of a kind; people and accounts under which least is restricted come first.

    Args:
        policy: the policy.
        kind: the kind of action.
        at: the moment of the decision.
        asked: further conditions whose values are to be told apart.
    """
    space = Space(policy, kind, at, asked)
    plain = [min(len(slot.values) - 1, 1) for slot in space.slots]
    guarded = [plain[index] if slot.guard < 0 else 0 for index, slot in enumerate(space.slots)]
    rules = [(rule, space.node(rule.condition)) for rule in space.rules.rules if rule.restricts]
    order: dict[str, tuple[str, ...]] = {}
    for index, slot in enumerate(space.slots):
        if slot.path in IDS and len(slot.values) > 2:
            ranked = []
            for number, value in enumerate(slot.values[1:], 1):
                choice = guarded.copy()
                choice[index] = number
                found = [(evaluate(node, choice), rule.effect) for rule, node in rules]
                denied = sum(truth == TRUE and effect == "deny" for truth, effect in found)
                ranked.append((denied, sum(truth != FALSE for truth, _ in found), number, value))
            order[slot.path] = tuple(value for *_, value in sorted(ranked))
            guarded[index] = next(number for *_, number, _ in sorted(ranked))
    return attrs.evolve(space, order=order) if order else space
