"""How a promise about a policy is tried: on actions that it is about, until one breaks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from smpolicy.actions import Action
from smpolicy.analysis.moments import default_moment, moments_of_change
from smpolicy.decisions import Decision
from smpolicy.errors import InvalidProperty, PolicyError, Problem
from smpolicy.judge import Outcome
from smpolicy.language.expressions import TRUE, AtLeast, Constant, Expression, atoms
from smpolicy.policies import Policy
from smpolicy.render.words import listed
from smpolicy.testing.conditions import kinds_of, read_condition
from smpolicy.testing.counterexamples import (
    Broken,
    Judge,
    PromiseBroken,
    Subject,
    attested_instead,
    smallest,
)
from smpolicy.testing.drawing import Known, Spaces, actions_in, attesters
from smpolicy.testing.strategies import holds

Property = Callable[[Policy], None]
"""A test of a policy; raises `PromiseBroken` where the policy breaks the promise."""

Kinds = Collection[str] | None
Drawn = Callable[[st.DrawFn, "Scene", Action, datetime], Subject]


@frozen(slots=True, eq=False)
class Scene:
    """A policy that is held to a promise, and the actions that the promise is about.

    Attributes:
        policy: the policy.
        condition: the condition that holds of the actions.
        kinds: the kinds of action.
        spaces: where the actions come from.
    """

    policy: Policy
    condition: Expression
    kinds: tuple[str, ...]
    spaces: Spaces
    changed: dict[Any, tuple[Policy, str] | None] = field(factory=dict, repr=False)


def make_property(
    name: str,
    promise: str,
    judge: Callable[[Scene, Subject], Broken | bool | None],
    *,
    when: str | None = None,
    kinds: Kinds = None,
    known: Known = None,
    examples: int | None = None,
    drawn: Drawn | None = None,
    attested: bool | None = None,
    prefer: Callable[[Policy], Mapping[str, frozenset[str]]] | None = None,
) -> Property:
    """Return the test of a promise.

    Args:
        name: the name of the function of this module.
        promise: the promise, in words.
        judge: says whether a subject breaks it.
        when: a condition that holds of every action that the promise is about.
        kinds: the kinds of action that it is about.
        known: what is known of the actions.
        examples: how many are tried; by default as many as Hypothesis' profile says.
        drawn: from an action to a subject; by default to a bare one.
        attested: whether the actions are attested.
        prefer: for each kind the rules whose states are sought.
    """
    about = f"{promise}{f' when {when}' if when else ''}{f' ({listed(list(kinds))})' if kinds else ''}."

    def test(policy: Policy) -> None:
        scene = _scene(policy, when, kinds)
        sought = None if prefer is None else prefer(policy)
        moments = _moments(policy, scene.condition, fixed=known == "harmless")

        def of(subject: Subject) -> Broken | bool | None:
            return judge(scene, subject) if holds(scene.condition, subject.decision) else False

        @st.composite
        def subjects(draw: st.DrawFn) -> Subject:
            at = moments[draw(st.integers(0, len(moments) - 1))] if draw(st.integers(0, 3)) == 3 else moments[0]
            if not _possible(scene, at):
                at = _first_possible(scene, moments)
            action = draw(actions_in(scene.spaces, kinds=scene.kinds, known=known, at=at, attested=attested,
                                     prefer=sought))  # fmt: skip
            return Subject(policy, action, at) if drawn is None else drawn(draw, scene, action, at)

        _first_possible(scene, moments)
        _run(about, subjects(), of, name, examples, known)

    test.__name__ = test.__qualname__ = name
    test.__doc__ = about
    return test


def _scene(policy: Policy, when: str | None, kinds: Kinds) -> Scene:
    check_policy(policy)
    condition = read_condition(when, policy)
    return Scene(policy, condition, kinds_of(condition, policy, kinds), Spaces(policy, (condition,)))


def check_policy(given_: object) -> None:
    """Refuse what is no policy."""
    if not isinstance(given_, Policy):
        message = f"`{type(given_).__name__}` is no policy"
        raise InvalidProperty(Problem("wrong_type", message, help="give what smpolicy.load(...) returns"))


def _moments(policy: Policy, condition: Expression, *, fixed: bool) -> tuple[datetime, ...]:
    """Return the moments to try: where a condition reckons an age, those at which it changes; else all that matter.

    Args:
        policy: the policy.
        condition: the condition.
        fixed: whether the time is meant to matter only where the condition says so.
    """
    if any(isinstance(each, AtLeast) and each.term.unit for each in atoms(condition)):
        return moments_of_change(policy, condition)
    return (default_moment(policy),) if fixed else moments_of_change(policy)


def _possible(scene: Scene, at: datetime) -> bool:
    if isinstance(scene.condition, Constant):
        return scene.condition == TRUE
    for kind in scene.kinds:
        space = scene.spaces.of(kind, at)
        if space.solve(((space.node(scene.condition), 1),), space.domains) is not None:
            return True
    return False


def _first_possible(scene: Scene, moments: tuple[datetime, ...]) -> datetime:
    found = next((at for at in moments if _possible(scene, at)), None)
    if found is None:
        raise InvalidProperty(
            Problem(
                "nothing_satisfies",
                f"no action {_or(scene.kinds)} satisfies the condition, whatever is known and whenever it is decided",
                help="correct the condition, or name other kinds of action",
            )
        )
    return found


def _or(kinds: Iterable[str]) -> str:
    return " or ".join(f"`{kind}`" for kind in kinds)


def _run(
    promise: str,
    subjects: st.SearchStrategy[Subject],
    judge: Judge,
    name: str,
    examples: int | None,
    known: Known,
) -> None:
    """Try a promise on many subjects; raise the smallest that breaks it, or say that it was about none of them."""
    about = 0
    profile = settings.default
    most = examples if examples is not None else profile.max_examples if profile is not None else 100

    def check(subject: Subject) -> None:
        nonlocal about
        found = judge(subject)
        about += found is not False
        if isinstance(found, Broken):
            raise PromiseBroken(promise, subject, found)

    check.__name__ = check.__qualname__ = re.sub(
        r"\W+", "_", f"{name} {promise}"
    )  # each promise has examples of its own to remember
    slow = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
    unshrunk = (Phase.explicit, Phase.reuse, Phase.generate)  # made smaller here, where it is known what an action is
    tried = settings(
        max_examples=most,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=slow,
        phases=unshrunk,
    )(given(subjects)(check))
    try:
        tried()
    except PromiseBroken as error:
        raise _smaller(error, judge, known) from None
    if not about:
        message = "in none of the examples was the promise about anything: every action was denied or left out"
        raise InvalidProperty(
            Problem("nothing_satisfies", message, help="name other kinds of action, or correct the condition")
        )


def _smaller(error: PromiseBroken, judge: Judge, known: Known) -> PromiseBroken:
    subject = error.subject
    if known == "all":
        return error
    if known == "harmless" and subject.decision.settled:
        whole = judge

        def judge(each: Subject) -> Broken | bool | None:
            return whole(each) if each.decision.settled else False

    usual: Subject = evolve(subject, at=default_moment(subject.policy))
    with suppress(PolicyError):  # somebody may not be registered then, or not attest
        subject = usual if isinstance(judge(usual), Broken) else subject
    by = attesters(subject.policy, subject.action.kind, subject.at)
    found = attested_instead(smallest(subject, judge), by, judge)
    found = smallest(found, judge)
    broken = judge(found)
    return PromiseBroken(error.promise, found, broken) if isinstance(broken, Broken) else error


def outcome_in_words(decision: Decision) -> str:
    """Return the outcome of a decision, and whether it is settled."""
    words = {Outcome.ALLOW: "allow", Outcome.NEEDS_APPROVAL: "needs approval", Outcome.DENY: "deny"}
    return words[decision.outcome] if decision.settled else f"{words[decision.outcome]} (not settled)"
