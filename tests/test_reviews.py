"""Tests of reviewing an agency's file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import smpolicy
from smpolicy.cli import main
from smpolicy.policies import bind_policy
from smpolicy.review_items import SEVERITIES
from smpolicy.reviews import Review, review
from tests.builders import make_agency, make_ruleset, rule

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
AGENCY = """
[agency]
id = "alder-hollow"
name = "Alder Hollow Village Police (fictional)"
time_zone = "America/New_York"
effective = 2026-01-01
rulesets = ["iacp-2019"]

[facts.agency]
strategy_adopted = true

[facts.terms]
published = true

[offices]
legal = ["legal_counsel"]
approving_authority = ["chief_or_sheriff"]
supervisor = ["supervisor"]

[[account]]
id = "main"
records_producible = true

[[account]]
id = "events"

[[directory.person]]
id = "chief-1"
roles = ["chief_or_sheriff"]

[[directory.person]]
id = "supervisor-1"
held = [{ role = "supervisor", since = 2027-01-01 }]
"""

Reviewed = Callable[..., Review]


@pytest.fixture(scope="module")
def ruleset() -> smpolicy.Ruleset:
    """The shipped ruleset, loaded once."""
    return smpolicy.load_ruleset("iacp-2019")


@pytest.fixture
def reviewed(tmp_path: Path, ruleset: smpolicy.Ruleset) -> Reviewed:
    """Reviews the agency with further lines, for a moment."""

    def reviewing(further: str = "", at: datetime = AT, **changes: str) -> Review:
        text = AGENCY
        for old, new in changes.items():
            text = text.replace(old, new)
        (tmp_path / "agency.toml").write_text(text + further, encoding="utf-8")
        return review(smpolicy.load(tmp_path / "agency.toml", rulesets={"iacp-2019": ruleset}), at)

    return reviewing


class TestUndecided:
    def test_lists_every_choice_not_made(self, reviewed: Reviewed, ruleset: smpolicy.Ruleset) -> None:
        """Without any choice in the file all are listed, with question and default."""
        undecided = reviewed().undecided
        assert [each.choice for each in undecided] == list(ruleset.choices)
        humor = next(each for each in undecided if each.choice == "humor")
        assert (humor.ruleset, humor.about, humor.default) == ("iacp-2019", "V.A.3.humor", "needs_approval")

    def test_choice_made_is_not_listed(self, reviewed: Reviewed) -> None:
        """A choice that the file makes is decided, even where it equals the default."""
        undecided = reviewed('[choices.iacp-2019]\nhumor = "needs_approval"\n').undecided
        assert "humor" not in [each.choice for each in undecided]


class TestMissingFacts:
    def test_lists_what_rules_read_and_the_file_leaves_out(self, reviewed: Reviewed) -> None:
        """A fact of the agency that a bound rule reads is listed with those rules; one that is stated is not."""
        found = {each.fact: each for each in reviewed().missing_facts}
        assert "terms.counsel_vetted" in found
        assert all("V.A.6" in rule for rule in found["terms.counsel_vetted"].rules)
        assert "terms.published" not in found
        assert "agency.strategy_adopted" not in found
        assert "policy.legal_review" in found

    def test_lists_what_no_rule_reads_not_at_all(self, reviewed: Reviewed) -> None:
        """A fact that no rule reads is left out in peace."""
        assert "agency.state" not in [each.fact for each in reviewed().missing_facts]

    def test_names_the_accounts_that_lack_a_fact(self, reviewed: Reviewed) -> None:
        """A fact of accounts is listed with the accounts of which the register does not say it."""
        found = {each.fact: each.accounts for each in reviewed().missing_facts if each.accounts}
        assert found["account.records_producible"] == ("events",)
        assert found["account.identifies"] == ("main", "events")

    def test_missing_strategy_is_listed_once(self, reviewed: Reviewed) -> None:
        """What a candidate's fact is computed from is asked for under the name that the file has for it."""
        facts = [each.fact for each in reviewed(**{"strategy_adopted = true": ""}).missing_facts]
        assert facts.count("agency.strategy_adopted") == 1
        assert "policy.strategy_adopted" not in facts


