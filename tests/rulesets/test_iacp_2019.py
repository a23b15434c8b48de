"""What the shipped ruleset must say beyond its witnesses: approvals, defaults, limits set by choices, its own shape."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import pytest

import smpolicy
from smpolicy.agencies import Agency
from smpolicy.analysis.witnesses import APPROVER, APPROVING_ROLE, AT, make_situation
from smpolicy.decisions import Decision
from smpolicy.language.conditions import operands
from smpolicy.policies import Policy
from smpolicy.rulesets import EFFECTS, Ruleset


@cache
def ruleset() -> Ruleset:
    """Return the shipped ruleset, loaded once."""
    return smpolicy.load_ruleset("iacp-2019")


def policy_for(kind: str, facts: dict[str, Any], **choices: Any) -> tuple[Policy, dict[str, Any]]:
    """Return the policy and the action of a situation in which every fact not given is harmless."""
    situation = make_situation(kind, facts, choices, ruleset())
    agency = smpolicy.agency_from_data(situation.agency, {"iacp-2019": ruleset()})
    return smpolicy.bind_policy(agency), situation.action


def decide(kind: str, facts: dict[str, Any], **choices: Any) -> Decision:
    """Return what is decided on an action in such a situation."""
    policy, action = policy_for(kind, facts, **choices)
    return policy.decide(policy.action(action), at=AT)


def candidate(**choices: Any) -> Agency:
    """Return an agency that makes these choices alone."""
    situation = make_situation("publish", {}, choices, ruleset())
    return smpolicy.agency_from_data(situation.agency, {"iacp-2019": ruleset()})


class TestShape:
    def test_states_all_considerations(self) -> None:
        """The document has 91 considerations, and each is stated."""
        assert len(ruleset().considerations) == 91

    def test_writes_one_file_for_each_numbered_consideration(self) -> None:
        """Everything under a citation stands in the file that the citation's number names."""
        for each in ruleset().considerations.values():
            assert each.place is not None
            name = each.place.file.rpartition("/")[2].partition("-")[0].removesuffix(".toml").replace(".0", ".")
            assert each.id == name or each.id.startswith((f"{name}.", f"{name}/"))

    def test_knows_every_purpose(self) -> None:
        """Every purpose of a post or a search is listed under IV or unlisted under I: none slips between."""
        facts = ruleset().vocabulary.facts
        for path, kind in (("content.purpose", "publish"), ("search.purpose", "investigate")):
            spoken = {
                value
                for rule in ruleset().rules
                if kind in rule.on and rule.id.startswith(("I/", "IV.")) and rule.condition is not None
                if any(operand.name == path for operand in operands(rule.condition))
                for operand in operands(rule.condition)
                if operand.source == "literal"
                for value in ([operand.value] if isinstance(operand.value, str) else operand.value)
            }
            assert spoken == set(facts[path].members)

    def test_reviews_every_kind_of_personal_limit(self) -> None:
        """Whatever limit on personal speech a policy sets, the reviews of V.B.note2 are asked for."""
        rule = next(each for each in ruleset().rules if each.id == "V.B.note2/review")
        assert rule.condition is not None
        listed = {
            frozenset(each.value) for each in operands(rule.condition) if isinstance(each.value, (set, frozenset))
        }
        assert frozenset(ruleset().vocabulary.facts["policy.personal_limits"].members) in listed

    def test_reads_no_claim_that_is_not_documented(self) -> None:
        """No rule reads interests that are merely asserted."""
        conditions = [*(each.condition for each in ruleset().rules), *(each.condition for each in ruleset().exceptions)]
        read = {operand.name for one in conditions if one is not None for operand in operands(one)}
        assert "speech.asserted_interests" not in read

    def test_lets_no_exception_cover_the_rules_against_viewpoint(self) -> None:
        """What V.A.6.b denies because of viewpoint no exception lifts."""
        against = [each for each in ruleset().rules if "viewpoint" in each.id or "criticism" in each.id]
        assert len(against) == 4
        assert not [each.id for each in ruleset().exceptions for rule in against if each.covers(rule)]


