"""Promises about a policy that pytest holds it to, one line each; a broken one is told with the smallest action.

    from smpolicy.testing import properties

    test_guilt = properties.never_allows(when="content.guilt_or_innocence", kinds=["publish"])

Each function here returns a test that takes `policy`, as the fixture of that name gives it, or as one calls it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs
from attrs import field, frozen
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from smpolicy.actions import Action
from smpolicy.agencies import Agency, Chosen
from smpolicy.decisions import Decision
from smpolicy.errors import InvalidFile, InvalidProperty, PolicyError, Problem, nearest, some
from smpolicy.judge import Outcome
from smpolicy.language.expressions import TRUE, AtLeast, Constant, Expression, atoms
from smpolicy.policies import Policy, bind_policy
from smpolicy.render.words import listed
from smpolicy.rulesets import EFFECTS, Choice, is_under
from smpolicy.testing.comparing import ORDER, meaning, people_of_offices, strength
from smpolicy.testing.conditions import kinds_of, read_condition
from smpolicy.testing.counterexamples import (
    Broken,
    Judge,
    PromiseBroken,
    Subject,
    attested_instead,
    smallest,
    spoken,
)
from smpolicy.testing.scenario_runs import compare, observe
from smpolicy.testing.scenarios import Expected
from smpolicy.testing.spaces import default_moment, make_space, moments_of_change
from smpolicy.testing.strategies import (
    Known,
    Spaces,
    actions_in,
    approvals_of,
    attesters,
    holds,
    learned_in,
)

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


def _make(
    name: str,
    promise: str,
    judge: Callable[[Scene, Subject], Broken | None | bool],
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

        def of(subject: Subject) -> Broken | None | bool:
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
    if not isinstance(policy, Policy):
        message = f"`{type(policy).__name__}` is no policy"
        raise InvalidProperty(Problem("wrong_type", message, help="give what smpolicy.load(...) returns"))
    condition = read_condition(when, policy)
    return Scene(policy, condition, kinds_of(condition, policy, kinds), Spaces(policy, (condition,)))


def _moments(policy: Policy, condition: Expression, *, fixed: bool) -> tuple[datetime, ...]:
    """Return the moments to try: where a condition reckons an age, those at which it changes; else all at which anything does.

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
                f"no action {_or(scene.kinds)} satisfies the condition, whatever is known of it and whenever it is decided",
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

        def judge(each: Subject) -> Broken | None | bool:
            return whole(each) if each.decision.settled else False

    by = attesters(subject.policy, subject.action.kind, subject.at)
    found = attested_instead(smallest(subject, judge), by, judge)
    found = smallest(found, judge)
    broken = judge(found)
    return PromiseBroken(error.promise, found, broken) if isinstance(broken, Broken) else error


# --- promises that an agency makes ------------------------------------------------------------------------------------


