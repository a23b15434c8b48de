"""Tests of smpolicy.loading.locations: where the shipped rulesets lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from smpolicy.errors import MissingFile
from smpolicy.loading import locations


def test_shipped_rulesets() -> None:
    """The folder of shipped rulesets holds the ruleset of the source document."""
    assert (locations.rulesets_folder() / "iacp-2019" / "ruleset.toml").is_file()


def test_incomplete_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the folder is not there, the error says to install again."""
    monkeypatch.setattr(locations, "__file__", str(tmp_path / "smpolicy" / "loading" / "locations.py"))
    with pytest.raises(MissingFile, match="install smpolicy again"):
        locations.rulesets_folder()
