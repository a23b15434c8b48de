"""What no agency can choose: limits of law that hold under every configuration of the shipped ruleset."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smpolicy.adoptions import adoption
from smpolicy.analysis.coverage import only
from smpolicy.analysis.witnesses import AT, IDS, make_situation
from smpolicy.decisions import Decision
from smpolicy.errors import InvalidFile
from smpolicy.loading.agency_files import agency_from_data
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.policies import bind_policy
from smpolicy.rulesets import EFFECTS, Choice, Ruleset
from smpolicy.vocabulary import Fact

Facts = dict[str, Any]
Choices = dict[str, Any]

tried = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@cache
def ruleset(kind: str = "") -> Ruleset:
    """Return the shipped ruleset, or what of it bears on one kind of action."""
    return only(ruleset(), kind) if kind else load_ruleset("iacp-2019")


def decide(kind: str, facts: Facts, choices: Choices) -> Decision:
    """Return what is decided on an action of which every fact not given is harmless."""
    situation = make_situation(kind, facts, choices, ruleset())
    policy = bind_policy(agency_from_data(situation.agency, {"iacp-2019": ruleset(kind)}))
    if kind == "adopt_policy":
        return policy.decide(adoption(policy.agency, by=IDS["actor.id"]), at=AT)
    return policy.decide(policy.action(situation.action), at=AT)


def choice_values(choice: Choice) -> st.SearchStrategy[Any]:
    """Return the values that an agency may give a choice, as its file would."""
    match choice.type:
        case "effect":
            return st.sampled_from(choice.members)
        case "effect_by":
            return st.fixed_dictionaries({}, optional={name: st.sampled_from(EFFECTS) for name in choice.members})
        case "flag":
            return st.booleans()
        case "offices":
            return st.lists(st.sampled_from(sorted(ruleset().offices)), min_size=1, max_size=3, unique=True)
        case "subset":
            return st.lists(st.sampled_from(choice.members), unique=True)
        case "period":
            return st.sampled_from(["none", f"1 {choice.unit}", f"24 {choice.unit}"])
        case "number":
            return st.integers(choice.least, choice.most)
        case _:
            return st.sampled_from(["", "a text"])


def configurations() -> st.SearchStrategy[Choices]:
    """Return configurations: some choices made, in any way; the rest at their defaults."""
    made = {choice.id: choice_values(choice) for choice in ruleset().choices.values()}
    return st.fixed_dictionaries({}, optional=made)


def fact_values(fact: Fact) -> st.SearchStrategy[Any]:
    """Return the values of a fact, unknown among them."""
    unknown = st.just({"unknown": True})
    match fact.type:
        case "bool":
            return st.booleans() | unknown
        case "enum":
            return st.sampled_from(fact.members) | unknown
        case "set":
            return st.lists(st.sampled_from(fact.members), unique=True) | unknown
        case "moment":
            return st.fixed_dictionaries({"days_ago": st.integers(0, 2_000)}) | unknown
        case "integer":
            return st.integers(fact.least, min(fact.most, 1_000)) | unknown
        case _:
            return st.just("a text")


def settings_of(kind: str, *but: str) -> st.SearchStrategy[Facts]:
    """Return facts of an action and of its agency, known or not, apart from those named."""
    vocabulary = ruleset().vocabulary
    facts = {fact.path: fact for fact in vocabulary.facts_of(kind)}
    facts |= {fact.path: fact for fact in vocabulary.facts.values() if fact.owner == "agency"}
    free = {
        path: fact_values(fact)
        for path, fact in facts.items()
        if path not in (*but, *IDS) and fact.name != "exists" and fact.owner != "candidate"
    }
    return st.fixed_dictionaries({}, optional=free)


class TestPersonalUse:
    @tried
    @given(configurations())
    def test_the_plain_personal_post_is_allowed(self, choices: Choices) -> None:
        """A personal post about which nothing is wrong is allowed."""
        assert decide("personal_post", {}, choices).allowed

    @tried
    @given(configurations(), settings_of("access_platform"))
    def test_off_duty_access_with_ones_own_is_allowed(self, choices: Choices, facts: Facts) -> None:
        """Off duty, on one's own device and account and for reasons of one's own, nothing holds the access."""
        private = {
            "session.duty": "off_duty",
            "session.device": "personal",
            "session.account_holder": "own",
            "session.reason": "personal",
        }
        assert decide("access_platform", facts | private, choices).allowed

    @pytest.mark.parametrize("value", ["deny", "needs_approval", False])
    def test_configuring_it_is_an_error_that_says_why(self, value: object) -> None:
        """An agency file that would limit personal use as such does not load, and learns why."""
        with pytest.raises(InvalidFile) as caught:
            decide("personal_post", {}, {"personal_use": value})
        (problem,) = caught.value.problems
        assert problem.code == "wrong_choice_value"
        assert "can prohibit personal use as such" in (problem.help or "")

    @tried
    @given(configurations(), settings_of("discipline"), st.lists(st.sampled_from(["other_conduct", "personal_speech"])))
    def test_discipline_for_it_is_denied(self, choices: Choices, facts: Facts, others: list[str]) -> None:
        """Discipline that rests on personal use as such is denied, whatever other grounds there are."""
        bases = {"adverse_action.bases": ["personal_use_as_such", *others]}
        assert decide("discipline", facts | bases, choices).outcome == "deny"

    @tried
    @given(configurations(), st.sampled_from(["recorded", "not_done"]))
    def test_a_policy_that_forbids_it_is_not_adopted(self, choices: Choices, review: str) -> None:
        """Adopting a ban on personal use is denied, whoever has reviewed it."""
        facts = {"policy.personal_limits": ["all_personal_use"], "policy.legal_review": review}
        assert decide("adopt_policy", facts, choices).outcome == "deny"


class TestModeration:
    @tried
    @given(
        configurations(),
        st.sampled_from(["hide", "delete", "restrict_user", "moderate_forum"]).flatmap(
            lambda kind: st.tuples(st.just(kind), settings_of(kind))
        ),
        st.sampled_from(["public", "employee"]),
    )
    def test_because_of_viewpoint_is_denied(self, choices: Choices, act: tuple[str, Facts], author: str) -> None:
        """Hiding, deleting, blocking, filtering or closing because of viewpoint is denied, compelled or not."""
        kind, facts = act
        told = {"target.author": author} if kind in ("hide", "delete") else {}
        assert decide(kind, facts | told | {"moderation.viewpoint_based": True}, choices).outcome == "deny"


class TestCredentials:
    @tried
    @given(configurations(), settings_of("background_search"), st.sampled_from(["password", "supervised_login"]))
    def test_of_a_candidate_are_not_demanded(self, choices: Choices, facts: Facts, demand: str) -> None:
        """A search for which a candidate must give a password or log in under supervision is denied."""
        assert decide("background_search", facts | {"candidate.demands": [demand]}, choices).outcome == "deny"

    @tried
    @given(
        configurations(),
        settings_of("view_employee_content"),
        st.sampled_from(["by_password", "by_pretext", "by_demanding_credentials"]),
    )
    def test_of_an_employee_are_not_demanded(self, choices: Choices, facts: Facts, means: str) -> None:
        """Looking at an employee's content by password, pretext or demand is denied, whatever consent is claimed."""
        assert decide("view_employee_content", facts | {"viewing.means": means}, choices).outcome == "deny"

    @tried
    @given(configurations(), settings_of("view_employee_content"))
    def test_content_that_is_not_public_is_never_simply_seen(self, choices: Choices, facts: Facts) -> None:
        """Content past a privacy setting is denied, and what was shared or compelled goes to counsel at least."""
        assert (
            decide("view_employee_content", facts | {"viewing.means": "past_privacy_setting"}, choices).outcome
            == "deny"
        )
        for means in ("shared_by_consent", "shown_by_recipient", "lawful_process"):
            assert not decide("view_employee_content", facts | {"viewing.means": means}, choices).allowed


