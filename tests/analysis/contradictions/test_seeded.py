"""Contradictions sown as data are found and named with both sides; near misses are not."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import smpolicy
from smpolicy.analysis.contradictions import contradictions
from smpolicy.analysis.sides import CONTRADICTIONS, Contradiction
from tests.builders import AGENCY, AT, DIRECTORY, HEADER, STATED

CASES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("seeded.toml").read_text("utf-8"))["case"]
EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
PACK = """
[ruleset]
id      = "pack"
title   = "A pack"
version = "1"
dated   = 2026-01-01
source  = "none"
needs   = ["{needs}"]

[[consideration]]
id    = "P.1"
title = "Number P.1"
gist  = "It is considered."
acts  = ["publish"]
"""
NOT_SOWN = "asked_of_the_author"
"""In a small directory somebody alone may hold an office: no contradiction between two statements."""


def texts_of(case: dict[str, Any]) -> dict[str, str]:
    """Return the texts of a case's files, by name."""
    if "base" in case:
        folder = EXAMPLES / case["base"]
        texts = {name: (folder / name).read_text("utf-8") for name in ("agency.toml", "directory.toml")}
        replace(texts, case.get("change", []))
        needs = "iacp-2019"
    else:
        agency = AGENCY + case.get("agency", "") + case.get("people", DIRECTORY)
        texts = {"agency.toml": agency, "example/ruleset.toml": HEADER + STATED + case["rules"]}
        needs = "example"
    if "pack" in case:
        texts["pack/ruleset.toml"] = PACK.format(needs=needs) + case["pack"]
        replace(texts, [[f'["{needs}"]\n', f'["{needs}", "pack"]\n']], {"agency.toml"})
    return texts


def replace(texts: dict[str, str], changes: list[list[str]], names: set[str] | None = None) -> None:
    """Replace texts, each of which stands exactly once."""
    for old, new in changes:
        (name,) = (name for name, text in texts.items() if (names is None or name in names) and old in text)
        assert texts[name].count(old) == 1, old
        texts[name] = texts[name].replace(old, new)


def written(texts: dict[str, str], folder: Path) -> Path:
    """Write the files of a case, and return that of its agency."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "agency.toml"


def found_in(texts: dict[str, str], folder: Path) -> list[Contradiction]:
    """Return the contradictions of an agency with these files."""
    return list(contradictions(smpolicy.load(written(texts, folder)), AT))


def sides_of(found: Contradiction) -> list[str]:
    """Return what each side is, with its id."""
    return [f"{side.what} {side.id}" for side in found.sides]


@pytest.mark.parametrize("case", CASES, ids=[each["name"] for each in CASES])
class TestSeeded:
    def test_is_found_with_both_sides(self, case: dict[str, Any], tmp_path: Path) -> None:
        """What is sown is found, shown exactly, and named with both sides, each with its file and line."""
        found = found_in(texts_of(case), tmp_path / "seeded")
        (one,) = (each for each in found if (each.code, sides_of(each)) == (case["code"], case["sides"]))
        assert one.exact
        assert all(side.place is not None and side.place.line for side in one.sides)
        assert all(f"`{side.id}" in one.message for side in one.sides if side.what != "office" or "`{" in one.message)

    def test_nothing_else_is_found(self, case: dict[str, Any], tmp_path: Path) -> None:
        """Besides what is sown nothing is found, so that nobody looks in vain."""
        if "base" not in case:
            found = [each for each in found_in(texts_of(case), tmp_path / "seeded") if each.code != NOT_SOWN]
            assert [(each.code, sides_of(each)) for each in found] == [(case["code"], case["sides"])]

    def test_near_miss_is_not_found(self, case: dict[str, Any], tmp_path: Path) -> None:
        """As little as one word or one person other, and nothing contradicts anything."""
        texts = texts_of(case)
        replace(texts, case["near"])
        found = [each for each in found_in(texts, tmp_path / "near") if each.code != NOT_SOWN]
        if "base" in case:
            found = [each for each in found if (each.code, sides_of(each)) == (case["code"], case["sides"])]
        assert [(each.code, each.message) for each in found] == []


def test_every_code_is_sown() -> None:
    """At least 25 contradictions are sown, and of each of the six codes several."""
    counted = Counter(each["code"] for each in CASES)
    assert counted.total() >= 25
    assert set(counted) == set(CONTRADICTIONS) - {NOT_SOWN}
    assert min(counted.values()) >= 3
