"""What the review of a configuration finds, and what it leaves alone; each finding with its severity and its places."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import smpolicy
from smpolicy.findings import Finding, findings
from smpolicy.jurisdictions import CIRCUITS, circuit_of, state_of
from smpolicy.loading.agency_files import read_agency
from smpolicy.loading.toml_files import parse
from smpolicy.policies import Policy, bind_policy
from smpolicy.render.agency_file import to_toml
from smpolicy.rulesets import Ruleset
from smpolicy.testing.scenario_runs import Runner
from smpolicy.testing.scenarios import read_scenarios

DOCS = Path(__file__).parent.parent.parent / "docs"
FOLDER = Path(__file__).parent / "us_first_amendment"
SCENARIOS = Path(__file__).parent.parent / "scenarios" / "us-first-amendment.scenarios.toml"
AGENCY = (FOLDER / "agency.toml").read_text(encoding="utf-8")
CASES = tomllib.loads((FOLDER / "findings.toml").read_text(encoding="utf-8"))["case"]
NAMES = [f"{case['rule']}-{index}" for index, case in enumerate(CASES)]
LEFT_OUT = {"left_out": True}
OFFENSES = ["infraction", "nonviolent_misdemeanor", "nonviolent_felony", "violent_misdemeanor", "violent_felony"]


@cache
def rulesets() -> dict[str, Ruleset]:
    """Return the rulesets, loaded once."""
    core = smpolicy.load_ruleset("iacp-2019")
    packs = ("us-first-amendment", "field-practice")
    return {"iacp-2019": core} | {name: smpolicy.load_ruleset(name, {"iacp-2019": core}) for name in packs}


def text_with(changes: dict[str, Any]) -> str:
    """Return the text of the agency's file with the lines of some keys changed or left out."""
    text = AGENCY
    for key, value in changes.items():
        line = "" if value == LEFT_OUT else f"{key} = {to_toml(value)}\n"
        (old,) = re.findall(rf"^{key} *=.*\n", text, flags=re.MULTILINE)
        text = text.replace(old, line)
    return text


def policy_of(text: str) -> Policy:
    """Return the policy of an agency's file."""
    return bind_policy(read_agency(parse(text, "agency.toml"), FOLDER, rulesets=rulesets()))


def found_with(changes: dict[str, Any]) -> dict[str, Finding]:
    """Return what is found about the agency with some lines changed, by rule."""
    return {each.rule: each for each in findings(policy_of(text_with(changes)))}


def practising(choices: dict[str, Any]) -> str:
    """Return the text of the agency's file, field practice adopted and some of its choices made."""
    text = text_with({"rulesets": ["iacp-2019", "field-practice", "us-first-amendment"], "page_practices": LEFT_OUT})
    text = text.replace("oversight_practices = []\n", "")
    made = "".join(f"{name} = {to_toml(value)}\n" for name, value in choices.items())
    return f"{text}\n[choices.field-practice]\n{made}"


def line_of(key: str, text: str) -> int:
    """Return the line of a key, or of the head of a table."""
    lines = text.splitlines()
    return 1 + next(at for at, line in enumerate(lines) if re.match(rf"{re.escape(key)}( *=|$)", line))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
class TestFindings:
    def test_finds_what_triggers_it(self, case: dict[str, Any]) -> None:
        """A configuration with the pattern is found, with its severity, and at every line that makes it so."""
        found = found_with(case["trigger"])[case["rule"]]
        text = text_with(case["trigger"])
        assert found.severity == case["severity"]
        assert [each.line for each in found.places] == [line_of(key, text) for key in case["at"]]
        assert {each.file for each in found.places} == {"agency.toml"}
        assert found.remedy

    def test_finds_nothing_once_repaired(self, case: dict[str, Any]) -> None:
        """Its repaired twin is clean."""
        assert found_with(case["repaired"]) == {}

    def test_leaves_a_near_miss_alone(self, case: dict[str, Any]) -> None:
        """What comes close to the pattern and is none, is not found."""
        assert case["rule"] not in found_with(case["near"])


