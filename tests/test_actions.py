"""Tests of smpolicy.actions: made in Python, read from data, attested, answered, and written back."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import smpolicy
from smpolicy.actions import read_action, to_json
from smpolicy.errors import InvalidAction
from smpolicy.kinds import CORE
from smpolicy.vocabulary import NONE, Fact, SomeOf

SHOWN = Fact("k9.shown", "bool", "Is it shown?", "practice", "author", harmless=False)
TRICKS = Fact("k9.tricks", "set", "Which?", "practice", "author", members=("sit", "stay"))
WITH_PACK = CORE.with_pack("k9", [(SHOWN, frozenset({"publish"})), (TRICKS, frozenset({"publish"}))])
EXAMPLES = sorted((Path(__file__).parents[1] / "docs" / "examples").glob("*/actions/*.json"))


def codes_of(data: object) -> list[str]:
    """Return the codes of what is wrong with data."""
    with pytest.raises(InvalidAction) as caught:
        smpolicy.action(data)
    return [problem.code for problem in caught.value.problems]


class TestReading:
    def test_facts(self) -> None:
        """Facts are read into their parts."""
        read = smpolicy.action({"kind": "publish", "content": {"tone": "formal", "humor_topics": ["death"]}})
        assert read == smpolicy.Publish(content=smpolicy.Content(tone="formal", humor_topics=["death"]))

    def test_null_is_unknown(self) -> None:
        """Null stands for what is not known, of facts and of parts."""
        assert smpolicy.action({"kind": "publish", "content": {"tone": None}, "incident": None}) == smpolicy.Publish()

    def test_none_is_absent(self) -> None:
        """`"none"` says that an optional part does not exist."""
        assert smpolicy.action({"kind": "publish", "incident": "none"}) == smpolicy.Publish(incident=NONE)

    @pytest.mark.parametrize(
        ("incident", "expected"),
        [({}, None), ({"exists": True}, True), ({"exists": False}, False), ({"critical": False}, True)],
    )
    def test_existence(self, incident: dict[str, Any], expected: bool | None) -> None:
        """Giving a fact of a part says that it exists, and so does saying so."""
        assert smpolicy.action({"kind": "publish", "incident": incident}).get("incident.exists") is expected

    def test_all_problems(self) -> None:
        """All problems are told at once."""
        data = {"kind": "publish", "contents": {}, "content": {"tone": "loud", "stage": 1}, "payload": 7}
        assert set(codes_of(data)) == {"unknown_part", "unknown_member", "unknown_fact", "wrong_payload"}

    def test_contradiction(self) -> None:
        """A part cannot be absent and have facts."""
        assert codes_of({"kind": "publish", "incident": {"exists": False, "critical": True}}) == ["part_contradiction"]

    def test_keys_that_are_no_text(self) -> None:
        """Keys that are no text are refused like any other that is not known."""
        assert codes_of({"kind": "publish", 7: {}}) == ["unknown_part"]
        assert codes_of({"kind": "publish", "content": {7: 1}}) == ["unknown_fact"]

    @pytest.mark.parametrize(
        ("payload", "expected"),
        [
            ({"text": "Lock your car."}, hashlib.sha256(b"Lock your car.").hexdigest()),
            ({"sha256": "0" * 64}, "0" * 64),
            (None, None),
        ],
    )
    def test_payload(self, payload: Any, expected: str | None) -> None:
        """A payload is kept as the digest of its bytes."""
        assert smpolicy.action({"kind": "publish", "payload": payload}).payload == expected

    def test_attestation(self) -> None:
        """An attestation answers what it may, in the parts that it names."""
        data = {"kind": "publish", "attestation": {"by": "spokesperson-1", "parts": ["content"]}}
        read = smpolicy.action(data)
        assert read == smpolicy.Publish().attest("spokesperson-1", ["content"])
        assert read.get("content.humor") is False

    def test_attestations(self) -> None:
        """Several people may attest, each a part."""
        listed = [{"by": "spokesperson-1", "parts": ["content"]}, {"by": "moderator-1", "parts": ["media"]}]
        assert [each.by for each in smpolicy.action({"kind": "publish", "attestation": listed}).attestations] == [
            "spokesperson-1",
            "moderator-1",
        ]

    def test_pack(self) -> None:
        """Facts of a pack are read under its namespace, for the kinds that have them."""
        read = read_action({"kind": "publish", "k9": {"shown": True}}, WITH_PACK)
        assert read.packs == {"k9": {"shown": True}}
        with pytest.raises(InvalidAction, match="no part `k9`"):
            read_action({"kind": "edit", "k9": {"shown": True}}, WITH_PACK)
        with pytest.raises(InvalidAction, match="no part `k9`"):
            smpolicy.action({"kind": "publish", "k9": {"shown": True}})


class TestMaking:
    @pytest.mark.parametrize("payload", [b"Lock your car.", bytearray(b"Lock your car.")])
    def test_bytes(self, payload: bytes) -> None:
        """Bytes are kept as their digest."""
        assert smpolicy.Publish(payload=payload).payload == hashlib.sha256(b"Lock your car.").hexdigest()

    @pytest.mark.parametrize("payload", ["text", "0" * 63, "G" * 64, 7])
    def test_wrong_payload(self, payload: Any) -> None:
        """Text that is no digest is refused: it would be a guess which bytes it stands for."""
        with pytest.raises(InvalidAction, match="neither bytes nor a SHA-256"):
            smpolicy.Publish(payload=payload)

    def test_none(self) -> None:
        """`NONE` in place of an optional part says that it does not exist."""
        assert smpolicy.Publish(incident=NONE).get("incident.exists") is False

    def test_unknown_existence(self) -> None:
        """Where nothing is said of an optional part, its existence is unknown."""
        assert smpolicy.Publish().get("incident.exists") is None


class TestGet:
    def test_looked_up_elsewhere(self) -> None:
        """A fact that the action does not carry itself is unknown to it."""
        action = smpolicy.Publish(content=smpolicy.Content(humor=True))
        assert (action.get("content.humor"), action.get("actor.roles"), action.get("terms.published")) == (
            True,
            None,
            None,
        )

    def test_pack(self) -> None:
        """A pack's fact is found under its namespace."""
        action = smpolicy.Publish(packs={"k9": {"shown": True}})
        assert (action.get("k9.shown"), action.get("k9.named")) == (True, None)


