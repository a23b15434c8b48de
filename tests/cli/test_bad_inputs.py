"""Tests of input that the command line cannot use: exit status 2, every problem told, never a traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smpolicy.cli import main

SAMPLE = Path(__file__).parent.parent / "render" / "sample"
AT = "2026-06-01T09:00:00Z"
AGENCY = "sample/agency.toml"

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a verb in a folder with an agency and its ruleset; what it raises beyond an exit is a failure."""
    shutil.copytree(SAMPLE, tmp_path / "sample")
    monkeypatch.chdir(tmp_path)

    def running(*arguments: str, input: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(main, arguments, input=input)
        assert isinstance(result.exception, SystemExit), result.exc_info
        return result

    return running


ACTIONS = {
    "empty": b"",
    "blank": b" \n ",
    "not JSON": b'{"kind": "publish",',
    "single quotes": b"{'kind': 'publish'}",
    "a key twice": b'{"kind": "publish",\n "content": {"humor": true,\n  "humor": false}}',
    "an escaped key twice": b'{"kind": "publish", "k\\u0069nd": "hide"}',
    "not a number": b'{"kind": "publish",\n "content": NaN}',
    "infinity": b'{"kind": "publish", "content": -Infinity}',
    "an overflowing number": b'{"kind": "publish", "content": 1e999}',
    "a huge number": b'{"kind": "publish", "content": ' + b"9" * 5000 + b"}",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "too large": b'{"kind": "publish", "payload": {"text": "' + b"x" * 1_100_000 + b'"}}',
    "not UTF-8": b'{"kind": "publish",\n"content": "\xff"}',
    "half a character": b'{"kind": "publish", "actor": {"id": "\\ud800"}}',
    "a list": b"[]",
    "a word": b'"publish"',
    "null": b"null",
    "no kind": b"{}",
    "an unknown kind": b'{"kind": "publis"}',
    "an unknown part": b'{"kind": "publish", "conten": {}}',
    "several problems": b'{"kind": "publish", "content": {"tone": "inform", "humor": "false"}}',
    "a computed action": b'{"kind": "adopt_policy", "policy": {"legal_review": "recorded"}}',
    "an unknown person": b'{"kind": "publish", "actor": {"id": "officer-3"}}',
    "an unknown account": b'{"kind": "publish", "account": {"id": "main"}}',
    "an attestation by the wrong role": b'{"kind": "publish", "attestation": {"by": "officer-1"}}',
}


class TestActions:
    @pytest.mark.parametrize("raw", ACTIONS.values(), ids=ACTIONS)
    def test_is_told(self, run: Run, raw: bytes, snapshot: Callable[[str], None]) -> None:
        """Each unusable action is told with its place, what was expected and what to do."""
        result = run("decide", AGENCY, "-", "--at", AT, input=raw)
        assert result.exit_code == 2
        assert result.stdout == ""
        snapshot(result.stderr)

    @pytest.mark.parametrize("raw", ACTIONS.values(), ids=ACTIONS)
    def test_is_told_to_machines(self, run: Run, raw: bytes) -> None:
        """With --json the same problems are a list, each with a code and a place."""
        result = run("decide", AGENCY, "-", "--at", AT, "--json", input=raw)
        assert result.exit_code == 2
        assert result.stdout == ""
        for problem in json.loads(result.stderr)["problems"]:
            assert problem["code"]
            assert problem["message"]
            assert problem["file"] == "<standard input>"

    def test_line_and_column_point_at_it(self, run: Run) -> None:
        """The place is where the second of two equal keys stands."""
        result = run("decide", AGENCY, "-", "--at", AT, "--json", input=ACTIONS["a key twice"])
        (problem,) = json.loads(result.stderr)["problems"]
        assert (problem["code"], problem["line"], problem["column"]) == ("duplicate_key", 3, 3)


class TestArguments:
    @pytest.mark.parametrize(
        "arguments",
        [
            pytest.param(("decide", "nothing.toml", "action.json"), id="no such agency"),
            pytest.param(("decide", AGENCY, "nothing.json"), id="no such action"),
            pytest.param(("decide", AGENCY, "sample"), id="a folder as action"),
            pytest.param(("decide", AGENCY, "-", "--at", "2026-06-01"), id="a day as moment"),
            pytest.param(("decide", AGENCY, "-", "--at", "2026-06-01T09:00:00"), id="a moment without offset"),
            pytest.param(("decide", AGENCY, "-", "--at", "2020-06-01T09:00:00Z"), id="a moment before the policy"),
            pytest.param(("decide", AGENCY, "-", "--at", AT, "--engine", "compild"), id="an unknown engine"),
            pytest.param(("decide", AGENCY, "-", "--at", AT, "--approvals", "no.json"), id="no such approvals"),
            pytest.param(("decide", AGENCY, "-", "--at", AT, "--approvals", "bad.json"), id="bad approvals"),
            pytest.param(("decide", "sample", "-", "--at", "2020-06-01T09:00:00Z"), id="no agency in force"),
            pytest.param(("decide", "-", "-"), id="two from standard input"),
            pytest.param(("decide", AGENCY), id="an argument missing"),
            pytest.param(("decide", AGENCY, "-", "--fast"), id="an unknown option"),
            pytest.param(("decid", AGENCY, "-"), id="an unknown verb"),
            pytest.param(("rules", AGENCY, "--kind", "publis"), id="an unknown kind"),
            pytest.param(("rules", "bad.toml"), id="a bad agency"),
            pytest.param(("check", "bad.toml"), id="a bad agency checked"),
            pytest.param(("check", "nul\0.toml"), id="an impossible name"),
            pytest.param(("coverage", "--ruleset", "iacp-2091"), id="an unknown ruleset"),
        ],
    )
    def test_is_told(self, run: Run, arguments: tuple[str, ...], snapshot: Callable[[str], None]) -> None:
        """Each unusable argument is told, in words and as a list."""
        Path("bad.toml").write_text('[agency]\nid = "x"\nnam = "y"\n', encoding="utf-8")
        Path("bad.json").write_text('[{"by": 1, "facts": {"a": [[]]}, "role": "chief"}, 7]', encoding="utf-8")
        result = run(*arguments, input='{"kind": "publish"}')
        machine = run(*arguments, "--json", input='{"kind": "publish"}')
        assert result.exit_code == machine.exit_code == 2
        assert result.stdout == machine.stdout == ""
        assert json.loads(machine.stderr)["problems"]
        snapshot(result.stderr)

    def test_nearest_verb_is_named(self, run: Run) -> None:
        """A verb that is nearly right is told its right name."""
        assert "Did you mean 'decide'?" in run("decid").stderr
