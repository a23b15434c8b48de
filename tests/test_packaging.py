"""Tests of the package as users get it: the wheel, the editable install, and what an import loads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "docs" / "examples" / "marlow-bend"
PACK = ROOT / "docs" / "examples" / "larkspur-evidence-cloud"
CHECKOUT = ["pyproject.toml", "README.md", "LICENSE", "smpolicy", "rulesets"]
TITLES = """
from smpolicy.loading.ruleset_files import load_ruleset
print([each.title for each in load_ruleset("iacp-2019").considerations.values()])
"""

pytest.importorskip("hatchling", reason="building the package needs hatchling, of the extra `test`")


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command, with no path to packages but the interpreter's own, and return what it prints."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@frozen
class Environment:
    """A virtual environment without smpolicy, that finds all other packages where these tests find them."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Environment:
        """Make one, offline and quickly."""
        run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
        made = cls(folder)
        site = Path(made.path("purelib"))
        others = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
        (site / "others.pth").write_text("\n".join(others) + "\n", encoding="utf-8")
        return made

    def path(self, kind: str) -> str:
        """Return where this environment keeps packages (`purelib`) or commands (`scripts`)."""
        return sysconfig.get_path(kind, "venv", vars={"base": str(self.folder), "platbase": str(self.folder)})

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return Path(self.path("scripts"), "python")

    def install(self, *what: str | Path) -> None:
        """Install without asking any index."""
        options = ["--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed", "--quiet"]
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", self.python, "--disable-pip-version-check"]
        run(*pip, "install", *options, *what, cwd=self.folder)

    def titles(self) -> str:
        """Return the titles of the shipped ruleset's considerations as this environment loads them."""
        return run(self.python, "-c", TITLES, cwd=self.folder)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment, far from the checkout, with the wheel installed."""
    environment = Environment.make(tmp_path_factory.mktemp("installed") / "venv")
    environment.install(wheel)
    return environment


@pytest.fixture(scope="module")
def with_pack(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment, far from the checkout, with two wheels installed: smpolicy's and the example vendor's."""
    copy = shutil.copytree(PACK, tmp_path_factory.mktemp("pack") / "pack")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", cwd=copy)
    (built,) = copy.glob("dist/*.whl")
    environment = Environment.make(tmp_path_factory.mktemp("with_pack") / "venv")
    environment.install(wheel, built)
    return environment


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout that may be edited."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in CHECKOUT:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def editable(checkout: Path) -> Environment:
    """An environment with an editable install of that copy."""
    environment = Environment.make(checkout.parent / "editable")
    environment.install("--editable", checkout)
    return environment


class TestWheel:
    def test_holds_every_ruleset_file(self, wheel: Path) -> None:
        """Every file below rulesets/ travels in the wheel, inside the package, and nowhere else."""
        names = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".toml")]
        files = [path.relative_to(ROOT / "rulesets").as_posix() for path in (ROOT / "rulesets").rglob("*.toml")]
        assert sorted(names) == sorted(f"smpolicy/_rulesets/{name}" for name in files)

    def test_holds_every_schema(self, wheel: Path) -> None:
        """Every generated JSON Schema travels in the wheel."""
        names = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".json")]
        files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "smpolicy" / "schemas").glob("*.json")]
        assert sorted(names) == sorted(files) != []

    def test_holds_the_skeleton_of_a_pack(self, wheel: Path) -> None:
        """Every template of `smpolicy new-pack` travels in the wheel."""
        names = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".template")]
        files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "smpolicy" / "skeleton").rglob("*.template")]
        assert sorted(names) == sorted(files) != []

    def test_is_typed(self, wheel: Path) -> None:
        """The wheel says that the package has types."""
        assert "smpolicy/py.typed" in zipfile.ZipFile(wheel).namelist()

    def test_holds_the_package_and_its_metadata_only(self, wheel: Path) -> None:
        """No tests, docs or tools are installed with the package."""
        names = zipfile.ZipFile(wheel).namelist()
        assert {name.split("/")[0].partition("-")[0] for name in names} == {"smpolicy"}

    def test_package_is_the_installed_one(self, installed: Environment) -> None:
        """The environment imports the wheel's package and not the checkout."""
        found = run(installed.python, "-c", "import smpolicy; print(smpolicy.__file__)", cwd=installed.folder)
        assert Path(found.strip()).is_relative_to(installed.folder)

    def test_rulesets_are_found(self, installed: Environment) -> None:
        """An installed wheel loads its own rulesets."""
        assert "Guilt or innocence" in installed.titles()

    def test_command_decides(self, installed: Environment, tmp_path: Path) -> None:
        """The installed command decides an action of an example agency, far from the checkout."""
        shutil.copytree(EXAMPLE, tmp_path / "agency")
        command: list[str | Path] = [Path(installed.path("scripts"), "smpolicy"), "decide", "agency/agency.toml"]
        moment = ["--at", "2026-06-01T09:00:00Z", "--json"]
        decision: dict[str, Any] = json.loads(
            run(*command, "agency/actions/crime-prevention-tip.json", *moment, cwd=tmp_path)
        )
        assert decision["outcome"] in ("allow", "needs_approval", "deny")


