"""Tests of the pytest plugin, each in a project of its own, run as a user would run it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent.parent / "render" / "sample"
SCENARIOS = """
[defaults]
agency = "agency/agency.toml"
at     = 2026-06-01T12:00:00-04:00
facts  = { "actor.id" = "deputy-1" }

[[scenario]]
note   = "An ordinary post goes out."
plain  = "publish"
expect = { outcome = "allow" }

[[scenario]]
note   = "What is known to be false is denied."
plain  = "publish"
expect = { outcome = "deny", reasons = ["S.1/false"] }
each   = [
  { case = "false", facts = { "content.known_false" = true } },
  { case = "false and funny", facts = { "content.known_false" = true, "content.humor" = true } },
]
"""
WRONG = SCENARIOS.replace('outcome = "allow"', 'outcome = "deny", reasons = ["S.1/false"]')
TESTS = '''
"""Tests of an agency."""
from datetime import UTC, datetime

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_agency(agency):
    assert agency.id == "alder-hollow"


def test_decides(policy):
    action = policy.action({"kind": "publish", "actor": {"id": "deputy-1"}, "content": {"known_false": True}})
    assert policy.decide(action, at=AT).outcome == "deny"
'''
OWN = '''
"""Tests that load the agency themselves."""
from datetime import UTC, datetime

import smpolicy


def test_decides():
    policy = smpolicy.load("agency/agency.toml")
    action = policy.action({"kind": "publish", "actor": {"id": "deputy-1"}, "content": {"known_false": True}})
    assert policy.decide(action, at=datetime(2026, 6, 1, 12, tzinfo=UTC)).outcome == "deny"
'''
STRICT = """
[pytest]
addopts = --strict-config --strict-markers
filterwarnings = error
xfail_strict = true
smpolicy_agency = agency/agency.toml
"""
Snapshot = Callable[[str], None]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with an agency, under strict settings; pytest writes longer summaries where it sees a build server."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(SAMPLE, pytester.path / "agency")
    pytester.makeini(STRICT)
    return pytester


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run pytest in a process of its own, without its cache and colours."""
    return project.runpytest_subprocess("-p", "no:cacheprovider", "--color=no", *options)


def said(result: pytest.RunResult) -> str:
    """Return what a run printed, without what differs from run to run."""
    varying = re.compile(r"(platform|rootdir|configfile|plugins|created|\d+ workers)")
    lines = [line for line in result.outlines if not varying.match(line)]
    return re.sub(r" in \d+\.\d+s( \(.*?\))?", "", "\n".join(lines))


class TestFixtures:
    def test_come_from_the_setting(self, project: pytest.Pytester) -> None:
        """The ini file names the agency, from its own folder."""
        project.makepyfile(TESTS)
        run(project).assert_outcomes(passed=2)

    def test_come_from_the_option(self, project: pytest.Pytester) -> None:
        """The option names it, and goes before the setting."""
        project.makeini(STRICT.replace("agency/agency.toml", "nowhere.toml"))
        project.makepyfile(TESTS)
        run(project, "--smpolicy-agency", "agency/agency.toml").assert_outcomes(passed=2)

    def test_say_that_no_agency_is_named(self, project: pytest.Pytester) -> None:
        """Without an agency a test that asks for one fails, and is told what to do."""
        project.makeini("[pytest]\n")
        project.makepyfile(TESTS)
        result = run(project)
        result.assert_outcomes(errors=2)
        result.stdout.fnmatch_lines(
            ["no agency file is named: give `--smpolicy-agency FILE`, or set `smpolicy_agency`"]
        )

    def test_tell_what_is_wrong_with_the_agency(self, project: pytest.Pytester) -> None:
        """A file that cannot be used is told with its place and code, without a traceback."""
        (project.path / "agency/agency.toml").write_text('[agency]\nid = "x"\n')
        project.makepyfile(TESTS)
        result = run(project)
        result.assert_outcomes(errors=2)
        result.stdout.fnmatch_lines(["*agency.toml:1:*missing_key*"])
        result.stdout.no_fnmatch_line("*Traceback*")

    def test_honour_hypothesis_profiles(self, project: pytest.Pytester) -> None:
        """A property that uses them runs as often as the profile says, without a health check's complaint."""
        project.makeconftest("from hypothesis import settings\nsettings.register_profile('few', max_examples=7)\n")
        project.makepyfile(
            """
            from hypothesis import given, strategies as st
            COUNT = []

            @given(number=st.integers())
            def test_property(policy, number):
                COUNT.append(number)

            def test_count():
                assert len(COUNT) == 7
            """
        )
        run(project, "--hypothesis-profile=few").assert_outcomes(passed=2)


