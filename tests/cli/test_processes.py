"""Tests of the command line as a process of its own: pipes, closed streams, terminals and what it imports."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "render" / "sample"
SMPOLICY = [sys.executable, "-c", "from smpolicy.cli import main; main()"]
AT = ["--at", "2026-06-01T09:00:00Z"]
DENIED = b'{"kind": "publish", "content": {"known_false": true}}'


@pytest.fixture
def agency(tmp_path: Path) -> str:
    """The path of an agency's file."""
    shutil.copytree(SAMPLE, tmp_path / "sample")
    return str(tmp_path / "sample" / "agency.toml")


def environment(**variables: str) -> dict[str, str]:
    """Return an environment in which the package is found."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **variables}


def smpolicy(*arguments: str, given: bytes = b"", **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line with pipes for its streams."""
    command = [*SMPOLICY, *arguments]
    return subprocess.run(command, input=given, capture_output=True, env=environment(**variables), check=False)


class TestPipes:
    def test_standard_input(self, agency: str) -> None:
        """`-` reads what is piped in."""
        done = smpolicy("decide", agency, "-", *AT, "--exit-code", given=DENIED)
        assert done.returncode == 4
        assert done.stdout.startswith(b"DENY: publish\n")
        assert done.stderr == b""

    def test_reader_that_stops_early(self, agency: str) -> None:
        """A reader that closes the pipe early changes neither the exit status nor what is on standard error."""
        command = [*SMPOLICY, "rules", agency, "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 0

    def test_decision_stands_when_nobody_reads_it(self, agency: str, tmp_path: Path) -> None:
        """The exit status tells the outcome, even into a closed pipe."""
        (tmp_path / "denied.json").write_bytes(DENIED)
        command = [*SMPOLICY, "decide", agency, str(tmp_path / "denied.json"), *AT, "--exit-code"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 4

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
    def test_full_disk_is_told(self, agency: str) -> None:
        """Output that cannot be written is an error, told without a traceback."""
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [*SMPOLICY, "rules", agency], stdout=full, stderr=subprocess.PIPE, env=environment(), check=False
            )
        assert done.returncode == 2
        assert b"no space left on device" in done.stderr
        assert b"Traceback" not in done.stderr

    @pytest.mark.skipif(os.name != "posix", reason="the shell's way of closing streams")
    @pytest.mark.parametrize(("closed", "status"), [(">&-", 4), ("2>&-", 4), ("<&-", 2)])
    def test_closed_streams(self, agency: str, tmp_path: Path, closed: str, status: int) -> None:
        """A stream closed from the start is no reason for a traceback."""
        (tmp_path / "denied.json").write_bytes(DENIED)
        action = "-" if closed == "<&-" else str(tmp_path / "denied.json")
        shell = ["/bin/sh", "-c", f'exec "$@" {closed}', "sh"]
        command = [*shell, *SMPOLICY, "decide", agency, action, *AT, "--exit-code"]
        done = subprocess.run(command, capture_output=True, env=environment(), check=False)
        assert done.returncode == status
        assert b"Traceback" not in done.stderr

    def test_narrow_encoding_loses_nothing(self, agency: str) -> None:
        """Where the output's encoding lacks a character, its code stands in its place."""
        file = Path(agency)
        text = file.read_text(encoding="utf-8").replace("Alder Hollow Village", "Älder Hollow Village")
        file.write_text(text, encoding="utf-8")
        done = smpolicy("decide", agency, "-", *AT, given=DENIED, PYTHONIOENCODING="ascii")
        assert done.returncode == 0
        assert b"\\xc4lder Hollow Village" in done.stdout

    def test_wide_lines_are_whole(self, agency: str) -> None:
        """However narrow the terminal is said to be, nothing is cut or broken in a pipe."""
        narrow = smpolicy("rules", agency, COLUMNS="20")
        assert narrow.stdout == smpolicy("rules", agency).stdout


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are there on POSIX only")
class TestTerminal:
    def shown(self, *arguments: str, **variables: str) -> str:
        """Return what a verb shows on a terminal of forty columns."""
        import fcntl
        import struct
        import termios

        reading, writing = os.openpty()
        fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
        with subprocess.Popen([*SMPOLICY, *arguments], stdout=writing, env=environment(**variables)):
            os.close(writing)
            shown = b""
            while True:
                try:
                    chunk = os.read(reading, 65536)
                except OSError:
                    break
                if not chunk:
                    break
                shown += chunk
        os.close(reading)
        return shown.decode().replace("\r\n", "\n")

    def test_outcome_is_coloured(self, agency: str, tmp_path: Path) -> None:
        """On a terminal a deny is red."""
        (tmp_path / "denied.json").write_bytes(DENIED)
        shown = self.shown("decide", agency, str(tmp_path / "denied.json"), *AT, TERM="xterm")
        assert "\x1b[1;31mDENY" in shown

    def test_no_colour_where_none_is_wanted(self, agency: str, tmp_path: Path) -> None:
        """NO_COLOR is respected."""
        (tmp_path / "denied.json").write_bytes(DENIED)
        shown = self.shown("decide", agency, str(tmp_path / "denied.json"), *AT, TERM="xterm", NO_COLOR="1")
        assert "31m" not in shown

    def test_ids_are_whole(self, agency: str) -> None:
        """A narrow terminal breaks no line of ours: copying an id or a condition gives all of it."""
        shown = self.shown("rules", agency, "--kind", "publish", TERM="dumb")
        assert "    when     incident.exists and incident.jurisdiction in {'crosses_boundary', 'outside'}\n" in shown


class TestStartUp:
    def test_help_loads_little(self) -> None:
        """The help, of all verbs, loads neither rich nor the engine of decisions."""
        code = (
            "import sys\nfrom smpolicy.cli import main\n"
            "try: main(['--help'])\nexcept SystemExit: pass\n"
            "heavy = {'rich', 'cattrs', 'smpolicy.policies', 'smpolicy.kinds'} & set(sys.modules)\n"
            "assert not heavy, heavy"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment(), check=False)
        assert done.returncode == 0, done.stderr

    def test_decide_loads_no_rich_in_a_pipe(self, agency: str) -> None:
        """Where nothing is coloured, the library that colours is not loaded."""
        code = (
            "import sys\nfrom smpolicy.cli import main\n"
            f"try: main(['decide', {agency!r}, '-', '--at', '2026-06-01T09:00:00Z'])\nexcept SystemExit: pass\n"
            "assert 'rich' not in sys.modules"
        )
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, input=DENIED, capture_output=True, env=environment(), check=False)
        assert done.returncode == 0, done.stderr