def test_every_finding_is_documented() -> None:
    """The page that explains the review lists every finding with its severity, and nothing else."""
    page = (DOCS / "explanation" / "what-courts-say.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (error|warning) \| .* \| `(FA\.\S+)` \|$", page, re.MULTILINE)
    assert sorted((rule, severity) for severity, rule in listed) == sorted({(c["rule"], c["severity"]) for c in CASES})


def test_every_finding_has_a_case() -> None:
    """Every rule with a severity has a configuration that triggers it, and no case is about anything else."""
    stated = {rule.id: rule.severity for rule in rulesets()["us-first-amendment"].rules if rule.severity}
    assert {case["rule"]: case["severity"] for case in CASES} == stated


GOOD = {
    "comments closed for everyone": {"comments": "closed", "declared_forum": "not_a_public_forum"},
    "comments closed, and no terms for them": {"comments": "closed", "removal_grounds": []},
    "conduct rules that hold online too": {"personal_limits": ["conduct_standards"]},
    "limits for safety": {
        "personal_limits": ["naming_the_employer", "insignia", "recognition", "undercover_identification"],
        "employment_disclosure": "needs_approval",
        "undercover_identification": "deny",
    },
    "removal limited to unprotected categories": {
        "removal_grounds": [
            "true_threat", "incitement", "obscenity", "defamation", "fraud", "illegal_conduct", "copyright",
            "personal_information", "commercial_spam",
        ]
    },
    "a keyword filter that counsel must approve": {"keyword_filters": "needs_approval"},
    "a keyword filter where no ground is vague": {"keyword_filters": "allow"},
    "no limits and no protections": {"personal_limits": [], "protections": []},
}  # fmt: skip


@pytest.mark.parametrize("changes", GOOD.values(), ids=GOOD)
def test_good_practice_is_not_flagged(changes: dict[str, Any]) -> None:
    """What courts have let stand is not found."""
    assert found_with(changes) == {}


@pytest.mark.parametrize(
    "interest",
    ["interferes_with_operation", "interferes_with_discipline", "impairs_working_relationships", "obstructs_duties"],
)
def test_factors_to_weigh_are_not_flagged(interest: str) -> None:
    """Harm to working relationships and the like, as what is weighed, is in the rules and no finding."""
    members = rulesets()["iacp-2019"].vocabulary.facts["speech.documented_interests"].members
    assert interest in members
    assert found_with({"personal_limits": ["conduct_standards", "speaking_for_the_agency"]}) == {}


PRACTICE = {
    "booking photos of any offence": ("FA.15/routine", {"booking_photos": "allow", "booking_photo_offenses": OFFENSES}),
    "booking photos outside the classes": (
        "FA.15/routine",
        {"booking_photos": "allow", "booking_photos_of_other_offenses": "allow"},
    ),
    "editing": ("FA.12/edits", {"editing_others_comments": "needs_approval"}),
    "hiding unlogged": ("FA.13/log", {"unlogged_hiding": "allow"}),
    "mixed accounts": ("FA.22/unlabeled", {"unlabeled_mixed_accounts": "allow"}),
    "no predicate": ("FA.19/predicate", {"covert_without_predicate": "needs_approval"}),
    "no approval": ("FA.19/approval", {"aliases": "allow"}),
    "no training": ("FA.19/training", {"untrained_searches": "allow"}),
    "no review": ("FA.19/review", {"unreviewed_aliases": "allow"}),
}
HARMLESS = {
    "booking photos by class": {"booking_photos": "allow", "booking_photo_offenses": OFFENSES[3:]},
    "booking photos that need approval": {"booking_photos_of_other_offenses": "allow"},
    "no editing": {"editing_others_comments": "deny"},
    "approval of unlogged hiding": {"unlogged_hiding": "needs_approval"},
    "approval of aliases": {"aliases": "needs_approval", "covert_without_predicate": "deny"},
}


