"""Tests of mutation: what becomes of changes, with which tests, and what is remembered."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from smpolicy.errors import InvalidFile, MissingFile, UnusableTests
from smpolicy.testing.mutation import FATES, Mutation, mutate

SAMPLE = Path(__file__).parent.parent / "render" / "sample"
SCENARIOS = """
[defaults]
agency = "agency.toml"
at     = 2026-06-01T12:00:00-04:00
plain  = "publish"
facts  = { "actor.id" = "deputy-1" }

[[scenario]]
note   = "An ordinary post goes out."
expect = { outcome = "allow", reasons = [] }

[[scenario]]
note   = "What is known to be false is denied."
facts  = { "content.known_false" = true }
expect = { outcome = "deny", reasons = ["S.1/false"] }
"""
TEST = """
from datetime import UTC, datetime

def decide(policy, **content):
    action = policy.action({"kind": "publish", "actor": {"id": "deputy-1"}, "content": content})
    return policy.decide(action, at=datetime(2026, 6, 1, 12, tzinfo=UTC))
"""
BY_FIXTURE = (
    TEST
    + """
def test_false(policy):
    assert "S.1/false" in [each.rule for each in decide(policy, known_false=True).reasons]
"""
)
BY_LOADING = (
    TEST
    + """
import smpolicy
POLICY = smpolicy.load("agency.toml")

def test_false():
    assert "S.1/false" in [each.rule for each in decide(POLICY, known_false=True).reasons]
"""
)
FALSE = ("S.1/false",)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an agency with a ruleset of its own, in which the tests run."""
    shutil.copytree(SAMPLE, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*, only: Sequence[str] = FALSE, **options: Any) -> Mutation:
    """Return what becomes of changes to the agency of the current folder."""
    return mutate("agency.toml", only=only, **options)


def fates(found: Mutation) -> dict[str, str]:
    """Return what became of each change, by operator and thing."""
    return {f"{each.mutant.operator} {each.mutant.thing}": each.fate for each in found.results}


class TestFates:
    def test_scenarios_notice(self, folder: Path) -> None:
        """A scenario that fails notices a change, and is named."""
        (folder / "some.scenarios.toml").write_text(SCENARIOS)
        found = run()
        assert fates(found) == {
            "drop_rule S.1/false": "noticed",
            "negate_clause S.1/false": "noticed",
            "flip_effect S.1/false": "noticed",
        }
        assert found.score == 100
        assert all("some.scenarios.toml" in str(each.by) for each in found.results)

    def test_survivors_are_what_no_test_notices(self, folder: Path) -> None:
        """A rule that no scenario is about survives with file and line."""
        (folder / "some.scenarios.toml").write_text(SCENARIOS)
        found = run(only=["S.3/outside"])
        survivor = next(each.mutant for each in found.survivors if each.mutant.operator == "flip_effect")
        assert survivor.place.file == "small/ruleset.toml"
        assert survivor.place.line is not None
        line = (folder / "small/ruleset.toml").read_text().split("\n")[survivor.place.line - 1]
        assert line == 'then      = "needs_approval"'
        assert found.score < 100

    def test_loader_refuses(self, folder: Path) -> None:
        """What the loader refuses is told apart, with the code of the problem."""
        (folder / "some.scenarios.toml").write_text(SCENARIOS)
        found = run(only=["S.3/outside"])
        refused = [each for each in found.results if each.fate == "refused"]
        assert [each.by for each in refused if each.mutant.operator == "drop_clause"] == ["unguarded_part"]

    def test_equivalent_where_the_agency_switched_it_off(self, folder: Path) -> None:
        """A change to a rule that the agency does not have makes no difference, and is not counted."""
        (folder / "some.scenarios.toml").write_text(SCENARIOS)
        found = run(only=["S.4/humor"])
        assert fates(found)["negate_clause S.4/humor"] == "equivalent"
        assert found.score == 100

    def test_files_stay_as_they_are(self, folder: Path) -> None:
        """No file is written."""
        (folder / "some.scenarios.toml").write_text(SCENARIOS)
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        run()
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before

    def test_agency_file_is_changed_too(self, folder: Path) -> None:
        """A choice that the agency makes gets another value, which a scenario notices."""
        text = (folder / "agency.toml").read_text() + '\n[choices.small]\nguilt = "deny"\n'
        (folder / "agency.toml").write_text(text)
        guilt = '[[scenario]]\nnote = "Guilt."\nfacts = { "content.guilt_or_innocence" = true }\n'
        (folder / "some.scenarios.toml").write_text(SCENARIOS + guilt + 'expect = { outcome = "deny" }\n')
        found = [each for each in run(only=["guilt"]).results if each.mutant.path.name == "agency.toml"]
        assert [each.fate for each in found] == ["noticed"]

    def test_a_ruleset_is_changed_by_itself(self, folder: Path) -> None:
        """Of a ruleset its own files are changed, and equivalence holds for every agency."""
        (folder / "some.scenarios.toml").write_text(SCENARIOS)
        found = mutate("small", ["some.scenarios.toml"], only=["S.4/humor", *FALSE])
        assert fates(found)["negate_clause S.4/humor"] == "survived"
        assert fates(found)["negate_clause S.1/false"] == "noticed"


