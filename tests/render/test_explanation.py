"""Tests of decisions in words: what people are told, on a small ruleset of the tests' own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

import smpolicy
from smpolicy.agencies import Attesting
from smpolicy.render.explanation import explain, summarize
from smpolicy.render.questions import answers
from smpolicy.render.words import listed, value_in_words, wrapped

SAMPLE = Path(__file__).parent / "sample" / "agency.toml"
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)

Snapshot = Callable[[str], None]
Decide = Callable[..., smpolicy.Decision]


@pytest.fixture(scope="module")
def policy() -> smpolicy.Policy:
    """The policy of the sample agency."""
    return smpolicy.load(SAMPLE)


@pytest.fixture
def decide(policy: smpolicy.Policy) -> Decide:
    """Decides on a post by a trained spokesperson, attested, about no incident, except as told otherwise."""

    def decided(approvals: tuple[smpolicy.Approval, ...] = (), **parts: Any) -> smpolicy.Decision:
        content = {"purpose": "tip_solicitation", **parts.pop("content", {})}
        data = {
            "kind": "publish",
            "actor": {"id": "deputy-1"},
            "incident": "none",
            "payload": {"text": "Did you see anything?"},
            "attestation": {"by": "deputy-1"},
            "content": content,
            **parts,
        }
        given = {name: value for name, value in data.items() if value is not None}
        return policy.decide(policy.action(given), at=AT, approvals=approvals)

    return decided


class TestSnapshots:
    """Whole explanations, read by people before they are stored."""

    def test_allow(self, decide: Decide, snapshot: Snapshot) -> None:
        """An allow is short: what must be done, what was left free, what was looked at."""
        snapshot(decide().explain())

    def test_needs_approval(self, decide: Decide, snapshot: Snapshot) -> None:
        """A rule that asks for approval is told with its facts, who may approve, and what would spare it."""
        snapshot(decide(content={"guilt_or_innocence": True}).explain())

    def test_deny(self, decide: Decide, snapshot: Snapshot) -> None:
        """A deny names the denying rules first, and no approvals, since none would help."""
        snapshot(decide(actor={"id": "officer-2"}, content={"known_false": True, "guilt_or_innocence": True}).explain())

    def test_spared(self, decide: Decide, snapshot: Snapshot) -> None:
        """A rule lifted by an exception is told with the exception's reason."""
        snapshot(decide(content={"guilt_or_innocence": True, "attributed_reshare": True}).explain())

    def test_nothing_known(self, policy: smpolicy.Policy, snapshot: Snapshot) -> None:
        """A bare action gets the open rules, the questions by who is asked, and the checklist as one."""
        snapshot(policy.decide(smpolicy.Publish(), at=AT).explain())

    def test_partly_known(self, decide: Decide, snapshot: Snapshot) -> None:
        """What spoke and what is open stand side by side; what the directory leaves out is asked of the directory."""
        parts = {"actor": {"id": "officer-1"}, "incident": {"jurisdiction": "outside"}}
        snapshot(decide(**parts, attestation=None, payload=None).explain())

    def test_ungoverned(self, policy: smpolicy.Policy, snapshot: Snapshot) -> None:
        """A kind of which no ruleset speaks is told so, and nothing else."""
        snapshot(policy.decide(smpolicy.Hide(), at=AT).explain())

    def test_summary(self, decide: Decide, snapshot: Snapshot) -> None:
        """The summary keeps outcome, reasons, approvals and duties."""
        snapshot(summarize(decide(content={"guilt_or_innocence": True})))


