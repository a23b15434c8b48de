"""`smpolicy check` tells everything, in three forms, and exits by severity."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smpolicy.cli import main
from tests.builders import AGENCY, DIRECTORY, HEADER, STATED, rule

DENIED = """
[[choice]]
id = "humour"
about = "A.1"
ask = "May posts joke?"
type = "effect"
default = "needs_approval"
stricter = "higher"
"""
RULES = (
    DENIED
    + rule("content.humor", "choice.humour", id='"A.1/humour"', approvals='[{ office = "legal" }]')
    + rule("content.humor", id='"A.2/humour"')
)
WARNED = rule("content.humor", "needs_approval", approvals='[{ office = "command", people = 5 }]')
NOTED = """
[[choice]]
id = "reshares"
about = "A.1"
ask = "May it be shared?"
type = "flag"
default = false
stricter = "false"
""" + rule("content.humor and not (choice.reshares and content.attributed_reshare)")
CLEAN = rule("content.humor")

Check = Callable[..., Result]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Checks an agency that adopts a ruleset of some rules, and makes some choices."""
    monkeypatch.chdir(tmp_path)

    def checking(rules: str, choices: str, *options: str) -> Result:
        (tmp_path / "example").mkdir(exist_ok=True)
        Path("example/ruleset.toml").write_text(HEADER + STATED + rules, encoding="utf-8")
        # A kind of action for which no ruleset speaks needs approval; so adopting a file does here.
        adopting = rule("policy.legal_review == 'not_done'", id='"A.3/review"', on='["adopt_policy"]')
        with Path("example/ruleset.toml").open("a", encoding="utf-8") as stream:
            stream.write(adopting)
        stated = '[facts.policy]\nlegal_review = "recorded"\n'
        Path("agency.toml").write_text(AGENCY + stated + choices + DIRECTORY, encoding="utf-8")
        return CliRunner().invoke(main, ["check", "agency.toml", "--at", "2026-06-01T09:00:00Z", *options])

    return checking


@pytest.mark.parametrize(
    ("rules", "choices", "gravest"),
    [
        pytest.param(RULES, '[choices.example]\nhumour = "allow"\n', "error", id="an error"),
        pytest.param(WARNED, "", "warning", id="a warning"),
        pytest.param(NOTED, "", "note", id="a note"),
        pytest.param(CLEAN, "", None, id="nothing"),
    ],
)
class TestExitStatus:
    @pytest.mark.parametrize("fail_on", ["error", "warning", "note", "never"])
    def test_is_1_from_the_severity_on(
        self, check: Check, rules: str, choices: str, gravest: str | None, fail_on: str
    ) -> None:
        """With --fail-on the exit status is 1 exactly where something is as grave, or graver."""
        order = ["never", "error", "warning", "note"]
        expected = gravest is not None and order.index(gravest) <= order.index(fail_on)
        result = check(rules, choices, "--fail-on", fail_on)
        assert result.exit_code == int(expected), result.output

    def test_is_1_for_errors_unless_told_otherwise(
        self, check: Check, rules: str, choices: str, gravest: str | None
    ) -> None:
        """Without --fail-on only errors fail, in every form."""
        for form in ((), ("--json",), ("--sarif",)):
            assert check(rules, choices, *form).exit_code == int(gravest == "error")

    def test_every_form_tells_the_same(self, check: Check, rules: str, choices: str, gravest: str | None) -> None:
        """Text, JSON and SARIF tell the same items, each with its severity and its code."""
        text = " ".join(check(rules, choices).stdout.split())
        items = json.loads(check(rules, choices, "--json").stdout)["items"]
        results = json.loads(check(rules, choices, "--sarif").stdout)["runs"][0]["results"]
        assert [(each["ruleId"], each["level"]) for each in results] == [
            (each["code"], each["severity"]) for each in items
        ]  # fmt: skip
        assert (items[0]["severity"] if items else None) == gravest
        for each in items:
            assert each["code"] in text or each["code"] == "undecided_choice"
            assert each["message"] in text or each["code"] == "undecided_choice"
            assert each["file"] == "agency.toml"
            assert each["line"] > 0
            assert each["help"]


class TestUnusable:
    BAD = "[choices.example]\nhumor = 1\n"

    def test_sarif_tells_problems_too(self, check: Check) -> None:
        """A file that cannot be used exits with 2; --sarif gives its problems as results, and tells people besides."""
        result = check(RULES, self.BAD, "--sarif", "--fail-on", "never")
        (run,) = json.loads(result.stdout)["runs"]
        assert result.exit_code == 2
        assert [each["ruleId"] for each in run["results"]] == ["unknown_choice"]
        assert run["results"][0]["level"] == "error"
        assert "did you mean `humour`?" in run["results"][0]["message"]["text"]
        assert run["invocations"] == [{"executionSuccessful": False}]
        assert "unknown_choice" in result.stderr

    def test_json_tells_problems_too(self, check: Check) -> None:
        """A file that cannot be used exits with 2; --json gives its problems where every verb does."""
        result = check(RULES, self.BAD, "--json")
        assert result.exit_code == 2
        assert [each["code"] for each in json.loads(result.stderr)["problems"]] == ["unknown_choice"]

    def test_two_forms_at_once_are_refused(self, check: Check) -> None:
        """--json and --sarif cannot both be had."""
        result = check(CLEAN, "", "--json", "--sarif")
        assert result.exit_code == 2
        assert "not both" in result.stderr


def test_needs_no_extra(check: Check) -> None:
    """Reasoning about contradictions needs neither the testing kit nor Hypothesis nor pytest."""
    check(RULES, "")
    code = (
        "import sys\n"
        "from smpolicy.cli import main\n"
        "try:\n    main(['check', 'agency.toml', '--at', '2026-06-01T09:00:00Z'])\n"
        "except SystemExit as ended:\n    assert ended.code == 0, ended.code\n"
        "assert 'smpolicy.analysis.contradictions' in sys.modules\n"
        "unwanted = [name for name in sys.modules if name.startswith(('hypothesis', 'pytest', 'smpolicy.testing'))]\n"
        "assert not unwanted, unwanted\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