class TestScenarios:
    def test_each_is_a_test(self, project: pytest.Pytester) -> None:
        """Every scenario of a file, and every row, is a test of its own."""
        project.makefile(".scenarios.toml", some=SCENARIOS)
        run(project).assert_outcomes(passed=3)

    def test_can_be_picked_by_name(self, project: pytest.Pytester) -> None:
        """Their notes are the tests' names."""
        project.makefile(".scenarios.toml", some=SCENARIOS)
        run(project, "-k", "ordinary").assert_outcomes(passed=1, deselected=2)

    def test_failure_can_be_read(self, project: pytest.Pytester, snapshot: Snapshot) -> None:
        """A failing scenario shows its place, each difference, and the explanation of what is decided."""
        project.makefile(".scenarios.toml", some=WRONG)
        result = run(project)
        result.assert_outcomes(passed=2, failed=1)
        snapshot(said(result))

    def test_wrong_file_is_told(self, project: pytest.Pytester) -> None:
        """A file that cannot be read as scenarios is an error with its place and code, without a traceback."""
        project.makefile(".scenarios.toml", some=SCENARIOS.replace("note ", "nota "))
        result = run(project)
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["some.scenarios.toml:*unknown_key*"])
        result.stdout.no_fnmatch_line("*Traceback*")

    def test_expected_error_passes(self, project: pytest.Pytester) -> None:
        """A scenario may expect an error by its code."""
        text = SCENARIOS.replace("deputy-1", "nobody").replace('{ outcome = "allow" }', '{ error = "unknown_person" }')
        project.makefile(".scenarios.toml", some=text.partition('[[scenario]]\nnote   = "What')[0])
        run(project).assert_outcomes(passed=1)

    def test_unexpected_error_fails(self, project: pytest.Pytester) -> None:
        """An error where a decision was expected fails with its message."""
        project.makefile(".scenarios.toml", some=SCENARIOS.replace("deputy-1", "nobody"))
        result = run(project)
        result.assert_outcomes(failed=3)
        result.stdout.fnmatch_lines(["*ended in an error:*`nobody`*"])