class TestExplain:
    @pytest.mark.parametrize(
        ("content", "word"),
        [({}, "ALLOW"), ({"guilt_or_innocence": True}, "NEEDS APPROVAL"), ({"known_false": True}, "DENY")],
    )
    def test_begins_with_the_outcome(self, decide: Decide, content: dict[str, Any], word: str) -> None:
        """The first line gives the outcome and the kind of action."""
        assert explain(decide(content=content)).startswith(f"{word}: publish\n")

    def test_is_plain_text(self, decide: Decide) -> None:
        """No colour and no other control character is in it."""
        text = explain(decide(content={"guilt_or_innocence": True}))
        assert all(line.isprintable() for line in text.split("\n"))

    def test_lines_are_short(self, policy: smpolicy.Policy) -> None:
        """Lines are wrapped to a hundred columns."""
        text = explain(policy.decide(smpolicy.Publish(), at=AT))
        assert max(map(len, text.split("\n"))) <= 100

    def test_every_reason_is_told_with_its_facts_and_citations(self, decide: Decide) -> None:
        """Each rule that spoke stands there with its reason, remedy, facts, provenance and citations."""
        decision = decide(content={"guilt_or_innocence": True}, actor={"id": "officer-2"})
        text = " ".join(explain(decision).split())
        for reason in decision.reasons:
            for part in (reason.rule, reason.reason, reason.remedy, *reason.cites, *(b.fact for b in reason.because)):
                assert part in text
        assert "[actor.trained; directory]" in text
        assert "[content.guilt_or_innocence; given with the action]" in text
        assert "[content.attributed_reshare; attested]" in text

    def test_says_who_may_approve(self, decide: Decide) -> None:
        """The people of the directory who may approve are named, without the author."""
        text = " ".join(explain(decide(content={"guilt_or_innocence": True})).split())
        assert "Head of the agency (role chief_or_sheriff or deputy_chief): chief-1, which is too few" in text

    def test_author_may_approve_where_the_agency_lets_them(self, policy: smpolicy.Policy) -> None:
        """Where self-approval is on, the author is among those who may approve."""
        table = attrs.evolve(policy.agency.decision, self_approval=True)
        lenient = attrs.evolve(policy, agency=attrs.evolve(policy.agency, decision=table))
        action = smpolicy.Publish(
            actor=smpolicy.Actor(id="deputy-1"), incident=smpolicy.Incident(jurisdiction="outside")
        )
        assert "chief-1 and deputy-1" in explain(lenient.decide(action, at=AT))

    def test_office_without_roles_is_told(self, decide: Decide) -> None:
        """An office that no role holds is told, since nobody could approve."""
        assert "the agency has given this office to no role" in explain(decide(content={"guilt_or_innocence": True}))

    def test_approved_rule_is_told_as_approved(self, decide: Decide) -> None:
        """A rule whose requirement is met says so, and asks for nothing."""
        held = decide(content={"purpose": "other"}, actor={"id": "chief-1"}, incident={"jurisdiction": "outside"})
        approval = held.approval("S.3/outside", by="deputy-1", role="deputy_chief", expires_at=AT + timedelta(days=2))
        text = explain(
            decide(
                (approval,),
                content={"purpose": "other"},
                actor={"id": "chief-1"},
                incident={"jurisdiction": "outside"},
            )
        )
        assert "S.3/outside (needs approval, and is approved)" in text
        assert "S.3/outside: what it asks is approved" not in text

    def test_unknown_payload_is_told(self, decide: Decide) -> None:
        """Where the content is missing, it says that no approval is possible before."""
        text = explain(decide(content={"guilt_or_innocence": True}, payload=None))
        assert "cannot be approved before its content is known" in text

    def test_questions_that_change_nothing_are_not_asked(self, decide: Decide) -> None:
        """On a settled deny open facts are counted, and no question is put."""
        text = explain(decide(content={"known_false": True}, incident=None, attestation=None))
        assert "that changes nothing here" in text
        assert "?" not in text.partition("OPEN")[2]

    def test_questions_for_notices_alone_are_told_as_such(self, policy: smpolicy.Policy) -> None:
        """On an allow, what is asked for the sake of notices is asked, and said to change nothing else."""
        content = {"purpose": "recruitment", "known_false": False, "guilt_or_innocence": False}
        data = {"kind": "publish", "actor": {"id": "deputy-1"}, "incident": "none", "content": content}
        text = explain(policy.decide(policy.action(data), at=AT))
        assert "1 fact is not known, on which only duties and notices depend." in text
        assert "DEPENDING ON THE ANSWERS\n  What is not verified may turn out wrong." in text

    def test_agency_that_denies_in_doubt_is_named_as_the_reason(self, policy: smpolicy.Policy) -> None:
        """A deny for want of facts says that the agency denies what is not settled."""
        table = attrs.evolve(policy.agency.decision, unsettled="deny")
        strict = attrs.evolve(policy, agency=attrs.evolve(policy.agency, decision=table))
        text = explain(strict.decide(smpolicy.Publish(), at=AT))
        assert "DENY" in text
        assert "the agency denies what is not settled" in " ".join(text.split())


