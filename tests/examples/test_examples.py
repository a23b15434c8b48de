"""The example agencies: their files load, their offices are held, and their actions come out as people would expect."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen

import smpolicy
from smpolicy.approvals import Need
from smpolicy.kinds import CORE
from smpolicy.parts.people import Member
from tests.usable import ENGINES

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
ANSWERS = Path(__file__).parent / "answers"
AGENCIES = ("alder-hollow", "marlow-bend", "quillan-county")
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
MOST_ANSWERS = 6


@frozen(slots=True)
class Expected:
    """What people answer about an example action, and what must come out.

    Attributes:
        shows: what the example shows.
        outcome: the outcome once the answers and the attestation are given.
        spoke: the considerations whose rules restrict the action.
        duties: the considerations in whose name, or in whose place, something must be done.
        attested_by: who attests that nothing else applies, or None where nobody needs to.
        answers: further answers, by fact.
    """

    shows: str
    outcome: str
    spoke: list[str]
    duties: list[str] = field(factory=list)
    attested_by: str | None = None
    answers: dict[str, Any] = field(factory=dict)


@cache
def policy(agency: str, engine: str = "compiled") -> smpolicy.Policy:
    """Return the policy of an example agency."""
    return smpolicy.load(EXAMPLES / agency / "agency.toml", engine=engine)


@cache
def expectations(agency: str) -> dict[str, Expected]:
    """Return what is expected of an agency's actions, by the name of their file."""
    tables = tomllib.loads((ANSWERS / f"{agency}.toml").read_text(encoding="utf-8"))
    return {name: Expected(**table) for name, table in tables.items()}


def action(agency: str, name: str) -> smpolicy.Action:
    """Return an action as the agency's software sends it."""
    data = json.loads((EXAMPLES / agency / "actions" / f"{name}.json").read_text(encoding="utf-8"))
    return policy(agency).action(data)


def names(agency: str) -> list[str]:
    """Return the names of an agency's actions."""
    return sorted(path.stem for path in (EXAMPLES / agency / "actions").glob("*.json"))


ALL = [(agency, name) for agency in AGENCIES for name in names(agency)]


def answered(agency: str, name: str) -> smpolicy.Action:
    """Return an action with what people answer and attest; each answer must have been asked for by then."""
    expected, proposed = expectations(agency)[name], action(agency, name)
    pending = dict(expected.answers)
    while pending:
        asked = {question.fact for question in policy(agency).decide(proposed, at=AT).questions}
        now = {fact: value for fact, value in pending.items() if fact in asked}
        assert now, f"nobody asked for {sorted(pending)}"
        proposed = proposed.answer(now)
        pending = {fact: value for fact, value in pending.items() if fact not in now}
    return proposed if expected.attested_by is None else proposed.attest(by=expected.attested_by)


def settled(agency: str, name: str) -> smpolicy.Decision:
    """Return the decision on an action once people have answered and attested."""
    return policy(agency).decide(answered(agency, name), at=AT)


def considerations(rules: list[str]) -> list[str]:
    """Return the considerations after which bound rules are named, in order and each once."""
    return sorted({rule.partition("/")[0] for rule in rules})


def member(agency: str, person: str, at: datetime = AT) -> Member:
    """Return what an agency's directory knows of a person."""
    found = policy(agency).agency.directory.person(person, at)
    assert found is not None
    return found


def granted(agency: str, decision: smpolicy.Decision, rule: str, need: Need) -> smpolicy.Approval:
    """Return the approval of one rule by somebody who holds an office asked for, and did not propose the action."""
    author = decision.action.get("actor.id")
    by, role = next(
        (person, role)
        for person in policy(agency).agency.directory.people()
        for role in need.roles
        if person != author and role in roles_of(agency, person)
    )
    return decision.approval(rule, by=by, role=role)


def roles_of(agency: str, person: str, at: datetime = AT) -> frozenset[str]:
    """Return the roles that somebody holds at a moment."""
    roles = member(agency, person, at).roles
    assert isinstance(roles, frozenset)
    return roles


def months() -> list[datetime]:
    """Return a moment in each month of the first year of the examples."""
    return [datetime(2026, month, 15, 12, tzinfo=UTC) for month in range(1, 13)]


def roles_held(agency: str, at: datetime) -> set[str]:
    """Return every role that somebody holds at a moment."""
    return {role for person in policy(agency).agency.directory.people() for role in roles_of(agency, person, at)}


