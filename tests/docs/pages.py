"""The examples of README and documentation: what is fenced on a page, run from top to bottom.

A page has a folder of its own while it runs, with `docs/examples` in it. By the language of the fence:

- `python` is run, one block after the other, with the same names; the `text` that follows a block is what it prints;
- `console` holds commands after `$ `, each followed by what it prints;
- `toml` and `json` with a title are files, written to the page's folder; without a title they must be readable;
- `sh` are commands that set up an environment; they are not run here;
- `text` elsewhere is no example.

With UPDATE_SNAPSHOTS=1 in the environment what is printed is written to the page: read the difference afterwards.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
LANGUAGES = ("python", "console", "toml", "json", "sh", "text")
SETUP = re.compile(r"(python3 -m venv|\.venv/bin/\w+|git clone|pip install|mkdocs|python -m) ")
_FENCE = re.compile(
    r"^```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE
)


def pages() -> list[Path]:
    """Return README and every page of the documentation."""
    return [ROOT / "README.md", *(path for path in sorted(DOCS.rglob("*.md")) if "examples" not in path.parts)]


@frozen
class Block:
    """A fenced block.

    Attributes:
        language: the language named after the fence.
        title: the title, or empty.
        body: what stands between the fences.
        start: where the body starts in the page's text.
        adjoins: whether nothing but blank lines stands between it and the block before.
    """

    language: str
    title: str
    body: str
    start: int
    adjoins: bool


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    found, end = [], 0
    for match in _FENCE.finditer(text):
        adjoins = not text[end : match.start()].strip()
        found.append(Block(match["language"], match["title"] or "", match["body"], match.start("body"), adjoins))
        end = match.end()
    return found


@define
class Page:
    """A page whose examples are run in a folder.

    Attributes:
        path: its file.
        folder: where its examples run.
        names: what its Python examples have defined.
        changes: where what is printed differs: start, what stands there, what is printed.
    """

    path: Path
    folder: Path
    names: dict[str, Any] = field(factory=lambda: {"__name__": "__example__"})
    changes: list[tuple[int, str, str]] = field(factory=list)

    def run(self) -> None:
        """Run all examples, and note what they print otherwise than the page says."""
        shutil.copytree(DOCS / "examples", self.folder / "docs" / "examples")
        text = self.path.read_text(encoding="utf-8")
        printed = ""
        found = blocks(text)
        for index, block in enumerate(found):
            if block.language == "python":
                printed = self._python(block, text)
                following = found[index + 1] if index + 1 < len(found) else None
                if printed and not (following and following.adjoins and following.language == "text"):
                    raise AssertionError(f"{self._place(block, text)}: prints, and no `text` follows:\n{printed}")
            elif block.language == "text" and block.adjoins and index and found[index - 1].language == "python":
                self._compare(block.start, block.body, printed)
            elif block.language == "console":
                self._console(block)
            elif block.language in ("toml", "json"):
                self._file(block)

    def _place(self, block: Block, text: str) -> str:
        line = text.count("\n", 0, block.start) + 1
        return f"{self.path.relative_to(ROOT)}:{line}"

    def _python(self, block: Block, text: str) -> str:
        lines = text.count("\n", 0, block.start)
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.chdir(self.folder):
            exec(compile("\n" * lines + block.body, str(self.path), "exec", dont_inherit=True), self.names)
        return output.getvalue()

    def _console(self, block: Block) -> None:
        position = 0
        for match in re.finditer(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block.body, re.MULTILINE):
            assert match.start() == position, f"{self.path}: a console block begins with `$ `"
            position = match.end()
            self._compare(block.start + match.start(2), match[2], self._command(match[1]))

    def _command(self, command: str) -> str:
        program = shlex.join([sys.executable, "-c", "from smpolicy.cli import main; main()"])
        done = subprocess.run(
            ["/bin/sh", "-c", f'smpolicy() {{ {program} "$@"; }}\n{command}'],
            cwd=self.folder,
            env={
                **os.environ,
                "PATH": os.pathsep.join((os.environ.get("PATH", ""), os.defpath)),
                "PYTHONPATH": str(ROOT),
                "PYTHONUTF8": "1",
                "COLUMNS": "100",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return done.stdout

    def _file(self, block: Block) -> None:
        content = tomllib.loads(block.body) if block.language == "toml" else json.loads(block.body)
        assert content, f"{self.path}: an empty example"
        if block.title:
            path = self.folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, encoding="utf-8")

    def _compare(self, start: int, stated: str, printed: str) -> None:
        printed = "\n".join(line.rstrip() for line in printed.rstrip("\n").split("\n")) + "\n" if printed else ""
        if stated != printed:
            self.changes.append((start, stated, printed))

    def update(self) -> None:
        """Write what is printed to the page."""
        text = self.path.read_text(encoding="utf-8")
        for start, stated, printed in reversed(self.changes):
            text = text[:start] + printed + text[start + len(stated) :]
        self.path.write_text(text, encoding="utf-8", newline="\n")


def setup_commands(text: str) -> Iterator[str]:
    """Yield the commands of a page that are not run."""
    for block in blocks(text):
        if block.language == "sh":
            yield from (line for line in block.body.splitlines() if line.strip())
