"""The finite space of the actions of one kind: for each fact the values that rules tell apart, and a solver.

Rules tell only so many values of a fact apart: the members that they name, the two sides of a number or a date. So
there are finitely many different actions, and what is found nowhere among them is nowhere at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

import attrs
from attrs import field, frozen

from smpolicy.actions import Action
from smpolicy.adoptions import adoption, candidate_policy
from smpolicy.binding import KindRules
from smpolicy.facts import LOOKED_UP_BY, Records, age, value_of
from smpolicy.language.expressions import And, AtLeast, Constant, Expression, Not, Or, Overlaps, Term, Unsettled
from smpolicy.language.expressions import atoms as atoms_of
from smpolicy.language.expressions import truth as truth_of
from smpolicy.plain import harmless_value
from smpolicy.policies import Policy
from smpolicy.values import YEARS
from smpolicy.vocabulary import ALL, GIVEN, Fact, SomeOf

TRUE, FALSE, UNKNOWN = 1, 2, 4
"""The truths that are wanted of a condition, as bits: `TRUE | UNKNOWN` wants either."""

ANY = TRUE | FALSE | UNKNOWN
FAR = timedelta(days=40_000)
IDS = frozenset(LOOKED_UP_BY.values())

Turn = Callable[[int], int]
Domains = list[int]
Choice = list[int]
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
Wants = tuple[tuple[Node, int], ...]


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


def default_moment(policy: Policy) -> datetime:
    """Return noon of a day on which a policy is in force: the 151st, or one half way where it ends sooner."""
    start, end = policy.agency.span()
    half = timedelta(days=151) if end is None else min(timedelta(days=151), (end - start) / 2)
    day = (start + half).astimezone(policy.agency.time_zone).replace(hour=12, minute=0, second=0, microsecond=0)
    moment = day.astimezone(start.tzinfo)
    return moment if moment >= start and (end is None or moment < end) else start


def moments_of_change(policy: Policy, condition: Expression | None = None) -> tuple[datetime, ...]:
    """Return moments at which what is known of people, aliases and accounts changes, and those just before.

    The default moment comes first. The dates are those of roles held, and those from which a bound rule reckons an age.

    Args:
        policy: the policy.
        condition: a condition, whose ages alone are meant then.
    """
    start, end = policy.agency.span()
    found: set[datetime] = set()
    for person in getattr(policy.agency.directory, "persons", {}).values() if condition is None else ():
        for held in person.held:
            days: tuple[date | None, ...] = (held.since, held.until)
            found |= {_midnight(day, policy) for day in days if day is not None}
    for rules in policy.kinds.values():
        conditions = (each.condition for each in rules.rules) if condition is None else iter((condition,))
        limits = {
            atom for each in conditions for atom in atoms_of(each) if isinstance(atom, AtLeast) and atom.term.unit
        }
        for atom in limits:
            part = atom.term.path.partition(".")[0]
            if part in LOOKED_UP_BY:
                for value in _recorded(policy, atom.term.path, default_moment(policy)):
                    later = _first(lambda at, value=value, atom=atom: reached(value, at, atom, policy), value)  # type: ignore[misc]
                    found |= {later} if later else set()
    edges = {moment for each in found for moment in (each - timedelta(seconds=1), each)} | {start}
    edges |= set() if end is None else {end - timedelta(seconds=1)}
    inside = sorted(each for each in edges if each >= start and (end is None or each < end))
    return tuple(dict.fromkeys((default_moment(policy), *inside)))


def _midnight(day: date, policy: Policy) -> datetime:
    start = policy.agency.span()[0]
    return datetime(day.year, day.month, day.day, tzinfo=policy.agency.time_zone).astimezone(start.tzinfo)


def reached(value: datetime, at: datetime, atom: AtLeast, policy: Policy) -> bool:
    """Return whether a moment is as old as an atom asks."""
    return age(value, at, atom.term.unit, policy.agency.time_zone) >= atom.number


def _first(holds: Callable[[datetime], bool], around: datetime) -> datetime | None:
    """Return the first moment, to the second, from which something holds that holds from some moment on."""
    low, high = around - FAR, around + FAR
    if holds(low) or not holds(high):
        return None
    span = int((high - low).total_seconds())
    start = 0
    while span - start > 1:
        middle = (start + span) // 2
        start, span = (start, middle) if holds(low + timedelta(seconds=middle)) else (middle, span)
    return low + timedelta(seconds=span)


def _recorded(policy: Policy, path: str, at: datetime) -> Iterator[datetime]:
    part = path.partition(".")[0]
    for id_ in _ids(policy, LOOKED_UP_BY[part]):
        value = value_of(policy.agency.vocabulary.facts[path], _Nobody, _records(policy, part, id_, at))  # type: ignore[arg-type]
        if isinstance(value, datetime):
            yield value


class _Nobody:
    """Stands for an action that says nothing."""

    @staticmethod
    def get(path: str) -> None:
        """Return that a fact is unknown."""


def _ids(policy: Policy, path: str) -> tuple[str, ...]:
    """Return the ids that are registered for a fact that names somebody or something."""
    directory = policy.agency.directory
    if path == "account.id":
        return tuple(policy.agency.accounts)
    return tuple(getattr(directory, "aliases", ())) if path == "alias.id" else tuple(directory.people())


def _records(policy: Policy, part: str, id: str | None, at: datetime) -> Records:
    """Return the records of an action that names one thing by id."""
    if id is None:
        return Records()
    directory = policy.agency.directory
    if part == "account":
        return Records(account=policy.agency.accounts[id])
    found: Any = directory.alias(id) if part == "alias" else directory.person(id, at)
    return Records(**{"holder" if part == "access" else part: found})


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
            return self.order.get(fact.path, _ids(self.policy, fact.path))
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
            turn = _first(lambda moment, atom=atom: not reached(moment, self.at, atom, self.policy), self.at)  # type: ignore[misc]
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
                return _contrary(self.node(part))
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
            value = value_of(fact, _Nobody, _records(self.policy, fact.part, value, self.at))  # type: ignore[arg-type]
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
        if not wants:
            return domains
        (node, wanted), rest = wants[0], wants[1:]
        if isinstance(node, Settled):
            return self.solve(rest, domains, turn) if node.truth & wanted else None
        if isinstance(node, Atom):
            narrowed = self.refine(domains, node.slot, node.values(wanted))
            return None if narrowed is None else self.solve(rest, narrowed, turn)
        ways = tuple(_ways(node, wanted))
        start = turn(len(ways)) if len(ways) > 1 else 0
        for number in range(len(ways)):
            found = self.solve((*ways[(start + number) % len(ways)], *rest), domains, turn)
            if found is not None:
                return found
        return None

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


def _contrary(node: Node) -> Node:
    match node:
        case Atom(slot, true, false, unknown):
            return Atom(slot, false, true, unknown)
        case Settled(truth):
            return Settled(_swapped(truth))
        case Joined(every, parts):
            return Joined(not every, tuple(map(_contrary, parts)))


def _swapped(wanted: int) -> int:
    return (wanted & UNKNOWN) | (wanted & TRUE and FALSE) | (wanted & FALSE and TRUE)


def _ways(node: Joined, wanted: int) -> Iterator[Wants]:
    """Yield the ways in which joined conditions come to have a truth: by Kleene's tables, and none is left out."""
    if wanted == ANY:
        yield ()
        return
    # Of an `or` the same holds with true and false changed for each other.
    best, worst = (TRUE, FALSE) if node.all else (FALSE, TRUE)
    parts = node.parts
    if wanted == best | worst:
        yield from _ways(node, best)
        yield from _ways(node, worst)
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
