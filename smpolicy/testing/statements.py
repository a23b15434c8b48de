"""What an agency may promise of its own policy, as properties: see `properties`, which offers them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from smpolicy.actions import Action
from smpolicy.decisions import Decision
from smpolicy.errors import InvalidProperty, PolicyError, Problem, nearest, some
from smpolicy.judge import Outcome
from smpolicy.language.expressions import paths
from smpolicy.policies import Policy
from smpolicy.render.words import listed
from smpolicy.rulesets import is_under
from smpolicy.testing.comparing import as_known_to, people_of_offices, strength
from smpolicy.testing.conditions import read_condition
from smpolicy.testing.counterexamples import (
    Broken,
    Subject,
    spoken,
)
from smpolicy.testing.drawing import Known
from smpolicy.testing.promises import Kinds, Property, Scene, check_policy, make_property, outcome_in_words
from smpolicy.testing.scenario_runs import compare, observe
from smpolicy.testing.scenarios import Expected
from smpolicy.testing.strategies import holds

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

    return make_property("never_allows", "Nothing is allowed", judge, when=when, kinds=kinds, examples=examples)


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
        happened = f"This `{subject.action.kind}` gets {outcome_in_words(decision)}, {spoken(decision)}."
        return Broken(happened, Expected(outcome="deny", settled=True))

    return make_property("always_denies", "Everything is denied", judge, when=when, kinds=kinds, examples=examples)


def always_allows(*, when: str | None = None, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that every action is allowed that is plain but for a condition that holds of it.

    All facts that the condition does not decide are known and harmless; a set that it reads may also hold just what it
    asks for.

    Args:
        when: the condition, in the language of rules; by default the plain action itself is meant.
        kinds: the kinds of action; by default every kind that has the facts which the condition reads.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | None:
        decision = subject.decision
        if decision.allowed:
            return None
        happened = (
            f"This `{subject.action.kind}`, otherwise harmless, gets {outcome_in_words(decision)}, {spoken(decision)}."
        )
        return Broken(happened, Expected(outcome="allow"))

    promise = "Everything that is otherwise harmless is allowed"
    return make_property("always_allows", promise, judge, when=when, kinds=kinds, known="harmless", examples=examples)


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

    def judge(scene: Scene, subject: Subject) -> Broken | bool | None:
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
        happened = f"This `{subject.action.kind}` gets {outcome_in_words(decision)}, {spoken(decision)}."
        others = sorted({name for need in needs for name in need.offices})
        if set(others) & offices:
            held = sorted({role for need in needs if set(need.offices) <= offices for role in need.roles})
            happened += f" The approval asked of {named} may be given in the roles {listed(held) or 'none'}."
        else:
            happened += f" Asked are: {listed(others)}." if others else " Nobody's approval is needed."
        return Broken(happened, Expected(outcome_is_not="allow", offices_include=tuple(sorted(offices))[:1]))

    promise = f"Everything that is not denied needs the approval{whose} of {named}{by}"
    return make_property("always_needs", promise, judge, when=when, kinds=kinds, examples=examples)


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

    def judge(scene: Scene, subject: Subject) -> Broken | bool | None:
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
        happened = f"This `{subject.action.kind}` gets {outcome_in_words(decision)}, and lays no duty under {about}."
        happened += f" The duties that it does lay: {listed(given_)}." if given_ else ""
        return Broken(happened, Expected(duties_include=(wanted,)))

    promise = f"Everything that is not denied lays a duty under {about}"
    return make_property("always_obliges", promise, judge, when=when, kinds=kinds, examples=examples)


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
    return make_property("denies_only_for", promise, judge, when=when, kinds=kinds, examples=examples)


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
    return make_property("answers_within", promise, judge, when=when, kinds=kinds, known=known, examples=examples)


# --- promises about two policies --------------------------------------------------------------------------------------


def at_least_as_strict_as(
    other: Policy, *, when: str | None = None, kinds: Kinds = None, examples: int | None = None
) -> Property:
    """Return the test that a policy decides every action at least as strictly as another one.

    An outcome is no weaker, and where neither denies, as many people of every office are asked. What an agency denies
    for doubt alone counts as in need of approval.

    Args:
        other: the other policy.
        when: a condition that holds of the actions, in the language of rules; by default all are meant.
        kinds: the kinds of action; by default every kind that has the facts which the condition reads.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | bool | None:
        try:
            theirs = other.decide(as_known_to(other, subject.action), at=subject.at)
        except PolicyError:
            return False
        return _weaker(subject.decision, theirs, subject, f"the policy of `{other.agency.id}`")

    promise = f"Everything is decided at least as strictly as under {_named(other)}"
    return make_property(
        "at_least_as_strict_as",
        promise,
        judge,
        when=when,
        kinds=kinds,
        examples=examples,
        drawn=_plainly,
        prefer=lambda policy: differing(policy, other),
    )


def _weaker(ours: Decision, theirs: Decision, subject: Subject, who: str) -> Broken | None:
    kind = subject.action.kind
    if strength(ours) < strength(theirs):
        there = f"under {who} it gets {outcome_in_words(theirs)}, {spoken(theirs)}."
        happened = f"This `{kind}` gets {outcome_in_words(ours)}, {spoken(ours)}; {there}"
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

    def judge(scene: Scene, subject: Subject) -> Broken | bool | None:
        if except_for is not None:
            excepted = read_condition(f"not ({except_for})", scene.policy, "except_for")
            readable = all(scene.policy.agency.vocabulary.has(subject.action.kind, path) for path in paths(excepted))
            if readable and not holds(excepted, subject.decision):
                return False
        try:
            theirs = other.decide(as_known_to(other, subject.action), at=subject.at)
        except PolicyError as error:
            happened = f"The policy of `{other.agency.id}` cannot decide this `{subject.action.kind}`: {error}"
            return Broken(happened, Expected(error=error.code))
        wanted, found = observe(theirs), observe(subject.decision)
        compared = ("outcome", "settled", "next", "reasons", "offices", "people", "duties", "notices", "questions")
        wrong: dict[str, Any] = {
            name: tuple(wanted[name]) if isinstance(wanted[name], list) else wanted[name]
            for name in compared
            if wanted[name] != found[name]
        }
        if not wrong:
            return None
        expect = Expected(**wrong)
        told = _sentences(compare(expect, found))
        return Broken(f"This `{subject.action.kind}` is decided otherwise. {told}", expect)

    promise = f"Everything is decided as under {_named(other)}"
    promise += f", except for {except_for}" if except_for else ""
    return make_property(
        "same_as",
        promise,
        judge,
        when=when,
        kinds=kinds,
        examples=examples,
        drawn=_plainly,
        prefer=lambda policy: differing(policy, other),
    )


def _sentences(differences: Iterable[str]) -> str:
    return " ".join(f"{each[0].upper()}{each[1:]}." for each in differences)


def _named(other: Policy) -> str:
    check_policy(other)
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
