"""What each bad input is told: exact messages, kept beside the inputs in tests/bad_inputs.

With UPDATE_SNAPSHOTS=1 in the environment the messages are written anew: read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import evolve
from click.testing import CliRunner

import smpolicy
from smpolicy.cli import main
from smpolicy.errors import CODES, PolicyError
from smpolicy.loading.approval_files import read_approvals
from tests.bad_inputs.made import MADE

INPUTS = Path(__file__).parent / "bad_inputs"
FILES = sorted(path for path in INPUTS.glob("*/*.*") if path.suffix in (".json", ".toml"))
REPORTED = {"broken_witness", "missing_witness", "file_exists", "no_tests", "tests_fail", "unknown_schema", "usage"}
"""Codes that only verbs of the command line report."""
FAULTS = {"store_full", "store_locked", "store_read_only"}
"""Codes of faults of a disk or a lock, which tests/store/test_faults.py brings about."""
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def ruleset() -> smpolicy.Ruleset:
    """The shipped ruleset, loaded once."""
    return smpolicy.load_ruleset("iacp-2019")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, so that messages name files without a path."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def use_action(path: Path, ruleset: smpolicy.Ruleset) -> None:
    """Decide on an action read from a file."""
    shutil.copy(INPUTS / "agency.toml", "agency.toml")
    policy = smpolicy.load("agency.toml", rulesets={"iacp-2019": ruleset})
    policy.decide(policy.action(json.loads(path.read_text(encoding="utf-8"))), at=AT)


def use_agency(path: Path, ruleset: smpolicy.Ruleset) -> None:
    """Load an agency's file."""
    shutil.copy(path, "agency.toml")
    smpolicy.load("agency.toml", rulesets={"iacp-2019": ruleset})


def use_directory(path: Path, ruleset: smpolicy.Ruleset) -> None:
    """Load an agency's file that names a directory."""
    shutil.copy(path, "directory.toml")
    agency = (INPUTS / "agency.toml").read_text(encoding="utf-8").partition("[[directory.person]]")[0]
    named = agency.replace("[offices]", 'directory = "directory.toml"\n\n[offices]', 1)
    Path("agency.toml").write_text(named, encoding="utf-8")
    smpolicy.load("agency.toml", rulesets={"iacp-2019": ruleset})


def use_ruleset(path: Path, _: smpolicy.Ruleset) -> None:
    """Load a ruleset one of whose files this is."""
    Path("example").mkdir()
    if "[ruleset]" in path.read_text(encoding="utf-8"):
        shutil.copy(path, "example/ruleset.toml")
    else:
        shutil.copy(INPUTS / "ruleset.toml", "example/ruleset.toml")
        shutil.copy(path, "example/rules.toml")
    smpolicy.load_ruleset(Path("example"))


def use_condition(path: Path, _: smpolicy.Ruleset) -> None:
    """Load a ruleset with a rule that has this condition."""
    Path("example").mkdir()
    shutil.copy(INPUTS / "ruleset.toml", "example/ruleset.toml")
    rule = '[[rule]]\nid = "A.1/example"\non = ["publish"]\nthen = "deny"\nreason = "For example."\n'
    Path("example/rules.toml").write_text(rule + path.read_text(encoding="utf-8"), encoding="utf-8")
    smpolicy.load_ruleset(Path("example"))


def use_approvals(path: Path, _: smpolicy.Ruleset) -> None:
    """Read approvals from a file."""
    read_approvals(json.loads(path.read_text(encoding="utf-8")))


USES: dict[str, Callable[[Path, smpolicy.Ruleset], None]] = {
    "actions": use_action,
    "agencies": use_agency,
    "approvals": use_approvals,
    "conditions": use_condition,
    "directories": use_directory,
    "rulesets": use_ruleset,
}


def check(error: PolicyError, message: Path) -> None:
    """Check an error against the message kept for it, and against what every message must be."""
    text = f"{type(error).__name__}\n{error}\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        message.parent.mkdir(exist_ok=True)
        message.write_text(text, encoding="utf-8", newline="\n")
    assert message.exists(), f"{message} is not there: run pytest with UPDATE_SNAPSHOTS=1 and read what it writes"
    assert text == message.read_text(encoding="utf-8")
    for problem in error.problems:
        assert problem.code in CODES
        assert not problem.message[0].isupper()
        assert problem.message[-1] not in ".!"
        assert problem.place or problem.path or problem.help or problem.expected or problem.nearest
        assert "None" not in str(evolve(problem, code="", found=None)) or "`None`" in problem.message
        assert all(character.isprintable() for character in str(problem).replace("\n", ""))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_bad_file(path: Path, ruleset: smpolicy.Ruleset) -> None:
    """A bad file is told what is wrong with it, where, and what to do."""
    with pytest.raises(PolicyError) as caught:
        USES[path.parent.name](path, ruleset)
    check(caught.value, path.with_suffix(".txt"))


@pytest.mark.parametrize("name", MADE)
def test_bad_use(name: str, ruleset: smpolicy.Ruleset) -> None:
    """A hostile file, or a wrong call, is told what is wrong with it and what to do."""
    shutil.copy(INPUTS / "agency.toml", "agency.toml")
    with pytest.raises(PolicyError) as caught:
        MADE[name](ruleset)
    check(caught.value, INPUTS / "made" / f"{name}.txt")


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if path.parent.name in ("actions", "agencies", "approvals")][::6],
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)
def test_bad_file_on_the_command_line(path: Path) -> None:
    """On the command line a bad file ends with status 2 and the same message on standard error, without a traceback."""
    shutil.copy(INPUTS / "agency.toml", "agency.toml")
    Path("good.json").write_text('{"kind": "publish"}', encoding="utf-8")
    shutil.copy(path, "agency.toml" if path.parent.name == "agencies" else "bad.json")
    action = "bad.json" if path.parent.name == "actions" else "good.json"
    options = ["--approvals", "bad.json"] if path.parent.name == "approvals" else []
    result = CliRunner().invoke(main, ["decide", "agency.toml", action, "--at", "2026-06-01T12:00:00Z", *options])
    assert (result.exit_code, result.stdout) == (2, "")
    message = path.with_suffix(".txt").read_text(encoding="utf-8").partition("\n")[2].strip()
    for line in message.split("\n"):
        assert line.strip() in result.stderr
    assert "Traceback" not in result.stderr


def test_messages_without_an_input() -> None:
    """Every message that is kept belongs to an input."""
    kept = set(INPUTS.glob("*/*.txt"))
    assert kept == {path.with_suffix(".txt") for path in FILES} | {INPUTS / "made" / f"{name}.txt" for name in MADE}


def test_every_code_has_an_example() -> None:
    """Every code of a problem is among the messages that are kept."""
    texts = [path.read_text(encoding="utf-8") for path in INPUTS.glob("*/*.txt")]
    told = {code for text in texts for code in re.findall(r"^\S.* \[(\w+)\]$", text, re.MULTILINE)}
    assert told == set(CODES) - REPORTED - FAULTS
