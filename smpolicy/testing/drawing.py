"""Drawing actions from the space of all that a policy tells apart, for the strategies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from attrs import field, frozen
from hypothesis import strategies as st

from smpolicy.actions import Action
from smpolicy.analysis.moments import default_moment
from smpolicy.analysis.nodes import TRUE, Choice, Wants
from smpolicy.analysis.solving import Domains
from smpolicy.analysis.spaces import Goal, Space, make_space
from smpolicy.approvals import holds_role
from smpolicy.errors import InvalidProperty, Problem
from smpolicy.language.expressions import TRUE as ALWAYS
from smpolicy.language.expressions import Expression, terms
from smpolicy.policies import Policy
from smpolicy.testing.conditions import kinds_of
from smpolicy.testing.scenario_runs import PLAIN_PAYLOAD
from smpolicy.vocabulary import SomeOf

Known = Literal["all", "harmless"] | Collection[str] | None

HEADER = 24
"""So many bytes come before those for facts: who attests, whether there is content, and which way to turn."""

MODES: tuple[tuple[int, int], ...] = ((235, 8), (2, 250), (12, 200), (70, 90), (2, 120))
"""How often, of 256 times, a fact is left unknown, and is harmless: little is known; all is plain; and so on."""

MOST_GOALS = 8

ALONE = 128
"""Of 256 times, so often nothing is sought beside the condition that is asked for."""
PAYLOAD = PLAIN_PAYLOAD.encode()


@frozen(slots=True, eq=False)
class Spaces:
    """The spaces of a policy's actions, each made when it is first needed.

    Attributes:
        policy: the policy.
        asked: further conditions whose values are told apart.
    """

    policy: Policy
    asked: tuple[Expression, ...] = ()
    _made: dict[tuple[str, datetime], Space] = field(factory=dict, repr=False)
    _goals: dict[tuple[str, datetime], tuple[Goal, ...]] = field(factory=dict, repr=False)

    def of(self, kind: str, at: datetime) -> Space:
        """Return the space of the actions of a kind, decided for a moment."""
        found = self._made.get((kind, at))
        if found is None:
            vocabulary = self.policy.agency.vocabulary
            asked = tuple(each for each in self.asked if all(vocabulary.has(kind, path) for path in _paths(each)))
            found = self._made[kind, at] = make_space(self.policy, kind, at, asked)
        return found

    def goals(self, kind: str, at: datetime) -> tuple[Goal, ...]:
        """Return the states of rules that some action of a kind brings about."""
        found = self._goals.get((kind, at))
        if found is None:
            space = self.of(kind, at)
            found = tuple(goal for goal in space.goals if space.solve(goal.wants, space.domains) is not None)
            self._goals[kind, at] = found
        return found


def _paths(expression: Expression) -> Iterable[str]:
    return (term.path for term in terms(expression))


@st.composite
def actions_in(
    draw: st.DrawFn,
    spaces: Spaces,
    *,
    kinds: Iterable[str] | None = None,
    known: Known = None,
    at: datetime | None = None,
    attested: bool | None = None,
    payload: bool | None = None,
    prefer: Mapping[str, frozenset[str]] | None = None,
) -> Action:
    """Return a strategy for actions in spaces; all that they are asked about holds of each.

    Args:
        draw: given by Hypothesis.
        spaces: the spaces of a policy, with the conditions that hold.
        kinds: as in `actions`.
        known: as in `actions`.
        at: as in `actions`.
        attested: as in `actions`.
        payload: as in `actions`.
        prefer: for a kind the rules whose states are sought; by default all.
    """
    policy, moment = spaces.policy, at or default_moment(spaces.policy)
    condition = spaces.asked[0] if spaces.asked else None
    possible = tuple(policy.kinds) if condition is None and kinds is None else (
        kinds_of(condition, policy, kinds) if condition is not None else tuple(kinds or ())
    )  # fmt: skip
    satisfying = [kind for kind in possible if condition is None or _satisfiable(spaces, kind, moment)]
    if not satisfying:
        message = "no action satisfies the condition, whatever is known of it"
        raise InvalidProperty(
            Problem("nothing_satisfies", message, help="correct the condition, or name other kinds of action")
        )
    kind = draw(st.sampled_from(satisfying))
    space = spaces.of(kind, moment)
    chosen = draw(_choices(space, _wants(spaces, space), spaces.goals(kind, moment), known, (prefer or {}).get(kind)))
    choice, header = chosen
    content = payload if payload is not None else header[0] >= 64
    action = space.action(choice, PAYLOAD if content and policy.agency.vocabulary.kinds[kind].payload else None)
    if known not in ("all", "harmless") and (attested or (attested is None and header[1] >= 192)):
        by = attesters(policy, kind, moment)
        if by:
            person, parts = by[header[2] % len(by)]
            action = action.attest(person, parts, policy.agency.vocabulary)
    return action


def _wants(spaces: Spaces, space: Space) -> Wants:
    return tuple((space.node(each), TRUE) for each in spaces.asked[:1] if each != ALWAYS)


def _satisfiable(spaces: Spaces, kind: str, at: datetime) -> bool:
    space = spaces.of(kind, at)
    return space.solve(_wants(spaces, space), space.domains) is not None


@st.composite
def _choices(
    draw: st.DrawFn,
    space: Space,
    wants: Wants,
    goals: tuple[Goal, ...],
    known: Known,
    prefer: frozenset[str] | None,
) -> tuple[Choice, bytes]:
    """Return a strategy for what an action says; the bytes stand for facts, and shrink to nothing known."""
    sought = draw(st.binary(max_size=2 * MOST_GOALS)) if known != "harmless" else b""
    mode = MODES[draw(st.sampled_from(range(len(MODES))))] if known != "harmless" else (0, 256)
    size = HEADER + len(space.slots)
    block = draw(st.binary(min_size=size, max_size=size))
    turns = iter(block[3 : HEADER - 1])

    def turn(ways: int) -> int:
        return next(turns, 0) % ways

    domains = space.solve(wants, space.domains, turn)
    assert domains is not None
    if known is not None and not isinstance(known, str):
        for index, slot in enumerate(space.slots):
            if slot.path in known:
                domains = space.refine(domains, index, ~1) or domains
    if isinstance(known, str):
        goals = tuple(goal for goal in goals if goal.state != "unknown")
    wanted = tuple(goal for goal in goals if prefer is None or space.rules.rules[goal.rule].id in prefer) or goals
    alone = block[HEADER - 1] < ALONE and bool(wants)  # beside the condition nothing, or what is plain
    mode = MODES[MODES.index(mode) % 2] if alone and mode in MODES else mode
    for number in range(0, len(sought) - 1, 2) if wanted and not alone else ():
        goal = wanted[int.from_bytes(sought[number : number + 2]) % len(wanted)]
        domains = space.solve(goal.wants, domains, turn) or domains
    if known == "harmless" and block[HEADER - 1] >= ALONE:
        domains = _bare(space, domains)
    return fill(space, domains, block[HEADER:], mode, every=known in ("all", "harmless")), block[:HEADER]


def _bare(space: Space, domains: Domains) -> Domains:
    """Return domains in which the sets that a condition reads hold no member that it does not ask for."""
    read = {path for expression in space.asked for path in _paths(expression)}
    for index, slot in enumerate(space.slots):
        if slot.member and slot.path in read:
            domains = space.refine(domains, index, 1 << slot.values.index(False)) or domains
    return domains


def fill(space: Space, domains: Domains, block: bytes, mode: tuple[int, int], *, every: bool) -> Choice:
    """Return for each slot the index of one of its values, chosen by a byte each: the smaller, the less is said.

    Args:
        space: the space.
        domains: the values from which to choose.
        block: a byte for each slot.
        mode: how often, of 256 times, a fact is left unknown, and is harmless.
        every: whether every fact is to be known.
    """
    choice = [0] * len(space.slots)
    for index, slot in enumerate(space.slots):
        mask = domains[index]
        if slot.guard >= 0 and choice[slot.guard] != 2:  # its part does not exist, or may not
            continue
        if every and mask & ~1 and len(slot.values) > 1:
            mask &= ~1
        elif not slot.read and mask & 1:
            continue
        choice[index] = _pick(mask, block[index], mode, every)
    for slots in space.sets.values():
        told = [index for index in slots if choice[index]]
        if told and all(choice[index] for index in slots if space.slots[index].read):
            for index in slots:  # a list is complete unless something that matters is missing
                if not choice[index] and domains[index] & 2:
                    choice[index] = 1
    return choice


def _pick(mask: int, byte: int, mode: tuple[int, int], every: bool) -> int:
    """Return the index of one of some values: 0 leaves it unknown, 1 is harmless, and all others are equally likely."""
    if mask & (mask - 1) == 0:
        return mask.bit_length() - 1
    unknown, harmless = mode if not every else (0, mode[1])
    others = [index for index in range(2, mask.bit_length()) if mask >> index & 1]
    if mask & 1 and (byte < unknown or (not others and not mask & 2)):
        return 0
    if mask & 2 and (byte < unknown + harmless or not others):
        return 1
    start = unknown + harmless if mask & 2 else unknown if mask & 1 else 0
    return others[min(max(byte - start, 0) * len(others) // max(256 - start, 1), len(others) - 1)]


def attesters(policy: Policy, kind: str, at: datetime) -> tuple[tuple[str, tuple[str, ...] | None], ...]:
    """Return who may attest what of an action: people, each with the parts, or None for every part.

    Args:
        policy: the policy.
        kind: the kind of action.
        at: the moment.
    """
    directory, vocabulary = policy.agency.directory, policy.agency.vocabulary
    namespaces = {path.partition(".")[0] for path, kinds in vocabulary.pack_kinds.items() if kind in kinds}
    own = (*vocabulary.kinds[kind].parts, *sorted(namespaces))
    found: dict[tuple[str, tuple[str, ...] | None], None] = {}
    for each in policy.agency.attesting:
        if each.on and kind not in each.on:
            continue
        parts = tuple(part for part in own if part in each.parts) if each.parts else None
        for person in directory.people():
            if parts != () and (each.everyone or any(holds_role(directory, person, role, at) for role in each.roles)):
                found[person, parts] = None
    return tuple(sorted(found, key=lambda pair: (pair[1] is not None, pair[0])))


@st.composite
def learned_in(draw: st.DrawFn, space: Space, action: Action, *, complete: bool = False) -> Action:
    """Return a strategy for an action of a space of which more, or all, is known; see `learned`."""
    mode = MODES[draw(st.sampled_from(range(len(MODES))))]
    block = draw(st.binary(min_size=len(space.slots), max_size=len(space.slots)))
    choice = fill(space, space.known(action), block, mode, every=complete)
    news: dict[str, Any] = {}
    vocabulary = space.policy.agency.vocabulary
    for slot, index in zip(space.slots, choice, strict=True):
        if not slot.member and len(slot.values) > 1 and index and action.get(slot.path) is None:
            news[slot.path] = slot.values[index]
    for path, slots in space.sets.items():
        before = action.get(path)
        if before is None or isinstance(before, SomeOf):
            told = {space.slots[index].member: space.slots[index].values[choice[index]] for index in slots}
            includes = {member for member, present in told.items() if present}
            excludes = {member for member, present in told.items() if present is False}
            if isinstance(before, SomeOf):
                includes, excludes = includes | before.includes, excludes | before.excludes
            if includes or excludes:
                whole = len(includes) + len(excludes) == len(vocabulary.facts[path].members)
                news[path] = frozenset(includes) if whole else SomeOf(includes, excludes)
    for path in [path for path in news if path.endswith(".exists") and news[path]]:
        if any(other.startswith(path.removesuffix("exists")) and other != path for other in news):
            del news[path]
    if action.kind == "adopt_policy":
        news = {path: value for path, value in news.items() if path == "actor.id"}
    return action.answer(news, vocabulary) if news else action