class TestCover:
    def test_is_silent_unless_asked(self, project: pytest.Pytester) -> None:
        """Without an option nothing is watched and nothing told."""
        project.makefile(".scenarios.toml", some=SCENARIOS)
        run(project).stdout.no_fnmatch_line("*what the decisions showed*")

    def test_tells_what_was_seen(self, project: pytest.Pytester, snapshot: Snapshot) -> None:
        """A table counts rules, exceptions, choices and clauses, and a list names what was not seen."""
        project.makefile(".scenarios.toml", some=SCENARIOS)
        result = run(project, "--smpolicy-cover-missing")
        result.assert_outcomes(passed=3)
        snapshot(said(result))

    def test_counts_rules_under_which_nothing_was_decided(self, project: pytest.Pytester) -> None:
        """What the agency has and no test decides on is not seen, rather than left out."""
        project.makepyfile(TESTS)
        result = run(project, "--smpolicy-cover-missing")
        result.stdout.fnmatch_lines(["rule S.8/hold: never true or false or unknown"])

    def test_sees_decisions_of_policies_that_tests_load(self, project: pytest.Pytester) -> None:
        """A test that calls `smpolicy.load` itself counts like one that uses the fixture."""
        project.makepyfile(OWN)
        result = run(project, "--smpolicy-cover-missing")
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["rule S.1/false: never false or unknown"])

    @pytest.mark.parametrize(("least", "passes"), [("1", True), ("99.5", False)])
    def test_too_little_fails(self, project: pytest.Pytester, least: str, passes: bool) -> None:
        """Less than the least fails a run that would pass, and says so."""
        project.makefile(".scenarios.toml", some=SCENARIOS)
        result = run(project, "--smpolicy-cover-min", least)
        result.assert_outcomes(passed=3)
        assert result.ret == (pytest.ExitCode.OK if passes else pytest.ExitCode.TESTS_FAILED)
        assert (f"less than the {least}% of --smpolicy-cover-min" in result.stdout.str()) is not passes

    @pytest.mark.parametrize("least", ["-1", "101", "much", "nan"])
    def test_no_percentage_is_refused(self, project: pytest.Pytester, least: str) -> None:
        """A least that is no percentage is a usage error."""
        result = run(project, f"--smpolicy-cover-min={least}")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"*`{least}` is no percentage: give a number from 0 to 100"])

    def test_workers_are_put_together(self, project: pytest.Pytester) -> None:
        """Under xdist the table is that of a run in one process."""
        project.makefile(".scenarios.toml", some=SCENARIOS)
        project.makepyfile(TESTS)
        found = [run(project, "--smpolicy-cover-missing", *more) for more in ((), ("-n", "2"))]
        tables = [re.findall("^(?:rule|exception|choice|clause)s? .*", said(each), re.MULTILINE) for each in found]
        assert tables[0] == tables[1]
        assert len(tables[0]) > 20

    def test_too_little_fails_under_xdist(self, project: pytest.Pytester) -> None:
        """The least holds for all workers together."""
        project.makefile(".scenarios.toml", some=SCENARIOS)
        assert run(project, "-n", "2", "--smpolicy-cover-min", "99.5").ret == pytest.ExitCode.TESTS_FAILED

    def test_works_beside_coverage_of_code(self, project: pytest.Pytester) -> None:
        """With pytest-cov in the same run both tables are shown, and imports made by the plugin are measured."""
        project.makefile(".scenarios.toml", some=SCENARIOS)
        result = run(project, "--smpolicy-cover", "--cov=smpolicy.judge", "--cov-report=term")
        result.assert_outcomes(passed=3)
        result.stdout.fnmatch_lines(["*seen true*"])
        (line,) = (each for each in result.outlines if "judge.py" in each)
        assert int(line.split()[1]) > int(line.split()[2])
        assert "def " in (Path(__file__).parents[2] / "smpolicy/judge.py").read_text()


class TestLoading:
    def test_nothing_is_loaded_when_pytest_is_configured(self, project: pytest.Pytester) -> None:
        """Until collection begins the plugin has imported nothing of smpolicy but itself."""
        project.makeconftest(
            """
            import sys
            import pytest

            @pytest.hookimpl(trylast=True)
            def pytest_configure(config):
                print("LOADED", *sorted(name for name in sys.modules if name.partition(".")[0] == "smpolicy"))
            """
        )
        project.makepyfile(TESTS)
        result = run(project, "-s")
        result.stdout.fnmatch_lines(["LOADED smpolicy smpolicy.testing smpolicy.testing.plugin"])

    def test_no_run_without_scenarios_loads_policies(self, project: pytest.Pytester) -> None:
        """A run that uses nothing of the plugin never loads what decides."""
        project.makepyfile("import sys\n\ndef test_modules():\n    assert 'smpolicy.policies' not in sys.modules\n")
        run(project).assert_outcomes(passed=1)