class TestFieldPractice:
    @pytest.mark.parametrize(("rule", "choices"), PRACTICE.values(), ids=PRACTICE)
    def test_choices_of_practice_are_reviewed(self, rule: str, choices: dict[str, Any]) -> None:
        """What the choices of field-practice establish is found, at their lines."""
        text = practising(choices)
        found = {each.rule: each for each in findings(policy_of(text))}
        assert list(found) == [rule]
        assert [each.line for each in found[rule].places] == [line_of(next(reversed(choices)), text)]

    @pytest.mark.parametrize("choices", HARMLESS.values(), ids=HARMLESS)
    def test_near_misses_of_practice_are_not_found(self, choices: dict[str, Any]) -> None:
        """A choice that comes close, and leaves the condition in, is not found."""
        assert findings(policy_of(practising(choices))) == ()


class TestSeverity:
    @pytest.mark.parametrize("state", ["Maryland", "NC", "south carolina", "VA", "AK", "Guam", "Hawaii", "WA"])
    def test_is_error_where_courts_have_held_so(self, state: str) -> None:
        """In the Fourth and Ninth Circuits a ban on speech that discredits is an error."""
        found = found_with({"personal_limits": ["discrediting_speech"], "state": state})
        assert [each.severity for each in found.values()] == ["error"]

    @pytest.mark.parametrize("state", ["Maine", "NY", "Pennsylvania", "TX", "Ohio", "IL", "Iowa", "CO", "FL", "DC"])
    def test_is_warning_elsewhere(self, state: str) -> None:
        """In every other circuit it is a warning."""
        found = found_with({"personal_limits": ["discrediting_speech"], "state": state})
        assert [each.severity for each in found.values()] == ["warning"]

    @pytest.mark.parametrize("state", [LEFT_OUT, "Old Virginia"])
    def test_is_the_stronger_where_the_state_is_not_known(self, state: Any) -> None:
        """Where the state is left out or is none, the stronger severity is taken, and the file is told so."""
        found = found_with({"personal_limits": ["discrediting_speech"], "state": state})
        assert {name: each.severity for name, each in found.items()} == {
            "FA.2/discredit": "error",
            "FA.23/not_stated": "warning",
        }

    def test_state_left_out_is_no_matter_where_nothing_hangs_on_it(self) -> None:
        """A file without a state is clean where no severity depends on the state."""
        assert found_with({"state": LEFT_OUT}) == {}

    def test_overriding_statute_adds_an_error(self) -> None:
        """Where the agency says that a statute overrides it, a demand for credentials is an error in any state."""
        demand = {"oversight_practices": ["candidate_credential_demands"], "state": "Texas"}
        found = found_with(demand | {"overriding_statutes": ["credential_demands"]})
        assert {each.severity for each in found.values()} == {"error", "warning"}


class TestJurisdictions:
    def test_every_state_lies_in_one_circuit(self) -> None:
        """Fifty states, the district and four territories lie in twelve circuits."""
        states = [each for names in CIRCUITS.values() for each in names.split(", ")]
        assert (len(states), len({each.rpartition(" ")[2] for each in states}), len(CIRCUITS)) == (55, 55, 12)

    def test_members_are_those_of_the_facts(self) -> None:
        """Every state and circuit is a member of its fact, and nothing else but `not_stated` is."""
        facts = rulesets()["iacp-2019"].vocabulary.facts
        names = [each.rpartition(" ")[0] for names in CIRCUITS.values() for each in names.split(", ")]
        assert set(facts["policy.state"].members) == {"not_stated", *map(state_of, names)}
        assert set(facts["policy.circuit"].members) == {"not_stated", *CIRCUITS}

    @pytest.mark.parametrize(
        ("stated", "state", "circuit"),
        [
            ("Illinois", "illinois", "seventh"),
            ("  new   york ", "new_york", "second"),
            ("dc", "district_of_columbia", "district_of_columbia"),
            ("Ontario", "not_stated", "not_stated"),
            (None, "not_stated", "not_stated"),
        ],
    )
    def test_circuit_follows_from_the_state(self, stated: str | None, state: str, circuit: str) -> None:
        """A state is known by name or postal code, in any case; any other text is none."""
        assert (state_of(stated), circuit_of(state_of(stated))) == (state, circuit)