class TestAlternatives:
    """What would have to be different for an allow."""

    @pytest.mark.parametrize(
        ("parts", "told"),
        [
            pytest.param({"content": {"known_false": True}}, "S.1/false: content.known_false is no.", id="a yes or no"),
            pytest.param(
                {"content": {"purpose": "personal"}},
                "content.purpose is other than personal or other.",
                id="an enumeration",
            ),
            pytest.param(
                {"incident": {"jurisdiction": "outside"}}, "incident.jurisdiction is inside.", id="what is left of one"
            ),
            pytest.param({"actor": {"id": "officer-2"}}, "actor.trained is yes.", id="the directory"),
            pytest.param(
                {"content": {"guilt_or_innocence": True}},
                "content.guilt_or_innocence is no, or content.attributed_reshare is yes.",
                id="an exception",
            ),
        ],
    )
    def test_single_facts_are_told(self, decide: Decide, parts: dict[str, Any], told: str) -> None:
        """Each fact that alone would silence a rule is told with the values that would."""
        assert told in " ".join(explain(decide(**parts)).split())

    @pytest.mark.parametrize(
        "parts",
        [{"content": {"known_false": True}}, {"content": {"purpose": "personal"}}, {"actor": {"id": "officer-2"}}],
    )
    def test_what_is_told_is_so(self, decide: Decide, parts: dict[str, Any]) -> None:
        """With the fact changed as told, the rule no longer speaks."""
        changed: dict[str, dict[str, Any]] = {
            "content.known_false": {"content": {"known_false": False}},
            "content.purpose": {"content": {"purpose": "recruitment"}},
            "actor.trained": {"actor": {"id": "deputy-1"}},
        }
        text = explain(decide(**parts))
        (path,) = (path for path in changed if f"{path} is" in text)
        assert decide(**changed[path]).allowed

    def test_units_are_told(self, policy: smpolicy.Policy) -> None:
        """Of a text it tells which words it would have to differ from."""
        decision = policy.decide(policy.action({"kind": "edit", "actor": {"id": "moderator-1"}}), at=AT)
        assert "actor.unit is such that actor.unit not in {'dispatch', 'patrol'}." in " ".join(
            explain(decision).split()
        )

    def test_rule_that_always_holds_is_told(self, policy: smpolicy.Policy) -> None:
        """A rule without a condition is told as the agency's choice."""
        text = explain(policy.decide(smpolicy.Delete(), at=AT))
        assert "because it always holds for this kind of action" in text
        assert "S.9/always: what it asks is approved." in text

    @pytest.mark.parametrize(
        ("facts", "told"),
        [
            pytest.param(
                {"moderation": {"steps_taken": []}},
                "S.8/steps: moderation.steps_taken has appeal_offered and warning.",
                id="several members missing",
            ),
            pytest.param(
                {"moderation": {"steps_taken": ["warning"]}},
                "S.8/steps: moderation.steps_taken has appeal_offered.",
                id="one member missing",
            ),
            pytest.param(
                {"moderation": {"steps_taken": {"excludes": ["warning"], "complete": False}}},
                "S.8/steps: moderation.steps_taken has appeal_offered and warning.",
                id="a member known to be missing",
            ),
            pytest.param(
                {"record": {"holds": ["legal_hold", "records_request"]}},
                "S.8/hold: record.holds lacks legal_hold.",
                id="a member too many",
            ),
            pytest.param(
                {"record": {"holds": {"includes": ["legal_hold"], "complete": False}}},
                "S.8/hold: record.holds lacks evidence_hold and legal_hold.",
                id="a member too many, others not known",
            ),
            pytest.param(
                {"record": {"captured": ["content"]}},
                "S.8/only_content: record.captured lacks content, or has reason, time or user.",
                id="either way",
            ),
            pytest.param(
                {"actor": {"id": "moderator-1"}},
                "S.8/training: actor.training_date is such that age(actor.training_date, months) <= 12.",
                id="an age",
            ),
            pytest.param(
                {"moderation": {"viewpoint_based": True, "conduct_elsewhere": True}},
                "S.8/either: more than one fact is different. Do not do it.",
                id="no single fact",
            ),
        ],
    )
    def test_sets_and_ages_are_told(self, policy: smpolicy.Policy, facts: dict[str, Any], told: str) -> None:
        """Of a set it tells which members it would have to have or lack, of a date how old it might be."""
        decision = policy.decide(policy.action({"kind": "restrict_user", **facts}), at=AT)
        assert told in " ".join(explain(decision).split())


