"""Tests of smpolicy.loading.agency_files; tests/bad_inputs/agencies has the files that cannot be loaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import smpolicy
from smpolicy.directories import ListedDirectory
from smpolicy.errors import InvalidFile, OutsideDates
from smpolicy.loading.agency_files import agency_from_data, load_agency
from tests.builders import AGENCY, DIRECTORY, HEADER, STATED, choice, make_agency, make_ruleset, rule

RULESET = make_ruleset(
    choice("humor", "effect", '"deny"', "higher")
    + choice("topics", "effect_by", '{ a = "deny", b = "allow" }', "higher", members='["a", "b"]')
    + choice("limit", "effect", '"allow"', "higher", personal_limit='"insignia"')
    + rule("content.humor", "choice.humor", approvals='[{ office = "legal" }]')
    + rule(
        "content.known_false",
        "choice.topics",
        id='"A.2/topics"',
        each='{ a = "content.humor", b = "content.unverified" }',
        approvals='[{ office = "legal" }]',
    )
    + rule("content.unverified", "choice.limit", id='"A.3/limit"', approvals='[{ office = "legal" }]')
)
RULESETS = {"example": RULESET}


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file."""
    path = folder / name
    path.write_text(dedent(text), encoding="utf-8")
    return path


class TestContent:
    def test_header(self) -> None:
        """An agency knows what its header says."""
        agency = make_agency()
        assert (agency.id, str(agency.time_zone), agency.effective) == (
            "quillan-county",
            "America/Chicago",
            date(2026, 1, 1),
        )

    def test_offices(self) -> None:
        """An office is held by roles."""
        assert make_agency().offices == {"legal": ("legal_counsel",), "command": ("chief_or_sheriff", "deputy_chief")}

    def test_accounts(self) -> None:
        """The register tells of accounts by id."""
        account = make_agency().accounts["main"]
        assert (account.type, account.identifies, account.archived) == ("official", {"agency"}, None)

    def test_attesting(self) -> None:
        """The file says who may attest what; without parts, everything."""
        assert [(each.roles, each.parts) for each in make_agency().attesting] == [
            (("spokesperson",), ()),
            (("moderator",), ("moderation",)),
        ]

    def test_decision(self) -> None:
        """How decisions are made has defaults: ask, let no author approve, and let approvals count for a month."""
        table = make_agency().decision
        assert (table.unsettled, table.self_approval, table.approval_days) == ("needs_approval", False, 30)
        table = make_agency('[decision]\nunsettled = "deny"\nself_approval = true\napproval_days = 7\n').decision
        assert (table.unsettled, table.self_approval, table.approval_days) == ("deny", True, 7)

    def test_directory_inside(self) -> None:
        """The file may hold its directory."""
        assert "sheriff-1" in list(make_agency().directory.people())

    def test_facts(self) -> None:
        """The file states facts about the agency, apart from those of the policy as a candidate."""
        agency = make_agency('[facts.terms]\npublished = true\n[facts.policy]\nlegal_review = "recorded"\n')
        assert agency.facts == {"terms.published": True}
        assert agency.candidate_facts["policy.legal_review"] == "recorded"


class TestChoices:
    @pytest.mark.parametrize(
        ("text", "value", "reason"),
        [
            ('humor = "allow"', "allow", None),
            ('humor = { value = "allow" }', "allow", None),
            ('humor = { value = "allow", reason = "We like to laugh." }', "allow", "We like to laugh."),
        ],
    )
    def test_value(self, text: str, value: str, reason: str | None) -> None:
        """A choice is a value, or a table with a value and perhaps a reason."""
        chosen = make_agency(f"[choices.example]\n{text}\n", RULESET).choices["example"]["humor"]
        assert (chosen.value, chosen.reason, chosen.decided) == (value, reason, True)
        assert chosen.place is not None

    def test_members_left_out(self) -> None:
        """Of a choice with an effect for each member, those left out have the default."""
        agency = make_agency('[choices.example]\ntopics = { b = "deny" }\n', RULESET)
        assert agency.choices["example"]["topics"].value == {"a": "deny", "b": "deny"}


