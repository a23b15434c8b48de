"""Tests of smpolicy.decisions and smpolicy.patterns: what a decision says, beside its outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

import smpolicy
from smpolicy.decisions import Because, Decision
from smpolicy.errors import AmbiguousTruth
from smpolicy.judge import Outcome
from smpolicy.patterns import ConsiderationStatus, find_pattern, missing_ids
from smpolicy.vocabulary import SomeOf
from tests.builders import AT, choice, decide, exception, make_policy, rule

APPROVALS = '[{ office = "legal" }]'
ASKS = rule(then="needs_approval")
TEXT: dict[str, Any] = {"actor": {"id": "spokesperson-1"}, "payload": {"text": "They did it."}}
GUILTY = {"content": {"guilt_or_innocence": True}} | TEXT


def approve(
    decision: Decision, by: str = "counsel-1", role: str = "legal_counsel", rule: str = "A.1/rule", **more: Any
) -> Any:
    """Return an approval for a rule of a decision."""
    return decision.approval(rule, by=by, role=role, **more)


class TestOutcome:
    def test_allowed(self) -> None:
        """An action to which no rule speaks is allowed."""
        decision = decide(make_policy(rule()), {"content": {"guilt_or_innocence": False}})
        assert (decision.outcome, decision.allowed, decision.settled, decision.next) == (
            Outcome.ALLOW,
            True,
            True,
            "act",
        )
        assert decision.code is None

    def test_denied(self) -> None:
        """An action that a rule denies is denied."""
        decision = decide(make_policy(rule()), GUILTY)
        assert (decision.outcome, decision.allowed, decision.settled, decision.next) == (
            Outcome.DENY,
            False,
            True,
            "stop",
        )

    def test_open(self) -> None:
        """An action about which something is unknown that matters is not settled."""
        decision = decide(make_policy(rule()))
        assert (decision.outcome, decision.settled, decision.next) == (Outcome.NEEDS_APPROVAL, False, "answer")

    def test_ungoverned(self) -> None:
        """A kind of which no ruleset speaks is told by a code."""
        policy = make_policy(rule())
        decision = policy.decide(smpolicy.Edit(), at=AT)
        assert (decision.code, decision.next, decision.outcome) == ("ungoverned", "stop", Outcome.NEEDS_APPROVAL)

    def test_no_truth_value(self) -> None:
        """A decision is neither true nor false."""
        with pytest.raises(AmbiguousTruth, match=r"decision.allowed"):
            assert decide(make_policy(rule()))

    @pytest.mark.parametrize(
        ("kind", "outcome", "settled", "next_"),
        [("publish", Outcome.DENY, False, "approve"), ("personal_post", Outcome.NEEDS_APPROVAL, False, "answer")],
    )
    def test_unsettled_denies(self, kind: str, outcome: Outcome, settled: bool, next_: str) -> None:
        """An agency may have denied what is unsettled, but never speech."""
        policy = make_policy(
            rule(then="needs_approval", on='["publish", "personal_post"]'), '[decision]\nunsettled = "deny"\n'
        )
        decision = policy.decide(policy.action({"kind": kind}), at=AT)
        assert (decision.outcome, decision.settled, decision.next) == (outcome, settled, next_)


class TestReasons:
    def test_reason(self) -> None:
        """A reason names the rule, what it cites, what was found, and what would clear it."""
        (reason,) = decide(make_policy(rule(remedy='"Drop it."', cites='["A.2"]')), GUILTY).reasons
        assert (reason.rule, reason.ruleset, reason.effect, reason.cites) == (
            "A.1/rule",
            "example",
            "deny",
            ("A.1", "A.2"),
        )
        assert (reason.reason, reason.remedy, reason.discharged) == ("It was found.", "Drop it.", False)

    def test_because(self) -> None:
        """A reason names the facts that made its rule speak, and where they come from."""
        policy = make_policy(
            rule("content.humor and not terms.published and actor.trained"), "[facts.terms]\npublished = false\n"
        )
        decision = decide(policy, {"actor": {"id": "spokesperson-1"}, "content": {"humor": True}})
        assert decision.reasons[0].because == (
            Because("content.humor", True, "given"),
            Because("actor.trained", True, "directory"),
        )

    def test_because_of_an_age(self) -> None:
        """An age is told by the date from which it was reckoned."""
        policy = make_policy(rule("age(actor.training_date) > 30"))
        decision = decide(policy, {"actor": {"id": "spokesperson-1"}})
        assert decision.reasons[0].because == (
            Because("age(actor.training_date, days)", "2026-01-02T12:00:00Z", "directory"),
        )

    def test_because_of_an_attestation(self) -> None:
        """What was attested is told as such."""
        policy = make_policy(rule("not content.humor"))
        decision = decide(policy, {"attestation": {"by": "spokesperson-1"}})
        assert decision.reasons[0].because == (Because("content.humor", False, "attested"),)

    def test_only_true_restricting_rules(self) -> None:
        """Unknown rules, duties and notices give no reason."""
        policy = make_policy(rule() + rule(None, None, id='"A.2/n"', notice='"Take care."'))
        assert decide(policy).reasons == ()


class TestNeeded:
    def test_needed(self) -> None:
        """What true rules ask for is needed."""
        decision = decide(make_policy(ASKS), GUILTY)
        (needed,) = decision.needed
        assert (needed.rule, needed.requirement[0].offices, needed.questions) == ("A.1/rule", ("legal",), ())
        assert decision.needed_if == ()

    def test_needed_if(self) -> None:
        """What unknown rules would ask for is needed perhaps, depending on questions."""
        decision = decide(make_policy(ASKS))
        (needed,) = decision.needed_if
        assert (needed.rule, needed.questions) == ("A.1/rule", ("content.guilt_or_innocence",))
        assert decision.needed == ()

    def test_not_of_denials(self) -> None:
        """A denial asks for nobody."""
        decision = decide(make_policy(rule()), GUILTY)
        assert (decision.needed, decision.needed_if) == ((), ())


class TestDuties:
    DUTY = '{ do = "Look.", to = "legal", when = "after" }'
    ALWAYS = '{ do = "Keep it.", to = "author", when = "regardless" }'

    def test_given(self) -> None:
        """Duties and notices of true rules are given."""
        policy = make_policy(rule(then=None, oblige=self.DUTY) + rule(then=None, id='"A.2/n"', notice='"Take care."'))
        decision = decide(policy, GUILTY)
        assert [(each.rule, each.duty.do, each.cites) for each in decision.duties] == [("A.1/rule", "Look.", ("A.1",))]
        assert [(each.rule, each.notice) for each in decision.notices] == [("A.2/n", "Take care.")]
        assert (decision.possible_duties, decision.possible_notices) == ((), ())

    def test_possible(self) -> None:
        """Those of unknown rules are possible."""
        policy = make_policy(rule(then=None, oblige=self.DUTY) + rule(then=None, id='"A.2/n"', notice='"Take care."'))
        decision = decide(policy)
        assert (decision.duties, decision.notices) == ((), ())
        assert [each.rule for each in decision.possible_duties] == ["A.1/rule"]
        assert [each.rule for each in decision.possible_notices] == ["A.2/n"]

    def test_on_a_denial(self) -> None:
        """On a denial only what must be done regardless is given."""
        policy = make_policy(
            rule() + rule(then=None, id='"A.2/a"', oblige=self.DUTY) + rule(then=None, id='"A.2/b"', oblige=self.ALWAYS)
        )
        assert [each.rule for each in decide(policy, GUILTY).duties] == ["A.2/b"]


class TestQuestions:
    def test_question(self) -> None:
        """A question is worded for a person, and says what depends on it."""
        (question,) = decide(make_policy(rule())).questions
        assert question.fact == "content.guilt_or_innocence"
        assert question.ask.endswith("?")
        assert (question.cite, question.asked_of, question.type) == ("V.A.9.c.i", "author", "bool")
        assert (question.effect, question.rules, question.attestable) == ("deny", ("A.1/rule",), True)

    def test_only_what_is_left(self) -> None:
        """What can no longer matter is not asked."""
        policy = make_policy(rule("content.humor and content.known_false or content.unverified"))
        assert [each.fact for each in decide(policy, {"content": {"humor": False}}).questions] == ["content.unverified"]

    def test_order(self) -> None:
        """The strongest effect comes first, then what touches more rules, then citation and path."""
        policy = make_policy(
            rule("content.known_false", "needs_approval", id='"A.1/a"')
            + rule("content.unverified", "needs_approval", id='"A.1/b"')
            + rule("content.unverified and content.humor", "needs_approval", id='"A.1/c"')
            + rule("content.time_sensitive", None, id='"A.1/d"', notice='"Take care."')
            + rule("content.guilt_or_innocence", "deny", id='"A.1/e"')
            + rule("content.time_sensitive", None, id='"A.1/f"', oblige='{ do = "Look.", to = "legal" }')
        )
        assert [(each.fact, each.effect) for each in decide(policy).questions] == [
            ("content.guilt_or_innocence", "deny"),
            ("content.unverified", "needs_approval"),
            ("content.known_false", "needs_approval"),
            ("content.humor", "needs_approval"),
            ("content.time_sensitive", "oblige"),
        ]

    def test_existence_first(self) -> None:
        """Whether a part exists is asked before its facts."""
        policy = make_policy(rule("incident.exists and incident.critical"))
        assert [each.fact for each in decide(policy).questions] == ["incident.exists"]
        (question,) = decide(policy, {"incident": {"exists": True}}).questions
        assert question.fact == "incident.critical"

    def test_id_first(self) -> None:
        """Who it is is asked before what the directory or the register does not know."""
        policy = make_policy(rule("actor.testifies or not account.archived"))
        assert {each.fact for each in decide(policy).questions} == {"actor.id", "account.id"}
        decision = decide(policy, {"actor": {"id": "spokesperson-1"}, "account": {"id": "main"}})
        assert {(each.fact, each.asked_of) for each in decision.questions} == {
            ("actor.testifies", "directory"),
            ("account.archived", "agency"),
        }

    def test_agency(self) -> None:
        """What the agency's file leaves out is asked of the agency."""
        (question,) = decide(
            make_policy(rule("content.humor and not terms.published")), {"content": {"humor": True}}
        ).questions
        assert (question.fact, question.asked_of, question.attestable) == ("terms.published", "agency", False)

    def test_members(self) -> None:
        """A question about an enumeration says what the answer may be."""
        (question,) = decide(make_policy(rule("content.tone == 'formal'"))).questions
        assert "formal" in question.members

    def test_discharged(self) -> None:
        """What an approved rule leaves open need not be asked."""
        policy = make_policy(ASKS)
        decision = decide(policy, TEXT)
        assert decision.questions
        assert decide(policy, TEXT, approvals=[approve(decision)]).questions == ()

    def test_checklist(self) -> None:
        """What one attestation would answer stands together, and counts as one thing asked."""
        policy = make_policy(rule("content.humor or content.known_false or content.tone == 'urgent'"))
        decision = decide(policy)
        assert {each.fact for each in decision.checklist} == {"content.humor", "content.known_false"}
        assert decision.asks() == 2
        assert decide(policy, {"content": {"humor": True}}).asks() == 0


