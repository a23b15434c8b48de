"""Tests that the reference is up to date, and that nothing is left undocumented."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import smpolicy
from smpolicy.analysis.sides import CONTRADICTIONS
from smpolicy.cli import VERBS
from smpolicy.errors import CODES
from smpolicy.kinds import CORE
from smpolicy.loading.locations import rulesets_folder
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.render.reference import GENERATED, outdated, pages, write
from smpolicy.review_items import ITEMS
from smpolicy.schemas import NAMES, schema
from smpolicy.testing import properties, strategies
from smpolicy.testing.mutants import OPERATORS
from smpolicy.testing.mutation import FATES
from tests.docs.pages import DOCS, ROOT
from tests.docs.pages import pages as written_pages

REFERENCE = DOCS / "reference"
RULESETS = [path.parent.name for path in sorted(rulesets_folder().glob("*/ruleset.toml"))]


def strategies_offered() -> list[Any]:
    """Return the strategies that the package offers: its functions that are plural nouns, and what is learned."""
    names = ("actions", "agencies", "approvals", "histories", "learned", "moments", "policies", "rulesets")
    return [getattr(strategies, name) for name in names]


def page(name: str) -> str:
    """Return a page of the reference."""
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def anchors(name: str) -> set[str]:
    """Return the anchors of the headings of a page."""
    return set(re.findall(r"^#+ .*\{ #(\S+) \}$", page(name), re.MULTILINE))


def test_is_up_to_date() -> None:
    """The generated pages are what `python -m smpolicy.render.reference docs/reference` would write now."""
    assert list(outdated(REFERENCE)) == []


def test_writes_every_page(tmp_path: Path) -> None:
    """All generated pages are written at once; until then each is out of date."""
    assert list(outdated(tmp_path)) == list(pages())
    write(tmp_path)
    assert list(outdated(tmp_path)) == []


def test_every_page_is_generated_or_written() -> None:
    """No page of the reference is left over from a generator that no longer writes it."""
    marked = {path.name for path in REFERENCE.glob("*.md") if path.read_text(encoding="utf-8").startswith(GENERATED)}
    assert marked == set(pages())


@pytest.mark.parametrize("name", RULESETS)
class TestRuleset:
    def test_considerations_are_documented(self, name: str) -> None:
        """Every consideration has a section, under its id."""
        assert set(load_ruleset(name).considerations) <= anchors("considerations")

    def test_rules_are_documented(self, name: str) -> None:
        """Every rule, exception and definition is shown."""
        ruleset, text = load_ruleset(name), page("considerations")
        ids = [*(each.id for each in ruleset.rules), *(each.id for each in ruleset.exceptions), *ruleset.definitions]
        assert [each for each in ids if f"`{each}`**" not in text] == []

    def test_choices_are_documented(self, name: str) -> None:
        """Every choice has a section, under its id."""
        assert set(load_ruleset(name).choices) <= anchors("choices")

    def test_own_facts_are_documented(self, name: str) -> None:
        """Every fact of the ruleset's own is shown, with its question and all its members."""
        rows = {row.split("`")[1]: row for row in page("facts").splitlines() if row.startswith("| `")}
        known = load_ruleset(name).vocabulary
        for path in known.pack_kinds:
            assert known.facts[path].ask in rows[path]
            assert all(f"`{member}`" in rows[path] for member in known.facts[path].members)

    def test_offices_are_documented(self, name: str) -> None:
        """Every office stands on the page of the agency file."""
        assert [each for each in load_ruleset(name).offices if f"`{each}`" not in page("agency-file")] == []


class TestVocabulary:
    def test_kinds_are_documented(self) -> None:
        """Every kind of action has a section."""
        assert set(CORE.kinds) <= anchors("kinds")

    def test_parts_are_documented(self) -> None:
        """Every part has a section."""
        assert set(CORE.parts) <= anchors("facts")

    def test_facts_are_documented(self) -> None:
        """Every fact is shown, with its question and all its members."""
        rows = {row.split("`")[1]: row for row in page("facts").splitlines() if row.startswith("| `")}
        for path, fact in CORE.facts.items():
            assert fact.ask in rows[path]
            assert all(f"`{member}`" in rows[path] for member in fact.members)


class TestFaces:
    def test_commands_are_documented(self) -> None:
        """Every verb of the command line has a section."""
        assert set(VERBS) <= anchors("cli")

    def test_error_codes_are_documented(self) -> None:
        """Every error code has a section, at the place to which messages point."""
        assert set(CODES) <= anchors("errors")

    def test_item_codes_are_documented(self) -> None:
        """Every code of what a check tells has a section, and the how-to names each contradiction."""
        assert set(ITEMS) == anchors("check")
        how_to = (DOCS / "how-to" / "check-a-configuration.md").read_text(encoding="utf-8")
        assert all(f"`{code}`" in how_to for code in CONTRADICTIONS)

    def test_public_names_are_documented(self) -> None:
        """Every name that `import smpolicy` gives is on a page of the reference."""
        text = "".join(page(name) for name in ("python", "kinds", "errors"))
        assert [name for name in smpolicy.__all__ if f"smpolicy.{name}" not in text and f"#{name} " not in text] == []

    @pytest.mark.parametrize(
        ("name", "file"),
        [
            ("agency", "agency-file"),
            ("directory", "directory-file"),
            ("ruleset", "rule-file"),
            ("scenario", "scenario-file"),
            ("decision", "decision"),
        ],
    )
    def test_keys_of_files_are_documented(self, name: str, file: str) -> None:
        """Every key of every file is told of."""
        text = page(file)
        assert [key for key in schema(name)["properties"] if f"`{key}`" not in text and f"#{key} " not in text] in (
            [],
            ["choices"],
        )

    @pytest.mark.parametrize("make", [*strategies_offered(), *properties.STATEMENTS, *properties.GUARANTEES])
    def test_strategies_and_properties_are_documented(self, make: Any) -> None:
        """Every strategy and every property has a section, which tells of each of its arguments."""
        section = page("testing").partition(f"{{ #{make.__name__} }}")[2].partition("\n#")[0]
        wanted = [name for name in inspect.signature(make).parameters if name != "draw"]
        assert section
        assert [name for name in wanted if f"| `{name}` |" not in section] == []

    def test_plugin_is_documented(self) -> None:
        """Every option, setting and fixture of the pytest plugin is told of."""
        source = (ROOT / "smpolicy" / "testing" / "plugin.py").read_text(encoding="utf-8")
        options = set(re.findall(r'addoption\(\s*"(--[\w-]+)"', source))
        names = (
            options
            | set(re.findall(r'addini\("(\w+)"', source))
            | set(re.findall(r"@pytest.fixture.*\ndef (\w+)", source))
        )
        assert len(names) == 7
        assert [name for name in names if not re.search(rf"^\| `{name}[ `]", page("pytest-plugin"), re.MULTILINE)] == []

    def test_mutation_is_documented(self) -> None:
        """Every operator is told of with what it changes, and every fate of a change with what it means."""
        rows = [f"| `{name}` | {text} |" for name, text in (*OPERATORS.items(), *FATES.items())]
        assert [row for row in rows if row not in page("mutation")] == []

    def test_schemas_are_documented(self) -> None:
        """Every schema is named."""
        assert [name for name in NAMES if f"`{name}`" not in page("schemas")] == []


@pytest.mark.parametrize("path", [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in written_pages()])
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link of a page leads to a file."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [each for each in targets if not (path.parent / each).exists()] == []