@pytest.mark.parametrize("agency", AGENCIES)
class TestAgencies:
    def test_loads_under_all_engines(self, agency: str) -> None:
        """The file of each example loads without a problem and binds."""
        for engine in ENGINES:
            assert policy(agency, engine).agency.id == agency

    def test_offices_are_held(self, agency: str) -> None:
        """Every office that the rulesets name has a role, and somebody with that role in each month of the year."""
        example = policy(agency).agency
        for at in months():
            held = roles_held(agency, at)
            unheld = [office for office in example.known_offices() if not held & set(example.offices.get(office, ()))]
            assert unheld == []

    def test_people_are_known(self, agency: str) -> None:
        """The directory states of everybody what the rules may read, roles and status above all."""
        for person in policy(agency).agency.directory.people():
            known = member(agency, person)
            facts = (known.roles, known.status, known.rank, known.testifies, known.undercover, known.trained)
            assert None not in facts, person

    def test_the_trained_have_a_date(self, agency: str) -> None:
        """Whoever is trained was trained on a day before the examples are decided, and nobody else was."""
        for person in policy(agency).agency.directory.people():
            known = member(agency, person)
            assert (known.training_date is not None) == known.trained, person
            assert known.training_date is None or known.training_date < AT

    def test_attesting_roles_are_held(self, agency: str) -> None:
        """Each entry on attestation names only roles that somebody holds."""
        held = roles_held(agency, AT)
        for entry in policy(agency).agency.attesting:
            assert set(entry.roles) <= held

    def test_choices_differ_from_the_defaults_with_reasons(self, agency: str) -> None:
        """Each example makes choices of its own, and records why for some of them."""
        chosen = [each for table in policy(agency).agency.choices.values() for each in table.values() if each.decided]
        assert len(chosen) >= 15
        assert len([each for each in chosen if each.reason]) >= 5

    def test_a_bare_post_asks_at_most_twelve_things(self, agency: str) -> None:
        """A post of which nothing is known asks at most twelve things, one checklist counting as one."""
        assert policy(agency).decide(smpolicy.Publish(), at=AT).asks() <= 12


class TestSizes:
    def test_alder_hollow_is_an_office_of_four(self) -> None:
        """The village has a chief, two officers and a clerk, and an attorney who is no part of the office."""
        people = [member("alder-hollow", person) for person in policy("alder-hollow").agency.directory.people()]
        assert sorted(str(each.status) for each in people) == ["civilian", "contractor", "sworn", "sworn", "sworn"]

    def test_marlow_bend_is_of_middle_size(self) -> None:
        """The city's directory lists about 25 people."""
        assert 20 <= len(list(policy("marlow-bend").agency.directory.people())) <= 30

    def test_quillan_county_has_many_people_in_many_units(self) -> None:
        """The county's directory lists about 60 people in at least ten units."""
        people = list(policy("quillan-county").agency.directory.people())
        assert 55 <= len(people) <= 65
        assert len({member("quillan-county", person).unit for person in people}) >= 10

    def test_quillan_county_registers_accounts_of_units(self) -> None:
        """The county's register has official, sub-unit, mixed and alias accounts, and an alias to go with the last."""
        accounts = policy("quillan-county").agency.accounts.values()
        assert {each.type for each in accounts} >= {"official", "sub_unit", "mixed", "alias"}
        assert policy("quillan-county").agency.directory.alias("alias-2") is not None

    def test_quillan_county_dates_its_roles(self) -> None:
        """The county's incident commander changes with the quarter."""
        commanders = [
            [
                person
                for person in policy("quillan-county").agency.directory.people()
                if "incident_commander" in roles_of("quillan-county", person, at)
            ]
            for at in months()
        ]
        assert [len(each) for each in commanders] == [1] * 12
        assert len({each[0] for each in commanders}) >= 3

    def test_quillan_county_decides_most_choices(self) -> None:
        """The county makes at least nine in ten of its choices itself."""
        agency = policy("quillan-county").agency
        choices = sum(len(table) for table in agency.choices.values())
        assert len(agency.undecided()) <= choices / 10

    @pytest.mark.parametrize("agency", ["marlow-bend", "quillan-county"])
    def test_facts_about_the_agency_are_known(self, agency: str) -> None:
        """The city and the county know every fact about themselves."""
        example = policy(agency).agency
        own = [path for path, fact in example.vocabulary.facts.items() if fact.owner == "agency"]
        assert [path for path in own if path not in example.facts] == []