class TestConsiderations:
    def status(self, rules: str, data: dict[str, Any], agency: str = "") -> dict[str, ConsiderationStatus]:
        """Return what became of each consideration."""
        return dict(decide(make_policy(rules, agency), data).considerations)

    def test_spoke(self) -> None:
        """A true rule lets all that it cites speak."""
        found = self.status(rule(cites='["A.2"]'), GUILTY)
        assert found == {
            "A.1": ConsiderationStatus("spoke", "A.1/rule"),
            "A.2": ConsiderationStatus("spoke", "A.1/rule"),
        }

    def test_open(self) -> None:
        """An unknown rule leaves all that it cites open."""
        assert self.status(rule(), {}) == {"A.1": ConsiderationStatus("open", "A.1/rule")}

    def test_met(self) -> None:
        """A false rule means that its own consideration is met."""
        found = self.status(rule(cites='["A.2"]'), {"content": {"guilt_or_innocence": False}})
        assert found == {"A.1": ConsiderationStatus("met")}

    def test_spared(self) -> None:
        """A rule that an exception lifts is spared by it."""
        found = self.status(
            rule() + exception("content.humor"), {"content": {"guilt_or_innocence": True, "humor": True}}
        )
        assert found == {"A.1": ConsiderationStatus("spared", "A.2/exception")}

    def test_not_spared_when_met(self) -> None:
        """A rule that is false by itself is met, whatever exceptions say."""
        found = self.status(
            rule() + exception("content.humor"), {"content": {"guilt_or_innocence": False, "humor": True}}
        )
        assert found == {"A.1": ConsiderationStatus("met")}

    def test_not_applicable(self) -> None:
        """A rule on a part that does not exist does not apply."""
        found = self.status(rule("incident.exists and incident.critical"), {"incident": "none"})
        assert found == {"A.1": ConsiderationStatus("not applicable")}

    def test_left_free(self) -> None:
        """A consideration whose rules the agency switched off is left free."""
        text = choice("humor", "effect", '"allow"', "higher") + rule(then="choice.humor", approvals=APPROVALS)
        assert self.status(text, GUILTY) == {"A.1": ConsiderationStatus("left free")}

    def test_met_by_the_agency(self) -> None:
        """A consideration whose rule the agency's own facts settle is met, and no matter of choice."""
        found = self.status(rule("content.humor and not terms.published"), {}, "[facts.terms]\npublished = true\n")
        assert found == {"A.1": ConsiderationStatus("met")}

    def test_part_of_an_exception(self) -> None:
        """Where only an exception reads a part that does not exist, the rule applies all the same, and is met."""
        text = rule() + exception("incident.exists and incident.critical")
        found = self.status(text, {"content": {"guilt_or_innocence": False}, "incident": "none"})
        assert found == {"A.1": ConsiderationStatus("met")}

    def test_strongest(self) -> None:
        """Of several rules on a consideration the most telling counts."""
        found = self.status(rule() + rule("content.humor", id='"A.1/other"'), GUILTY | {"content": {"humor": True}})
        assert found == {"A.1": ConsiderationStatus("spoke", "A.1/other")}