class TestEffect:
    def test_error_needs_counsel(self) -> None:
        """By default a policy with an error is adopted only with counsel's approval."""
        policy = policy_of(text_with({"removal_grounds": ["any_reason"]}))
        decision = policy.decide(smpolicy.adoption(policy.agency), at=policy.agency.span()[0])
        assert decision.outcome == "needs_approval"
        assert [(each.rule, each.requirement[0].offices) for each in decision.needed] == [
            ("FA.10/any_reason", ("legal",))
        ]

    def test_error_denies_where_the_agency_says_so(self) -> None:
        """An agency may choose that a policy with an error is not adopted at all."""
        text = text_with({"removal_grounds": ["any_reason"]})
        policy = policy_of(f'{text}\n[choices.us-first-amendment]\nerror_findings = "deny"\n')
        decision = policy.decide(smpolicy.adoption(policy.agency), at=policy.agency.span()[0])
        assert decision.outcome == "deny"

    def test_warning_gives_notice(self) -> None:
        """A warning holds nothing up, and stands among the notices."""
        policy = policy_of(text_with({"personal_limits": ["policing_third_party_posts"]}))
        decision = policy.decide(smpolicy.adoption(policy.agency), at=policy.agency.span()[0])
        assert decision.allowed
        assert [each.rule for each in decision.notices] == ["FA.20/third_parties"]

    def test_what_is_left_out_is_asked_and_not_found(self) -> None:
        """A fact left out is no finding: it is a question, and an error that hangs on it holds the adoption up."""
        policy = policy_of(text_with({"removal_grounds": LEFT_OUT}))
        decision = policy.decide(smpolicy.adoption(policy.agency), at=policy.agency.span()[0])
        assert findings(policy, decision) == ()
        assert "terms.removal_grounds" in [each.fact for each in decision.questions]
        assert (decision.outcome, decision.settled) == ("needs_approval", False)


class TestFinding:
    def test_errors_come_first(self) -> None:
        """Errors stand before warnings."""
        changes = {"personal_limits": ["policing_third_party_posts"], "removal_grounds": ["criticism"]}
        assert [each.severity for each in findings(policy_of(text_with(changes)))] == ["error", "warning"]

    def test_names_its_authorities(self) -> None:
        """A finding cites its authorities in full; one that was not confirmed says so wherever it is shown."""
        found = found_with({"oversight_practices": ["candidate_credential_demands"]})["FA.16/credentials"]
        assert "820 ILCS 55/10" in map(str, found.authorities)
        doubted = [each for each in found.authorities if not each.confirmed]
        assert doubted
        assert all(str(each).endswith("(not confirmed)") for each in doubted)
        assert not any("not confirmed" in str(each) for each in found.authorities if each.confirmed)

    def test_is_data(self) -> None:
        """A finding is JSON-ready data, with the line of each place and whether each authority is confirmed."""
        found = found_with({"personal_limits": ["criticism_of_agency"]})["FA.1/criticism"]
        data = json.loads(json.dumps(found.to_dict()))
        assert data["places"] == [{"file": "agency.toml", "line": found.places[0].line, "column": 20}]
        assert [each["confirmed"] for each in data["authorities"]] == [True, True]
        assert set(data) == {"rule", "severity", "title", "message", "cites", "authorities", "places", "remedy"}

    def test_default_points_to_where_the_ruleset_is_adopted(self) -> None:
        """What the default of a choice establishes stands where the file adopts the choice's ruleset."""
        text = re.sub(r"^(conduct_standards_posts|personal_limits) .*\n", "", AGENCY, flags=re.MULTILINE)
        text = text.replace('"union_activity", ', "")
        found = {each.rule: each for each in findings(policy_of(text))}["FA.6/union"]
        assert line_of("rulesets", text) in [each.line for each in found.places]

    def test_members_on_lines_of_their_own_point_to_their_lines(self) -> None:
        """The place of a member of a list is the member's own."""
        text = text_with({"removal_grounds": LEFT_OUT})
        text = text.replace("[facts.terms]", '[facts.terms]\nremoval_grounds = [\n  "obscenity",\n  "any_reason",\n]')
        found = {each.rule: each for each in findings(policy_of(text))}["FA.10/any_reason"]
        assert [(each.line, each.column) for each in found.places] == [
            (1 + text.splitlines().index('  "any_reason",'), 3)
        ]


