"""Small rulesets, agencies and policies for tests, made from the text that matters to each."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

from smpolicy.agencies import Agency
from smpolicy.decisions import Decision
from smpolicy.kinds import CORE
from smpolicy.language.conditions import Condition, ValueType
from smpolicy.language.expressions import Expression
from smpolicy.language.lowering import Bindings, bind
from smpolicy.language.parsing import Scope, parse
from smpolicy.loading.agency_files import read_agency
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.loading.toml_files import parse as parse_toml
from smpolicy.policies import Policy, bind_policy
from smpolicy.rulesets import Ruleset

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)

HEADER = """
[ruleset]
id      = "example"
title   = "An example"
version = "1"
dated   = 2026-01-01
source  = "none"
"""
STATED = """
[[office]]
id    = "legal"
title = "Legal counsel"

[[office]]
id    = "command"
title = "Command staff"
""" + "".join(
    f'\n[[consideration]]\nid = "{each}"\ntitle = "Number {each}"\ngist = "It is considered."\nacts = ["publish"]\n'
    for each in ("A", "A.1", "A.1.a", "A.2", "A.3", "B.1")
)

AGENCY = """
[agency]
id        = "quillan-county"
name      = "Quillan County Sheriff's Office (fictional)"
time_zone = "America/Chicago"
effective = 2026-01-01
until     = 2027-01-01
rulesets  = ["example"]

[offices]
legal   = ["legal_counsel"]
command = ["chief_or_sheriff", "deputy_chief"]

[[attestation]]
roles = ["spokesperson"]

[[attestation]]
roles = ["moderator"]
parts = ["moderation"]

[[account]]
id         = "main"
type       = "official"
identifies = ["agency"]
"""
DIRECTORY = """
[[directory.person]]
id     = "sheriff-1"
roles  = ["chief_or_sheriff"]
status = "sworn"

[[directory.person]]
id    = "deputy-chief-1"
roles = ["deputy_chief", "legal_counsel"]

[[directory.person]]
id    = "counsel-1"
roles = ["legal_counsel"]

[[directory.person]]
id            = "spokesperson-1"
roles         = ["spokesperson", "legal_counsel"]
trained       = true
training_date = 2026-01-02T12:00:00Z

[[directory.person]]
id    = "moderator-1"
roles = ["moderator"]

[[directory.person]]
id   = "acting-1"
held = [{ role = "chief_or_sheriff", since = 2026-03-01, until = 2026-05-01 }]

[[directory.alias]]
id            = "night-owl"
last_reviewed = 2026-02-01T12:00:00Z
"""


def rule(condition: str | None = "content.guilt_or_innocence", then: str | None = "deny", **keys: str) -> str:
    """Return the text of a rule, on `publish` unless told otherwise; `keys` are further keys, written as TOML."""
    table = {"id": '"A.1/rule"', "on": '["publish"]', "reason": '"It was found."'}
    table |= {} if condition is None else {"when": f'"""{condition}"""'}
    table |= {} if then is None else {"then": f'"{then}"'}
    table |= {"approvals": '[{ office = "legal" }]'} if then == "needs_approval" else {}
    return "\n[[rule]]\n" + "".join(f"{key} = {value}\n" for key, value in (table | keys).items())


def exception(condition: str, of: str = "A.1", **keys: str) -> str:
    """Return the text of an exception, on `publish` unless told otherwise; `keys` are further keys, written as TOML."""
    table = {"id": '"A.2/exception"', "about": '"A.2"', "on": '["publish"]', "of": f'["{of}"]'}
    table |= {"when": f'"""{condition}"""'}
    return "\n[[exception]]\n" + "".join(f"{key} = {value}\n" for key, value in (table | keys).items())


def choice(id: str, type: str, default: str, stricter: str = "none", **keys: str) -> str:
    """Return the text of a choice; `default` and the further keys are written as TOML."""
    table = {"id": f'"{id}"', "about": '"A.1"', "ask": '"Which is it to be?"', "type": f'"{type}"', "default": default}
    table |= {"stricter": f'"{stricter}"'}
    return "\n[[choice]]\n" + "".join(f"{key} = {value}\n" for key, value in (table | keys).items())


def make_ruleset(rules: str = "", header: str = "", stated: str = STATED) -> Ruleset:
    """Return the ruleset that these tables state, with some offices and considerations; `header` ends [ruleset]."""
    with tempfile.TemporaryDirectory() as folder:
        text = HEADER + dedent(header) + stated + dedent(rules)
        Path(folder, "ruleset.toml").write_text(text, encoding="utf-8")
        return load_ruleset(Path(folder))


def make_agency(text: str = "", ruleset: Ruleset | None = None, head: str = AGENCY, people: str = DIRECTORY) -> Agency:
    """Return an agency that adopts a ruleset; `text` are further tables of its file."""
    document = parse_toml(head + dedent(text) + people, "agency.toml")
    with tempfile.TemporaryDirectory() as folder:
        return read_agency(document, Path(folder), rulesets={"example": ruleset or make_ruleset()})


def make_policy(rules: str = "", agency: str = "", engine: str = "compiled", head: str = AGENCY) -> Policy:
    """Return the policy of an agency that adopts a ruleset of these rules; `agency` are further tables of its file."""
    return bind_policy(make_agency(agency, make_ruleset(rules), head), engine)


def decide(policy: Policy, data: Mapping[str, Any] | None = None, **options: Any) -> Decision:
    """Return the decision on a post with these facts."""
    return policy.decide(policy.action({"kind": "publish", **(data or {})}), **({"at": AT} | options))


def condition(
    text: str, choices: Mapping[str, tuple[ValueType, tuple[Any, ...]]] | None = None, **named: str
) -> Condition:
    """Return a checked condition over the core vocabulary; `named` are the definitions that it may use."""

    def definition(name: str) -> Condition:
        return parse(named[name], scope)

    scope = Scope(CORE, choices or {}, definition, tuple(named))
    return parse(text, scope)


def bound(text: str, facts: Mapping[str, Any] | None = None, **choices: Any) -> Expression:
    """Return a bound condition over the core vocabulary.

    Args:
        text: the condition.
        facts: the agency's facts.
        choices: for each choice its type, its members and its value.
    """
    declared = {name: (kind, members) for name, (kind, members, _) in choices.items()}
    values = {name: value for name, (_, _, value) in choices.items()}
    return bind(condition(text, declared), Bindings(CORE, values, facts or {}))