PROTECTED = {"speech.form": "written", "speech.public_concern": True, "speech.official_duties": False}


class TestProtectedSpeech:
    @tried
    @given(
        configurations(),
        settings_of("discipline"),
        st.sampled_from(["personal_speech", "official_duty_speech", "policy_violation", "conduct_standards"]),
    )
    def test_discipline_for_it_is_denied(self, choices: Choices, facts: Facts, basis: str) -> None:
        """Without a documented interest, discipline for protected speech is denied under whatever name."""
        told = {"adverse_action.bases": [basis], "speech.documented_interests": []}
        assert decide("discipline", facts | PROTECTED | told, choices).outcome == "deny"

    @tried
    @given(configurations(), settings_of("discipline"))
    def test_discipline_for_it_is_never_simply_allowed(self, choices: Choices, facts: Facts) -> None:
        """With a documented interest too, discipline for protected speech is at least for counsel."""
        told = {"adverse_action.bases": ["personal_speech"]}
        assert not decide("discipline", facts | PROTECTED | told, choices).allowed

    @tried
    @given(configurations(), settings_of("personal_post"))
    def test_a_post_of_it_is_allowed(self, choices: Choices, facts: Facts) -> None:
        """Without a documented interest, a protected post is allowed whatever limits are chosen and claims are made."""
        assert decide("personal_post", facts | PROTECTED | {"speech.documented_interests": []}, choices).allowed

    @tried
    @given(configurations(), settings_of("personal_post"))
    def test_a_post_of_it_is_never_denied(self, choices: Choices, facts: Facts) -> None:
        """With a documented interest, a protected post goes to counsel at most."""
        decision = decide("personal_post", facts | PROTECTED, choices)
        assert decision.outcome != "deny"
        assert {office for each in decision.needed for need in each.requirement for office in need.offices} <= {"legal"}

    @tried
    @given(configurations(), settings_of("public_statement"))
    def test_a_statement_of_it_is_allowed(self, choices: Choices, facts: Facts) -> None:
        """Without a documented interest, a protected statement is allowed."""
        assert decide("public_statement", facts | PROTECTED | {"speech.documented_interests": []}, choices).allowed

    @tried
    @given(configurations(), settings_of("personal_post", "speech.asserted_interests"), st.data())
    def test_a_claim_without_documents_moves_nothing(self, choices: Choices, facts: Facts, data: st.DataObject) -> None:
        """An interest that is asserted and not documented changes no decision."""
        asserted = data.draw(fact_values(ruleset().vocabulary.facts["speech.asserted_interests"]))
        without = decide("personal_post", facts, choices)
        with_it = decide("personal_post", facts | {"speech.asserted_interests": asserted}, choices)
        assert (with_it.outcome, with_it.needed) == (without.outcome, without.needed)

    @tried
    @given(configurations(), settings_of("personal_post"), st.data())
    def test_credibility_never_changes_an_outcome(self, choices: Choices, facts: Facts, data: st.DataObject) -> None:
        """Whether a post bears on an officer's credibility gives notice, and holds nothing back."""
        subjects = data.draw(fact_values(ruleset().vocabulary.facts["speech.credibility_subjects"]))
        without = decide("personal_post", facts | {"speech.credibility_subjects": []}, choices)
        with_them = decide("personal_post", facts | {"speech.credibility_subjects": subjects}, choices)
        assert with_them.outcome == without.outcome


