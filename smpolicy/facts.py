"""What is known when a decision is made: the values of facts, read off an action and the records it names."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from attrs import frozen

from smpolicy.actions import NOTHING, Action
from smpolicy.language.expressions import Term
from smpolicy.parts.pages import RegisteredAccount
from smpolicy.parts.people import Member, RegisteredAlias
from smpolicy.vocabulary import Fact, Vocabulary

Provenance = Literal["given", "attested", "directory", "account register", "agency file", "candidate file", "unknown"]
Facts = tuple[Any, ...]
"""The value of each term of a kind's bound rules, in their order; None where it is unknown."""

SHORTEST_MONTH = 28
NOBODY, NO_ALIAS, NO_ACCOUNT = Member(), RegisteredAlias(), RegisteredAccount()

LOOKED_UP_BY = {
    "actor": "actor.id",
    "access": "access.holder_id",
    "alias": "alias.id",
    "account": "account.id",
}
"""For each part with facts that are looked up: the fact that gives the id."""


@frozen(slots=True)
class Records:
    """The records that an action names by id; an empty one where it names none.

    Attributes:
        actor: what the directory knows of the proposer.
        holder: what it knows of whoever is to hold access.
        alias: what it knows of the alias.
        account: what the register knows of the account.
    """

    actor: Member = NOBODY
    holder: Member = NOBODY
    alias: RegisteredAlias = NO_ALIAS
    account: RegisteredAccount = NO_ACCOUNT


def age(moment: datetime, at: datetime, unit: str, zone: ZoneInfo) -> int:
    """Return how old a moment is, in half units: twice the whole units passed, and one more where some time is over.

    Counted so, "more than 12 months" and "at least 12 months" are both exact on whole numbers.

    Args:
        moment: the moment.
        at: the moment from which it is seen.
        unit: `days` or `months`, of the calendar.
        zone: the time zone whose calendar counts.
    """
    then, now = moment.astimezone(zone), at.astimezone(zone)
    if unit == "days":
        units, due_day, day = now.toordinal() - then.toordinal(), 0, 0
    else:
        units, due_day, day = (now.year - then.year) * 12 + now.month - then.month, then.day, now.day
        if due_day > SHORTEST_MONTH:  # a month without that day is over on its last
            due_day = min(due_day, monthrange(now.year, now.month)[1])
    due = (due_day, then.hour, then.minute, then.second)
    passed = (day, now.hour, now.minute, now.second)
    return 2 * units + (1 if passed > due else 0 if passed == due else -1)


Reader = Callable[[Action, Records, datetime, ZoneInfo], Facts]


def make_reader(kind: str, terms: tuple[Term, ...], vocabulary: Vocabulary) -> Reader:
    """Return a function that reads the values of terms, written out as source for speed.

    Args:
        kind: the kind of action.
        terms: what to read.
        vocabulary: says where each fact is known.
    """
    parts = sorted({term.path.partition(".")[0] for term in terms} & set(vocabulary.kinds[kind].parts))
    given = [part for part in parts if part not in ("agency", "terms")]
    lines = ["def read(action, records, at, zone):"]
    lines += [f"    {part} = action.{part}" for part in given]
    lines += ["    packs = action.packs"]
    lines += [f"    {name}_record = records.{name}" for name in ("actor", "holder", "alias", "account")]
    values = [_source(term, vocabulary) for term in terms]
    lines += [f"    return ({', '.join(values)}{',' if values else ''})"]
    names: dict[str, Any] = {"age": age, "NOTHING": NOTHING}
    exec("\n".join(lines), names)  # noqa: S102  source made of the vocabulary's own names alone
    reader: Reader = names["read"]
    return reader


def _source(term: Term, vocabulary: Vocabulary) -> str:
    fact = vocabulary.facts[term.path]
    part, name = fact.part, fact.name
    if part in vocabulary.packs:
        source = f"packs.get({part!r}, NOTHING).get({name!r})"
    elif fact.owner == "directory" and part == "access":
        source = f"holder_record.{name.removeprefix('holder_')}"
    elif fact.owner == "directory":
        source = f"{part}_record.{name}"
    elif fact.owner == "account":
        source = f"account_record.{name}"
    elif fact.owner == "agency":
        source = "None"
    else:
        source = f"{part}.{name}"
    return f"(None if {source} is None else age({source}, at, {term.unit!r}, zone))" if term.unit else source


def value_of(fact: Fact, action: Action, records: Records) -> Any:
    """Return the value of one fact that an action or its records give, or None where it is unknown.

    Args:
        fact: the fact.
        action: the action.
        records: the records that it names.
    """
    if fact.owner == "directory" and fact.part == "access":
        return getattr(records.holder, fact.name.removeprefix("holder_"))
    if fact.owner in ("directory", "account"):
        return getattr(getattr(records, fact.part), fact.name)
    return action.get(fact.path)


def provenance(path: str, value: Any, action: Action, vocabulary: Vocabulary) -> Provenance:
    """Return where the value of a fact comes from."""
    if value is None:
        return "unknown"
    looked_up: dict[str, Provenance] = {
        "directory": "directory",
        "account": "account register",
        "agency": "agency file",
        "candidate": "candidate file",
    }
    owner = vocabulary.facts[path].owner
    if owner in looked_up:
        return looked_up[owner]
    return "attested" if any(path in each.facts for each in action.attestations) else "given"
