"""Tests of `smpolicy new-pack`: what it writes works as it is, and nothing that is there is touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import smpolicy
from smpolicy.cli import main
from smpolicy.testing.scenario_runs import Runner
from smpolicy.testing.scenarios import read_scenarios

Run = Callable[..., Result]
TITLES = ["Drones", 'The "best" \\ pack', "Überflüge 🛩", "$id ${package}", "'''"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `new-pack` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def running(*arguments: str) -> Result:
        result = CliRunner().invoke(main, ["new-pack", *arguments])
        assert isinstance(result.exception, SystemExit | None), result.exc_info
        return result

    return running


def called(*command: str) -> str:
    """Return what a module prints that is run in the folder of the new pack; it must succeed."""
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd="county-drones",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class TestWrites:
    def test_a_ruleset_that_loads(self, run: Run) -> None:
        """The ruleset has what a pack usually has: a consideration, a fact, a choice, a rule and an exception."""
        assert run("county-drones").exit_code == 0
        ruleset = smpolicy.load_ruleset(Path("county-drones/county_drones"))
        assert (ruleset.id, ruleset.title) == ("county-drones", "County drones")
        assert [*ruleset.considerations] == ["CD.1"]
        assert [*ruleset.choices] == ["drone_pictures"]
        assert "county_drones.private_ground" in ruleset.vocabulary.facts
        assert (len(ruleset.rules), len(ruleset.exceptions)) == (1, 1)

    def test_the_entry_point(self, run: Run) -> None:
        """The distribution offers the ruleset under its id, in the package that holds it."""
        run("county-drones")
        project = tomllib.loads(Path("county-drones/pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert project["entry-points"] == {"smpolicy.rulesets": {"county-drones": "county_drones"}}
        assert Path("county-drones/county_drones/ruleset.toml").is_file()

    def test_what_is_asked_for(self, run: Run) -> None:
        """Id, namespace and title are those that were given."""
        run("somewhere/new", "--id", "county-drones", "--namespace", "flights", "--title", "Flights over the county")
        ruleset = smpolicy.load_ruleset(Path("somewhere/new/county_drones"))
        assert (ruleset.id, ruleset.title) == ("county-drones", "Flights over the county")
        assert "flights.private_ground" in ruleset.vocabulary.facts

    @pytest.mark.parametrize("title", TITLES)
    def test_any_title(self, run: Run, title: str) -> None:
        """Whatever characters a title has, each file holds it as it is."""
        run("county-drones", "--title", title)
        project = tomllib.loads(Path("county-drones/pyproject.toml").read_text(encoding="utf-8"))["project"]
        ruleset = smpolicy.load_ruleset(Path("county-drones/county_drones"))
        assert (project["description"], ruleset.title) == (title, title)
        assert Path("county-drones/README.md").read_text(encoding="utf-8").startswith(f"# {title}\n")

    def test_json_names_the_files(self, run: Run) -> None:
        """With --json it tells which files it wrote."""
        data = json.loads(run("county-drones", "--json").stdout)
        assert (data["id"], data["namespace"]) == ("county-drones", "county_drones")
        assert sorted(Path(each) for each in data["files"]) == sorted(
            path for path in Path("county-drones").rglob("*") if path.is_file()
        )

    def test_nothing_stands_for_something_else(self, run: Run) -> None:
        """No word of the templates is left over."""
        run("county-drones")
        for path in Path("county-drones").rglob("*"):
            assert "PACKAGE" not in path.name
            assert not path.is_file() or "$" not in path.read_text(encoding="utf-8")


class TestWorks:
    def test_scenarios_hold(self, run: Run) -> None:
        """Each scenario that it writes is decided as it says."""
        run("county-drones")
        runner, scenarios = Runner(), read_scenarios(Path("county-drones/tests/pictures.scenarios.toml"))
        assert [each.id for each in scenarios if runner.mismatches(each)] == []
        assert len(scenarios) == 5

    def test_passes_its_own_tests(self, run: Run) -> None:
        """Its tests, a promise among them, pass unchanged."""
        run("county-drones")
        assert "6 passed" in called("pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov")

    def test_tests_can_fail(self, run: Run) -> None:
        """Where its rule says otherwise, its tests notice."""
        run("county-drones")
        rules = Path("county-drones/county_drones/pictures.toml")
        text = rules.read_text(encoding="utf-8")
        rules.write_text(text.replace('when      = "county', 'when      = "not county'), encoding="utf-8")
        runner, scenarios = Runner(), read_scenarios(Path("county-drones/tests/pictures.scenarios.toml"))
        assert [each.id for each in scenarios if runner.mismatches(each)] != []

    def test_passes_linters(self, run: Run) -> None:
        """The linter, the formatter and the type checker find nothing, also with names of great length."""
        pytest.importorskip("mypy", reason="type-checking the pack needs mypy, of the extra `lint`")
        pytest.importorskip("ruff", reason="linting the pack needs ruff, of the extra `lint`")
        run("county-drones", "--namespace", "n" * 60, "--id", "i" * 60)
        called("ruff", "check", "--no-cache")
        called("ruff", "format", "--check", "--no-cache")
        called("mypy", "--no-incremental")


class TestRefuses:
    def test_overwrites_nothing(self, run: Run) -> None:
        """Where the folder holds anything, nothing is written."""
        Path("county-drones").mkdir()
        Path("county-drones/notes.txt").write_text("mine", encoding="utf-8")
        result = run("county-drones")
        assert result.exit_code == 2
        assert "county-drones: the folder is there already, and not empty [file_exists]" in result.stderr
        assert [path.name for path in Path("county-drones").iterdir()] == ["notes.txt"]

    def test_file_in_place_of_the_folder(self, run: Run) -> None:
        """A file of that name stays as it is."""
        Path("county-drones").write_text("mine", encoding="utf-8")
        assert run("county-drones").exit_code == 2
        assert Path("county-drones").read_text(encoding="utf-8") == "mine"

    def test_empty_folder_is_filled(self, run: Run) -> None:
        """A folder that is there and empty is taken."""
        Path("county-drones").mkdir()
        assert run("county-drones").exit_code == 0

    @pytest.mark.parametrize(
        "id",
        ["iacp-2019", "json", "smpolicy", "tests", "class", "County", "county--drones", "-", "", "a b", "ä", "i" * 61],
    )
    def test_unusable_id(self, run: Run, id: str) -> None:
        """An id that a file, a package or smpolicy could not have is refused before anything is written."""
        result = run("pack", "--id", id)
        assert result.exit_code == 2
        assert "--id" in result.stderr
        assert not Path("pack").exists()

    def test_folder_whose_name_is_no_id(self, run: Run) -> None:
        """Where the name of the folder cannot be an id, one is asked for."""
        assert "after --id" in run("My Pack").stderr
        assert run("My Pack", "--id", "my-pack").exit_code == 0

    @pytest.mark.parametrize("namespace", ["content", "choice", "policy", "in", "Flights", "flights-", "", "n" * 61])
    def test_unusable_namespace(self, run: Run, namespace: str) -> None:
        """A namespace that is taken, or that a condition could not name, is refused."""
        result = run("pack", "--namespace", namespace)
        assert result.exit_code == 2
        assert "--namespace" in result.stderr
        assert not Path("pack").exists()

    @pytest.mark.parametrize("title", ["", "  ", "two\nlines", "bell\x07"])
    def test_unusable_title(self, run: Run, title: str) -> None:
        """A title that nobody could see, or of several lines, is refused."""
        assert run("pack", "--title", title).exit_code == 2
        assert not Path("pack").exists()
