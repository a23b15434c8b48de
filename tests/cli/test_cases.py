"""Tests of `smpolicy cases`: what people read of the desk, what machines read, and how it exits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from smpolicy.cli import main
from smpolicy.cli.cases import read_answers
from smpolicy.errors import InvalidAction
from smpolicy.kinds import CORE

AGENCY = str(Path(__file__).parents[2] / "docs" / "examples" / "marlow-bend" / "agency.toml")
HELD: dict[str, Any] = {
    "kind": "publish",
    "actor": {"id": "spokesperson-1"},
    "account": {"id": "marlow-bend-police"},
    "content": {
        "purpose": "tip_solicitation",
        "audience": "local_residents",
        "tone": "informative",
        "guilt_or_innocence": True,
    },
    "incident": {"jurisdiction": "inside", "death": "none"},
    "person": "none",
    "payload": {"text": "We caught him."},
}
ATTESTED = {**HELD, "attestation": {"by": "spokesperson-1"}}

Run = Callable[..., Result]
Snapshot = Callable[[str], None]


def at(hour: int) -> str:
    """Return a moment of the day on which all of this happens."""
    return f"2026-06-01T{hour:02}:00:00Z"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a verb of `cases` on the desk of an example agency, in a folder with two actions."""
    monkeypatch.chdir(tmp_path)
    Path("held.json").write_text(json.dumps(ATTESTED), encoding="utf-8")
    Path("open.json").write_text(json.dumps(HELD), encoding="utf-8")
    Path("denied.json").write_text(json.dumps({**ATTESTED, "content": {"known_false": True}}), encoding="utf-8")

    def running(verb: str, *arguments: str, hour: int = 9, status: int = 0) -> Result:
        result = CliRunner().invoke(main, ["cases", verb, "desk.db", AGENCY, *arguments, "--at", at(hour)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert result.exit_code == status, result.stderr
        return result

    return running


@pytest.fixture
def held(run: Run) -> Run:
    """The same, with a case that waits for approval."""
    run("submit", "held.json", "--by", "spokesperson-1")
    return run


class TestForPeople:
    def test_held(self, held: Run, snapshot: Snapshot) -> None:
        """A case says what is outstanding, who is asked, and until when it is open."""
        snapshot(held("show", "2").stdout)

    def test_denied(self, run: Run) -> None:
        """What is denied comes straight back."""
        assert run("submit", "denied.json", "--by", "spokesperson-1").stdout.startswith("DENY: publish")

    def test_whole_life(self, held: Run, snapshot: Snapshot) -> None:
        """After an approval taken back, a loan and a comment the case says what happened, and what counts."""
        held("approve", "2", "--by", "chief-1", hour=10)
        held("take-back", "2", "3", "--by", "chief-1", "--reason", "I misread it.", hour=11)
        loan = held(
            "delegate", "deputy_chief", "--by", "deputy-chief-1", "--to", "city-attorney-1", "--until", at(20), hour=12
        )
        assert loan.stdout == "Loan 5: deputy-chief-1 lends the role deputy_chief to city-attorney-1.\n"
        held("approve", "2", "--by", "city-attorney-1", hour=13)
        held("comment", "2", "Fine with me.", "--by", "pio-1", hour=14)
        held("revoke", "5", "--by", "deputy-chief-1", hour=15)
        snapshot(held("show", "2", hour=15).stdout)
        assert held("release", "2", "--by", "spokesperson-1", hour=16).stdout.startswith("CASE 2, RELEASED: publish")

    def test_refused(self, held: Run, snapshot: Snapshot) -> None:
        """A refused case says why."""
        snapshot(held("refuse", "2", "--by", "chief-1", "--reason", "Not while the trial is on.", hour=10).stdout)

    def test_list(self, held: Run, snapshot: Snapshot) -> None:
        """The list has a line for each case."""
        held("submit", "held.json", "--by", "spokesperson-1")
        held("withdraw", "2", "--by", "spokesperson-1")
        snapshot(held("list").stdout + held("list", "--status", "withdrawn").stdout)
        assert held("list", "--status", "released").stdout == "No such case.\n"

    @pytest.mark.usefixtures("held")
    def test_remind(self) -> None:
        """What time brought about is told once."""
        result = CliRunner().invoke(main, ["cases", "remind", "desk.db", AGENCY, "--at", "2026-08-01T09:00:00Z"])
        assert result.stdout == "Case 2: expired.\n"
        result = CliRunner().invoke(main, ["cases", "remind", "desk.db", AGENCY, "--at", "2026-08-01T10:00:00Z"])
        assert result.stdout == "Nothing new.\n"


class TestForMachines:
    def test_submit(self, run: Run) -> None:
        """With `--json` the decision and the case come as data."""
        data = json.loads(run("submit", "held.json", "--by", "spokesperson-1", "--json").stdout)
        assert (data["decision"]["outcome"], data["case"]["case"], data["case"]["status"]) == (
            "needs_approval",
            2,
            "open",
        )

    def test_release_tells_by_its_exit_status(self, held: Run) -> None:
        """With `--exit-code` the status tells whether it was released."""
        held("release", "2", "--by", "spokesperson-1", "--exit-code", status=3)
        held("approve", "2", "--by", "chief-1", hour=10)
        held("release", "2", "--by", "spokesperson-1", "--exit-code", hour=11)

    def test_problems(self, held: Run) -> None:
        """A refusal comes as data, too, and nothing is recorded."""
        result = held("approve", "2", "--by", "nobody-1", "--json", status=2)
        assert json.loads(result.stderr)["problems"][0]["code"] == "unknown_person"
        assert [each["what"] for each in json.loads(held("show", "2", "--json").stdout)["events"]] == ["submitted"]


class TestAnswers:
    def test_answers_and_attests(self, run: Run) -> None:
        """Questions are answered as FACT=VALUE, and the rest by one attestation."""
        run("submit", "open.json", "--by", "spokesperson-1")
        run("answer", "2", "content.humor=no", "content.forms=none", "--by", "spokesperson-1", hour=10)
        data = json.loads(run("attest", "2", "--by", "spokesperson-1", "--json", hour=11).stdout)
        assert data["action"]["content"]["humor"] is False
        assert data["decision"]["settled"]

    def test_edit(self, held: Run) -> None:
        """Another version of the action takes the place of the one before."""
        Path("mild.json").write_text(
            json.dumps({**ATTESTED, "content": {**HELD["content"], "guilt_or_innocence": False}}), encoding="utf-8"
        )
        assert "ALLOW: publish" in held("edit", "2", "mild.json", "--by", "spokesperson-1", hour=10).stdout

    def test_values(self) -> None:
        """Values are read as the type of the fact takes them."""
        found = read_answers(
            ["content.humor=yes", "content.forms=none", "person.status=victim, witness", "search.retention=30",
             "content.tone=formal"],
            CORE,
        )  # fmt: skip
        assert found == {
            "content.humor": True,
            "content.forms": [],
            "person.status": ["victim", "witness"],
            "search.retention": 30,
            "content.tone": "formal",
        }

    @pytest.mark.parametrize("text", ["content.humour=yes", "content.humor", "=yes"])
    def test_no_answer(self, text: str) -> None:
        """What is no fact, or no answer, is told."""
        with pytest.raises(InvalidAction, match="unknown_fact"):
            read_answers([text], CORE)