class TestReports:
    @tried
    @given(configurations(), settings_of("report_violation"))
    def test_are_allowed(self, choices: Choices, facts: Facts) -> None:
        """Reporting a violation is always allowed."""
        assert decide("report_violation", facts, choices).allowed

    @tried
    @given(configurations(), st.lists(st.sampled_from(["own_supervisor", "agency_head", "other_employee"])))
    def test_go_around_the_usual_recipient(self, choices: Choices, others: list[str]) -> None:
        """A report that concerns its usual recipient is somebody else's to receive."""
        facts = {"report.implicates": ["usual_recipient", *others]}
        assert [each.rule for each in decide("report_violation", facts, choices).duties] == ["V.B.7/report_around"]

    @tried
    @given(configurations(), settings_of("discipline"), st.sampled_from(["good_faith", "not_known"]))
    def test_in_good_faith_are_not_punished(self, choices: Choices, facts: Facts, faith: str) -> None:
        """Discipline in any part for a report not known to be false is denied."""
        told = {"adverse_action.for_reporting": True, "adverse_action.report_faith": faith}
        assert decide("discipline", facts | told, choices).outcome == "deny"

    @tried
    @given(configurations(), settings_of("discipline"))
    def test_documented_as_false_go_to_counsel_at_least(self, choices: Choices, facts: Facts) -> None:
        """Even discipline for a report documented as knowingly false is never simply allowed."""
        told = {"adverse_action.for_reporting": True, "adverse_action.report_faith": "documented_knowingly_false"}
        assert not decide("discipline", facts | told, choices).allowed


NOTICES = ("road_closure", "special_event", "weather_emergency", "missing_or_endangered_person")
NEVER_WAIVED = ("V.A.5", "V.A.9.c", "V.A.7.officer_involved", "V.A.12.accuracy")


class TestUrgency:
    @tried
    @given(configurations(), settings_of("publish"), st.sampled_from(NOTICES))
    def test_waives_no_deny_and_none_of_the_approvals_that_matter(
        self, choices: Choices, facts: Facts, purpose: str
    ) -> None:
        """What is denied stays denied; approvals for law, express approval and officers involved are still asked."""
        calm = decide("publish", facts | {"content.purpose": purpose, "content.time_sensitive": False}, choices)
        urgent = decide("publish", facts | {"content.purpose": purpose, "content.time_sensitive": True}, choices)
        assert calm.outcome != "deny" or urgent.outcome == "deny"
        assert _of(urgent, NEVER_WAIVED) == _of(calm, NEVER_WAIVED)

    @tried
    @given(configurations(), settings_of("publish"), st.sampled_from(NOTICES))
    def test_waives_nothing_for_what_is_unverified(self, choices: Choices, facts: Facts, purpose: str) -> None:
        """A notice with unverified information is held as any other post is."""
        told = facts | {"content.purpose": purpose, "content.unverified": True}
        calm = decide("publish", told | {"content.time_sensitive": False}, choices)
        urgent = decide("publish", told | {"content.time_sensitive": True}, choices)
        assert (urgent.outcome, urgent.needed) == (calm.outcome, calm.needed)