class TestAttest:
    def test_what_is_answered(self) -> None:
        """Unknown yes/no facts get their harmless value, sets none, and optional parts are said not to exist."""
        attested = smpolicy.Publish().attest("spokesperson-1")
        assert attested.get("content.humor") is False
        assert attested.get("content.humor_topics") == frozenset()
        assert attested.get("media.exists") is False

    def test_what_is_not(self) -> None:
        """Enumerations, dates, ids, looked-up facts and those always asked stay unknown."""
        attested = smpolicy.Publish().attest("spokesperson-1")
        for path in (
            "content.tone",
            "actor.id",
            "actor.trained",
            "account.archived",
            "incident.exists",
            "person.exists",
        ):
            assert attested.get(path) is None
        moderated = smpolicy.Delete().attest("moderator-1")
        for path in ("moderation.viewpoint_based", "target.posted_at", "record.holds"):
            assert moderated.get(path) is None

    def test_what_protects_is_not_taken_for_granted(self) -> None:
        """A set that protects is attested as empty, never as full."""
        assert smpolicy.Publish().attest("spokesperson-1").get("content.mandatory_fields") == frozenset()

    def test_known_facts_stay(self) -> None:
        """What is known is not changed, and not noted as attested."""
        attested = smpolicy.Publish(content=smpolicy.Content(humor=True)).attest("spokesperson-1")
        assert attested.get("content.humor") is True
        assert "content.humor" not in attested.attestations[0].facts

    def test_partly_known_set(self) -> None:
        """A set of which some members are known has no others."""
        content = smpolicy.Content(humor_topics=SomeOf({"death"}))
        assert smpolicy.Publish(content=content).attest("spokesperson-1").get("content.humor_topics") == {"death"}

    def test_existing_part(self) -> None:
        """Of a part that exists its facts are attested; of one that does not, nothing."""
        media = smpolicy.Media(recorded_on_duty=False)
        attested = smpolicy.Publish(media=media, work=NONE).attest("spokesperson-1", ["media", "work"])
        assert attested.attestations[0].facts == {"media.sources", "media.depicts"}

    def test_parts(self) -> None:
        """Only the parts named are covered."""
        attested = smpolicy.Publish().attest("spokesperson-1", ["content"])
        assert attested.get("media.exists") is None
        assert attested.attestations[0].parts == ("content",)

    def test_unknown_part(self) -> None:
        """A part that the kind does not have cannot be attested."""
        with pytest.raises(InvalidAction, match="no part `moderation`"):
            smpolicy.Publish().attest("spokesperson-1", ["moderation"])

    def test_pack(self) -> None:
        """With every part the facts of packs are attested; they may also be named."""
        for parts in (None, ["k9"]):
            attested = smpolicy.Publish().attest("spokesperson-1", parts, WITH_PACK)
            assert attested.packs == {"k9": {"shown": False, "tricks": frozenset()}}

    def test_no_pack_of_another_kind(self) -> None:
        """A pack without facts for the kind is not attested."""
        assert smpolicy.Edit().attest("spokesperson-1", vocabulary=WITH_PACK).packs == {}