class TestAid:
    def test_says_that_it_is_no_legal_advice(self) -> None:
        """The ruleset says of itself that it is a review aid."""
        assert "not legal advice" in rulesets()["us-first-amendment"].source

    def test_every_authority_is_used(self) -> None:
        """No authority is listed that no consideration rests on."""
        ruleset = rulesets()["us-first-amendment"]
        used = {name for each in ruleset.considerations.values() for name in each.authorities}
        assert used == set(ruleset.authorities)

    def test_authorities_are_cited_in_full(self) -> None:
        """A judgment is cited with its reporter or docket, its court and its year; a statute with its section."""
        for each in rulesets()["us-first-amendment"].authorities.values():
            case = re.search(r" v\. .*, (\d+ [A-Z].* \d+|No\. \S+) \(.*\d{4}\)$", each.citation)
            statute = re.search(r"(\d|U\.S\.C\. 2701 et seq\.)$|^Statutes on employers", each.citation)
            assert case or statute, each.citation
            assert each.held

    def test_every_page_says_so(self) -> None:
        """The page that explains it says in its first lines that it is a review aid."""
        page = (DOCS / "explanation" / "what-courts-say.md").read_text(encoding="utf-8")
        assert "A review aid, not legal advice" in page[:1000]


class TestGuards:
    def test_every_guard_speaks_in_a_scenario(self) -> None:
        """Each rule about a single decision is true in some scenario."""
        runner, spoke = Runner(), set[str]()
        for scenario in read_scenarios(SCENARIOS):
            decision = runner.decide(scenario)
            spoke |= {rule.id for _, rule in decision.kind_rules.members(decision.true)}
        guards = {rule.id for rule in rulesets()["us-first-amendment"].rules if rule.severity is None}
        assert guards - spoke == set()

    def test_no_guard_restricts_what_employees_say(self) -> None:
        """What an employee posts or states gets a notice at most."""
        own = {"personal_post", "public_statement", "report_violation"}
        rules = [rule for rule in rulesets()["us-first-amendment"].rules if own & set(rule.on)]
        assert rules
        assert all(rule.notice for rule in rules)

    def test_approvals_are_counsels(self) -> None:
        """Whatever needs approval needs that of legal counsel."""
        asked = {each.office for rule in rulesets()["us-first-amendment"].rules for each in rule.approvals}
        assert asked == {"legal"}

    def test_ordinary_post_is_asked_no_more(self) -> None:
        """A crime-prevention post under the large example asks no more than before, and is released as before."""
        folder = DOCS / "examples" / "quillan-county"
        text = (folder / "agency.toml").read_text(encoding="utf-8")
        post = {"kind": "publish", "actor": {"id": "pio-1"}, "account": {"id": "quillan-sheriff"}}
        post |= {"content": {"purpose": "crime_prevention_tips"}, "payload": {"text": "Lock your doors."}}
        asked = []
        for names in ('["iacp-2019"]', '["iacp-2019", "us-first-amendment"]'):
            adopted = re.sub(r"^rulesets +=.*", f"rulesets = {names}", text, flags=re.MULTILINE)
            policy = bind_policy(read_agency(parse(adopted, "agency.toml"), folder, rulesets=rulesets()))
            decision = policy.decide(policy.action(post), at=datetime(2026, 6, 1, 14, tzinfo=UTC))
            asked.append(decision.asks())
        assert asked[0] == asked[1]
