"""Tests of smpolicy.policies: loading, deciding, and what is refused."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import smpolicy
from smpolicy.errors import (
    EngineUnavailable,
    InvalidAction,
    InvalidApproval,
    InvalidFile,
    NotPermitted,
    OutsideDates,
    UnknownPerson,
)
from smpolicy.facts import NO_ACCOUNT, NO_ALIAS, NOBODY
from smpolicy.policies import bind_policy, load, load_today
from tests.builders import (
    AGENCY,
    AT,
    DIRECTORY,
    HEADER,
    STATED,
    choice,
    decide,
    make_agency,
    make_policy,
    make_ruleset,
    rule,
)
from tests.usable import ENGINES

PACK = '[[fact]]\nid = "shown"\non = ["publish"]\ntype = "bool"\nask = "Is it?"\ncite = "A.1"\nharmless = false\n'


def with_pack() -> smpolicy.Policy:
    """Return a policy whose ruleset has a fact of its own."""
    return bind_policy(make_agency(ruleset=make_ruleset(PACK + rule("k9.shown"), header='namespace = "k9"\n')))


class TestMoment:
    @pytest.mark.parametrize(
        "at",
        [datetime(2026, 1, 1, 6, tzinfo=UTC), datetime(2027, 1, 1, 5, 59, 59, tzinfo=UTC), AT.replace(microsecond=5)],
    )
    def test_in_force(self, at: datetime) -> None:
        """A policy decides from its first moment to before its last, to the second."""
        assert decide(make_policy(), at=at).at == at.replace(microsecond=0)

    @pytest.mark.parametrize("at", [datetime(2026, 1, 1, 5, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, 6, tzinfo=UTC)])
    def test_not_in_force(self, at: datetime) -> None:
        """Outside its dates it does not decide."""
        with pytest.raises(OutsideDates, match="not in force"):
            decide(make_policy(), at=at)

    @pytest.mark.parametrize("at", [datetime(2026, 6, 1), date(2026, 6, 1), "2026-06-01", None])  # noqa: DTZ001
    def test_no_moment(self, at: Any) -> None:
        """A moment has a time zone."""
        with pytest.raises(OutsideDates, match="is no moment"):
            decide(make_policy(), at=at)

    def test_now(self) -> None:
        """A policy decides at the present moment too."""
        policy = make_policy(head=AGENCY.replace("until     = 2027-01-01\n", ""))
        before = datetime.now(UTC).replace(microsecond=0)
        assert before <= policy.decide_now(smpolicy.Publish()).at <= datetime.now(UTC)


class TestWhatIsDecided:
    @pytest.mark.parametrize("action", [{"kind": "publish"}, '{"kind": "publish"}', None, smpolicy.Publish])
    def test_no_action(self, action: Any) -> None:
        """Data is no action yet, and the message says what makes one of it."""
        with pytest.raises(InvalidAction, match=r"is no action.*\n.*policy.action") as caught:
            make_policy().decide(action, at=AT)
        assert caught.value.code == "wrong_type"

    def test_no_approval(self) -> None:
        """Stored data is no approval yet, and the message says what makes one of it."""
        policy, stored = make_policy(), {"by": "sheriff-1"}
        with pytest.raises(InvalidApproval, match=r"is no approval.*\n.*read_approvals") as caught:
            decide(policy, approvals=[stored])
        assert caught.value.code == "wrong_type"


class TestRecords:
    def test_none_named(self) -> None:
        """Where nobody is named, nothing is known of them."""
        records = make_policy().records(smpolicy.Publish(), AT)
        assert (records.actor, records.holder, records.alias, records.account) == (NOBODY, NOBODY, NO_ALIAS, NO_ACCOUNT)

    def test_all_named(self) -> None:
        """Whoever and whatever is named by id is looked up."""
        policy = make_policy()
        action = smpolicy.GrantAccess(
            actor=smpolicy.Actor(id="sheriff-1"),
            account=smpolicy.Account(id="main"),
            access=smpolicy.Access(holder_id="moderator-1"),
        )
        records = policy.records(action, AT)
        assert records.actor.status == "sworn"
        assert records.holder.roles == {"moderator"}
        assert records.account.type == "official"
        alias = smpolicy.Investigate(alias=smpolicy.Alias(id="night-owl"))
        assert policy.records(alias, AT).alias.last_reviewed == datetime(2026, 2, 1, 12, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            ({"kind": "publish", "actor": {"id": "sheriff-2"}}, "unknown_person"),
            ({"kind": "publish", "account": {"id": "second"}}, "unknown_account"),
            ({"kind": "publish", "alias": {"id": "grey-heron"}}, "unknown_alias"),
            ({"kind": "grant_access", "access": {"holder_id": "sheriff-2"}}, "unknown_person"),
        ],
    )
    def test_unregistered(self, data: dict[str, Any], code: str) -> None:
        """Whoever or whatever is not registered is an error, not an unknown."""
        policy = make_policy()
        with pytest.raises(UnknownPerson) as caught:
            policy.decide(policy.action(data), at=AT)
        assert caught.value.code == code

    def test_role_at_the_moment(self) -> None:
        """A role held for a time counts while it is held."""
        policy = make_policy(rule("not overlaps(actor.roles, ['chief_or_sheriff'])"))
        data = {"actor": {"id": "acting-1"}}
        assert decide(policy, data, at=datetime(2026, 4, 1, tzinfo=UTC)).allowed
        assert not decide(policy, data, at=AT).allowed


class TestAttestations:
    def test_everything(self) -> None:
        """A role without parts may attest everything."""
        assert decide(make_policy(rule("content.humor")), {"attestation": {"by": "spokesperson-1"}}).allowed

    def test_own_parts(self) -> None:
        """A role with parts may attest those, and no others."""
        policy = make_policy(rule("moderation.conduct_elsewhere", on='["hide"]'))
        hide = {"kind": "hide", "attestation": {"by": "moderator-1", "parts": ["moderation"]}}
        assert policy.decide(policy.action(hide), at=AT).allowed
        hide["attestation"] = {"by": "moderator-1"}
        with pytest.raises(NotPermitted, match="`moderator-1` may not attest"):
            policy.decide(policy.action(hide), at=AT)

    def test_own_kinds(self) -> None:
        """An attestation may be for some kinds of action only, and for everybody."""
        policy = make_policy(
            rule("content.humor", on='["publish", "edit"]'), '[[attestation]]\neveryone = true\non = ["edit"]\n'
        )
        attested = {"attestation": {"by": "counsel-1"}}
        assert policy.decide(policy.action({"kind": "edit", **attested}), at=AT).allowed
        with pytest.raises(NotPermitted):
            decide(policy, attested)

    def test_no_role(self) -> None:
        """Somebody without such a role may attest nothing."""
        with pytest.raises(NotPermitted, match="`counsel-1` may not attest"):
            decide(make_policy(), {"attestation": {"by": "counsel-1"}})

    def test_unregistered(self) -> None:
        """Somebody who is not registered may attest nothing."""
        with pytest.raises(UnknownPerson):
            decide(make_policy(), {"attestation": {"by": "spokesperson-2"}})

    def test_nothing_left_to_attest(self) -> None:
        """Who attests nothing needs no role for it."""
        policy = make_policy(rule("moderation.conduct_elsewhere", on='["hide"]'))
        moderation = {"viewpoint_based": False, "conduct_elsewhere": False, "steps_taken": ["warning"]}
        hide = {"kind": "hide", "moderation": moderation, "attestation": {"by": "counsel-1", "parts": ["moderation"]}}
        assert policy.decide(policy.action(hide), at=AT).allowed


class TestPacks:
    def test_facts(self) -> None:
        """A pack's fact is read, decided upon and asked for like any other."""
        policy = with_pack()
        assert decide(policy, {"k9": {"shown": True}}).reasons[0].because[0].fact == "k9.shown"
        assert [each.fact for each in decide(policy).questions] == ["k9.shown"]

    def test_in_python(self) -> None:
        """Given in Python it is checked like any other."""
        policy = with_pack()
        assert not policy.decide(smpolicy.Publish(packs={"k9": {"shown": True}}), at=AT).allowed
        with pytest.raises(InvalidAction, match=r"`yes` is no value for `k9.shown`"):
            policy.decide(smpolicy.Publish(packs={"k9": {"shown": "yes"}}), at=AT)

    def test_unknown(self) -> None:
        """A fact of a pack that the policy does not have is an error."""
        with pytest.raises(InvalidAction, match=r"no fact `k9.shown`"):
            make_policy().decide(smpolicy.Publish(packs={"k9": {"shown": True}}), at=AT)