class TestAnswer:
    def test_facts(self) -> None:
        """Answers become facts of a new action."""
        asked = smpolicy.Publish()
        answered = asked.answer({"content.tone": "formal", "incident.critical": False})
        assert answered.get("content.tone") == "formal"
        assert answered.get("incident.exists") is True
        assert asked.get("content.tone") is None

    def test_absence(self) -> None:
        """A part may be answered not to exist, and later to exist after all."""
        absent = smpolicy.Publish().answer({"incident.exists": False})
        assert absent.get("incident.exists") is False
        assert absent.answer({"incident.critical": True}).get("incident.exists") is True

    def test_existence_after_an_attestation(self) -> None:
        """A part that is said to exist after all is no longer attested not to."""
        attested = smpolicy.Publish().attest("p-1").answer({"suspect.identified_by": ["name"]})
        assert "suspect.exists" not in attested.attestations[0].facts

    @pytest.mark.parametrize(
        ("answers", "unknown"),
        [({"suspect.exists": True}, "suspect.identified_by"), ({"content.humor": None}, "content.humor")],
    )
    def test_data_after_an_attestation(self, answers: dict[str, Any], unknown: str) -> None:
        """What is unknown in spite of an attestation stays so when the action is read back from its data."""
        answered = smpolicy.Publish().attest("p-1").answer(answers)
        assert answered.get(unknown) is None
        assert smpolicy.action(answered.to_dict()).get(unknown) is None

    def test_pack(self) -> None:
        """A pack's facts are answered one after the other."""
        answered = smpolicy.Publish().answer({"k9.shown": True}, WITH_PACK).answer({"k9.tricks": ["sit"]}, WITH_PACK)
        assert answered.packs == {"k9": {"shown": True, "tricks": frozenset({"sit"})}}

    @pytest.mark.parametrize(
        ("path", "value", "code"),
        [
            ("content.tnoe", "formal", "unknown_fact"),
            ("moderation.ground", "profanity", "unknown_fact"),
            ("actor.trained", True, "fact_is_looked_up"),
            ("account.type", "official", "fact_is_looked_up"),
            ("content.tone", "loud", "unknown_member"),
        ],
    )
    def test_wrong(self, path: str, value: object, code: str) -> None:
        """What is no fact of the kind, or is looked up, cannot be answered."""
        with pytest.raises(InvalidAction) as caught:
            smpolicy.Publish().answer({path: value})
        assert caught.value.code == code

    def test_agency_fact(self) -> None:
        """What the agency's file says cannot be answered."""
        with pytest.raises(InvalidAction, match="the agency's own file says it"):
            smpolicy.Delete().answer({"terms.published": True})


class TestData:
    @pytest.mark.parametrize(
        "action",
        [
            smpolicy.Publish(),
            smpolicy.Publish(content=smpolicy.Content(tone="formal", humor_topics=["death"]), payload=b"Lock it."),
            smpolicy.Publish(content=smpolicy.Content(humor_topics=SomeOf({"death"}, {"victim"})), incident=NONE),
            smpolicy.Publish(incident=smpolicy.Incident(), media=smpolicy.Media(recorded_on_duty=True)),
            smpolicy.Publish().attest("spokesperson-1"),
            smpolicy.Publish(incident=NONE).attest("spokesperson-1", ["content"]).attest("moderator-1", ["media"]),
            smpolicy.Delete(target=smpolicy.Target(posted_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC))),
            smpolicy.Investigate(search=smpolicy.Search(retention=30)),
        ],
    )
    def test_there_and_back(self, action: smpolicy.Action) -> None:
        """An action written as data is read back as it was."""
        assert smpolicy.action(json.loads(json.dumps(action.to_dict()))) == action

    def test_pack(self) -> None:
        """Facts of packs are written under their namespace, attested ones left to the attestation."""
        action = smpolicy.Publish(packs={"k9": {"shown": True, "named": None}})
        assert action.to_dict() == {"kind": "publish", "k9": {"shown": True}}
        attested = smpolicy.Publish().attest("spokesperson-1", ["k9"], WITH_PACK)
        assert "k9" not in attested.to_dict()
        assert read_action(attested.to_dict(), WITH_PACK) == attested

    @pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
    def test_examples(self, path: Path) -> None:
        """The shipped examples of actions are written back as they were read; adoptions are computed, never read."""
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["kind"] == "adopt_policy":
            with pytest.raises(smpolicy.InvalidAction):
                smpolicy.action(data)
            return
        read = smpolicy.action(data)
        assert smpolicy.action(read.to_dict()) == read

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (frozenset({"b", "a"}), ["a", "b"]),
            (SomeOf({"a"}), {"includes": ["a"], "complete": False}),
            (SomeOf(excludes={"a"}), {"includes": [], "excludes": ["a"], "complete": False}),
            (datetime(2026, 3, 1, 9, 30, tzinfo=UTC), "2026-03-01T09:30:00Z"),
            (True, True),
            (None, None),
            ("text", "text"),
        ],
    )
    def test_values(self, value: object, expected: object) -> None:
        """Values are written as JSON has them: sets sorted, moments in UTC."""
        assert to_json(value) == expected