class TestUnheldOffices:
    def test_office_without_roles_is_listed(self, reviewed: Reviewed) -> None:
        """An office that the file gives to no role is held by nobody."""
        found = {each.office: each for each in reviewed().unheld_offices}
        assert found["quality_reviewer"].roles == ()
        assert any("V.A.12" in rule for rule in found["quality_reviewer"].rules)

    def test_office_whose_roles_nobody_has_is_listed(self, reviewed: Reviewed) -> None:
        """An office whose roles nobody in the directory has is held by nobody."""
        found = {each.office: each for each in reviewed().unheld_offices}
        assert found["legal"].roles == ("legal_counsel",)

    def test_held_office_is_not_listed(self, reviewed: Reviewed) -> None:
        """An office that somebody holds is not listed."""
        assert "approving_authority" not in [each.office for each in reviewed().unheld_offices]

    @pytest.mark.parametrize(("year", "listed"), [(2026, True), (2027, False)])
    def test_roles_count_at_the_moment(self, reviewed: Reviewed, year: int, listed: bool) -> None:
        """A role that begins later holds no office before."""
        offices = [each.office for each in reviewed(at=AT.replace(year=year)).unheld_offices]
        assert ("supervisor" in offices) is listed


class TestUnexplainedLimits:
    @pytest.mark.parametrize(
        ("value", "listed"),
        [
            ('"needs_approval"', True),
            ('"deny"', True),
            ('{ value = "deny" }', True),
            ('{ value = "deny", reason = " " }', True),
            ('{ value = "deny", reason = "Two officers were followed home in 2025." }', False),
            ('"allow"', False),
        ],
    )
    def test_lists_limits_without_a_reason(self, reviewed: Reviewed, value: str, listed: bool) -> None:
        """A limit on personal speech is listed unless its reason is recorded; no limit is none."""
        found = reviewed(f"[choices.iacp-2019]\ninsignia = {value}\n").unexplained_limits
        assert ("insignia" in [each.choice for each in found]) is listed

    def test_limits_set_by_default_count_too(self, reviewed: Reviewed) -> None:
        """A limit that comes from a default is a limit, and has no reason on record."""
        found = {each.choice: each.limit for each in reviewed().unexplained_limits}
        assert found["undercover_identification"] == "undercover_identification"

    def test_other_choices_are_no_limits(self, reviewed: Reviewed) -> None:
        """A choice about the agency's own posts limits nobody's speech."""
        found = reviewed('[choices.iacp-2019]\nhumor = "deny"\n').unexplained_limits
        assert "humor" not in [each.choice for each in found]


class TestAdoption:
    def test_is_decided_under_the_candidate(self, reviewed: Reviewed) -> None:
        """The file's own adoption is decided, with reasons for what it lacks and questions for what it leaves out."""
        decision = reviewed().adoption
        assert decision.action.kind == "adopt_policy"
        assert decision.outcome == "needs_approval"
        assert any(rule.rule.startswith("II.") for rule in decision.reasons)
        assert "policy.legal_review" in [each.fact for each in decision.questions]

    @pytest.mark.parametrize("at", [datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)])
    def test_file_not_in_force_is_reviewed_for_when_it_is(self, reviewed: Reviewed, at: datetime) -> None:
        """A file for another time is reviewed for the nearest moment at which it is in force."""
        found = reviewed(at=at, **{"effective = 2026-01-01": "effective = 2026-01-01\nuntil = 2027-01-01"})
        start, end = found.policy.agency.span()
        assert end is not None
        assert start <= found.at < end


