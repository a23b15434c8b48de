"""The tables of a ruleset's files, as they stand there: their keys, types and defaults."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from attrs import field, frozen

from smpolicy.rulesets import ChoiceType, Office, Severity, Stricter, When


@frozen(slots=True)
class HeaderTable:
    """What a ruleset says of itself, in `[ruleset]`."""

    id: str
    title: str
    version: str
    dated: date
    source: str
    governs: str = ""
    namespace: str | None = None
    needs: tuple[str, ...] = ()


@frozen(slots=True)
class FactTable:
    """A fact of a pack."""

    id: str
    on: tuple[str, ...]
    type: Literal["bool", "enum", "set", "integer", "moment", "text"]
    ask: str
    cite: str
    owner: Literal["author", "given"] = "author"
    values: tuple[str, ...] = ()
    harmless: Any = None
    always_ask: bool = False
    unit: str | None = None
    least: int = 0
    most: int = 1_000_000
    sensitive: bool = False


@frozen(slots=True)
class ConsiderationTable:
    """A consideration."""

    id: str
    title: str
    gist: str
    acts: tuple[str, ...]
    authorities: tuple[str, ...] = ()


@frozen(slots=True)
class CitedAuthorityTable:
    """A judgment or a statute that considerations rest on."""

    id: str
    citation: str
    held: str
    confirmed: bool


@frozen(slots=True)
class EstablishesTable:
    """What values of a choice establish of a candidate policy."""

    fact: str
    member: str
    values: tuple[Any, ...] = ()
    lacks: tuple[str, ...] = ()
    lacks_all: tuple[str, ...] = ()
    where: dict[str, tuple[Any, ...]] = field(factory=dict)


@frozen(slots=True)
class ChoiceTable:
    """A choice; `of` is the path of a fact, or a list of members."""

    id: str
    about: str
    ask: str
    type: ChoiceType
    default: Any
    stricter: Stricter
    options: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    of: Any = None
    unit: str | None = None
    least: int = 0
    most: int = 100_000
    note: str | None = None
    personal_limit: str | None = None
    establishes: tuple[EstablishesTable, ...] = ()


@frozen(slots=True)
class DefinitionTable:
    """A definition."""

    id: str
    about: str
    when: str


@frozen(slots=True)
class AskedTable:
    """Whose approval is asked."""

    office: str
    people: int = 1


@frozen(slots=True)
class ObligeTable:
    """A duty."""

    do: str
    to: str
    when: When = "before"
    within: str | None = None
    # `except` is a keyword in Python, so the table's key is renamed before it is structured.
    excluding: str | None = field(default=None, metadata={"key": "except"})


@frozen(slots=True)
class InsteadTable:
    """What an exception puts in place."""

    about: str
    when: str | None = None
    then: str | None = None
    approvals: tuple[AskedTable, ...] = ()
    oblige: ObligeTable | None = None
    notice: str | None = None
    reason: str = ""


@frozen(slots=True)
class RuleTable:
    """A rule; `each` is the path of a fact, or a table of conditions."""

    id: str
    on: tuple[str, ...]
    when: str | None = None
    then: str | None = None
    each: Any = None
    approvals: tuple[AskedTable, ...] = ()
    oblige: ObligeTable | None = None
    notice: str | None = None
    cites: tuple[str, ...] = ()
    reason: str = ""
    remedy: str = ""
    severity: Severity | None = None


@frozen(slots=True)
class AuthorityTable:
    """What lets a pack widen a choice of another ruleset."""

    authority: str


@frozen(slots=True)
class OverridesTable:
    """What lets a pack lift rules of another ruleset."""

    of: str
    authority: str


@frozen(slots=True)
class AdjustmentTable:
    """What a pack changes about a choice of another ruleset."""

    id: str
    of: str
    choice: str
    mildest: Any
    reason: str
    overrides: AuthorityTable | None = None


@frozen(slots=True)
class ExceptionTable:
    """An exception."""

    id: str
    about: str
    on: tuple[str, ...]
    of: tuple[str, ...]
    when: str
    instead: tuple[InsteadTable, ...] = ()
    cites: tuple[str, ...] = ()
    reason: str = ""
    overrides: OverridesTable | None = None


TABLES: dict[str, type] = {
    "office": Office,
    "fact": FactTable,
    "authority": CitedAuthorityTable,
    "consideration": ConsiderationTable,
    "choice": ChoiceTable,
    "definition": DefinitionTable,
    "rule": RuleTable,
    "exception": ExceptionTable,
    "adjustment": AdjustmentTable,
}
"""The tables that a rule file may hold, by name."""
