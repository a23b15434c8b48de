"""Tests of `smpolicy mutate`: what it prints, and how it exits."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smpolicy.cli import main
from tests.testing.test_mutation import SAMPLE, SCENARIOS

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the verb in the folder of an agency with scenarios."""
    shutil.copytree(SAMPLE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "some.scenarios.toml").write_text(SCENARIOS)
    monkeypatch.chdir(tmp_path)

    def running(*arguments: str) -> Result:
        result = CliRunner().invoke(main, ["mutate", *arguments])
        assert isinstance(result.exception, SystemExit | None), result.exc_info
        return result

    return running


PICKED = ("agency.toml", "--only", "S.1", "--only", "S.3", "--only", "S.4")


def test_prints_survivors_and_the_score(run: Run, snapshot: Callable[[str], None]) -> None:
    """People read what was not noticed, with file and line, then the counts and the score."""
    result = run(*PICKED)
    assert result.exit_code == 0
    assert result.stderr == ""
    snapshot(result.stdout)


def test_json_says_the_same(run: Run) -> None:
    """With --json every change is listed with what became of it."""
    found = json.loads(run(*PICKED, "--json").stdout)
    assert {each["fate"] for each in found["results"]} == {"noticed", "refused", "equivalent", "survived"}
    assert [each for each in found["results"] if each["fate"] == "survived"] == found["survivors"]
    assert all(each["file"] and each["line"] for each in found["results"])


@pytest.mark.parametrize(("least", "status"), [("100", 1), ("1", 0)])
def test_score_below_the_least_fails(run: Run, least: str, status: int) -> None:
    """A score that is too low ends with status 1, after all is printed."""
    result = run(*PICKED, "--min", least)
    assert result.exit_code == status
    assert "SCORE" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nowhere.toml",), "missing_file"),
        (("agency.toml", "--tests", "nowhere"), "missing_file"),
        (("agency.toml", "--tests", "small"), "no_tests"),
        (("agency.toml", "--one-in", "0"), "usage"),
        (("small",), "no_tests"),
        ((".",), "no_day"),
    ],
)
def test_unusable_input_is_told(run: Run, arguments: tuple[str, ...], code: str) -> None:
    """What cannot be used ends with status 2 and a code, without a traceback."""
    result = run(*arguments, "--json")
    assert result.exit_code == 2
    assert [each["code"] for each in json.loads(result.stderr)["problems"]] == [code]
