"""Tests of the command line's verbs: what they print, for people and for machines, and how they exit."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import click
import pytest
from click.testing import CliRunner, Result

import smpolicy
from smpolicy.analysis import coverage as coverage_module
from smpolicy.cli import VERBS, main
from tests.packs import install_pack

SAMPLE = Path(__file__).parent.parent / "render" / "sample"
AT = "2026-06-01T09:00:00Z"
MOMENT = datetime(2026, 6, 1, 9, tzinfo=UTC)
HELD: dict[str, Any] = {
    "kind": "publish",
    "actor": {"id": "deputy-1"},
    "incident": "none",
    "payload": {"text": "Did you see anything?"},
    "attestation": {"by": "deputy-1"},
    "content": {"purpose": "other"},
}
ALLOWED = {**HELD, "content": {"purpose": "recruitment"}}
DENIED = {**HELD, "content": {"purpose": "recruitment", "known_false": True}}

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a verb in a folder with an agency, its ruleset and three actions."""
    shutil.copytree(SAMPLE, tmp_path / "sample")
    for name, action in (("held", HELD), ("allowed", ALLOWED), ("denied", DENIED), ("bare", {"kind": "publish"})):
        (tmp_path / f"{name}.json").write_text(json.dumps(action), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def running(*arguments: str, input: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(main, arguments, input=input)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    return running


AGENCY = "sample/agency.toml"


class TestDecide:
    def test_prints_the_outcome_first(self, run: Run) -> None:
        """People read the outcome, then why and what to do."""
        result = run("decide", AGENCY, "held.json", "--at", AT)
        assert result.exit_code == 0
        assert result.stdout.startswith("NEEDS APPROVAL: publish\n")
        assert "S.6/purpose (needs approval)" in result.stdout

    def test_json_is_the_decision(self, run: Run) -> None:
        """With --json it prints what `to_dict` gives."""
        policy = smpolicy.load(AGENCY)
        expected = policy.decide(policy.action(HELD), at=MOMENT).to_dict()
        result = run("decide", AGENCY, "held.json", "--at", AT, "--json")
        assert json.loads(result.stdout) == expected

    def test_receipt_is_the_receipt(self, run: Run) -> None:
        """With --receipt it prints the receipt's very bytes."""
        policy = smpolicy.load(AGENCY)
        expected = policy.decide(policy.action(HELD), at=MOMENT).receipt()
        assert run("decide", AGENCY, "held.json", "--at", AT, "--receipt").stdout_bytes == expected

    @pytest.mark.parametrize("name", ["allowed", "held", "denied"])
    def test_exits_with_0_once_decided(self, run: Run, name: str) -> None:
        """A decision of any outcome is a success."""
        assert run("decide", AGENCY, f"{name}.json", "--at", AT).exit_code == 0

    @pytest.mark.parametrize(("name", "status"), [("allowed", 0), ("held", 3), ("denied", 4)])
    def test_exit_code_tells_the_outcome(self, run: Run, name: str, status: int) -> None:
        """With --exit-code, 3 is needs approval and 4 is deny."""
        assert run("decide", AGENCY, f"{name}.json", "--at", AT, "--exit-code").exit_code == status

    def test_is_for_now_unless_told(self, run: Run) -> None:
        """Without --at the decision is made for the present moment."""
        before = datetime.now(UTC).replace(microsecond=0)
        decided = json.loads(run("decide", AGENCY, "held.json", "--json").stdout)
        assert before <= datetime.fromisoformat(decided["at"]) <= datetime.now(UTC)

    def test_approvals_are_read(self, run: Run) -> None:
        """An approval that counts discharges what asks for it."""
        policy = smpolicy.load(AGENCY)
        action = {**ALLOWED, "actor": {"id": "deputy-1"}, "incident": {"jurisdiction": "outside"}}
        Path("outside.json").write_text(json.dumps(action), encoding="utf-8")
        decision = policy.decide(policy.action(action), at=MOMENT)
        approval = decision.approval("S.3/outside", by="chief-1", role="chief_or_sheriff")
        Path("approvals.json").write_text(json.dumps([approval.to_dict()]), encoding="utf-8")
        asked = ("decide", AGENCY, "outside.json", "--at", AT, "--exit-code")
        assert run(*asked).exit_code == 3
        assert run(*asked, "--approvals", "approvals.json").exit_code == 0

    def test_engines_agree(self, run: Run) -> None:
        """Either engine prints the same."""
        prints = [run("decide", AGENCY, "bare.json", "--at", AT, "--json", "--engine", name).stdout
                  for name in ("compiled", "reference")]  # fmt: skip
        assert prints[0] == prints[1]

    def test_reads_the_action_from_standard_input(self, run: Run) -> None:
        """`-` stands for standard input in place of the action."""
        result = run("decide", AGENCY, "-", "--at", AT, input=json.dumps(DENIED))
        assert result.stdout.startswith("DENY: publish")

    def test_reads_the_agency_from_standard_input(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """`-` stands for standard input in place of the agency, whose files lie in the working folder."""
        text = Path(AGENCY).read_text(encoding="utf-8")
        monkeypatch.chdir("sample")
        assert run("decide", "-", "../denied.json", "--at", AT, input=text).stdout.startswith("DENY: publish")

    def test_takes_the_file_in_force_from_a_folder(self, run: Run) -> None:
        """Of a folder, the file that is in force at the moment decides."""
        text = Path(AGENCY).read_text(encoding="utf-8")
        later = text.replace("2026-01-01", "2026-07-01").replace("(fictional)", "(later)")
        Path("sample/later.toml").write_text(later, encoding="utf-8")
        early = run("decide", "sample", "held.json", "--at", "2026-07-01T03:59:59Z").stdout
        late = run("decide", "sample", "held.json", "--at", "2026-07-01T04:00:00Z").stdout
        assert "(fictional)" in early
        assert "(later)" in late


class TestExplain:
    def test_prints_the_explanation(self, run: Run) -> None:
        """It prints what `explain` gives."""
        policy = smpolicy.load(AGENCY)
        expected = policy.decide(policy.action(HELD), at=MOMENT).explain()
        assert run("explain", AGENCY, "held.json", "--at", AT).stdout == expected

    def test_json_holds_both(self, run: Run) -> None:
        """With --json the decision and its explanation stand side by side."""
        data = json.loads(run("explain", AGENCY, "held.json", "--at", AT, "--json").stdout)
        assert data["decision"]["outcome"] == "needs_approval"
        assert data["explanation"].startswith("NEEDS APPROVAL")


class TestQuestions:
    def test_groups_by_who_is_asked(self, run: Run, snapshot: Callable[[str], None]) -> None:
        """Questions stand under whoever is asked, the checklist together."""
        snapshot(run("questions", AGENCY, "bare.json", "--at", AT).stdout)

    def test_says_when_none_is_open(self, run: Run) -> None:
        """Where nothing is unknown, it says so."""
        assert run("questions", AGENCY, "allowed.json", "--at", AT).stdout == "No question is open.\n"

    def test_json_counts_a_checklist_as_one(self, run: Run) -> None:
        """With --json it gives the questions, the checklist, and how many things are asked."""
        data = json.loads(run("questions", AGENCY, "bare.json", "--at", AT, "--json").stdout)
        others = [each for each in data["questions"] if not each["attestable"]]
        assert data["asks"] == len(others) + 1
        assert len(data["checklist"]) == len(data["questions"]) - len(others)


class TestRules:
    def test_prints_the_bound_policy(self, run: Run, snapshot: Callable[[str], None]) -> None:
        """Each rule has its effect, its condition as bound, whose approval it asks, and what it cites."""
        snapshot(run("rules", AGENCY, "--kind", "publish").stdout)

    def test_prints_every_kind(self, run: Run) -> None:
        """Without --kind all kinds of action are there, those without rules too."""
        data = json.loads(run("rules", AGENCY, "--json").stdout)
        assert set(data["kinds"]) == set(smpolicy.load(AGENCY).kinds)
        assert data["kinds"]["hide"] == {"governed": False, "rules": [], "left_free": [], "overrides": []}
        text = run("rules", AGENCY).stdout
        assert "HIDE: no ruleset speaks of this kind of action" in text

    def test_conditions_stand_on_one_line(self, run: Run) -> None:
        """A condition is never broken, so that it can be searched and copied."""
        text = run("rules", AGENCY, "--kind", "publish").stdout
        rules = json.loads(run("rules", AGENCY, "--kind", "publish", "--json").stdout)["kinds"]["publish"]["rules"]
        for rule in rules:
            shown = "always" if rule["when"] == "True" else rule["when"]
            assert f"    when     {shown}\n" in text

    def test_choice_switches_a_rule_off(self, run: Run) -> None:
        """A rule that the agency has chosen to allow is gone, and its consideration is left free."""
        data = json.loads(run("rules", AGENCY, "--kind", "publish", "--json").stdout)["kinds"]["publish"]
        assert "S.4/humor" not in [rule["id"] for rule in data["rules"]]
        assert data["left_free"] == ["S.4"]


class TestSchema:
    @pytest.mark.parametrize("name", ["action", "agency", "directory", "ruleset", "scenario", "decision"])
    def test_prints_a_schema(self, run: Run, name: str) -> None:
        """Every schema is printed as JSON."""
        assert "$schema" in json.loads(run("schema", name).stdout)

    def test_refuses_another_name(self, run: Run) -> None:
        """A name that is none is refused, and those that are are told."""
        result = run("schema", "actions")
        assert result.exit_code == 2
        assert "'action'" in result.stderr


class TestCoverage:
    ROW: ClassVar[dict[str, Any]] = {
        "id": "S.1",
        "rules": ["S.1/false"],
        "choices": [],
        "witnesses": [
            {
                "kind": "publish",
                "setting": {"note": "Falsehoods are denied.", "facts": {}, "choices": {}},
                "changed": {"what": "content.known_false", "from": False, "to": True},
                "before": {"agency": {}, "action": {}, "decision": {"outcome": "allow"}},
                "after": {"agency": {}, "action": {}, "decision": {"outcome": "deny"}},
            }
        ],
    }

    def test_prints_what_is_shown(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each consideration has its rules and what its witnesses show."""
        monkeypatch.setattr(coverage_module, "coverage", lambda _: [self.ROW])
        result = run("coverage")
        assert result.exit_code == 0
        assert "Falsehoods are denied. content.known_false: no -> yes; allow becomes deny" in result.stdout
        assert "1 consideration; witnesses that hold: 1" in result.stdout
        assert json.loads(run("coverage", "--json").stdout) == [self.ROW]

    def test_failed_witness_fails_the_command(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where a witness does not hold, all else is printed, the problem is told, and the exit status is 1."""

        def failing(_: str) -> list[dict[str, Any]]:
            failed = coverage_module.CoverageFailed(smpolicy.Problem("broken_witness", "it does not hold"))
            failed.rows = [self.ROW]
            raise failed

        monkeypatch.setattr(coverage_module, "coverage", failing)
        result = run("coverage", "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout) == [self.ROW]
        assert json.loads(result.stderr)["problems"][0]["code"] == "broken_witness"

    def test_unknown_ruleset_is_refused(self, run: Run) -> None:
        """A ruleset that is not there is unusable input."""
        assert run("coverage", "--ruleset", "nothing").exit_code == 2


class TestRulesets:
    @pytest.fixture
    def site(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A folder on the path, in which packs can be installed."""
        monkeypatch.syspath_prepend(tmp_path / "site")
        return tmp_path / "site"

    def test_lists_what_can_be_adopted(self, run: Run, site: Path) -> None:
        """Shipped rulesets and those of packs are listed with title, version and who offers them."""
        install_pack(site, "some-vendor", "drones", "drones")
        result = run("rulesets")
        assert result.exit_code == 0
        assert "drones\n  The ruleset drones 1\n  offered by some-vendor\n" in result.stdout
        assert "iacp-2019\n  IACP Social Media: Considerations (2019) 1.0.0\n  offered by smpolicy\n" in result.stdout

    def test_lists_what_cannot_be_used(self, run: Run, site: Path) -> None:
        """A broken pack is listed with what is wrong, and keeps nothing else from being listed."""
        install_pack(site, "some-vendor", "drones", "drones", stated="nothing")
        result = run("rulesets")
        assert result.exit_code == 0
        assert "CANNOT BE USED: the installed `some-vendor` offers the ruleset `drones`" in result.stdout
        assert "iacp-2019" in result.stdout

    def test_json(self, run: Run, site: Path) -> None:
        """Machines get the same, with where the files lie and the problem as data."""
        install_pack(site, "some-vendor", "drones", "drones")
        install_pack(site, "other-vendor", "flights", "flights", stated="nothing")
        listed = {each["name"]: each for each in json.loads(run("rulesets", "--json").stdout)}
        assert listed["drones"] == {
            "name": "drones",
            "offered_by": "some-vendor",
            "title": "The ruleset drones",
            "version": "1",
            "folder": str(site / "drones"),
        }
        assert listed["flights"]["problem"]["code"] == "broken_pack"
        assert listed["iacp-2019"]["offered_by"] == "smpolicy"

    def test_agency_adopts_an_installed_pack(self, run: Run, site: Path) -> None:
        """An agency's file names the ruleset of an installed pack as it names a shipped one."""
        install_pack(site, "some-vendor", "drones", "drones")
        file = Path("agency.toml")
        header = 'id = "a"\nname = "A (fictional)"\ntime_zone = "UTC"\neffective = 2026-01-01\nrulesets = ["drones"]\n'
        file.write_text(f"[agency]\n{header}", encoding="utf-8")
        assert "X.1/humor: deny" in run("rules", "agency.toml").stdout

    def test_broken_pack_is_told_at_the_line_of_the_agency_file(self, run: Run, site: Path) -> None:
        """Where the pack is broken, the agency's file says so where it lists it."""
        install_pack(site, "some-vendor", "drones", "drones", stated="nothing")
        header = 'id = "a"\nname = "A (fictional)"\ntime_zone = "UTC"\neffective = 2026-01-01\nrulesets = ["drones"]\n'
        Path("agency.toml").write_text(f"[agency]\n{header}", encoding="utf-8")
        result = run("rules", "agency.toml")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("error: agency.toml:6:13: the installed `some-vendor` offers")


class TestHelp:
    def test_lists_every_verb(self, run: Run) -> None:
        """The help names every verb, with what it does, in full."""
        listed = run("--help").stdout.partition("Commands:\n")[2].splitlines()
        assert [line.split()[0] for line in listed] == list(VERBS)
        assert not [line for line in listed if line.endswith("...")]

    @pytest.mark.parametrize("verb", VERBS)
    def test_every_verb_has_json(self, run: Run, verb: str) -> None:
        """Every verb can print for machines, and so can every verb of a verb."""
        command = main.get_command(click.Context(main), verb)
        for name in command.commands if isinstance(command, click.Group) else [""]:
            assert "--json" in run(*f"{verb} {name}".split(), "--help").stdout

    def test_version(self, run: Run) -> None:
        """The version is told."""
        assert smpolicy.__version__ in run("--version").stdout


class TestColour:
    @pytest.mark.parametrize("verb", ["decide", "explain", "questions"])
    def test_none_in_a_pipe(self, run: Run, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing but text goes into a pipe, even where the environment asks for colour."""
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert not re.search("[\x00-\x09\x0b-\x1f]", run(verb, AGENCY, "held.json", "--at", AT).stdout)