class TestCandidate:
    def test_nothing_stated(self) -> None:
        """Where the file says nothing, no statement is there, and no limit is set."""
        facts = make_agency(ruleset=RULESET).candidate_facts
        assert facts["policy.agency_use_statement"] is False
        assert facts["policy.participation_respected"] is False
        assert facts["policy.conduct_standards_stated"] is False
        assert facts["policy.personal_limits"] == frozenset()
        assert facts["policy.strategy_adopted"] is None
        assert "policy.legal_review" not in facts

    def test_statements(self) -> None:
        """Statements are there once they say something."""
        agency = make_agency('[statements]\nagency_use = "We inform."\nparticipation = "  "\nconduct = "Be kind."\n')
        assert agency.candidate_facts["policy.agency_use_statement"] is True
        assert agency.candidate_facts["policy.participation_respected"] is False
        assert agency.candidate_facts["policy.conduct_standards_stated"] is True

    def test_limits_set_by_choices(self) -> None:
        """A choice that limits personal speech sets its limit, beside those that the file states."""
        text = '[choices.example]\nlimit = "deny"\n[facts.policy]\npersonal_limits = ["recognition"]\n'
        limits = make_agency(text, RULESET).candidate_facts["policy.personal_limits"]
        assert limits == {"insignia", "recognition"}

    @pytest.mark.parametrize(("badge", "limited"), [("allow", False), ("needs_approval", True)])
    def test_limits_set_member_by_member(self, badge: str, limited: bool) -> None:
        """A choice of an effect for each member sets its limit once any of them is more than `allow`."""
        default = '{ badge = "allow", logo = "allow" }'
        made = choice("each", "effect_by", default, "higher", members='["badge", "logo"]', personal_limit='"insignia"')
        made += """
        [[rule]]
        id        = "A.1/each"
        on        = ["personal_post"]
        then      = "choice.each"
        each      = { badge = "'badge' in content.insignia", logo = "'logo' in content.insignia" }
        approvals = [{ office = "legal" }]
        reason    = "It shows something."
        remedy    = "Leave it out."
        """
        agency = make_agency(f'[choices.example]\neach = {{ badge = "{badge}" }}\n', make_ruleset(made))
        assert ("insignia" in agency.candidate_facts["policy.personal_limits"]) is limited

    def test_strategy(self) -> None:
        """Whether a strategy is adopted is a fact of the agency and of the candidate."""
        agency = make_agency("[facts.agency]\nstrategy_adopted = true\n")
        assert agency.candidate_facts["policy.strategy_adopted"] is True


class TestLoading:
    def test_file(self, tmp_path: Path) -> None:
        """A file is loaded with the rulesets that it lists."""
        path = write(tmp_path, "agency.toml", AGENCY + DIRECTORY)
        assert load_agency(path, rulesets=RULESETS).rulesets == (RULESET,)

    def test_ruleset_beside_the_file(self, tmp_path: Path) -> None:
        """A ruleset may lie in a folder beside the file."""
        (tmp_path / "example").mkdir()
        write(tmp_path, "example/ruleset.toml", HEADER + STATED)
        path = write(tmp_path, "agency.toml", AGENCY)
        assert [ruleset.id for ruleset in load_agency(path).rulesets] == ["example"]

    def test_packs_add_to_the_vocabulary(self, tmp_path: Path) -> None:
        """The facts of all its rulesets make up an agency's vocabulary."""
        (tmp_path / "example").mkdir()
        pack = (
            '[[fact]]\nid = "shown"\non = ["publish"]\ntype = "bool"\nask = "Is it?"\ncite = "A.1"\nharmless = false\n'
        )
        write(tmp_path, "example/ruleset.toml", HEADER + 'namespace = "k9"\n' + STATED + pack)
        path = write(tmp_path, "agency.toml", AGENCY.replace('["example"]', '["iacp-2019", "example"]'))
        agency = load_agency(path)
        assert [ruleset.id for ruleset in agency.rulesets] == ["example", "iacp-2019"]
        assert agency.vocabulary.has("publish", "k9.shown")

    def test_directory_file(self, tmp_path: Path) -> None:
        """A directory may lie in a file of its own."""
        write(tmp_path, "people.toml", '[[person]]\nid = "p-1"\n')
        path = write(tmp_path, "agency.toml", AGENCY.replace("\n[offices]", 'directory = "people.toml"\n[offices]', 1))
        assert list(load_agency(path, rulesets=RULESETS).directory.people()) == ["p-1"]

    def test_directory_file_with_problems(self, tmp_path: Path) -> None:
        """What is wrong in a directory file is told at its place there."""
        write(tmp_path, "people.toml", '[[person]]\nid = "p-1"\nrank = "boss"\n')
        path = write(tmp_path, "agency.toml", AGENCY.replace("\n[offices]", 'directory = "people.toml"\n[offices]', 1))
        with pytest.raises(InvalidFile, match=r"people.toml:3:1: `boss` is no value for `rank`"):
            load_agency(path, rulesets=RULESETS)

    def test_directory_given(self, tmp_path: Path) -> None:
        """A directory of the caller's takes the place of the file's."""
        mine = ListedDirectory()
        path = write(tmp_path, "agency.toml", AGENCY + DIRECTORY)
        assert load_agency(path, directory=mine, rulesets=RULESETS).directory is mine

    def test_no_directory(self, tmp_path: Path) -> None:
        """Without a directory nobody is registered."""
        assert list(load_agency(write(tmp_path, "a.toml", AGENCY), rulesets=RULESETS).directory.people()) == []

    @pytest.mark.parametrize(("key", "old", "new"), [("effective", "2026", "0001"), ("until", "2027", "9999")])
    def test_edges_of_the_calendar(self, tmp_path: Path, key: str, old: str, new: str) -> None:
        """A date on the edge of the calendar, whose moment may lie beyond it, is an error."""
        path = write(tmp_path, "agency.toml", AGENCY.replace(f"{old}-01-01\n", f"{new}-01-01\n"))
        with pytest.raises(InvalidFile, match=f"`{key}` .* is too far away"):
            load_agency(path, rulesets=RULESETS)

    def test_day(self, tmp_path: Path) -> None:
        """A file that must be in force on a day is."""
        path = write(tmp_path, "agency.toml", AGENCY)
        assert load_agency(path, date(2026, 6, 1), rulesets=RULESETS).id == "quillan-county"
        with pytest.raises(OutsideDates, match="no agency file is in force on 2027-06-01"):
            load_agency(path, date(2027, 6, 1), rulesets=RULESETS)