class TestItems:
    def test_tell_everything_once(self, reviewed: Reviewed) -> None:
        """All that a review found is one list: as many items as there are things of each kind."""
        found = reviewed('[choices.iacp-2019]\ninsignia = "deny"\n')
        codes = Counter(each.code for each in found.items)
        assert codes["undecided_choice"] == len(found.undecided)
        assert codes["missing_fact"] == len(found.missing_facts)
        assert codes["unexplained_limit"] == len(found.unexplained_limits)
        assert codes["adoption_needs_approval"] == 1
        told = Counter(each.code for each in found.contradictions)
        assert {code: codes[code] for code in told} == told
        lacking = {side.id for each in found.contradictions if each.code == "too_few_to_ask" for side in each.sides}
        assert codes["unheld_office"] == len([each for each in found.unheld_offices if each.office not in lacking])

    def test_gravest_come_first(self, reviewed: Reviewed) -> None:
        """Errors come before warnings, and these before notes; within each they are in the order of the file."""
        items = reviewed().items
        assert [each.severity for each in items] == sorted(
            (each.severity for each in items), key=SEVERITIES.index
        )  # fmt: skip
        assert {each.severity for each in items} == {"warning", "note"}

    def test_stand_where_the_file_says_it(self, reviewed: Reviewed) -> None:
        """An item names the line of the agency's file on which something is to be done."""
        items = reviewed('[choices.iacp-2019]\ninsignia = "deny"\n').items
        lines = AGENCY.splitlines()
        held = {each.code: each.place for each in reversed(items) if each.place is not None and each.place.line}
        (limit,) = (each for each in items if each.code == "unexplained_limit" and "`insignia" in each.message)
        assert limit.place is not None
        assert limit.place.line == len(lines) + 2
        (office,) = (each for each in items if (each.code == "too_few_to_ask" and "asks for `legal`" in each.message)
                     or (each.code == "too_few_to_ask" and "ask for `legal`" in each.message))  # fmt: skip
        assert office.place is not None
        assert office.place.line is not None
        assert lines[office.place.line - 1].startswith("legal")
        facts = [each for each in items if each.code == "missing_fact" and "of `events` is" in each.message]
        assert {each.place and each.place.line for each in facts} == {lines.index('id = "events"')}
        assert held["missing_fact"].file.endswith("agency.toml")

    def test_denied_adoption_is_an_error(self) -> None:
        """Where the file may not be adopted by its own rules, that is an error; where it may, it is no item."""
        people = '[[directory.person]]\nid = "counsel-1"\nroles = ["legal_counsel"]\n'
        denying = rule("policy.legal_review == 'not_done'", on='["adopt_policy"]')
        codes = {}
        for done in ("not_done", "recorded"):
            agency = make_agency(f'[facts.policy]\nlegal_review = "{done}"\n', make_ruleset(denying), people=people)
            codes[done] = [each.code for each in review(bind_policy(agency), AT).items if "adopt" in each.code]
        assert codes == {"not_done": ["adoption_denied"], "recorded": []}

    def test_override_is_told_where_the_pack_is_adopted(self, tmp_path: Path) -> None:
        """What a pack overrides is an item at the line that adopts it, with the place in the pack beside it."""
        text = AGENCY.replace('rulesets = ["iacp-2019"]', 'rulesets = ["iacp-2019", "field-practice"]')
        (tmp_path / "agency.toml").write_text(text, encoding="utf-8")
        found = review(smpolicy.load(tmp_path / "agency.toml"), AT)
        items = [each for each in found.items if each.code == "override"]
        line = text.splitlines().index('rulesets = ["iacp-2019", "field-practice"]') + 1
        assert found.overriding
        assert [each.related[0][1] for each in items] == [each.place for each in found.overriding]
        assert {each.place and each.place.line for each in items} == {line}

    def test_finding_keeps_its_severity_and_its_rule(self, tmp_path: Path) -> None:
        """A finding is an item of its own severity, with the rule that found it, its authorities and its remedy."""
        text = AGENCY.replace('rulesets = ["iacp-2019"]', 'rulesets = ["iacp-2019", "us-first-amendment"]')
        stated = '\n[facts.policy]\npage_practices = ["routine_booking_photos", "deletes_without_archive"]\n'
        (tmp_path / "agency.toml").write_text(text + stated, encoding="utf-8")
        found = review(smpolicy.load(tmp_path / "agency.toml"), AT)
        items = {each.rule: each for each in found.items if each.code == "finding"}
        assert found.findings
        assert set(items) == {each.rule for each in found.findings}
        for each in found.findings:
            item = items[each.rule]
            assert (item.severity, item.help) == (each.severity, each.remedy)
            assert all(authority.citation in item.message for authority in each.authorities)


class TestCheck:
    def test_prints_the_review(self, tmp_path: Path) -> None:
        """`smpolicy check` tells people all of it, and machines the same as data."""
        path = tmp_path / "agency.toml"
        path.write_text(AGENCY, encoding="utf-8")
        asked = ["check", str(path), "--at", "2026-06-01T09:00:00Z"]
        text = CliRunner().invoke(main, asked).stdout
        data = json.loads(CliRunner().invoke(main, [*asked, "--json"]).stdout)
        policy = smpolicy.load(path)
        assert data == json.loads(json.dumps(review(policy, AT).to_dict()))
        for name in ("undecided", "missing_facts", "unheld_offices", "unexplained_limits"):
            assert data[name]
            for each in data[name]:
                assert (each.get("choice") or each.get("fact") or each["office"]) in text
        assert "ADOPTING THIS FILE" in text
        assert "  NEEDS APPROVAL: adopt_policy" in text
