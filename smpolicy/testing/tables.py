"""From generated data to what one decides with: files written, rulesets loaded, policies bound."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import attrs

from smpolicy.agencies import Agency
from smpolicy.loading.agency_files import read_agency
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.loading.toml_files import Document
from smpolicy.policies import Policy, bind_policy
from smpolicy.rulesets import Ruleset


@cache
def shipped(name: str = "iacp-2019") -> Ruleset:
    """Return a shipped ruleset, loaded once."""
    return load_ruleset(name)


def to_toml(data: Mapping[str, Any]) -> str:
    """Return a table as TOML text; tables inside tables are written inline."""
    tables = [(key, value) for key, value in data.items() if isinstance(value, Mapping)]
    lists = [(key, value) for key, value in data.items() if _is_tables(value)]
    lines = [f"{_key(key)} = {_value(value)}" for key, value in data.items() if (key, value) not in tables + lists]
    for key, table in tables:
        lines += [f"[{_key(key)}]", *(f"{_key(inner)} = {_value(value)}" for inner, value in table.items())]
    for key, rows in lists:
        for row in rows:
            lines += [f"[[{_key(key)}]]", *(f"{_key(inner)} = {_value(value)}" for inner, value in row.items())]
    return "\n".join(lines) + "\n"


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_ruleset(data: Mapping[str, Any], folder: Path) -> Path:
    """Write a ruleset's data as the one file of a folder, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ruleset.toml").write_text(to_toml(data), encoding="utf-8")
    return folder


def ruleset_from(data: Mapping[str, Any], *needed: Ruleset) -> Ruleset:
    """Return the ruleset that data describes, written to a file and loaded as any other, with those that it needs."""
    with tempfile.TemporaryDirectory() as folder:
        return load_ruleset(write_ruleset(data, Path(folder)), {each.id: each for each in needed})


def agency_from(data: Mapping[str, Any], *rulesets: Ruleset) -> Agency:
    """Return the agency that data describes, with loaded rulesets; it adopts exactly those."""
    header = {**data["agency"], "rulesets": [each.id for each in rulesets]}
    document = Document("agency.toml", {**data, "agency": header})
    return read_agency(document, Path(), rulesets={each.id: each for each in rulesets})


def policy_from(data: Mapping[str, Any], *rulesets: Ruleset, engine: str = "compiled") -> Policy:
    """Return the policy of an agency that data describes under loaded rulesets."""
    return bind_policy(agency_from(data, *rulesets), engine)


def with_engine(policy: Policy, engine: str) -> Policy:
    """Return a policy that decides with another engine."""
    return attrs.evolve(policy, engine=engine)


def with_choice(data: Mapping[str, Any], ruleset: str, choice: str, value: Any) -> dict[str, Any]:
    """Return an agency's data with one choice made otherwise."""
    choices = data.get("choices", {})
    return {**data, "choices": {**choices, ruleset: {**choices.get(ruleset, {}), choice: value}}}
