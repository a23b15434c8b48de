"""Hypothesis strategies for actions, moments, approvals, agencies, policies, rulesets and histories, to test with.

Each is a plural noun, takes keywords beyond its subject, and finds fault with its arguments when it is drawn from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.vendor import pretty

from smpolicy.actions import Action
from smpolicy.agencies import Agency
from smpolicy.analysis.moments import default_moment, moments_of_change
from smpolicy.analysis.spaces import Space, make_space
from smpolicy.approvals import Approval, holds_role
from smpolicy.bound_rules import KindRules
from smpolicy.decisions import Decision
from smpolicy.language.expressions import Expression
from smpolicy.language.expressions import truth as truth_of
from smpolicy.policies import Policy
from smpolicy.rulesets import Ruleset
from smpolicy.testing.agency_tables import ROLES, agency_tables, bound
from smpolicy.testing.conditions import Reading, read_condition
from smpolicy.testing.drawing import Known, Spaces, actions_in, learned_in
from smpolicy.testing.histories import History, played
from smpolicy.testing.ruleset_tables import ruleset_tables
from smpolicy.testing.tables import policy_from, ruleset_from, shipped

if TYPE_CHECKING:
    from smpolicy.cases.desk import Desk


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