class TestData:
    DATA: Mapping[str, Any] = {
        "agency": {
            "id": "alder-hollow",
            "name": "Alder Hollow Police Department (fictional)",
            "time_zone": "UTC",
            "effective": "2026-01-01",
            "rulesets": ["example"],
        },
        "directory": {"person": [{"id": "p-1", "held": [{"role": "moderator", "since": "2026-03-01"}]}]},
    }

    def test_read(self) -> None:
        """An agency may be data, in which dates may be text."""
        agency = agency_from_data(self.DATA, RULESETS)
        assert agency.effective == date(2026, 1, 1)
        found = agency.directory.person("p-1", datetime(2026, 3, 1, tzinfo=UTC))
        assert found is not None
        assert found.roles == {"moderator"}

    def test_wrong(self) -> None:
        """What is wrong in data is told as in a file."""
        wrong = {"agency": {**self.DATA["agency"], "effective": "2026-02-30"}}
        with pytest.raises(InvalidFile, match="`2026-02-30` is no value for `effective`"):
            agency_from_data(wrong, RULESETS)

    def test_no_table(self) -> None:
        """Data that is no table is refused."""
        with pytest.raises(InvalidFile, match="is no table"):
            agency_from_data([], RULESETS)  # type: ignore[arg-type]


class TestFolder:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A folder with two files, the second of which replaces the first before it ends, and a directory."""
        write(tmp_path, "2026.toml", AGENCY)
        write(tmp_path, "summer.toml", AGENCY.replace("2026-01-01", "2026-07-01").replace("2027-01-01", "2026-09-01"))
        write(tmp_path, "directory.toml", '[[person]]\nid = "p-1"\n')
        return tmp_path

    @pytest.mark.parametrize(
        ("day", "name"),
        [
            (date(2026, 6, 30), "2026.toml"),
            (date(2026, 7, 1), "summer.toml"),
            (date(2026, 9, 1), "2026.toml"),
        ],
    )
    def test_latest(self, folder: Path, day: date, name: str) -> None:
        """Of the files in force, the one that began last is taken; other files are passed over."""
        assert Path(load_agency(folder, day, rulesets=RULESETS).place.file).name == name

    def test_none(self, folder: Path) -> None:
        """Where none is in force, the error says when which is."""
        with pytest.raises(OutsideDates, match=r"2026.toml` from 2026-01-01 until 2027-01-01; `.*summer.toml`"):
            load_agency(folder, date(2028, 1, 1), rulesets=RULESETS)

    def test_no_day(self, folder: Path) -> None:
        """A folder needs a day."""
        with pytest.raises(OutsideDates, match="needs a day"):
            load_agency(folder, rulesets=RULESETS)


def test_public_name() -> None:
    """Loading an agency is part of the public face."""
    assert smpolicy.load_agency is load_agency
