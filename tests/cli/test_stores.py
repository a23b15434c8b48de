"""Tests of the verbs that record, verify, export and replay decisions."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import smpolicy
from smpolicy.cli import main
from smpolicy.journal import Journal
from smpolicy.render.stores import FLAWS, TAILS

SAMPLE = Path(__file__).parent.parent / "render" / "sample"
AGENCY = "sample/agency.toml"
AT = "2026-06-01T09:00:00Z"
ACTION = {
    "kind": "publish",
    "actor": {"id": "deputy-1"},
    "incident": "none",
    "payload": {"text": "Did you see anything?"},
    "attestation": {"by": "deputy-1"},
    "content": {"purpose": "other", "confidential": []},
}

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a verb in a folder with an agency, its ruleset and an action."""
    shutil.copytree(SAMPLE, tmp_path / "sample")
    (tmp_path / "action.json").write_text(json.dumps(ACTION), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def running(*arguments: str) -> Result:
        result = CliRunner().invoke(main, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    return running


@pytest.fixture
def recorded(run: Run) -> Run:
    """Runs a verb where three decisions are recorded in `journal.db`."""
    for _ in range(3):
        assert run("decide", AGENCY, "action.json", "--at", AT, "--journal", "journal.db").exit_code == 0
    return run


def tamper(statement: str) -> None:
    """Change the journal behind its back."""
    connection = sqlite3.connect("journal.db")
    with connection:
        connection.execute(statement)
    connection.close()


class TestDecide:
    def test_recorded(self, recorded: Run) -> None:
        """What was decided is recorded, and printed as ever."""
        printed = recorded("decide", AGENCY, "action.json", "--at", AT, "--receipt").stdout_bytes
        with Journal.open("journal.db") as journal:
            assert [journal.receipt(number) for number in (1, 2, 3)] == [printed] * 3

    def test_not_recorded(self, run: Run) -> None:
        """Where a decision cannot be recorded, none is printed."""
        result = run("decide", AGENCY, "action.json", "--at", AT, "--journal", "none/journal.db")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "[store_unreachable]" in result.stderr

    def test_key(self, run: Run) -> None:
        """The key may lie in another place."""
        Path("key").write_text("ab" * 32)
        arguments = ("decide", AGENCY, "action.json", "--at", AT, "--journal", "journal.db", "--key", "key")
        assert run(*arguments).exit_code == 0
        assert not Path("journal.db.key").exists()
        assert run("journal", "verify", "journal.db", "--key", "key").exit_code == 0
        assert run("journal", "verify", "journal.db").exit_code == 2


class TestVerify:
    def test_sound(self, recorded: Run) -> None:
        """A sound journal gives exit status 0, and prints the head."""
        with Journal.open("journal.db") as journal:
            head = str(journal.head())
        without, against = (recorded("journal", "verify", "journal.db", *more) for more in ((), ("--head", head)))
        assert without.exit_code == against.exit_code == 0
        assert without.stdout.startswith("SOUND\n")
        assert head in without.stdout
        assert "cannot be told without a head" in " ".join(without.stdout.split())
        assert "The end is there" in against.stdout

    @pytest.mark.parametrize(
        ("statement", "what"),
        [
            ("UPDATE events SET by = 'mallory' WHERE number = 2", "changed"),
            ("DELETE FROM events WHERE number = 2", "missing"),
            ("UPDATE head SET count = 2", "head"),
            ("DELETE FROM keys WHERE event = 2", "key"),
            ("INSERT INTO cases VALUES (9, 'a', 'a', 'a', 'a', 'open', 0, 0, 0, NULL, 1)", "list"),
        ],
    )
    def test_flaws(self, recorded: Run, statement: str, what: str) -> None:
        """Whatever is wrong is told, in words and as data, with exit status 1."""
        tamper(statement)
        plain, data = recorded("journal", "verify", "journal.db"), recorded("journal", "verify", "journal.db", "--json")
        assert plain.exit_code == data.exit_code == 1
        assert plain.stdout.startswith("NOT SOUND\n")
        told = json.loads(data.stdout)["flaws"]
        assert what in {each["what"] for each in told}
        assert all(FLAWS[each["what"]].format(each["number"]) in plain.stdout for each in told)

    def test_cut_off(self, recorded: Run) -> None:
        """A tail that was cut off is told against a head."""
        with Journal.open("journal.db") as journal:
            head = str(journal.head())
        tamper("DELETE FROM events WHERE number = 3")
        tamper("DELETE FROM keys WHERE event = 3")
        tamper("UPDATE head SET count = 2, hash = (SELECT hash FROM events WHERE number = 2)")
        assert recorded("journal", "verify", "journal.db").exit_code == 0
        result = recorded("journal", "verify", "journal.db", "--head", head)
        assert result.exit_code == 1
        assert "THE END WAS CUT OFF" in result.stdout

    def test_words(self) -> None:
        """There are words for whatever a verification may find."""
        from typing import get_args, get_type_hints

        from smpolicy.store.verification import Flaw, Tail

        assert set(FLAWS) == set(get_args(get_type_hints(Flaw)["what"]))
        assert set(TAILS) == set(get_args(Tail))


class TestExport:
    def test_lines(self, recorded: Run) -> None:
        """Every event is a line of JSON, the head the last; what is sealed is told only where that is asked for."""
        plain = recorded("journal", "export", "journal.db")
        full = recorded("journal", "export", "journal.db", "--with-sensitive")
        lines = [json.loads(line) for line in plain.stdout.splitlines()]
        assert plain.exit_code == full.exit_code == 0
        assert [each.get("number") for each in lines] == [1, 2, 3, None]
        assert lines[-1]["head"].startswith("3:")
        assert '"secret"' not in plain.stdout
        assert '"secret"' in full.stdout


class TestReplay:
    def test_same(self, recorded: Run) -> None:
        """Under the same file nothing changes."""
        result = recorded("replay", "journal.db", "--agency", AGENCY)
        assert result.exit_code == 0
        assert result.stdout.startswith("3 decisions recorded: 3 the same, 0 changed, 0 failed")

    def test_changes(self, recorded: Run, tmp_path: Path) -> None:
        """Every change is told, in words and as data, and then the summary."""
        other = tmp_path / "sample" / "other.toml"
        text = Path(AGENCY).read_text(encoding="utf-8")
        other.write_text(text.replace("deputy-1", "deputy-2"), encoding="utf-8")
        with Journal.open("journal.db") as journal:
            expected = smpolicy.replay(journal, smpolicy.load(other)).to_dict()
        result = recorded("replay", "journal.db", "--agency", "sample/other.toml", "--json")
        assert json.loads(result.stdout.splitlines()[-1]) == {"summary": expected}
        assert expected["failed"]


@pytest.mark.parametrize(
    "arguments",
    [("journal", "verify", "none.db"), ("journal", "export", "none.db"), ("replay", "none.db", "--agency", AGENCY)],
)
def test_none_is_made(run: Run, arguments: tuple[str, ...]) -> None:
    """Whoever reads a journal that is not there is told so, and none is made."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert "there is no such store" in result.stderr
    assert not list(Path().glob("none.db*"))