class TestWords:
    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (True, "yes"),
            (False, "no"),
            (None, "not known"),
            ([], "none of these"),
            (["a", "b"], "a, b"),
            ({"includes": ["a"], "excludes": ["b"], "complete": False}, "has a, lacks b, the rest not known"),
            ({"includes": ["a"], "complete": False}, "has a, the rest not known"),
            ("2026-06-01T09:00:00Z", "2026-06-01 05:00 EDT"),
            ("tip_solicitation", "tip_solicitation"),
            (3, "3"),
        ],
    )
    def test_values(self, value: object, words: str) -> None:
        """Values are told as people say them, moments in the agency's own time."""
        assert value_in_words(value, ZoneInfo("America/New_York")) == words

    @pytest.mark.parametrize(
        ("names", "text"),
        [
            ([], ""),
            (["a"], "a"),
            (["a", "b"], "a or b"),
            (["a", "b", "c"], "a, b or c"),
            (["a", "b", "c", "d", "e"], "a, b, c or 2 more"),
        ],
    )
    def test_lists(self, names: list[str], text: str) -> None:
        """Names are listed as people do, and many are cut with how many more there are."""
        assert listed(names, 3, "or") == text

    def test_long_words_are_whole(self) -> None:
        """Wrapping breaks no word, however long, so that ids stay whole."""
        assert wrapped("a " + "b-c" * 60 + " d", "  ") == ["  a", "  " + "b-c" * 60, "  d"]


class TestQuestions:
    def question(self, type: str, members: tuple[str, ...] = ()) -> smpolicy.Question:
        """Return a question of a type."""
        return smpolicy.Question("part.fact", "?", "S.1", "author", type, members, "deny", ("S.1/a",), False)

    @pytest.mark.parametrize(
        ("type", "members", "told"),
        [
            ("bool", (), "yes or no"),
            ("enum", ("a", "b"), "one of a, b"),
            ("set", ("a", "b"), "any of a, b"),
            ("integer", (), "a whole number"),
            ("moment", (), "a date and time with its offset"),
            ("text", (), "text"),
        ],
    )
    def test_tell_what_may_be_answered(self, type: str, members: tuple[str, ...], told: str) -> None:
        """Each question tells what its answer may be."""
        assert answers(self.question(type, members)) == told

    def test_nobody_may_attest(self, policy: smpolicy.Policy) -> None:
        """Where the file lets nobody attest, the checklist says so."""
        silent = attrs.evolve(policy, agency=attrs.evolve(policy.agency, attesting=()))
        text = explain(silent.decide(smpolicy.Publish(), at=AT))
        assert "lets no role attest these" in " ".join(text.split())

    def test_roles_that_attest_some_parts(self, policy: smpolicy.Policy) -> None:
        """Where no role covers all of the checklist, each is told to cover some."""
        some = (Attesting(("supervisor",), ("moderation",)), Attesting(("spokesperson",), ("record",)))
        partly = attrs.evolve(policy, agency=attrs.evolve(policy.agency, attesting=some))
        text = explain(partly.decide(smpolicy.RestrictUser(), at=AT))
        assert "May attest, each for some parts: supervisor and spokesperson." in text
