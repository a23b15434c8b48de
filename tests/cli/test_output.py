"""Tests of what verbs print on a terminal, and of what becomes of it when nobody reads."""

from __future__ import annotations

import errno
import io
import json
import sys

import pytest
from click.testing import CliRunner

from smpolicy.cli import main
from smpolicy.cli.output import print_text, write
from smpolicy.render.coverage import coverage_text

TEXT = "DENY: publish\n  for S.1\n\nWHY\n  S.1/false (deny): wrong\n"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Say so."""
        return True


class Closed(Terminal):
    """A terminal that is gone."""

    def write(self, _: str) -> int:
        """Fail, as a closed pipe does."""
        raise BrokenPipeError(errno.EPIPE, "gone")


class TestPrintText:
    def test_colours_outcome_and_headings_on_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """On a terminal the outcome is coloured and headings are bold; all else is as it is."""
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setattr(sys, "stdout", terminal := Terminal())
        print_text(TEXT)
        shown = terminal.getvalue()
        assert "\x1b[1;31mDENY: publish\x1b[0m\n" in shown
        assert "\x1b[1mWHY\x1b[0m\n" in shown
        assert "\n  S.1/false (deny): wrong\n" in shown

    def test_markup_in_a_text_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What looks like markup, such as a member in brackets, is printed as it is."""
        monkeypatch.setenv("TERM", "dumb")
        monkeypatch.setattr(sys, "stdout", terminal := Terminal())
        print_text("  V.A.3.humor/sensitive[death] :smile: [red]\n")
        assert terminal.getvalue() == "  V.A.3.humor/sensitive[death] :smile: [red]\n"

    @pytest.mark.parametrize("text", [TEXT, ""])
    def test_is_as_it_is_elsewhere(self, text: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Into a pipe or a file the text goes as it is, ended by one line feed."""
        print_text(text)
        assert capsys.readouterr().out == text.rstrip("\n") + "\n"

    def test_closed_terminal_is_no_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the terminal is gone, what is left goes nowhere."""
        closed: list[bool] = []
        monkeypatch.setattr("smpolicy.cli.output._close_output", lambda: closed.append(True))
        monkeypatch.setattr(sys, "stdout", Closed())
        print_text(TEXT)
        write("more")
        assert closed == [True, True]


class TestErrors:
    def test_interruption_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stopping at a prompt ends with a word, and no traceback."""
        result = CliRunner().invoke(main, ["init", "nowhere.toml"], input="")
        assert result.exit_code == 2
        assert "stopped: nothing was answered" in result.stderr
        monkeypatch.undo()

    def test_unforeseen_failure_to_write_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An error of the system becomes a problem with its reason."""

        def full(_: str) -> None:
            raise OSError(errno.ENOSPC, "No space left on device", "out.json")

        monkeypatch.setattr("smpolicy.cli.schema.print_json", full)
        result = CliRunner().invoke(main, ["schema", "action", "--json"])
        assert result.exit_code == 2
        (problem,) = json.loads(result.stderr)["problems"]
        assert problem["message"] == "`out.json` cannot be read or written: no space left on device"


class TestCoverageText:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ((["a"], []), "a -> none of these"),
            ((None, "x"), "None -> x"),
            (({"unknown": True}, 3), "{'unknown': True} -> 3"),
        ],
    )
    def test_values_are_in_words(self, change: tuple[object, object], told: str) -> None:
        """What changes is told whatever its type."""
        side = {"agency": {}, "action": {}, "decision": {"outcome": "allow"}}
        witness = {
            "kind": "publish",
            "setting": {"note": "", "facts": {}, "choices": {}},
            "changed": {"what": "content.x", "from": change[0], "to": change[1]},
            "before": side,
            "after": side,
        }
        text = coverage_text([{"id": "S.1", "rules": [], "choices": [], "witnesses": [witness]}])
        assert told in text
        assert "stays allow" in text
