"""What no configuration of the shipped ruleset can change."""

from __future__ import annotations

from typing import Any

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from smpolicy.actions import Action
from smpolicy.judge import Outcome
from smpolicy.plain import harmless_value
from smpolicy.policies import Policy
from smpolicy.testing.agency_tables import AT, agency_tables
from smpolicy.testing.strategies import actions, policies
from smpolicy.testing.tables import policy_from, shipped
from tests.properties.strategies import sayable

DENIED = (Outcome.DENY, True)


def plain(policy: Policy, kind: str, by: str | None = None) -> Action:
    """Return the plain action of a kind: every fact known that an action gives, and harmless."""
    vocabulary = policy.agency.vocabulary
    parts = [name for name in vocabulary.kinds[kind].parts if vocabulary.parts[name].optional]
    known: dict[str, Any] = {f"{name}.exists": False for name in parts}
    known |= {
        path: harmless_value(fact, AT) for path, fact in sayable(vocabulary, kind).items() if fact.part not in parts
    }
    known |= {} if by is None else {"actor.id": by}
    action: Action = vocabulary.kinds[kind].action().answer(known, vocabulary)
    return action


def sure(action: Action, **facts: Any) -> Action:
    """Return an action with some facts given, in place of what it said of them."""
    changes: dict[str, dict[str, Any]] = {}
    for path, value in facts.items():
        part, _, name = path.partition("__")
        changes.setdefault(part, {})[name] = value
    parts: dict[str, Any] = {part: attrs.evolve(getattr(action, part), **found) for part, found in changes.items()}
    return attrs.evolve(action, **parts)  # type: ignore[misc]


class TestUnderEveryConfiguration:
    @given(agency_tables(complete=True), st.sampled_from((None, "chief-1", "spokesperson-1", "officer-1")))
    def test_the_plain_personal_post_is_allowed(self, agency: dict[str, Any], by: str | None) -> None:
        """A personal post about which nothing is wrong is allowed, whoever makes it; no configuration is refused."""
        policy = policy_from(agency, shipped())
        decision = policy.decide(plain(policy, "personal_post", by or "chief-1"), at=AT)
        assert (decision.outcome, decision.settled) == (Outcome.ALLOW, True)

    @given(agency_tables())
    def test_off_duty_personal_access_is_allowed(self, agency: dict[str, Any]) -> None:
        """Opening a platform off duty, on one's own device and account, for oneself, is allowed."""
        policy = policy_from(agency, shipped())
        decision = policy.decide(plain(policy, "access_platform"), at=AT)
        assert (decision.outcome, decision.settled) == (Outcome.ALLOW, True)

    @given(policies(), st.data(), st.sampled_from(("hide", "delete", "restrict_user", "moderate_forum")))
    def test_moderating_by_viewpoint_is_denied(self, policy: Policy, data: st.DataObject, kind: str) -> None:
        """Whatever else is said, a comment or a person is not treated worse for a viewpoint."""
        action = sure(data.draw(actions(policy, kinds=[kind], at=AT)), moderation__viewpoint_based=True)
        if kind in ("hide", "delete"):
            author = data.draw(st.sampled_from(policy.agency.vocabulary.facts["target.author"].members))
            assume(author != "agency")
            action = sure(action, target__author=author)
        decision = policy.decide(action, at=AT)
        assert (decision.outcome, decision.settled) == DENIED

    @given(policies(), st.data())
    def test_demanding_an_employees_credentials_is_denied(self, policy: Policy, data: st.DataObject) -> None:
        """Whatever else is said, nobody looks at an employee's content by demanding credentials."""
        action = data.draw(actions(policy, kinds=["view_employee_content"], at=AT))
        action = sure(action, viewing__means="by_demanding_credentials")
        decision = policy.decide(action, at=AT)
        assert (decision.outcome, decision.settled) == DENIED

    @given(policies(), st.data(), st.sampled_from(("password", "supervised_login")))
    def test_demanding_a_candidates_credentials_is_denied(
        self, policy: Policy, data: st.DataObject, demand: str
    ) -> None:
        """Whatever else is said, a job candidate is not asked for a password, nor to log in under supervision."""
        action = data.draw(actions(policy, kinds=["background_search"], at=AT))
        decision = policy.decide(sure(action, candidate__demands={demand}), at=AT)
        assert (decision.outcome, decision.settled) == DENIED

    @given(policies(), st.data())
    def test_punishing_a_report_is_denied(self, policy: Policy, data: st.DataObject) -> None:
        """Adverse action for a report is denied, unless the report is documented as knowingly false."""
        action = data.draw(actions(policy, kinds=["discipline"], at=AT))
        faith = data.draw(st.sampled_from(policy.agency.vocabulary.facts["adverse_action.report_faith"].members))
        assume(faith != "documented_knowingly_false")
        action = sure(action, adverse_action__for_reporting=True, adverse_action__report_faith=faith)
        decision = policy.decide(action, at=AT)
        assert (decision.outcome, decision.settled) == DENIED

    @given(policies(), st.data())
    def test_disciplining_protected_speech_without_an_interest_is_denied(
        self, policy: Policy, data: st.DataObject
    ) -> None:
        """Adverse action for a private citizen's speech on public concerns is denied without a documented interest."""
        facts = policy.agency.vocabulary.facts
        bases = {"personal_speech", "policy_violation", "conduct_standards"}
        action = sure(
            data.draw(actions(policy, kinds=["discipline"], at=AT)),
            adverse_action__bases=data.draw(st.sets(st.sampled_from(sorted(bases)), min_size=1)),
            speech__form=data.draw(st.sampled_from([each for each in facts["speech.form"].members
                                                    if each != "not_expressive"])),
            speech__public_concern=True,
            speech__official_duties=False,
            speech__documented_interests=frozenset(),
            speech__unprotected_categories=frozenset(),
        )  # fmt: skip
        decision = policy.decide(action, at=AT)
        assert (decision.outcome, decision.settled) == DENIED

    @given(policies(), st.data())
    def test_a_report_is_allowed(self, policy: Policy, data: st.DataObject) -> None:
        """Reporting a violation is allowed, settled, whatever is said of it."""
        decision = policy.decide(data.draw(actions(policy, kinds=["report_violation"], at=AT)), at=AT)
        assert (decision.outcome, decision.settled, decision.next) == (Outcome.ALLOW, True, "act")

    @given(policies(unsettled="deny"), st.data())
    def test_doubt_alone_denies_no_speech(self, policy: Policy, data: st.DataObject) -> None:
        """An agency that denies what is unsettled does not reach personal posts, public statements and reports."""
        kinds = ["personal_post", "public_statement", "report_violation"]
        decision = policy.decide(data.draw(actions(policy, kinds=kinds, at=AT)), at=AT)
        assert decision.settled or decision.outcome is Outcome.NEEDS_APPROVAL