class TestValue:
    POLICY = make_policy(agency="[facts.terms]\npublished = true\n")
    ACTION = smpolicy.Delete(
        actor=smpolicy.Actor(id="sheriff-1"),
        target=smpolicy.Target(author="public"),
        account=smpolicy.Account(id="main"),
    )

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("target.author", "public"),
            ("terms.published", True),
            ("terms.counsel_vetted", None),
            ("actor.status", "sworn"),
            ("account.type", "official"),
            ("moderation.ground", None),
            ("content.tone", None),
            ("no.fact", None),
            ("target.no_fact", None),
        ],
    )
    def test_value(self, path: str, expected: object) -> None:
        """The value of any fact is found where it is known; what the kind lacks is unknown."""
        assert self.POLICY.value(self.ACTION, path, AT) == expected


class TestApprover:
    def test_registered(self) -> None:
        """A registered person in a role that there is may be named; whether it counts is decided later."""
        make_policy().check_approver("moderator-1", "legal_counsel", AT)

    def test_unregistered(self) -> None:
        """Nobody else may."""
        with pytest.raises(UnknownPerson):
            make_policy().check_approver("counsel-2", "legal_counsel", AT)

    def test_no_role(self) -> None:
        """Nor in a role that there is not."""
        with pytest.raises(InvalidApproval, match="did you mean `legal_counsel`"):
            make_policy().check_approver("counsel-1", "legal_council", AT)