class TestApproval:
    def test_bound(self) -> None:
        """An approval is bound to the rule, the content and the facts as they are, for as long as the agency says."""
        decision = decide(
            make_policy(rule("content.guilt_or_innocence and not content.humor", "needs_approval")), GUILTY
        )
        given = approve(decision)
        assert (given.by, given.role, given.rule) == ("counsel-1", "legal_counsel", "A.1/rule")
        assert given.facts == {"content.guilt_or_innocence": True}
        assert given.payload == decision.action.payload
        assert (given.given_at, given.expires_at) == (AT, AT + timedelta(days=30))

    def test_counts(self) -> None:
        """Presented, it discharges its rule."""
        policy = make_policy(ASKS)
        decision = decide(policy, GUILTY, approvals=[approve(decide(policy, GUILTY))])
        assert (decision.outcome, decision.settled) == (Outcome.ALLOW, True)
        assert decision.reasons[0].discharged
        assert decision.needed == ()

    def test_unknown_fact(self) -> None:
        """It does not count where it names a fact that there is not."""
        policy = make_policy(ASKS)
        given = approve(decide(policy, GUILTY))
        strange = attrs.evolve(given, facts={**given.facts, "content.guilt": True, "content": True})
        assert decide(policy, GUILTY, approvals=[strange]).outcome is Outcome.NEEDS_APPROVAL

    def test_other_kind(self) -> None:
        """Given for hiding a comment, it does not count for deleting it."""
        policy = make_policy(rule("account.unauthorized_equipment", "needs_approval", on='["hide", "delete"]'))
        data = {"actor": {"id": "moderator-1"}, "account": {"unauthorized_equipment": True}}
        hide, delete = (policy.action({"kind": kind, **data}) for kind in ("hide", "delete"))
        given = [approve(policy.decide(hide, at=AT))]
        assert policy.decide(hide, at=AT, approvals=given).allowed
        assert not policy.decide(delete, at=AT, approvals=given).allowed

    def test_unknown_rule(self) -> None:
        """It may be given for a rule of which it is not known whether it is true."""
        policy = make_policy(ASKS)
        assert decide(policy, TEXT, approvals=[approve(decide(policy, TEXT))]).allowed

    @pytest.mark.parametrize(
        ("by", "role"),
        [("sheriff-1", "chief_or_sheriff"), ("sheriff-1", "legal_counsel"), ("spokesperson-1", "legal_counsel")],
    )
    def test_does_not_count(self, by: str, role: str) -> None:
        """It does not count by another office, in a role not held, or by the author."""
        policy = make_policy(ASKS)
        decision = decide(policy, GUILTY, approvals=[approve(decide(policy, GUILTY), by, role)])
        assert decision.outcome is Outcome.NEEDS_APPROVAL

    def test_author_where_allowed(self) -> None:
        """The author's own counts where the agency allows it."""
        policy = make_policy(ASKS, "[decision]\nself_approval = true\n")
        assert decide(policy, GUILTY, approvals=[approve(decide(policy, GUILTY), "spokesperson-1")]).allowed

    def test_unknown_author(self) -> None:
        """While the author is not known, nobody's counts: it might be the author's own."""
        policy = make_policy(ASKS)
        data = GUILTY | {"actor": {}}
        assert not decide(policy, data, approvals=[approve(decide(policy, data))]).allowed

    @pytest.mark.parametrize(("days", "counts"), [(-1, False), (0, True), (30, False), (29, True)])
    def test_time(self, days: int, counts: bool) -> None:
        """It counts from when it is given to before it expires."""
        policy = make_policy(ASKS)
        given = approve(decide(policy, GUILTY))
        assert decide(policy, GUILTY, at=AT + timedelta(days=days), approvals=[given]).allowed is counts

    def test_role_at_the_time(self) -> None:
        """The role must be held when it is given, not when it is presented."""
        policy = make_policy(rule(then="needs_approval", approvals='[{ office = "command" }]'))
        decision = decide(policy, GUILTY)
        while_acting = approve(
            decision,
            "acting-1",
            "chief_or_sheriff",
            given_at=AT - timedelta(days=40),
            expires_at=AT + timedelta(days=1),
        )
        afterwards = approve(decision, "acting-1", "chief_or_sheriff")
        assert decide(policy, GUILTY, approvals=[while_acting]).allowed
        assert not decide(policy, GUILTY, approvals=[afterwards]).allowed

    def test_content_changed(self) -> None:
        """Other content needs another approval."""
        policy = make_policy(ASKS)
        given = approve(decide(policy, GUILTY))
        changed = GUILTY | {"payload": {"text": "They surely did it."}}
        assert not decide(policy, changed, approvals=[given]).allowed

    def test_fact_changed_and_learned(self) -> None:
        """A fact changed voids it; a fact merely learned does not."""
        policy = make_policy(rule("content.guilt_or_innocence or content.tone == 'formal'", "needs_approval"))
        given = approve(decide(policy, GUILTY))
        learned = GUILTY | {"content": {"guilt_or_innocence": True, "tone": "formal"}}
        changed = GUILTY | {"content": {"guilt_or_innocence": False, "tone": "formal"}}
        assert decide(policy, learned, approvals=[given]).allowed
        assert not decide(policy, changed, approvals=[given]).allowed

    def test_several_people(self) -> None:
        """A requirement of several offices is met by different people."""
        policy = make_policy(rule(then="needs_approval", approvals='[{ office = "legal" }, { office = "command" }]'))
        decision = decide(policy, GUILTY)
        legal, command = approve(decision, "deputy-chief-1"), approve(decision, "deputy-chief-1", "deputy_chief")
        assert not decide(policy, GUILTY, approvals=[legal, command]).allowed
        assert decide(policy, GUILTY, approvals=[legal, command, approve(decision)]).allowed

    def test_no_content(self) -> None:
        """On a kind without content, an approval is bound to the facts given."""
        policy = make_policy(rule("moderation.viewpoint_based", "needs_approval", on='["hide"]'))
        author = smpolicy.Actor(id="moderator-1")
        hide = smpolicy.Hide(actor=author, moderation=smpolicy.Moderation(viewpoint_based=True))
        given = approve(policy.decide(hide, at=AT))
        assert policy.decide(hide, at=AT, approvals=[given]).allowed
        learned = hide.answer({"moderation.ground": "profanity"})
        assert policy.decide(learned, at=AT, approvals=[given]).allowed
        withdrawn = smpolicy.Hide(actor=author, moderation=smpolicy.Moderation(ground="profanity"))
        assert not policy.decide(withdrawn, at=AT, approvals=[given]).allowed

    def test_instead_of_a_denial_softened(self) -> None:
        """What stands in for a rule that asks for approval asks for the same people, not for anybody at all."""
        instead = '\n[[exception.instead]]\nabout = "A.3"\nthen = "deny"\n'
        policy = make_policy(ASKS + exception("content.humor") + instead)
        data = GUILTY | {"content": {"guilt_or_innocence": True, "humor": True}}
        decision = decide(policy, data)
        name = "A.1/rule~A.2/exception#1"
        by_anybody = approve(decision, "moderator-1", "moderator", name)
        assert not decide(policy, data, approvals=[by_anybody]).allowed
        assert decide(policy, data, approvals=[approve(decision, rule=name)]).allowed

    def test_partly_known_set(self) -> None:
        """An approval remembers a partly known set as such."""
        policy = make_policy(rule("'death' in content.humor_topics", "needs_approval"))
        content = smpolicy.Content(humor_topics=SomeOf({"death"}))
        action = smpolicy.Publish(actor=smpolicy.Actor(id="moderator-1"), content=content, payload=b"Ha.")
        given = approve(policy.decide(action, at=AT))
        known = attrs.evolve(action, content=smpolicy.Content(humor_topics=["death", "victim"]))  # type: ignore[misc]
        assert policy.decide(known, at=AT, approvals=[given]).allowed


