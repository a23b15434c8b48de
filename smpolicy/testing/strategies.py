"""Hypothesis strategies for actions, moments, approvals, agencies, policies, rulesets and histories, to test with.

Each is a plural noun, takes keywords beyond its subject, and finds fault with its arguments when it is drawn from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.vendor import pretty

from smpolicy.actions import Action
from smpolicy.agencies import Agency
from smpolicy.analysis.moments import default_moment, moments_of_change
from smpolicy.analysis.nodes import TRUE, Choice, Wants
from smpolicy.analysis.solving import Domains
from smpolicy.analysis.spaces import Goal, Space, make_space
from smpolicy.approvals import Approval, holds_role
from smpolicy.binding import KindRules
from smpolicy.decisions import Decision
from smpolicy.errors import InvalidProperty, Problem
from smpolicy.language.expressions import TRUE as ALWAYS
from smpolicy.language.expressions import Expression, terms
from smpolicy.language.expressions import truth as truth_of
from smpolicy.policies import Policy
from smpolicy.rulesets import Ruleset
from smpolicy.testing.agency_tables import ROLES, agency_tables, bound
from smpolicy.testing.conditions import Reading, kinds_of, read_condition
from smpolicy.testing.histories import History, played
from smpolicy.testing.ruleset_tables import ruleset_tables
from smpolicy.testing.scenario_runs import PLAIN_PAYLOAD
from smpolicy.testing.tables import policy_from, ruleset_from, shipped
from smpolicy.vocabulary import SomeOf

if TYPE_CHECKING:
    from smpolicy.cases.desk import Desk

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


@cache
def _stock() -> Policy:
    """Return the policy of an agency that makes no choice of its own, for actions of no policy in particular."""
    people = [{"id": f"{role}-1".replace("_", "-"), "roles": [role], "trained": True} for role in ROLES]
    offices = {office: ["chief_or_sheriff"] for office in shipped().offices}
    header: dict[str, Any] = {"id": "example", "name": "An example agency (fictional)", "time_zone": "UTC"}
    header["effective"] = date(2026, 1, 1)
    tables = {
        "agency": header,
        "offices": offices,
        "attestation": [{"everyone": True}],
        "account": [{"id": "main", "type": "official"}],
        "directory": {"person": people},
    }
    return policy_from(tables, shipped())


def actions(
    policy: Policy | None = None,
    *,
    kinds: Iterable[str] | None = None,
    known: Known = None,
    when: str | None = None,
    at: datetime | None = None,
    attested: bool | None = None,
    payload: bool | None = None,
) -> st.SearchStrategy[Action]:
    """Return a strategy for actions that a policy can decide.

    Every state of every bound rule is sought: true, unknown, and spared by each of its exceptions; and of every number,
    date and set that the rules mention both sides. Actions shrink to those of which least is known, and to what is
    harmless.

    Args:
        policy: the policy; by default that of an agency that adopts the shipped ruleset and makes no choices.
        kinds: the kinds of action; by default every kind that has the facts which `when` reads.
        known: `"all"` where every fact is to be known; `"harmless"` where every fact that `when` leaves open is to be
            known and harmless (a set that it reads may also hold just what it asks for); or the paths of facts that are
            to be known; by default nothing needs to be.
        when: a condition, in the language of rules, that holds of every action.
        at: the moment for which the actions are decided, from which ages are reckoned; by default that of `moments`
            to which it shrinks.
        attested: whether somebody has attested the rest; by default sometimes.
        payload: whether the content is there, on kinds that have one; by default sometimes.

    Raises:
        InvalidArgument: when drawn from: an argument is of another type, or names what there is not.
        InvalidProperty: when drawn from: `when` is no condition of this policy, or nothing satisfies it.
    """
    spaces: list[Spaces] = []  # made when first drawn from

    @st.composite
    def drawn(draw: st.DrawFn) -> Action:
        _check_actions(policy, kinds, known, at)
        if not spaces:
            used = _stock() if policy is None else policy
            spaces.append(Spaces(used, (read_condition(when, used),)))
        return draw(actions_in(spaces[0], kinds=kinds, known=known, at=at, attested=attested, payload=payload))

    return drawn()


def _check_actions(policy: object, kinds: object, known: object, at: object) -> None:
    if policy is not None and not isinstance(policy, Policy):
        raise InvalidArgument(f"policy={policy!r} is no policy: load one with smpolicy.load(...)")
    if isinstance(kinds, str) or (kinds is not None and not isinstance(kinds, Iterable)):
        raise InvalidArgument(f"kinds={kinds!r} must be a collection of kinds of action, such as ['publish']")
    if isinstance(known, str) and known not in ("all", "harmless"):
        raise InvalidArgument(f"known={known!r} must be 'all', 'harmless' or a collection of paths of facts")
    if known is not None and not isinstance(known, Collection):
        raise InvalidArgument(f"known={known!r} must be 'all', 'harmless' or a collection of paths of facts")
    if at is not None and (not isinstance(at, datetime) or at.tzinfo is None):
        raise InvalidArgument(f"at={at!r} must be a datetime with a time zone")


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
    directory, own = policy.agency.directory, policy.agency.vocabulary.kinds[kind].parts
    found: dict[tuple[str, tuple[str, ...] | None], None] = {}
    for each in policy.agency.attesting:
        if each.on and kind not in each.on:
            continue
        parts = tuple(part for part in own if part in each.parts) if each.parts else None
        for person in directory.people():
            if parts != () and (each.everyone or any(holds_role(directory, person, role, at) for role in each.roles)):
                found[person, parts] = None
    return tuple(sorted(found, key=lambda pair: (pair[1] is not None, pair[0])))


def moments(policy: Policy) -> st.SearchStrategy[datetime]:
    """Return a strategy for moments at which a policy is in force.

    It favours those at which a role begins or ends, and those from which on a training or a review is too old for a
    rule, with the second before. It shrinks to noon of the 151st day in force, or half way if it ends sooner.

    Args:
        policy: the policy.

    Raises:
        InvalidArgument: when drawn from: `policy` is no policy.
    """

    def found() -> st.SearchStrategy[datetime]:
        if not isinstance(policy, Policy):
            raise InvalidArgument(f"policy={policy!r} is no policy: load one with smpolicy.load(...)")
        return st.just(default_moment(policy)) | st.sampled_from(moments_of_change(policy))

    return st.deferred(found)


@st.composite
def learned(
    draw: st.DrawFn, action: Action, *, policy: Policy, at: datetime | None = None, complete: bool = False
) -> Action:
    """Return a strategy for the same action of which more is known, or all.

    Args:
        draw: given by Hypothesis.
        action: the action.
        policy: the policy.
        at: the moment of the decision; by default that of `moments` to which it shrinks.
        complete: whether everything that the action can say is known then.

    Raises:
        InvalidArgument: when drawn from: `action` is no action, or `policy` no policy.
    """
    _check_pair(action, policy)
    return draw(learned_in(make_space(policy, action.kind, at or default_moment(policy)), action, complete=complete))


def _check_pair(action: object, policy: object) -> None:
    if not isinstance(action, Action):
        raise InvalidArgument(f"action={action!r} is no action: make one with policy.action(...)")
    if not isinstance(policy, Policy):
        raise InvalidArgument(f"policy={policy!r} is no policy: load one with smpolicy.load(...)")


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


@st.composite
def approvals(
    draw: st.DrawFn, action: Action, *, policy: Policy, at: datetime | None = None, sound: bool = True
) -> tuple[Approval, ...]:
    """Return a strategy for approvals of what a decision on an action needs, or would need.

    Args:
        draw: given by Hypothesis.
        action: the action.
        policy: the policy, which says what is needed and who there is.
        at: the moment of the decision; by default that of `moments` to which it shrinks.
        sound: whether each is given by somebody of the directory in a role that is asked for; else in any role.

    Raises:
        InvalidArgument: when drawn from: `action` is no action, or `policy` no policy.
    """
    _check_pair(action, policy)
    return draw(approvals_of(policy.decide(action, at=at or default_moment(policy)), sound=sound))


@st.composite
def approvals_of(draw: st.DrawFn, decision: Decision, *, sound: bool = True) -> tuple[Approval, ...]:
    """Return a strategy for approvals of what a decision needs, or would need; see `approvals`."""
    asked = [*decision.needed, *decision.needed_if]
    directory = decision.policy.agency.directory
    people = tuple(directory.people())
    if not asked or not people or decision.lacks_payload:
        return ()
    granted = []
    for each in draw(st.lists(st.sampled_from(asked), max_size=6)):
        roles = sorted({role for need in each.requirement for role in need.roles}) if sound else list(ROLES)
        pairs = [(by, role) for by in people for role in roles]
        held = [(by, role) for by, role in pairs if holds_role(directory, by, role, decision.at)]
        if pairs:
            by, role = draw(st.sampled_from((held or pairs) if sound else pairs))
            granted.append(decision.approval(each.rule, by=by, role=role))
    return tuple(granted)


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    """Return a strategy for well-typed rulesets, with facts, choices, definitions, rules and exceptions of their own.

    They cite a source that does not exist, and test loaders, judges and engines.

    Args:
        draw: given by Hypothesis.
    """
    return ruleset_from(draw(ruleset_tables()))


@st.composite
def policies(
    draw: st.DrawFn,
    *,
    rulesets: Iterable[Ruleset] | None = None,
    engine: str = "compiled",
    complete: bool = False,
    unsettled: str | None = None,
) -> Policy:
    """Return a strategy for policies: rulesets under generated agencies.

    Args:
        draw: given by Hypothesis.
        rulesets: the rulesets; by default the shipped one.
        engine: the engine that decides.
        complete: whether everything is known that the agency should know of itself.
        unsettled: what the agencies say of unsettled decisions; by default anything.

    Raises:
        InvalidArgument: when drawn from: `rulesets` holds something else.
    """
    adopted = _adopted(rulesets)
    return bound(draw(agency_tables(*adopted, complete=complete, unsettled=unsettled)), *adopted, engine=engine)


@st.composite
def agencies(
    draw: st.DrawFn,
    *,
    rulesets: Iterable[Ruleset] | None = None,
    complete: bool = False,
    unsettled: str | None = None,
) -> Agency:
    """Return a strategy for agencies, with choices, offices, accounts and people.

    Those that the loader refuses are not among them: none restricts a personal post about which nothing is wrong.

    Args:
        draw: given by Hypothesis.
        rulesets: the rulesets that they adopt; by default the shipped one.
        complete: whether everything is known that an agency should know of itself.
        unsettled: what they say of unsettled decisions; by default anything.

    Raises:
        InvalidArgument: when drawn from: `rulesets` holds something else.
    """
    return draw(policies(rulesets=rulesets, complete=complete, unsettled=unsettled)).agency


def _adopted(rulesets: Iterable[Ruleset] | None) -> tuple[Ruleset, ...]:
    if rulesets is None:
        return (shipped(),)
    adopted: tuple[Any, ...] = tuple(rulesets)
    if not adopted or not all(isinstance(each, Ruleset) for each in adopted):
        raise InvalidArgument(f"rulesets={rulesets!r} must be loaded rulesets, such as those of policy.agency.rulesets")
    return adopted


def holds(condition: Expression, decision: Decision) -> bool:
    """Return whether a condition is known to hold of a decided action.

    Args:
        condition: a bound condition.
        decision: the decision.
    """
    return truth_of(condition, Reading(decision)) is True


def _show(value: object, printer: pretty.RepresentationPrinter, _cycle: bool) -> None:
    """Show an object by its own words, not by everything that hangs on it."""
    printer.text(repr(value))


for _type in (Policy, Agency, Decision, Ruleset, KindRules, Spaces, Space):
    pretty.for_type_by_name(_type.__module__, _type.__name__, _show)


@st.composite
def histories(
    draw: st.DrawFn, desk: Desk | Callable[[], Desk], *, kinds: Iterable[str] | None = None, steps: int = 12
) -> History:
    """Return a strategy for histories of an approval desk, each played on it as it is drawn.

    People of the directory submit, answer, attest, edit, approve, take back, refuse, withdraw, review, release, lend
    and revoke, in any order, with pauses of up to five days. What the desk refuses is a step, too. On a desk that is
    shared each history goes on where the one before it ended; what opens a desk anew gives each one of its own.

    Args:
        draw: given by Hypothesis.
        desk: the desk, or a function that opens one on a new store; its clock gives a moment at which a policy is in
            force.
        kinds: the kinds of action that are submitted; by default every kind.
        steps: how many steps at most.

    Raises:
        InvalidArgument: when drawn from: `desk` is no desk, or `steps` no number of steps.
    """
    return played(draw, desk, kinds, steps, actions)