class TestLoading:
    def write(self, folder: Path, head: str = AGENCY) -> Path:
        """Write an agency's file, and return where."""
        path = folder / "agency.toml"
        path.write_text(head + DIRECTORY, encoding="utf-8")
        return path

    @pytest.mark.parametrize("engine", [*ENGINES, "checked"])
    def test_load(self, tmp_path: Path, engine: str) -> None:
        """A file is loaded and bound, for an engine."""
        policy = load(self.write(tmp_path), engine=engine, rulesets={"example": make_ruleset(rule())})
        assert policy.engine == engine
        assert set(policy.kinds) == set(policy.agency.vocabulary.kinds)
        assert not policy.decide(smpolicy.Publish(content=smpolicy.Content(guilt_or_innocence=True)), at=AT).allowed

    def test_no_engine_named(self) -> None:
        """Where nothing is said of engines, the compiled one decides."""
        assert (make_policy().engine, bind_policy(make_agency()).engine) == ("compiled", "compiled")

    @pytest.mark.parametrize(("engine", "used"), [(None, "checked"), ("compiled", "compiled"), ("checked", "checked")])
    def test_engines_named(self, engine: str | None, used: str) -> None:
        """An agency that names two engines has both decide, unless the caller names another."""
        agency = make_agency('[decision]\nengines = ["reference", "compiled"]\n')
        assert agency.decision.engines == ("reference", "compiled")
        assert bind_policy(agency, engine).engine == used

    def test_empty_name(self) -> None:
        """An empty name is no way to ask for the default."""
        with pytest.raises(EngineUnavailable, match="there is no engine ``"):
            make_policy(engine="")

    def test_library_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the library of an engine cannot be imported, loading says so, whether file or caller names it."""
        monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
        with pytest.raises(EngineUnavailable, match="durable-rules, which cannot be imported"):
            bind_policy(make_agency(), "durable")
        with pytest.raises(EngineUnavailable, match="durable-rules, which cannot be imported"):
            bind_policy(make_agency('[decision]\nengines = ["durable", "compiled"]\n'))

    def test_unknown_engine(self) -> None:
        """An engine that is not there is told when loading, not when deciding."""
        with pytest.raises(EngineUnavailable, match="did you mean `reference`"):
            make_policy(engine="referense")

    def test_today(self, tmp_path: Path) -> None:
        """What is in force today is loaded by the clock."""
        (tmp_path / "example").mkdir()
        (tmp_path / "example" / "ruleset.toml").write_text(HEADER + STATED, encoding="utf-8")
        path = self.write(tmp_path, AGENCY.replace("until     = 2027-01-01\n", ""))
        assert load_today(path).agency.id == "quillan-county"
        ended = self.write(tmp_path, AGENCY.replace("2026-01-01", "2020-01-01").replace("2027-01-01", "2021-01-01"))
        with pytest.raises(OutsideDates):
            load_today(ended)

    def test_plain_personal_post(self) -> None:
        """A configuration that restricts a personal post about which nothing is wrong is refused."""
        text = choice("written", "effect", '"allow"', "higher") + rule(
            "speech.form == 'written'", "choice.written", on='["personal_post"]', approvals='[{ office = "legal" }]'
        )
        make_policy(text)
        for effect in ("deny", "needs_approval"):
            with pytest.raises(InvalidFile, match="restricts_plain_personal_post"):
                make_policy(text, f'[choices.example]\nwritten = "{effect}"\n')


class TestPublicFace:
    @pytest.mark.parametrize("name", smpolicy.__all__)
    def test_names(self, name: str) -> None:
        """Every name of the public face is there."""
        assert getattr(smpolicy, name) is not None
        assert name in dir(smpolicy)

    def test_other_names(self) -> None:
        """No other name is."""
        with pytest.raises(AttributeError, match="no attribute `decides`"):
            _ = smpolicy.decides
