"""Tests of smpolicy.loading.locations: where shipped and installed rulesets lie."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smpolicy.errors import InvalidFile, MissingFile, PolicyError
from smpolicy.loading import locations
from smpolicy.loading.locations import Offer, offered_rulesets, ruleset_folder
from smpolicy.loading.ruleset_files import load_ruleset
from tests.packs import install_pack


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path, in which packs can be installed."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def offer(name: str, distribution: str | None) -> Offer:
    """Return what a distribution offers under a name."""
    return next(each for each in offered_rulesets() if (each.name, each.distribution) == (name, distribution))


def refused(name: str | Path) -> PolicyError:
    """Return the error with which a ruleset is not found."""
    with pytest.raises(PolicyError) as caught:
        ruleset_folder(name)
    return caught.value


class TestShipped:
    def test_shipped_rulesets(self) -> None:
        """The folder of shipped rulesets holds the ruleset of the source document."""
        assert (locations.rulesets_folder() / "iacp-2019" / "ruleset.toml").is_file()

    def test_incomplete_installation(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the folder is not there, the error says to install again."""
        monkeypatch.setattr(locations, "__file__", str(tmp_path / "smpolicy" / "loading" / "locations.py"))
        with pytest.raises(MissingFile, match="install smpolicy again"):
            locations.rulesets_folder()

    def test_is_found_by_its_name(self) -> None:
        """A shipped ruleset is found by its name."""
        assert ruleset_folder("iacp-2019") == locations.rulesets_folder() / "iacp-2019"

    def test_name_cannot_be_taken(self, site: Path) -> None:
        """A pack that offers a ruleset under a shipped name changes nothing, and the list says so."""
        install_pack(site, "some-vendor", "iacp-2019", "some_vendor")
        assert ruleset_folder("iacp-2019") == locations.rulesets_folder() / "iacp-2019"
        problem = offer("iacp-2019", "some-vendor").problem
        assert problem is not None
        assert problem.code == "two_packs"
        assert offer("iacp-2019", None).problem is None

    @pytest.mark.parametrize("name", ["iacp-2019", "./drones"])
    def test_nothing_installed_is_looked_at(self, tmp_path: Path, name: str) -> None:
        """Where a shipped ruleset or a path is named, what is installed is not read, which takes its time."""
        install_pack(tmp_path, "some-vendor", "drones", "drones")
        code = (
            "import sys\nfrom smpolicy.loading.locations import ruleset_folder\n"
            f"ruleset_folder({name!r})\nprint('importlib.metadata' in sys.modules)"
        )
        done = subprocess.run(
            [sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert done.stdout == "False\n"


class TestPath:
    def test_is_found(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A path, as such or as text, is that of a folder."""
        install_pack(tmp_path, "some-vendor", "drones", "drones")
        monkeypatch.chdir(tmp_path)
        assert ruleset_folder(Path("drones")) == ruleset_folder("./drones") == Path("drones")

    def test_plain_word_is_no_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A folder here is not found by a plain word, which stands for a ruleset that is shipped or installed."""
        install_pack(tmp_path, "some-vendor", "elsewhere", "drones")
        monkeypatch.chdir(tmp_path)
        assert refused("drones").code == "unknown_ruleset"


class TestInstalled:
    @pytest.mark.parametrize(("value", "inside"), [("drones", ""), ("drones:rules", "rules"), ("drones.eu", "eu")])
    def test_is_found_by_its_name(self, site: Path, value: str, inside: str) -> None:
        """A ruleset is found in the package that its entry point names, or in a folder of that package."""
        install_pack(site, "some-vendor", "drones", value)
        assert ruleset_folder("drones") == site / "drones" / inside
        assert load_ruleset("drones").title == "The ruleset drones"

    def test_no_code_of_the_pack_is_run(self, site: Path) -> None:
        """A package that fails when it is imported can hold a ruleset all the same."""
        install_pack(site, "some-vendor", "drones", "drones.rules", code="raise RuntimeError('not to be run')\n")
        assert load_ruleset("drones").id == "drones"
        assert "drones" not in sys.modules

    def test_is_listed(self, site: Path) -> None:
        """What is installed is listed with what it says of itself."""
        install_pack(site, "some-vendor", "drones", "drones")
        found = offer("drones", "some-vendor")
        assert (found.folder, found.header["title"], found.problem) == (site / "drones", "The ruleset drones", None)

    def test_misspelt_name_is_told_the_nearest(self, site: Path) -> None:
        """What is installed stands among the names that are known."""
        install_pack(site, "some-vendor", "drones", "drones")
        problem = refused("dornes").problems[0]
        assert (problem.code, problem.nearest) == ("unknown_ruleset", "drones")
        assert "`drones`, " in str(problem.expected)

    @pytest.mark.parametrize(
        "value", ["not_there", "sys", "json.decoder", "drones..", "", "..", "drones:../drones", "/"]
    )
    def test_package_that_is_not_there(self, site: Path, value: str) -> None:
        """An entry point without a package that holds a ruleset is told with the distribution that has it."""
        install_pack(site, "some-vendor", "drones", "drones", stated=value)
        error = refused("drones")
        assert (type(error), error.code) == (InvalidFile, "broken_pack")
        assert "`some-vendor`" in str(error)
        assert offer("drones", "some-vendor").problem == error.problems[0]

    def test_module_without_a_specification(self, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A module that was put together by hand under the name of the package hides it, which is told."""
        install_pack(site, "some-vendor", "drones", "drones")
        monkeypatch.setitem(sys.modules, "drones", type(sys)("drones"))
        assert refused("drones").code == "broken_pack"

    def test_other_id_than_name(self, site: Path) -> None:
        """A ruleset that has another id than the name under which it is offered is refused, at its line."""
        install_pack(site, "some-vendor", "drones", "drones", id="iacp-2019")
        error = refused("drones")
        assert error.code == "broken_pack"
        assert str(error.problems[0].place).endswith("ruleset.toml:2:1")

    def test_header_that_cannot_be_read(self, site: Path) -> None:
        """A file that is no TOML is told as that."""
        install_pack(site, "some-vendor", "drones", "drones")
        (site / "drones" / "ruleset.toml").write_text("[ruleset\n", encoding="utf-8")
        assert refused("drones").code == "not_toml"

    def test_two_distributions_with_one_name(self, site: Path) -> None:
        """Two distributions that offer the same name are both named, and neither is taken."""
        install_pack(site, "some-vendor", "drones", "drones")
        install_pack(site, "other-vendor", "drones", "other_drones")
        error = refused("drones")
        assert error.code == "two_packs"
        assert "`other-vendor`, `some-vendor`" in str(error)
        assert offer("drones", "some-vendor").problem == offer("drones", "other-vendor").problem == error.problems[0]

    def test_same_distribution_twice_on_the_path(self, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A distribution that is found twice is one: the first on the path, as Python imports it."""
        (site / "first").mkdir()
        install_pack(site, "some-vendor", "drones", "drones")
        install_pack(site / "first", "some-vendor", "drones", "drones")
        monkeypatch.syspath_prepend(site / "first")
        assert ruleset_folder("drones") == site / "first" / "drones"

    def test_entry_points_that_cannot_be_read(self, site: Path) -> None:
        """A distribution whose list of entry points is damaged is told of, without a traceback."""
        (site / "damaged-1.dist-info").mkdir()
        (site / "damaged-1.dist-info" / "entry_points.txt").write_bytes(b"[console_scripts]\n\xff\xfe\n")
        assert refused("drones").code == "broken_pack"