class TestInstalledPack:
    @pytest.fixture
    def agency(self, tmp_path: Path) -> Path:
        """The file of an agency that names the vendor's ruleset as it names a shipped one."""
        file = tmp_path / "agency.toml"
        text = (PACK / "tests" / "agency.toml").read_text(encoding="utf-8")
        assert '"../larkspur_evidence_cloud"' in text
        file.write_text(text.replace("../larkspur_evidence_cloud", "larkspur-evidence-cloud"), encoding="utf-8")
        return file

    def command(self, with_pack: Environment, *arguments: str | Path, cwd: Path) -> str:
        """Return what the installed command prints."""
        return run(Path(with_pack.path("scripts"), "smpolicy"), *arguments, cwd=cwd)

    def test_is_listed(self, with_pack: Environment, tmp_path: Path) -> None:
        """The vendor's ruleset is found, in its own package, beside the shipped ones."""
        listed = json.loads(self.command(with_pack, "rulesets", "--json", cwd=tmp_path))
        (found,) = (each for each in listed if each["name"] == "larkspur-evidence-cloud")
        assert found["offered_by"] == "larkspur-evidence-cloud"
        assert Path(found["folder"]) == Path(with_pack.path("purelib"), "larkspur_evidence_cloud")
        assert "problem" not in found

    @pytest.mark.parametrize(("recorded", "outcome"), [(True, "allow"), (False, "deny")])
    def test_decides(self, with_pack: Environment, agency: Path, recorded: bool, outcome: str) -> None:
        """Its rules and its facts decide an action, with those of the shipped ruleset that it needs."""
        action = {
            "kind": "publish",
            "actor": {"id": "spokesperson-1"},
            "account": {"id": "brindle-falls-police"},
            "content": {"purpose": "recruitment", "audience": "local_residents", "tone": "informative"},
            "larkspur": {
                "footage": True,
                "export_recorded": recorded,
                "recognizable": [],
                "recorded_at": "2026-03-01T12:00:00Z",
            },
            "incident": "none",
            "person": "none",
            "payload": {"text": "Join us."},
            "attestation": {"by": "spokesperson-1"},
        }
        file = agency.parent / "action.json"
        file.write_text(json.dumps(action), encoding="utf-8")
        moment = ["--at", "2026-06-01T09:00:00Z", "--json"]
        decision = json.loads(self.command(with_pack, "decide", agency, file, *moment, cwd=agency.parent))
        assert (decision["outcome"], decision["settled"]) == (outcome, True)

    def test_narrows_the_shipped_ruleset(self, with_pack: Environment, agency: Path) -> None:
        """A choice that the pack narrows is refused in the agency's file, with what the pack says."""
        file = agency.parent / "milder.toml"
        text = agency.read_text(encoding="utf-8")
        file.write_text(f'{text}\n[choices.iacp-2019]\nguilt_statements = "allow"\n', encoding="utf-8")
        code = (
            "import smpolicy\ntry:\n    smpolicy.load('milder.toml')\n"
            "except smpolicy.PolicyError as error:\n    print(error.code)"
        )
        assert run(with_pack.python, "-c", code, cwd=agency.parent) == "narrowed_choice\n"


class TestEditableInstall:
    def test_edited_rule_is_seen(self, checkout: Path, editable: Environment) -> None:
        """A change to a rule file takes effect without installing anew."""
        (file,) = (checkout / "rulesets" / "iacp-2019").glob("V.A.09-*.toml")
        before = file.read_text(encoding="utf-8")
        assert "Guilt or innocence" in editable.titles()
        file.write_text(before.replace('"Guilt or innocence"', '"An edited title"'), encoding="utf-8")
        assert "An edited title" in editable.titles()

    def test_copies_no_rulesets(self, editable: Environment) -> None:
        """An editable install leaves no copy of the rulesets that could grow old."""
        assert not list(Path(editable.path("purelib")).rglob("*.toml"))


class TestSourceDistribution:
    def test_holds_what_a_build_and_the_tests_need(self, tmp_path: Path) -> None:
        """The source distribution has the package, the rulesets, the documentation and the tests."""
        run(sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", tmp_path, cwd=ROOT)
        (built,) = tmp_path.glob("*.tar.gz")
        shutil.unpack_archive(built, tmp_path, filter="data")
        (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
        assert {path.name for path in unpacked.iterdir()} >= {*CHECKOUT, "docs", "tests", "mkdocs.yml", "CHANGELOG.md"}


class TestImport:
    @pytest.mark.parametrize(
        "code",
        [
            pytest.param("import smpolicy", id="import"),
            pytest.param("import smpolicy\nfor name in smpolicy.__all__: getattr(smpolicy, name)", id="every name"),
        ],
    )
    def test_loads_no_extra(self, code: str) -> None:
        """Importing the library, and using each of its names, loads no optional package and nothing for tests."""
        tops = run(sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)", cwd=ROOT).split()
        extras = {"hypothesis", "pytest", "_pytest", "jsonschema", "durable", "durable_rules_engine", "mkdocs", "mypy"}
        assert not extras.intersection(name.partition(".")[0] for name in tops)

    def test_import_alone_loads_no_command_line(self) -> None:
        """Importing the library does not load what only the command line needs."""
        tops = run(sys.executable, "-c", "import smpolicy, sys\nprint(*sys.modules)", cwd=ROOT).split()
        assert not {"click", "rich"}.intersection(tops)