def never_allows(*, when: str, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that no action is allowed of which a condition holds.

    Args:
        when: the condition, in the language of rules.
        kinds: the kinds of action; by default every kind that has the facts which the condition reads.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | None:
        if not subject.decision.allowed:
            return None
        return Broken(f"This `{subject.action.kind}` is allowed.", Expected(outcome_is_not="allow"))

    return _make("never_allows", "Nothing is allowed", judge, when=when, kinds=kinds, examples=examples)


def always_denies(*, when: str, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that every action is denied, settled, of which a condition holds.

    Args:
        when: the condition, in the language of rules.
        kinds: the kinds of action; by default every kind that has the facts which the condition reads.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | None:
        decision = subject.decision
        if decision.outcome is Outcome.DENY and decision.settled:
            return None
        happened = f"This `{subject.action.kind}` gets {_outcome(decision)}, {spoken(decision)}."
        return Broken(happened, Expected(outcome="deny", settled=True))

    return _make("always_denies", "Everything is denied", judge, when=when, kinds=kinds, examples=examples)


def always_allows(*, when: str | None = None, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that every action is allowed that is plain but for a condition that holds of it.

    All facts that the condition does not decide are known and harmless.

    Args:
        when: the condition, in the language of rules; by default the plain action itself is meant.
        kinds: the kinds of action; by default every kind that has the facts which the condition reads.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | None:
        decision = subject.decision
        if decision.allowed:
            return None
        happened = f"This `{subject.action.kind}`, otherwise harmless, gets {_outcome(decision)}, {spoken(decision)}."
        return Broken(happened, Expected(outcome="allow"))

    promise = "Everything that is otherwise harmless is allowed"
    return _make("always_allows", promise, judge, when=when, kinds=kinds, known="harmless", examples=examples)


def always_needs(
    office: str | Collection[str],
    *,
    when: str,
    kinds: Kinds = None,
    people: int = 1,
    roles: Collection[str] | None = None,
    examples: int | None = None,
) -> Property:
    """Return the test that every action needs an office's approval of which a condition holds, unless it is denied.

    Args:
        office: the office, or several of which any will do.
        when: the condition, in the language of rules.
        kinds: the kinds of action; by default every kind that has the facts which the condition reads.
        people: how many people of the office must approve, at least.
        roles: the roles that may give the approval; by default whichever the agency's file names.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """
    offices = {office} if isinstance(office, str) else set(office)
    named = " or ".join(sorted(offices))
    whose = f" of {people} people" if people > 1 else ""
    by = f" in no other role than {' or '.join(sorted(roles))}" if roles is not None else ""

    def judge(scene: Scene, subject: Subject) -> Broken | None | bool:
        _check_offices(scene.policy, offices)
        decision = subject.decision
        if decision.outcome is Outcome.DENY:
            return False
        asked = [each.requirement for each in (*decision.needed, *decision.needed_if)]
        needs = [need for requirement in asked for need in requirement]
        if any(
            set(need.offices) <= offices and need.people >= people and (roles is None or set(need.roles) <= set(roles))
            for need in needs
        ):
            return None
        happened = f"This `{subject.action.kind}` gets {_outcome(decision)}, {spoken(decision)}."
        others = sorted({name for need in needs for name in need.offices})
        if set(others) & offices:
            held = sorted({role for need in needs if set(need.offices) <= offices for role in need.roles})
            happened += f" The approval asked of {named} may be given in the roles {listed(held) or 'none'}."
        else:
            happened += f" Asked are: {listed(others)}." if others else " Nobody's approval is needed."
        return Broken(happened, Expected(outcome_is_not="allow", offices_include=tuple(sorted(offices))[:1]))

    promise = f"Everything that is not denied needs the approval{whose} of {named}{by}"
    return _make("always_needs", promise, judge, when=when, kinds=kinds, examples=examples)


def _check_offices(policy: Policy, offices: Collection[str]) -> None:
    known = policy.agency.known_offices()
    for office in offices:
        if office not in known:
            message = f"there is no office `{office}`"
            raise InvalidProperty(
                Problem("unknown_office", message, expected=some(known, most=20), nearest=nearest(office, known))
            )


def always_obliges(
    about: str, *, when: str | None = None, kinds: Kinds = None, examples: int | None = None
) -> Property:
    """Return the test that a duty is laid on somebody by every action of which a condition holds, unless it is denied.

    Args:
        about: the rule that lays the duty, or a consideration under which some rule does.
        when: the condition, in the language of rules; by default every action of the kinds is meant.
        kinds: the kinds of action; by default every kind that has the facts which the condition reads.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(scene: Scene, subject: Subject) -> Broken | None | bool:
        _check_cited(scene.policy, (about,))
        decision = subject.decision
        if decision.outcome is Outcome.DENY:
            return False
        duties = (*decision.duties, *decision.possible_duties)
        if any(_is_about(each.rule, about) or any(is_under(cite, about) for cite in each.cites) for each in duties):
            return None
        given_ = [each.rule for each in duties]
        rules = {r.id: r.cites for r in scene.policy.kinds[subject.action.kind].rules if r.duty is not None}
        meant = (rule for rule, cites in rules.items()
                 if _is_about(rule, about) or any(is_under(cite, about) for cite in cites))  # fmt: skip
        wanted = next(meant, about)
        happened = f"This `{subject.action.kind}` gets {_outcome(decision)}, and lays no duty under {about}."
        happened += f" The duties that it does lay: {listed(given_)}." if given_ else ""
        return Broken(happened, Expected(duties_include=(wanted,)))

    promise = f"Everything that is not denied lays a duty under {about}"
    return _make("always_obliges", promise, judge, when=when, kinds=kinds, examples=examples)


def _is_about(rule: str, about: str) -> bool:
    return rule == about or rule.partition("[")[0].partition("~")[0] == about or is_under(rule.partition("/")[0], about)


def _check_cited(policy: Policy, cited: Iterable[str]) -> None:
    """Refuse an id that is neither a consideration nor a rule."""
    known = {name for ruleset in policy.agency.rulesets for name in ruleset.considerations}
    known |= {rule.id for ruleset in policy.agency.rulesets for rule in ruleset.rules}
    for each in cited:
        if each not in known and not any(is_under(name, each) for name in known):
            message = f"`{each}` is no consideration and no rule of this agency's rulesets"
            raise InvalidProperty(Problem("unknown_citation", message, nearest=nearest(each, known)))


def denies_only_for(
    considerations: Collection[str], *, when: str | None = None, kinds: Kinds = None, examples: int | None = None
) -> Property:
    """Return the test that only rules of some considerations deny an action of which a condition holds.

    An agency that denies what is not settled does so for doubt, not for a rule, and is not meant.

    Args:
        considerations: their ids; each covers those under it. Ids of rules are taken too.
        when: the condition, in the language of rules; by default every action of the kinds is meant.
        kinds: the kinds of action; by default every kind that has the facts which the condition reads.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """
    allowed = (considerations,) if isinstance(considerations, str) else tuple(considerations)

    def judge(scene: Scene, subject: Subject) -> Broken | None:
        _check_cited(scene.policy, allowed)
        denying = [reason.rule for reason in subject.decision.reasons if reason.effect == "deny"]
        others = [rule for rule in denying if not any(_is_about(rule, each) for each in allowed)]
        if not others:
            return None
        happened = f"This `{subject.action.kind}` is denied by {listed(others)}."
        return Broken(happened, Expected(reasons_exclude=tuple(others)))

    promise = f"Nothing is denied but for {listed(list(allowed)) or 'nothing at all'}"
    return _make("denies_only_for", promise, judge, when=when, kinds=kinds, examples=examples)


def answers_within(
    *, questions: int, when: str | None = None, kinds: Kinds = None, known: Known = None, examples: int | None = None
) -> Property:
    """Return the test that at most so many things are asked about an action of which a condition holds.

    A checklist that one attestation answers counts as one.

    Args:
        questions: how many things may be asked.
        when: the condition, in the language of rules; by default every action of the kinds is meant.
        kinds: the kinds of action; by default every kind that has the facts which the condition reads.
        known: what is known besides; as in `strategies.actions`.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | None:
        asks = subject.decision.asks()
        if asks <= questions:
            return None
        asked = listed([each.fact for each in subject.decision.questions if not each.attestable])
        happened = f"About this `{subject.action.kind}` {asks} things are asked, beyond a checklist: {asked}."
        return Broken(happened, Expected(asks_at_most=questions))

    promise = f"At most {questions} things are asked"
    return _make("answers_within", promise, judge, when=when, kinds=kinds, known=known, examples=examples)


# --- promises about two policies --------------------------------------------------------------------------------------


def at_least_as_strict_as(
    other: Policy, *, when: str | None = None, kinds: Kinds = None, examples: int | None = None
) -> Property:
    """Return the test that a policy decides every action at least as strictly as another one.

    An outcome is no weaker, and where neither denies, as many people of every office are asked. What an agency denies for
    doubt alone counts as in need of approval.

    Args:
        other: the other policy.
        when: a condition that holds of the actions, in the language of rules; by default all are meant.
        kinds: the kinds of action; by default every kind that has the facts which the condition reads.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | None | bool:
        try:
            theirs = other.decide(subject.action, at=subject.at)
        except PolicyError:
            return False
        return _weaker(subject.decision, theirs, subject, f"the policy of `{other.agency.id}`")

    promise = f"Everything is decided at least as strictly as under {_named(other)}"
    return _make("at_least_as_strict_as", promise, judge, when=when, kinds=kinds, examples=examples, drawn=_plainly,
                 prefer=lambda policy: differing(policy, other))  # fmt: skip


def _weaker(ours: Decision, theirs: Decision, subject: Subject, who: str) -> Broken | None:
    kind = subject.action.kind
    if strength(ours) < strength(theirs):
        happened = f"This `{kind}` gets {_outcome(ours)}, {spoken(ours)}; under {who} it gets {_outcome(theirs)}, {spoken(theirs)}."
        if theirs.outcome is Outcome.DENY and theirs.settled:
            return Broken(happened, Expected(outcome="deny"))
        return Broken(happened, Expected(outcome_is_not="allow"))
    if ours.outcome is not Outcome.DENY:
        asked = people_of_offices(each.requirement for each in ours.needed)
        wanted = people_of_offices(each.requirement for each in theirs.needed)
        lacking = [offices for offices, people in wanted.items() if asked[offices] < people]
        if lacking:
            names = sorted({name for offices in lacking for name in offices})
            happened = f"This `{kind}` needs no, or less, approval of {listed(names)}, which it does need under {who}."
            return Broken(happened, Expected(offices_include=tuple(names)))
    return None


def same_as(
    other: Policy,
    *,
    except_for: str | None = None,
    when: str | None = None,
    kinds: Kinds = None,
    examples: int | None = None,
) -> Property:
    """Return the test that a policy decides every action as another one does, but for those that a condition names.

    Outcome, reasons, offices asked, duties, notices and questions are compared.

    Args:
        other: the other policy.
        except_for: a condition, in the language of rules: where it holds, or may hold, the two may differ.
        when: a condition that holds of the actions; by default all are meant.
        kinds: the kinds of action; by default every kind that has the facts which the condition reads.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(scene: Scene, subject: Subject) -> Broken | None | bool:
        if except_for is not None:
            excepted = read_condition(f"not ({except_for})", scene.policy, "except_for")
            readable = all(scene.policy.agency.vocabulary.has(subject.action.kind, path) for path in _paths(excepted))
            if readable and not holds(excepted, subject.decision):
                return False
        try:
            theirs = other.decide(subject.action, at=subject.at)
        except PolicyError as error:
            happened = f"The policy of `{other.agency.id}` cannot decide this `{subject.action.kind}`: {error}"
            return Broken(happened, Expected(error=error.code))
        wanted, found = observe(theirs), observe(subject.decision)
        compared = ("outcome", "settled", "next", "reasons", "offices", "people", "duties", "notices", "questions")
        expect = Expected(**{
            name: tuple(wanted[name]) if isinstance(wanted[name], list) else wanted[name]
            for name in compared if wanted[name] != found[name]
        })  # fmt: skip
        differences = compare(expect, found)
        return (
            Broken(f"This `{subject.action.kind}` is decided otherwise. {_sentences(differences)}", expect)
            if differences
            else None
        )

    promise = f"Everything is decided as under {_named(other)}"
    promise += f", except for {except_for}" if except_for else ""
    return _make("same_as", promise, judge, when=when, kinds=kinds, examples=examples, drawn=_plainly,
                 prefer=lambda policy: differing(policy, other))  # fmt: skip


def _paths(condition: Expression) -> list[str]:
    from smpolicy.language.expressions import paths

    return list(paths(condition))


def _sentences(differences: Iterable[str]) -> str:
    return " ".join(f"{each[0].upper()}{each[1:]}." for each in differences)


def _named(other: Policy) -> str:
    if not isinstance(other, Policy):
        message = f"`{type(other).__name__}` is no policy"
        raise InvalidProperty(Problem("wrong_type", message, help="give what smpolicy.load(...) returns"))
    return f"the policy of {other.agency.id} ({other.agency.place})"


def differing(one: Policy, other: Policy) -> dict[str, frozenset[str]]:
    """Return for each kind the rules of a policy that another one lacks, has otherwise, or orders about exceptions."""
    found = {}
    for kind, rules in one.kinds.items():
        theirs = {rule.hash for rule in other.kinds[kind].rules} if kind in other.kinds else set()
        ours = {rule.id for rule in rules.rules if rule.hash not in theirs}
        if ours:
            found[kind] = frozenset(ours)
    return found


def _plainly(draw: st.DrawFn, scene: Scene, action: Action, at: datetime) -> Subject:  # noqa: ARG001
    return Subject(scene.policy, action, at)


# --- what must hold of every policy -----------------------------------------------------------------------------------


def settled_stays_settled(*, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that a settled outcome stays, and stays settled, whatever more is learned of the action.

    Args:
        kinds: the kinds of action; by default every kind of which some rule speaks.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | None | bool:
        before = _before(subject)
        if not before.settled:
            return False
        after = subject.decision
        if (after.outcome, after.settled) == (before.outcome, True):
            return None
        happened = f"With less known, this `{subject.action.kind}` got {_outcome(before)}, settled; now it gets {_outcome(after)}."
        return Broken(happened, Expected(outcome=before.outcome.value, settled=True))

    promise = "A settled outcome stays, whatever is learned"
    return _make("settled_stays_settled", promise, judge, kinds=kinds, examples=examples, drawn=_learned(False))


def allowed_stays_allowed(*, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that an allowed action is allowed however all that is unknown of it turns out.

    So a fact that is left out never yields an allow.

    Args:
        kinds: the kinds of action; by default every kind of which some rule speaks.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | None | bool:
        if not _before(subject).allowed:
            return False
        if subject.decision.allowed:
            return None
        happened = (
            f"With less known, this `{subject.action.kind}` was allowed; now it gets {_outcome(subject.decision)}."
        )
        return Broken(happened, Expected(outcome="allow"))

    promise = "What is allowed stays allowed, however the rest turns out"
    return _make("allowed_stays_allowed", promise, judge, kinds=kinds, examples=examples, drawn=_learned(True))


def answers_settle(*, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that an outcome is settled once everything is known that an action can say.

    What is still asked then, only the agency's own file, its register of accounts or its directory could say.

    Args:
        kinds: the kinds of action; by default every kind of which some rule speaks.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | None:
        decision = subject.decision
        asked = [each.fact for each in decision.questions if each.asked_of in ("author", "given")]
        if not asked and (decision.settled or decision.questions or decision.code == "ungoverned"):
            return None
        happened = (
            f"Everything is known of this `{subject.action.kind}`, yet it is not settled; asked are {listed(asked)}."
        )
        return Broken(happened, Expected(settled=True, questions=()))

    promise = "An outcome is settled once everything is known"
    return _make("answers_settle", promise, judge, kinds=kinds, examples=examples, known="all", attested=False,
                 drawn=_with_everybody)  # fmt: skip


def _with_everybody(draw: st.DrawFn, scene: Scene, action: Action, at: datetime) -> Subject:  # noqa: ARG001
    return Subject(scene.policy, action, at)


def approvals_never_strengthen(*, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that with approvals an outcome is the same as without, or milder, and never lifts a deny.

    Args:
        kinds: the kinds of action; by default every kind of which some rule speaks.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | None | bool:
        if not subject.approvals:
            return False
        bare, approved = attrs.evolve(subject, approvals=()).decision, subject.decision
        denied = any(each.effect == "deny" for each in bare.reasons) and subject.action.kind != "report_violation"
        if ORDER.index(approved.outcome) <= ORDER.index(bare.outcome) and not (
            denied and approved.outcome is not Outcome.DENY
        ):
            return None
        happened = f"This `{subject.action.kind}` gets {_outcome(bare)}, and with approvals {_outcome(approved)}."
        return Broken(happened, Expected(outcome=bare.outcome.value))

    def drawn(draw: st.DrawFn, scene: Scene, action: Action, at: datetime) -> Subject:
        decision = scene.policy.decide(action, at=at)
        given_ = draw(approvals_of(decision, sound=draw(st.booleans())))
        return Subject(scene.policy, action, at, tuple((each.rule, each.by, each.role) for each in given_))

    promise = "Approvals never make an outcome stronger, and never lift a deny"
    return _make("approvals_never_strengthen", promise, judge, kinds=kinds, examples=examples, drawn=drawn)


def stricter_choices_never_weaken(*, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that no decision is weaker where the agency makes one of its ordered choices more strictly.

    Args:
        kinds: the kinds of action; by default every kind of which some rule speaks.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def drawn(draw: st.DrawFn, scene: Scene, action: Action, at: datetime) -> Subject:
        variants = _stricter(scene.policy.agency)
        chosen = draw(st.sampled_from(variants)) if variants else None
        made = None if chosen is None else _changed_policy(scene, chosen)
        other, told = made if made is not None else (None, "")
        return Subject(scene.policy, action, at, other=other, compared=told)

    def judge(_: Scene, subject: Subject) -> Broken | None | bool:
        if subject.other is None:
            return False
        loose, strict = subject.decision, subject.other.decide(subject.action, at=subject.at)
        if strength(strict) >= strength(loose):
            return None
        happened = f"With {subject.compared} this `{subject.action.kind}` gets {_outcome(strict)} instead of {_outcome(loose)}."
        return Broken(happened, Expected(outcome=strict.outcome.value))

    promise = "No stricter choice makes an outcome weaker"
    return _make("stricter_choices_never_weaken", promise, judge, kinds=kinds, examples=examples, drawn=drawn)


def _changed_policy(scene: Scene, variant: tuple[str, str, Any]) -> tuple[Policy, str] | None:
    """Return the policy of an agency that makes one choice otherwise, bound once; None where it cannot be bound."""
    ruleset, name, value = variant
    key = (ruleset, name, repr(value))
    if key not in scene.changed:
        agency = scene.policy.agency
        choices = {id_: dict(chosen) for id_, chosen in agency.choices.items()}
        choices[ruleset][name] = Chosen(value, True)
        try:
            other = bind_policy(attrs.evolve(agency, choices=choices), scene.policy.engine)
            scene.changed[key] = other, f"the choice `{name}` made more strictly ({value!r})"
        except InvalidFile:
            scene.changed[key] = None
    return scene.changed[key]


def _stricter(agency: Agency) -> list[tuple[str, str, Any]]:
    """Return for each ordered choice of an agency the values that are stricter by one step, in canonical form."""
    found = []
    for ruleset in agency.rulesets:
        for name, choice in ruleset.choices.items():
            value = agency.choices[ruleset.id][name].value
            found += [(ruleset.id, name, each) for each in _stricter_values(choice, value)]
    return found


def _stricter_values(choice: Choice, value: Any) -> list[Any]:
    order = {effect: number for number, effect in enumerate(("allow", "needs_approval", "deny"))}
    if choice.type == "effect":
        return [each for each in choice.members if order[each] > order[value]]
    if choice.type == "effect_by":
        return [{**value, member: each} for member in value for each in EFFECTS if order[each] > order[value[member]]]
    if choice.stricter == "none":
        return []
    if choice.type == "flag":
        strict = choice.stricter == "true"
        return [strict] if value is not strict else []
    if choice.type == "subset":
        more = choice.stricter in ("more", "higher")
        return [frozenset(value) ^ {member} for member in choice.members if (member not in value) is more]
    if choice.type == "number":
        step = 1 if choice.stricter == "higher" else -1
        return [value + step] if choice.least <= value + step <= choice.most else []
    if choice.type == "period" and value is not None:
        number = value[0] + (1 if choice.stricter == "higher" else -1)
        return [(number, value[1])] if number > 1 else []
    return []


def exceptions_only_soften(*, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that no exception of a ruleset makes an outcome stronger than it would be without it.

    Args:
        kinds: the kinds of action; by default every kind of which some rule speaks.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def drawn(draw: st.DrawFn, scene: Scene, action: Action, at: datetime) -> Subject:
        found = [(set_.id, each.id) for set_ in scene.policy.agency.rulesets for each in set_.exceptions
                 if action.kind in each.on]  # fmt: skip
        made = _without_exception(scene, draw(st.sampled_from(found))) if found else None
        other, told = made if made is not None else (None, "")
        return Subject(scene.policy, action, at, other=other, compared=told)

    def judge(_: Scene, subject: Subject) -> Broken | None | bool:
        if subject.other is None:
            return False
        with_, bare = subject.decision, subject.other.decide(subject.action, at=subject.at)
        if strength(with_) <= strength(bare):
            return None
        happened = (
            f"Without {subject.compared} this `{subject.action.kind}` gets {_outcome(bare)}, with it {_outcome(with_)}."
        )
        return Broken(happened, Expected(outcome=bare.outcome.value))

    promise = "An exception only ever makes an outcome milder"
    return _make("exceptions_only_soften", promise, judge, kinds=kinds, examples=examples, drawn=drawn)


def _without_exception(scene: Scene, named: tuple[str, str]) -> tuple[Policy, str] | None:
    if named not in scene.changed:
        agency, (ruleset, exception) = scene.policy.agency, named
        kept = tuple(
            attrs.evolve(each, exceptions=tuple(e for e in each.exceptions if e.id != exception))
            if each.id == ruleset
            else each
            for each in agency.rulesets
        )
        try:
            other = bind_policy(attrs.evolve(agency, rulesets=kept), scene.policy.engine)
            scene.changed[named] = other, f"the exception `{exception}`"
        except InvalidFile:
            scene.changed[named] = None
    return scene.changed[named]


def order_changes_nothing(*, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that rules written in the opposite order, some of them twice, decide the same.

    Args:
        kinds: the kinds of action; by default every kind of which some rule speaks.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def drawn(draw: st.DrawFn, scene: Scene, action: Action, at: datetime) -> Subject:  # noqa: ARG001
        if "turned" not in scene.changed:
            agency = scene.policy.agency
            turned = tuple(attrs.evolve(each, rules=each.rules[::-1], exceptions=each.exceptions[::-1])
                           for each in agency.rulesets[::-1])  # fmt: skip
            scene.changed["turned"] = bind_policy(attrs.evolve(agency, rulesets=turned), scene.policy.engine), ""
        made = scene.changed["turned"]
        assert made is not None
        return Subject(scene.policy, action, at, other=made[0])

    def judge(_: Scene, subject: Subject) -> Broken | None | bool:
        if subject.other is None:
            return False
        ours, turned = meaning(subject.decision), meaning(subject.other.decide(subject.action, at=subject.at))
        wrong = [name for name in ours if ours[name] != turned[name]]
        if not wrong:
            return None
        happened = f"With the rules in the opposite order this `{subject.action.kind}` has other {listed(wrong)}."
        return Broken(happened, Expected(outcome_is_not=subject.decision.outcome.value))

    promise = "The order in which rules are written changes nothing"
    return _make("order_changes_nothing", promise, judge, kinds=kinds, examples=examples, drawn=drawn)


def engines_agree(*engines: str, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that engines find the same rules true, and the same unknown, as the reference engine.

    Args:
        engines: their names; by default `compiled`.
        kinds: the kinds of action; by default every kind of which some rule speaks.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """
    names = engines or ("compiled",)

    def judge(scene: Scene, subject: Subject) -> Broken | None:
        for name in ("reference", *names):
            if name not in scene.changed:
                scene.changed[name] = attrs.evolve(scene.policy, engine=name), name
        found = {}
        for name in ("reference", *names):
            made = scene.changed[name]
            assert made is not None
            decision = made[0].decide(subject.action, at=subject.at)
            found[name] = decision.true, decision.unknown
        wrong = [name for name in names if found[name] != found["reference"]]
        if not wrong:
            return None
        happened = f"About this `{subject.action.kind}` {listed(wrong)} finds other rules than the reference engine."
        return Broken(happened, Expected(outcome_is_not=subject.decision.outcome.value))

    promise = f"The engines {listed(list(names))} find what the reference engine finds"
    return _make("engines_agree", promise, judge, kinds=kinds, examples=examples)


def plain_personal_posts_are_allowed(*, examples: int | None = None) -> Property:
    """Return the test that a personal post about which nothing is wrong is allowed, whoever makes it.

    Args:
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """
    return always_allows(kinds=["personal_post"], examples=examples)


def reports_are_allowed(*, examples: int | None = None) -> Property:
    """Return the test that a report of a violation is allowed, whatever is said of it.

    Args:
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | None:
        if subject.decision.allowed and subject.decision.settled:
            return None
        return Broken(f"This report gets {_outcome(subject.decision)}.", Expected(outcome="allow", settled=True))

    promise = "A report of a violation is allowed"
    return _make("reports_are_allowed", promise, judge, kinds=["report_violation"], examples=examples)


def doubt_denies_no_speech(*, examples: int | None = None) -> Property:
    """Return the test that personal posts, public statements and reports are never denied for doubt alone.

    Args:
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | None:
        decision = subject.decision
        if decision.settled or decision.outcome is not Outcome.DENY:
            return None
        happened = f"This `{subject.action.kind}` is denied, although what is not known would decide it."
        return Broken(happened, Expected(outcome_is_not="deny"))

    kinds = ["personal_post", "public_statement", "report_violation"]
    return _make("doubt_denies_no_speech", "Doubt alone denies no speech", judge, kinds=kinds, examples=examples)


def viewpoint_moderation_is_denied(*, examples: int | None = None) -> Property:
    """Return the test that nobody's comment is taken down, and nobody is shut out, for a viewpoint.

    Args:
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """
    both = _both(
        always_denies(when="moderation.viewpoint_based and target.author != 'agency'", kinds=["hide", "delete"],
                      examples=examples),
        always_denies(when="moderation.viewpoint_based", kinds=["restrict_user", "moderate_forum"], examples=examples),
    )  # fmt: skip
    return _renamed(both, "viewpoint_moderation_is_denied", "Moderating by viewpoint is denied.")


def demanding_credentials_is_denied(*, examples: int | None = None) -> Property:
    """Return the test that no employee and no job candidate is asked for credentials.

    Args:
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """
    both = _both(
        always_denies(when="viewing.means == 'by_demanding_credentials'", kinds=["view_employee_content"],
                      examples=examples),
        always_denies(when="overlaps(candidate.demands, {'password', 'supervised_login'})", examples=examples),
    )  # fmt: skip
    return _renamed(both, "demanding_credentials_is_denied", "Demanding credentials is denied.")


def punishing_reports_is_denied(*, examples: int | None = None) -> Property:
    """Return the test that adverse action for a report is denied, unless it is documented as knowingly false.

    Args:
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """
    made = always_denies(
        when="adverse_action.for_reporting and adverse_action.report_faith != 'documented_knowingly_false'",
        examples=examples,
    )
    return _renamed(made, "punishing_reports_is_denied", "Punishing a report is denied.")


def disciplining_protected_speech_is_denied(*, examples: int | None = None) -> Property:
    """Return the test that protected speech is not disciplined without a documented interest.

    Args:
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """
    made = always_denies(
        when="overlaps(adverse_action.bases, {'personal_speech', 'policy_violation', 'conduct_standards'})"
        " and speech.form != 'not_expressive' and speech.public_concern and not speech.official_duties"
        " and within(speech.documented_interests, []) and within(speech.unprotected_categories, [])",
        kinds=["discipline"],
        examples=examples,
    )
    promise = "Disciplining protected speech without a documented interest is denied."
    return _renamed(made, "disciplining_protected_speech_is_denied", promise)


def _both(*tests: Property) -> Property:
    def test(policy: Policy) -> None:
        for each in tests:
            each(policy)

    return test


def _renamed(test: Property, name: str, promise: str) -> Property:
    made: Any = test
    made.__name__ = made.__qualname__ = name
    made.__doc__ = promise
    return test


def _learned(complete: bool) -> Drawn:
    def drawn(draw: st.DrawFn, scene: Scene, action: Action, at: datetime) -> Subject:
        space = scene.spaces.of(action.kind, at) if scene.spaces else make_space(scene.policy, action.kind, at)
        later = draw(learned_in(space, action, complete=complete))
        return Subject(scene.policy, later, at, before=action)

    return drawn


def _before(subject: Subject) -> Decision:
    action = subject.action if subject.before is None else subject.before
    return subject.policy.decide(action, at=subject.at)


def _outcome(decision: Decision) -> str:
    words = {Outcome.ALLOW: "allow", Outcome.NEEDS_APPROVAL: "needs approval", Outcome.DENY: "deny"}
    return words[decision.outcome] if decision.settled else f"{words[decision.outcome]} (not settled)"


GUARANTEES: tuple[Callable[..., Property], ...] = (
    settled_stays_settled,
    allowed_stays_allowed,
    answers_settle,
    approvals_never_strengthen,
    stricter_choices_never_weaken,
    exceptions_only_soften,
    order_changes_nothing,
    engines_agree,
    plain_personal_posts_are_allowed,
    reports_are_allowed,
    doubt_denies_no_speech,
    viewpoint_moderation_is_denied,
    demanding_credentials_is_denied,
    punishing_reports_is_denied,
    disciplining_protected_speech_is_denied,
)
"""What must hold of every policy: each returns the test of one guarantee. The last four speak of the shipped ruleset."""

STATEMENTS: tuple[Callable[..., Property], ...] = (
    never_allows,
    always_denies,
    always_allows,
    always_needs,
    always_obliges,
    denies_only_for,
    answers_within,
    at_least_as_strict_as,
    same_as,
)
"""What an agency may promise of its own policy."""
