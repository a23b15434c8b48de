"""Tests that every example of README and documentation runs, and prints what the page says."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from tests.docs.pages import LANGUAGES, ROOT, SETUP, Page, blocks, pages, setup_commands

PAGES = [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in pages()]


@pytest.mark.parametrize("path", PAGES)
def test_examples_of_page(path: Path, tmp_path: Path) -> None:
    """Run from top to bottom, the examples of a page print exactly what it says they print."""
    page = Page(path, tmp_path)
    page.run()
    if os.environ.get("UPDATE_SNAPSHOTS"):
        page.update()
        return
    differences = [
        line for _, stated, printed in page.changes for line in difflib.unified_diff(
            stated.splitlines(), printed.splitlines(), "on the page", "printed", lineterm=""
        )
    ]  # fmt: skip
    assert not differences, "run pytest with UPDATE_SNAPSHOTS=1 and read what it changes:\n" + "\n".join(differences)


@pytest.mark.parametrize("path", PAGES)
def test_fences_of_page(path: Path) -> None:
    """Every fenced block names one of the languages whose meaning the examples have, and starts at the margin."""
    text = path.read_text(encoding="utf-8")
    assert {each.language for each in blocks(text)} <= set(LANGUAGES)
    assert text.count("```") == 2 * len(blocks(text))


@pytest.mark.parametrize("path", PAGES)
def test_setup_commands_of_page(path: Path) -> None:
    """What is not run here only installs, tests, measures or builds."""
    assert [line for line in setup_commands(path.read_text(encoding="utf-8")) if not SETUP.match(line)] == []
