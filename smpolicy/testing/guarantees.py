"""What must hold of every policy, as properties: see `properties`, which offers them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs
from hypothesis import strategies as st

from smpolicy.actions import Action
from smpolicy.agencies import Agency, Chosen
from smpolicy.analysis.records import registered_ids
from smpolicy.analysis.spaces import IDS
from smpolicy.decisions import Decision
from smpolicy.errors import InvalidFile
from smpolicy.judge import Outcome
from smpolicy.policies import Policy, bind_policy
from smpolicy.render.words import listed
from smpolicy.rulesets import EFFECTS, Choice
from smpolicy.testing.comparing import ORDER, meaning, strength
from smpolicy.testing.counterexamples import (
    Broken,
    Subject,
)
from smpolicy.testing.drawing import learned_in
from smpolicy.testing.promises import Drawn, Kinds, Property, Scene, make_property, outcome_in_words
from smpolicy.testing.scenarios import Expected
from smpolicy.testing.statements import always_allows, always_denies
from smpolicy.testing.strategies import approvals_of

# --- what must hold of every policy -----------------------------------------------------------------------------------


def settled_stays_settled(*, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that a settled outcome stays, and stays settled, whatever more is learned of the action.

    Args:
        kinds: the kinds of action; by default every kind of which some rule speaks.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | bool | None:
        before = _before(subject)
        if not before.settled:
            return False
        after = subject.decision
        if (after.outcome, after.settled) == (before.outcome, True):
            return None
        then = f"With less known, this `{subject.action.kind}` got {outcome_in_words(before)}, settled"
        happened = f"{then}; now it gets {outcome_in_words(after)}."
        return Broken(happened, Expected(outcome=before.outcome.value, settled=True))

    promise = "A settled outcome stays, whatever is learned"
    return make_property("settled_stays_settled", promise, judge, kinds=kinds, examples=examples, drawn=_learned(False))


def allowed_stays_allowed(*, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that an allowed action is allowed however all that is unknown of it turns out.

    So a fact that is left out never yields an allow.

    Args:
        kinds: the kinds of action; by default every kind of which some rule speaks.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | bool | None:
        if not _before(subject).allowed:
            return False
        if subject.decision.allowed:
            return None
        now = outcome_in_words(subject.decision)
        happened = f"With less known, this `{subject.action.kind}` was allowed; now it gets {now}."
        return Broken(happened, Expected(outcome="allow"))

    promise = "What is allowed stays allowed, however the rest turns out"
    return make_property("allowed_stays_allowed", promise, judge, kinds=kinds, examples=examples, drawn=_learned(True))


def answers_settle(*, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that an outcome is settled once everything is known that an action can say.

    What is still asked then, only the agency's own file, its register of accounts or its directory could say; so where
    these name nobody, and nothing, of that kind.

    Args:
        kinds: the kinds of action; by default every kind of which some rule speaks.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(scene: Scene, subject: Subject) -> Broken | None:
        decision = subject.decision
        known = [each.fact for each in decision.questions if each.asked_of in ("author", "given")]
        asked = [path for path in known if path not in IDS or registered_ids(scene.policy, path)]
        if not asked and (decision.settled or decision.questions or decision.code == "ungoverned"):
            return None
        happened = (
            f"Everything is known of this `{subject.action.kind}`, yet it is not settled; asked are {listed(asked)}."
        )
        return Broken(happened, Expected(settled=True, questions=()))

    promise = "An outcome is settled once everything is known"
    return make_property(
        "answers_settle",
        promise,
        judge,
        kinds=kinds,
        examples=examples,
        known="all",
        attested=False,
        drawn=_with_everybody,
    )


def _with_everybody(draw: st.DrawFn, scene: Scene, action: Action, at: datetime) -> Subject:  # noqa: ARG001
    return Subject(scene.policy, action, at)


def approvals_never_strengthen(*, kinds: Kinds = None, examples: int | None = None) -> Property:
    """Return the test that with approvals an outcome is the same as without, or milder, and never lifts a deny.

    Args:
        kinds: the kinds of action; by default every kind of which some rule speaks.
        examples: how many actions are tried; by default as many as Hypothesis' profile says.
    """

    def judge(_: Scene, subject: Subject) -> Broken | bool | None:
        if not subject.approvals:
            return False
        bare, approved = attrs.evolve(subject, approvals=()).decision, subject.decision
        denied = any(each.effect == "deny" for each in bare.reasons) and subject.action.kind != "report_violation"
        if ORDER.index(approved.outcome) <= ORDER.index(bare.outcome) and not (
            denied and approved.outcome is not Outcome.DENY
        ):
            return None
        without, now = outcome_in_words(bare), outcome_in_words(approved)
        happened = f"This `{subject.action.kind}` gets {without}, and with approvals {now}."
        return Broken(happened, Expected(outcome=bare.outcome.value))

    def drawn(draw: st.DrawFn, scene: Scene, action: Action, at: datetime) -> Subject:
        decision = scene.policy.decide(action, at=at)
        given_ = draw(approvals_of(decision, sound=draw(st.booleans())))
        return Subject(scene.policy, action, at, tuple((each.rule, each.by, each.role) for each in given_))

    promise = "Approvals never make an outcome stronger, and never lift a deny"
    return make_property("approvals_never_strengthen", promise, judge, kinds=kinds, examples=examples, drawn=drawn)


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

    def judge(_: Scene, subject: Subject) -> Broken | bool | None:
        if subject.other is None:
            return False
        loose, strict = subject.decision, subject.other.decide(subject.action, at=subject.at)
        if strength(strict) >= strength(loose):
            return None
        what = f"this `{subject.action.kind}` gets {outcome_in_words(strict)} instead of {outcome_in_words(loose)}"
        happened = f"With {subject.compared} {what}."
        return Broken(happened, Expected(outcome=strict.outcome.value))

    promise = "No stricter choice makes an outcome weaker"
    return make_property("stricter_choices_never_weaken", promise, judge, kinds=kinds, examples=examples, drawn=drawn)


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

    def judge(_: Scene, subject: Subject) -> Broken | bool | None:
        if subject.other is None:
            return False
        with_, bare = subject.decision, subject.other.decide(subject.action, at=subject.at)
        if strength(with_) <= strength(bare):
            return None
        one, two = outcome_in_words(bare), outcome_in_words(with_)
        happened = f"Without {subject.compared} this `{subject.action.kind}` gets {one}, with it {two}."
        return Broken(happened, Expected(outcome=bare.outcome.value))

    promise = "An exception only ever makes an outcome milder"
    return make_property("exceptions_only_soften", promise, judge, kinds=kinds, examples=examples, drawn=drawn)


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

    def judge(_: Scene, subject: Subject) -> Broken | bool | None:
        if subject.other is None:
            return False
        ours, turned = meaning(subject.decision), meaning(subject.other.decide(subject.action, at=subject.at))
        wrong = [name for name in ours if ours[name] != turned[name]]
        if not wrong:
            return None
        happened = f"With the rules in the opposite order this `{subject.action.kind}` has other {listed(wrong)}."
        return Broken(happened, Expected(outcome_is_not=subject.decision.outcome.value))

    promise = "The order in which rules are written changes nothing"
    return make_property("order_changes_nothing", promise, judge, kinds=kinds, examples=examples, drawn=drawn)


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
    return make_property("engines_agree", promise, judge, kinds=kinds, examples=examples)


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
        return Broken(
            f"This report gets {outcome_in_words(subject.decision)}.", Expected(outcome="allow", settled=True)
        )

    promise = "A report of a violation is allowed"
    return make_property("reports_are_allowed", promise, judge, kinds=["report_violation"], examples=examples)


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
    return make_property(
        "doubt_denies_no_speech", "Doubt alone denies no speech", judge, kinds=kinds, examples=examples
    )


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
        space = scene.spaces.of(action.kind, at)
        later = draw(learned_in(space, action, complete=complete))
        return Subject(scene.policy, later, at, before=action)

    return drawn


def _before(subject: Subject) -> Decision:
    action = subject.action if subject.before is None else subject.before
    return subject.policy.decide(action, at=subject.at)


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
"""What must hold of every policy: each returns one test. The last four speak of the shipped ruleset."""
