"""JSON Schemas (draft 2020-12) of all that smpolicy reads and gives; generated ones lie beside this file.

`python -m smpolicy.schemas` writes them anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from smpolicy.errors import MissingFile, Problem, nearest, some
from smpolicy.rulesets import Ruleset
from smpolicy.schemas.actions import action_schema
from smpolicy.schemas.agencies import agency_schema, directory_schema
from smpolicy.schemas.decisions import decision_schema
from smpolicy.schemas.files import ruleset_schema
from smpolicy.schemas.scenarios import scenario_schema
from smpolicy.schemas.shapes import Schema
from smpolicy.vocabulary import Vocabulary

__all__ = ["NAMES", "schema", "shipped_file", "to_text", "write"]

_SCHEMAS: dict[str, Callable[[Vocabulary, tuple[Ruleset, ...]], Schema]] = {
    "action": lambda vocabulary, _: action_schema(vocabulary),
    "agency": agency_schema,
    "directory": lambda vocabulary, _: directory_schema(vocabulary),
    "ruleset": lambda vocabulary, _: ruleset_schema(vocabulary),
    "scenario": lambda vocabulary, _: scenario_schema(vocabulary),
    "decision": lambda vocabulary, _: decision_schema(vocabulary),
}
NAMES = tuple(_SCHEMAS)
"""The names of all schemas."""


def schema(
    name: str, vocabulary: Vocabulary | None = None, rulesets: Iterable[Ruleset] | None = None
) -> dict[str, Any]:
    """Return a JSON Schema.

    Args:
        name: one of `NAMES`.
        vocabulary: the kinds, parts and facts, those of packs included; by default the core's.
        rulesets: those whose choices and offices an agency's file may name; by default all that smpolicy ships.

    Raises:
        MissingFile: there is no schema of that name.
    """
    from smpolicy.kinds import CORE

    if name not in _SCHEMAS:
        raise MissingFile(
            Problem(
                "unknown_schema",
                f"there is no schema `{name}`",
                expected=some(NAMES),
                nearest=nearest(name, NAMES),
            )
        )
    adopted = tuple(rulesets) if rulesets is not None else _shipped_rulesets() if name == "agency" else ()
    return _SCHEMAS[name](vocabulary or CORE, adopted)


def _shipped_rulesets() -> tuple[Ruleset, ...]:
    from smpolicy.loading.locations import rulesets_folder
    from smpolicy.loading.ruleset_files import load_ruleset

    return tuple(load_ruleset(path.parent.name) for path in sorted(rulesets_folder().glob("*/ruleset.toml")))


def shipped_file(name: str) -> Path:
    """Return where the generated schema of a name lies."""
    return Path(__file__).with_name(f"{name}.json")


def to_text(made: Schema) -> str:
    """Return a schema as the text of its file."""
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """Write every schema to its file.

    Args:
        folder: where the files go.
    """
    for name in NAMES:
        (folder / shipped_file(name).name).write_text(to_text(schema(name)), encoding="utf-8", newline="\n")
