"""Tests of smpolicy.adoptions: the one maker of an adoption."""

from __future__ import annotations

from pathlib import Path

import pytest

import smpolicy
from smpolicy.adoptions import adoption, candidate_policy
from smpolicy.errors import InvalidAction, InvalidFile
from smpolicy.policies import bind_policy
from tests.builders import AT, make_agency, make_ruleset, rule

RULES = rule("not policy.agency_use_statement", on='["adopt_policy"]')
STATED = '[statements]\nagency_use = "We inform."\n[facts.policy]\nlegal_review = "recorded"\n'


class TestAdoption:
    def test_computed(self) -> None:
        """The facts of an adoption are computed from the candidate."""
        action = adoption(make_agency(STATED), by="sheriff-1")
        assert action.actor.id == "sheriff-1"
        assert action.policy.agency_use_statement is True
        assert action.policy.participation_respected is False
        assert action.policy.legal_review == "recorded"
        assert action.policy == candidate_policy(make_agency(STATED))

    def test_decided_under_the_candidate(self) -> None:
        """An adoption is decided under the candidate itself."""
        for text, allowed in (("", False), (STATED, True)):
            candidate = make_agency(text, make_ruleset(RULES))
            assert bind_policy(candidate).decide(adoption(candidate), at=AT).allowed is allowed

    def test_not_given(self) -> None:
        """An adoption whose facts are not those of the candidate is refused."""
        candidate = make_agency("", make_ruleset(RULES))
        made_up = smpolicy.AdoptPolicy(policy=smpolicy.CandidatePolicy(agency_use_statement=True))
        with pytest.raises(InvalidAction, match="computed from a candidate file"):
            bind_policy(candidate).decide(made_up, at=AT)

    def test_file(self, tmp_path: Path) -> None:
        """A candidate may be a file, which must be usable."""
        path = tmp_path / "agency.toml"
        path.write_text("[agency]\n", encoding="utf-8")
        with pytest.raises(InvalidFile):
            adoption(path)


class TestReadAdoption:
    def test_is_computed_from_the_policys_own_file(self) -> None:
        """A policy reads its own adoption from the kind and the actor alone."""
        policy = smpolicy.load("docs/examples/quillan-county/agency.toml")
        read = policy.action({"kind": "adopt_policy", "actor": {"id": "sheriff-1"}})
        assert read == smpolicy.adoption(policy.agency, by="sheriff-1")

    def test_takes_no_fact_of_the_candidate(self) -> None:
        """What a candidate's file says cannot be given with the action."""
        policy = smpolicy.load("docs/examples/quillan-county/agency.toml")
        with pytest.raises(smpolicy.InvalidAction, match="adoption_is_computed"):
            policy.action({"kind": "adopt_policy", "policy": {"legal_review": "recorded"}})

    def test_tells_what_is_wrong_with_the_actor(self) -> None:
        """A fact of the actor that the directory knows is refused here too."""
        policy = smpolicy.load("docs/examples/quillan-county/agency.toml")
        with pytest.raises(smpolicy.InvalidAction, match="fact_is_looked_up"):
            policy.action({"kind": "adopt_policy", "actor": {"trained": True}})