class TestDefaults:
    def test_allow_a_crime_prevention_tip(self) -> None:
        """An ordinary tip by a trained spokesperson is allowed."""
        assert decide("publish", {"actor.roles": ["spokesperson"]}).allowed

    @pytest.mark.parametrize("kind", ["restrict_user", "moderate_forum"])
    def test_send_blocks_and_filters_to_counsel(self, kind: str) -> None:
        """Blocks and keyword filters need counsel, and closing comments for all needs nobody but a maintainer."""
        for method in ("block_user", "keyword_filter"):
            (needed,) = decide(kind, {"moderation.method": method}).needed
            assert [need.offices for need in needed.requirement] == [("legal",)]
        assert decide(kind, {"moderation.method": "close_comments_for_all"}).allowed

    def test_deny_naming_the_dead_before_the_family_knows(self) -> None:
        """A post that names somebody who has died waits for the next of kin."""
        dead = {"person.status": ["deceased"], "person.details": ["name"]}
        facts = {"incident.death": "death", "incident.next_of_kin_notified": False}
        assert decide("publish", dead | facts).outcome == "deny"

    def test_use_no_social_media_in_background_investigations(self) -> None:
        """Until the agency decides, candidates' social media is not looked at."""
        assert decide("background_search", {}).outcome == "deny"

    def test_only_notify_of_private_life(self) -> None:
        """Naming the employer, insignia and being recognised bring a notice and nothing else."""
        facts = {"content.names_employer": True, "content.insignia": ["badge"], "content.author_recognizable": True}
        decision = decide("personal_post", facts | {"speech.public_concern": False})
        assert decision.allowed
        assert {each.rule.partition("/")[0] for each in decision.notices} == {"V.B.3.a", "V.B.3.b", "V.B.3.c"}


GUILT = {"content.guilt_or_innocence": True}


class TestApprovals:
    def test_release_what_the_named_approver_approved(self) -> None:
        """The express approval of somebody in the named office releases the content."""
        policy, data = policy_for("publish", GUILT)
        action = policy.action(data)
        first = policy.decide(action, at=AT)
        approval = first.approval("V.A.9.c.i/guilt", by=APPROVER, role=APPROVING_ROLE)
        assert policy.decide(action, at=AT, approvals=[approval]).allowed

    def test_release_no_other_content(self) -> None:
        """An approval holds for that very content alone."""
        policy, data = policy_for("publish", GUILT)
        approval = policy.decide(policy.action(data), at=AT).approval(
            "V.A.9.c.i/guilt", by=APPROVER, role=APPROVING_ROLE
        )
        other = policy.action(data | {"payload": {"text": "something else"}})
        assert not policy.decide(other, at=AT, approvals=[approval]).allowed

    def test_release_nothing_that_is_denied(self) -> None:
        """Where the agency denies such content, there is nothing to approve."""
        policy, data = policy_for("publish", GUILT, guilt_statements="deny")
        with pytest.raises(smpolicy.InvalidApproval):
            policy.decide(policy.action(data), at=AT).approval("V.A.9.c.i/guilt", by=APPROVER, role=APPROVING_ROLE)

    @pytest.mark.parametrize("kind", ["publish", "edit"])
    def test_count_from_the_chosen_roles_alone(self, kind: str) -> None:
        """An approval of content counts from a role of the chosen offices, and from no other."""
        policy, data = policy_for(kind, {}, prior_approval_for=["crime_prevention_tips"])
        action = policy.action(data)
        decision = policy.decide(action, at=AT)
        for role, counts in ((APPROVING_ROLE, True), ("moderator", False)):
            approval = decision.approval(f"V.A.4.approve/{kind}", by=APPROVER, role=role)
            assert policy.decide(action, at=AT, approvals=[approval]).allowed is counts

    def test_never_count_from_the_author(self) -> None:
        """The author, who holds every role, cannot approve the post while self-approval is off."""
        policy, data = policy_for("publish", {}, prior_approval_for=["crime_prevention_tips"])
        action = policy.action(data)
        approval = policy.decide(action, at=AT).approval("V.A.4.approve/publish", by="author", role=APPROVING_ROLE)
        assert not policy.decide(action, at=AT, approvals=[approval]).allowed

    def test_run_out(self) -> None:
        """An approval that has expired counts no more."""
        policy, data = policy_for("publish", GUILT)
        action = policy.action(data)
        approval = policy.decide(action, at=AT).approval("V.A.9.c.i/guilt", by=APPROVER, role=APPROVING_ROLE)
        assert not policy.decide(action, at=AT + timedelta(days=60), approvals=[approval]).allowed


