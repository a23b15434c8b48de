"""What verbs print: text for people, coloured on a terminal only, and JSON for machines; nothing is lost in a pipe."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from io import StringIO
from typing import Any

from smpolicy.errors import Problem

STYLES: Mapping[str, str] = {
    "ALLOW": "bold green",
    "NEEDS APPROVAL": "bold yellow",
    "DENY": "bold red",
}
"""The styles of the words with which a decision begins."""


def print_text(text: str) -> None:
    """Print a text for people, as it is; on a terminal outcomes and headings are coloured."""
    if not sys.stdout.isatty():
        write(text.rstrip("\n") + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    shown = StringIO()
    console = Console(file=shown, force_terminal=True, highlight=False, emoji=False)
    for line in text.rstrip("\n").split("\n"):
        console.print(Text(line, _style(line)), soft_wrap=True)
    write(shown.getvalue())


def _style(line: str) -> str:
    for word, style in STYLES.items():
        if line.startswith(word):
            return style
    first = line.partition(" ")[0]
    return "bold" if first.isalpha() and first.isupper() else ""


def print_json(data: Any) -> None:
    """Print data as JSON."""
    write(json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False) + "\n")


def write(text: str | bytes) -> None:
    """Write to standard output all of a text or of some bytes; whoever reads it may stop whenever they like."""
    try:
        if isinstance(text, bytes):
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()
        else:
            encoding = sys.stdout.encoding or "utf-8"
            sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
            sys.stdout.flush()
    except BrokenPipeError:
        _close_output()


def open_closed_streams() -> None:
    """Let what is printed go nowhere, and what is read be empty, where a stream was closed before we began."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  (open to the end)


def _close_output() -> None:
    """Send what is still to be written nowhere, so that the interpreter's last flush does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_problems(problems: Iterable[Problem], as_json: bool) -> None:
    """Print problems on standard error."""
    if as_json:
        text = json.dumps({"problems": [each.to_dict() for each in problems]}, indent=2, ensure_ascii=True)
    else:
        text = "\n".join(f"error: {each}" for each in problems)
    with suppress(BrokenPipeError):
        sys.stderr.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