class TestData:
    def test_json(self) -> None:
        """A decision as data says what it says in Python."""
        data = decide(make_policy(rule(remedy='"Drop it."')), GUILTY).to_dict()
        assert (data["agency"], data["kind"], data["at"]) == ("quillan-county", "publish", "2026-06-01T12:00:00Z")
        assert (data["outcome"], data["settled"], data["next"]) == ("deny", True, "stop")
        assert data["reasons"][0]["because"] == [
            {"fact": "content.guilt_or_innocence", "value": True, "provenance": "given"}
        ]
        assert "code" not in data

    def test_own_copy(self) -> None:
        """Each time the data is a copy of its own, so that a caller may change it."""
        decision = decide(make_policy(rule()))
        decision.to_dict()["questions"].clear()
        assert decision.to_dict()["questions"]

    def test_ungoverned(self) -> None:
        """The code is there where there is one."""
        assert make_policy(rule()).decide(smpolicy.Edit(), at=AT).to_dict()["code"] == "ungoverned"

    def test_explanation(self) -> None:
        """A decision is told in words, with the reasons."""
        assert "It was found." in decide(make_policy(rule()), GUILTY).explain()


class TestPatterns:
    def test_remembered(self) -> None:
        """Decisions that differ in nothing that matters share their pattern."""
        policy = make_policy(rule("content.tone == 'formal'"))
        urgent, other = (decide(policy, {"content": {"tone": tone}}) for tone in ("urgent", "other"))
        assert urgent.considerations is other.considerations

    def test_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only so many patterns are remembered; the others are found again."""
        monkeypatch.setattr("smpolicy.patterns.MOST_PATTERNS", 1)
        policy = make_policy(rule())
        for data in (GUILTY, {}, GUILTY):
            assert decide(policy, data).considerations
            assert len(policy.kinds["publish"].patterns) == 1

    def test_missing_ids(self) -> None:
        """The ids that an action could give and does not are known."""
        assert missing_ids(smpolicy.GrantAccess(actor=smpolicy.Actor(id="sheriff-1"))) == (
            "access.holder_id",
            "account.id",
        )

    def test_found_from_a_decision(self) -> None:
        """A pattern is found from the parts of a decision."""
        decision = decide(make_policy(ASKS), GUILTY)
        pattern = find_pattern(
            decision.kind_rules, decision.facts, decision.true, decision.unknown, 0, decision.verdict, ()
        )
        assert pattern.needed == decision.needed