def _of(decision: Decision, considerations: tuple[str, ...]) -> list[str]:
    return [each.rule for each in decision.reasons if each.rule.startswith(considerations)]


class TestLaw:
    @tried
    @given(configurations(), st.sampled_from(["publish", "edit", "publish_page"]), st.data())
    def test_known_to_be_broken_denies(self, choices: Choices, kind: str, data: st.DataObject) -> None:
        """Content known to break law or an order is denied."""
        facts = data.draw(settings_of(kind))
        assert decide(kind, facts | {"compliance.breaks_law_or_order": True}, choices).outcome == "deny"

    @tried
    @given(configurations(), st.sampled_from(["publish", "edit"]), st.data())
    def test_seals_what_no_approver_opens(self, choices: Choices, kind: str, data: st.DataObject) -> None:
        """What statute or court keeps closed is denied where nothing documented permits its release."""
        facts = data.draw(settings_of(kind))
        for seal in (["statute"], ["court_order"], ["statute", "court_order"]):
            told = {"content.confidential": seal, "content.release_authority": "none"}
            assert decide(kind, facts | told, choices).outcome == "deny"

    @tried
    @given(configurations(), st.sampled_from(["statute", "consent_of_protected_person"]), st.data())
    def test_of_a_court_seals_what_only_a_court_opens(
        self, choices: Choices, authority: str, data: st.DataObject
    ) -> None:
        """What a court has sealed is not released by a statute or a consent alone."""
        facts = data.draw(settings_of("publish"))
        told = {"content.confidential": ["court_order"], "content.release_authority": authority}
        assert decide("publish", facts | told, choices).outcome == "deny"

    @tried
    @given(configurations(), st.sampled_from(["publish", "edit"]), st.data())
    def test_is_never_simply_set_aside(self, choices: Choices, kind: str, data: st.DataObject) -> None:
        """Sealed information that may be released still needs express approval, and doubtful law needs counsel."""
        facts = data.draw(settings_of(kind))
        assert not decide(kind, facts | {"content.confidential": ["statute"]}, choices).allowed
        assert not decide(kind, facts | {"compliance.legally_doubtful": True}, choices).allowed


HOLDS = st.lists(st.sampled_from(["records_request", "legal_hold", "evidence_hold"]), min_size=1, unique=True)


class TestHolds:
    @tried
    @given(configurations(), settings_of("delete"), HOLDS)
    def test_keep_what_nothing_compels_to_delete(self, choices: Choices, facts: Facts, holds: list[str]) -> None:
        """What is on hold is not deleted while neither statute nor court compels it."""
        told = {"record.holds": holds, "moderation.compulsion": "none"}
        assert decide("delete", facts | told, choices).outcome == "deny"

    @tried
    @given(configurations(), settings_of("delete"), HOLDS, st.sampled_from(["statute", "court_order"]))
    def test_yield_to_compulsion_only_with_a_preserved_copy(
        self, choices: Choices, facts: Facts, holds: list[str], compulsion: str
    ) -> None:
        """Compelled deletion needs counsel, and is denied without a copy of the content."""
        told = facts | {"record.holds": holds, "moderation.compulsion": compulsion}
        bare = decide("delete", told | {"record.captured": ["time", "user", "reason"]}, choices)
        assert bare.outcome == "deny"
        assert any(each.rule == "V.A.5.public_records/delete_on_hold" for each in bare.reasons)
        assert not decide("delete", told, choices).allowed

    @tried
    @given(configurations(), st.sampled_from(["edit", "hide", "restrict_user", "moderate_forum"]), HOLDS, st.data())
    def test_demand_a_copy_before_anything_is_done(
        self, choices: Choices, kind: str, holds: list[str], data: st.DataObject
    ) -> None:
        """What is on hold is not edited, hidden, restricted or closed before it has been preserved."""
        facts = data.draw(settings_of(kind)) | {"record.holds": holds, "record.captured": ["time"]}
        if kind in ("restrict_user", "moderate_forum"):
            facts["moderation.method"] = "mute_user"
        assert decide(kind, facts, choices).outcome == "deny"

    @tried
    @given(configurations(), settings_of("delete"))
    def test_are_not_the_only_reason_to_keep_a_copy(self, choices: Choices, facts: Facts) -> None:
        """Nothing is deleted without a captured copy, on hold or not."""
        assert decide("delete", facts | {"record.captured": ["content", "time"]}, choices).outcome == "deny"