class TestOfficerInvolvedIncidents:
    @pytest.mark.parametrize("where", ["outside", "crosses_boundary"])
    @pytest.mark.parametrize("general", EFFECTS[1:])
    @pytest.mark.parametrize("own", EFFECTS)
    def test_are_never_treated_more_mildly(self, where: str, general: str, own: str) -> None:
        """Outside or across the boundary, such an incident is held at least as strictly as any other."""
        choices = {"outside_jurisdiction": general, "uncoordinated_crossing": general}
        choices |= {"officer_involved_outside": own, "officer_involved_crossing": own}
        facts = {"incident.jurisdiction": where, "incident.coordination": "none"}
        other = decide("publish", facts, **choices)
        involved = decide("publish", facts | {"incident.officer_involved": True}, **choices)
        assert EFFECTS.index(involved.outcome) >= max(EFFECTS.index(other.outcome), EFFECTS.index(own))


class TestCivilLiability:
    @pytest.mark.parametrize(
        ("choice", "facts"),
        [
            ("personal_falsehoods", {"content.false_and_harmful": True}),
            (
                "personal_private_facts",
                {
                    "content.private_fact_elements": [
                        "not_already_public",
                        "not_of_public_concern",
                        "offensive_to_reasonable_person",
                        "given_without_permission",
                    ]
                },
            ),
            ("personal_likeness", {"person.likeness_exploited": True, "person.permission": "none"}),
            ("personal_works", {"work.basis": "none"}),
        ],
    )
    def test_limits_give_way_to_protected_speech(self, choice: str, facts: dict[str, Any]) -> None:
        """A hold under V.B.6 is lifted from protected speech, while the notice stays."""
        held = decide("personal_post", facts | {"speech.public_concern": False}, **{choice: "needs_approval"})
        free = decide("personal_post", facts, **{choice: "needs_approval"})
        assert (held.outcome, free.outcome) == ("needs_approval", "allow")
        assert free.notices == held.notices != ()


class TestPersonalLimits:
    def test_follow_from_the_choices_that_set_them(self) -> None:
        """What a candidate's choices limit is among the limits that adopting it depends on."""
        limits = {
            choice.id: choice.personal_limit
            for choice in ruleset().choices.values()
            if choice.personal_limit is not None
        }
        free = dict.fromkeys(limits, "allow")
        assert smpolicy.adoption(candidate(**free)).policy.personal_limits == frozenset()
        for name, limit in limits.items():
            adopted = smpolicy.adoption(candidate(**free | {name: "needs_approval"}))
            assert adopted.policy.personal_limits == {limit}

    def test_are_marked_on_every_choice_that_holds_personal_speech(self) -> None:
        """Every choice that can restrict a personal post, and every one that can restrict a statement, is marked."""
        used = {
            (rule.then or "").removeprefix("choice.")
            for rule in ruleset().rules
            if {"personal_post", "public_statement"} & set(rule.on) and (rule.then or "").startswith("choice.")
        }
        unmarked = {name for name in used if ruleset().choices[name].personal_limit is None}
        assert unmarked == {"personal_use"}