class TestActions:
    @pytest.mark.parametrize("agency", AGENCIES)
    def test_twelve_actions_with_answers(self, agency: str) -> None:
        """Each agency has twelve actions, and each of them has its answers."""
        assert len(names(agency)) == 12
        assert sorted(expectations(agency)) == names(agency)

    def test_every_kind_is_covered(self) -> None:
        """The actions cover every kind; of the adoption of a file no more than the actor is sent."""
        assert {action(agency, name).kind for agency, name in ALL} == set(CORE.kinds)

    @pytest.mark.parametrize(("agency", "name"), ALL)
    def test_engines_agree_as_sent(self, agency: str, name: str) -> None:
        """Every action is decided as it was sent, alike by all engines."""
        receipts = {policy(agency, engine).decide(action(agency, name), at=AT).receipt() for engine in ENGINES}
        assert len(receipts) == 1

    @pytest.mark.parametrize(("agency", "name"), ALL)
    def test_engines_agree_once_answered(self, agency: str, name: str) -> None:
        """Every action is decided alike by all engines once people have answered."""
        proposed = answered(agency, name)
        receipts = {policy(agency, engine).decide(proposed, at=AT).receipt() for engine in ENGINES}
        assert len(receipts) == 1

    @pytest.mark.parametrize(("agency", "name"), ALL)
    def test_settles_with_few_answers(self, agency: str, name: str) -> None:
        """One attestation and at most six further answers, each of them asked for, settle every action."""
        expected = expectations(agency)[name]
        assert len(expected.answers) <= MOST_ANSWERS
        assert len(action(agency, name).attestations) + (expected.attested_by is not None) <= 1
        assert settled(agency, name).settled

    @pytest.mark.parametrize(("agency", "name"), ALL)
    def test_comes_out_as_expected(self, agency: str, name: str) -> None:
        """Outcome, restricting considerations and duties are what the answers file says."""
        expected, decision = expectations(agency)[name], settled(agency, name)
        assert decision.outcome == expected.outcome, expected.shows
        assert considerations([reason.rule for reason in decision.reasons]) == sorted(expected.spoke)
        assert considerations([duty.rule for duty in decision.duties]) == sorted(expected.duties)

    @pytest.mark.parametrize(("agency", "name"), ALL)
    def test_what_is_held_can_be_approved(self, agency: str, name: str) -> None:
        """What needs approval is allowed once somebody in each office asked for has approved it."""
        decision = settled(agency, name)
        if decision.outcome == "needs_approval":
            approvals = [
                granted(agency, decision, needed.rule, need)
                for needed in decision.needed
                for need in needed.requirement
            ]
            assert policy(agency).decide(decision.action, at=AT, approvals=approvals).allowed

    @pytest.mark.parametrize("outcome", ["allow", "needs_approval", "deny"])
    def test_outcomes_vary(self, outcome: str) -> None:
        """Each outcome comes up in every agency, and at least nine times in all."""
        found = [agency for agency, name in ALL if expectations(agency)[name].outcome == outcome]
        assert len(found) >= 9
        assert set(found) == set(AGENCIES)


class TestCrimePreventionTip:
    def test_is_allowed_as_sent(self) -> None:
        """An ordinary tip by a trained spokesperson, with its routine answers and one attestation, is allowed."""
        tip = action("marlow-bend", "crime-prevention-tip")
        decision = policy("marlow-bend").decide(tip, at=AT)
        assert decision.allowed
        assert decision.next == "act"
        assert len(tip.attestations) == 1

    def test_is_not_allowed_for_somebody_untrained(self) -> None:
        """The same tip from an officer who is neither trained nor a maintainer of the pages is not allowed."""
        tip = action("marlow-bend", "crime-prevention-tip").answer({"actor.id": "officer-1"})
        assert policy("marlow-bend").decide(tip, at=AT).outcome == "deny"


class TestAdoption:
    @pytest.mark.parametrize("agency", ["marlow-bend", "quillan-county"])
    def test_reviewed_policies_are_adopted(self, agency: str) -> None:
        """The city and the county have all reviews on record: nothing stands in the way of adoption."""
        decision = policy(agency).decide(smpolicy.adoption(policy(agency).agency), at=AT)
        assert decision.allowed
        assert decision.settled

    def test_alder_hollow_waits_for_its_attorney(self) -> None:
        """The village's file is under review still, so adopting it needs the village attorney."""
        decision = policy("alder-hollow").decide(smpolicy.adoption(policy("alder-hollow").agency), at=AT)
        assert decision.outcome == "needs_approval"
        assert decision.settled
        assert {need.offices for needed in decision.needed for need in needed.requirement} == {("legal",)}