class TestPytest:
    @pytest.mark.parametrize("text", [BY_FIXTURE, BY_LOADING], ids=["fixture", "own loading"])
    def test_python_tests_notice(self, pytester: pytest.Pytester, text: str) -> None:
        """Tests in Python notice changes, whether the plugin loads the agency or they do, at import even."""
        shutil.copytree(SAMPLE, pytester.path, dirs_exist_ok=True)
        pytester.makepyfile(test_agency=text)
        pytester.makeini("[pytest]\naddopts = --strict-config --strict-markers\nfilterwarnings = error\n")
        result = pytester.run(
            sys.executable, "-m", "smpolicy", "mutate", "agency.toml", "--only", "S.1/false", "--only", "S.6", "--json"
        )
        found = json.loads(result.stdout.str())
        told = {f"{each['operator']} {each['thing']}": each for each in found["results"]}
        assert told["negate_clause S.1/false"]["by"] == "test_agency.py::test_false"
        assert told["drop_rule S.1/false"]["fate"] == "noticed"
        assert told["drop_rule S.6/purpose"]["fate"] == "survived"

    def test_failing_python_tests_are_told(self, pytester: pytest.Pytester) -> None:
        """Tests that fail before anything is changed can notice nothing: an error names them."""
        shutil.copytree(SAMPLE, pytester.path, dirs_exist_ok=True)
        pytester.makepyfile(test_agency="def test_wrong():\n    assert False\n")
        result = pytester.run(sys.executable, "-m", "smpolicy", "mutate", "agency.toml")
        assert result.ret == 2
        result.stderr.fnmatch_lines(["error: 1 tests fail before anything is changed: `test_agency.py::test_wrong`*"])


class TestTests:
    def test_none_is_an_error(self, folder: Path) -> None:
        """Where there are no tests nothing could notice a change."""
        assert not list(folder.glob("*.scenarios.toml"))
        with pytest.raises(UnusableTests) as caught:
            run()
        assert caught.value.code == "no_tests"

    def test_failing_ones_are_an_error(self, folder: Path) -> None:
        """Scenarios that fail before anything is changed are named."""
        (folder / "some.scenarios.toml").write_text(SCENARIOS.replace('"allow"', '"deny"'))
        with pytest.raises(UnusableTests, match=r"An ordinary post goes out") as caught:
            run()
        assert caught.value.code == "tests_fail"

    def test_missing_ones_are_an_error(self, folder: Path) -> None:
        """A path of tests that is not there is told."""
        assert folder.is_dir()
        with pytest.raises(MissingFile):
            mutate("agency.toml", ["nowhere"])

    def test_pack_that_needs_others_is_an_error(self, folder: Path) -> None:  # noqa: ARG002  (it is changed to)
        """A pack that needs another ruleset is not changed alone: an agency that adopts both is asked for."""
        with pytest.raises(InvalidFile, match="name the file of an agency that adopts it and what it needs"):
            mutate(Path(__file__).parents[2] / "rulesets" / "field-practice", [Path("tests")])

    def test_unusable_agency_is_an_error(self, folder: Path) -> None:
        """An agency's file that cannot be used is told like anywhere else."""
        (folder / "agency.toml").write_text("[agency]\n")
        with pytest.raises(InvalidFile):
            run()


class TestState:
    def test_what_is_remembered_is_not_tried_again(self, folder: Path) -> None:
        """A second run takes from the state file what became of each change."""
        (folder / "some.scenarios.toml").write_text(SCENARIOS)
        first = run(state="state.jsonl")
        state = folder / "state.jsonl"
        state.write_text(state.read_text().replace('"noticed"', '"survived"'))
        assert {each.fate for each in first.results} == {"noticed"}
        assert {each.fate for each in run(state="state.jsonl").results} == {"survived"}

    def test_a_run_that_was_stopped_goes_on(self, folder: Path) -> None:
        """What is missing in the state file, or was cut off in the middle, is tried."""
        (folder / "some.scenarios.toml").write_text(SCENARIOS)
        first = run(state="state.jsonl")
        state = folder / "state.jsonl"
        state.write_text(state.read_text()[:-20])
        assert run(state="state.jsonl").to_dict() == first.to_dict()
        assert run(state="state.jsonl").to_dict() == first.to_dict()

    def test_other_tests_start_anew(self, folder: Path) -> None:
        """A state of other files or tests is not used."""
        (folder / "some.scenarios.toml").write_text(SCENARIOS)
        run(state="state.jsonl")
        shorter = SCENARIOS.replace('outcome = "deny", reasons = ["S.1/false"]', "settled = true")
        (folder / "some.scenarios.toml").write_text(shorter)
        assert fates(run(state="state.jsonl"))["flip_effect S.1/false"] == "survived"


class TestPicking:
    def test_one_in_so_many_are_always_the_same(self, folder: Path) -> None:
        """A part of the changes is the same in each run, and a part of all."""
        (folder / "some.scenarios.toml").write_text(SCENARIOS)
        every = [each.mutant.id for each in run(only=["S.1", "S.2"]).results]
        parts = [[each.mutant.id for each in run(only=["S.1", "S.2"], one_in=3).results] for _ in range(2)]
        assert parts[0] == parts[1]
        assert set(parts[0]) < set(every)

    def test_progress_is_told(self, folder: Path) -> None:
        """Whoever wants to know is told how many are done, of how many, and how many survive."""
        (folder / "some.scenarios.toml").write_text(SCENARIOS)
        told: list[tuple[int, int, int]] = []
        run(progress=lambda *numbers: told.append(numbers))
        assert told == [(0, 3, 0), (1, 3, 0), (2, 3, 0), (3, 3, 0)]


def test_every_fate_is_counted(folder: Path) -> None:
    """The counts of the fates add up to the changes made."""
    (folder / "some.scenarios.toml").write_text(SCENARIOS)
    data = run(only=["S.1", "S.2", "S.3", "S.4"]).to_dict()
    assert sum(data[fate] for fate in FATES) == data["mutants"] == len(data["results"])
    assert all(data[fate] for fate in FATES)
