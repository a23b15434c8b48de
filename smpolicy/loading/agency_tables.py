"""The offices, attestations and accounts of an agency file."""

from __future__ import annotations

from typing import Any

from smpolicy.agencies import DESK_BOUNDS, Attesting, DeskTable
from smpolicy.directories import add, read_record
from smpolicy.errors import Place, Report, nearest, shorten, some
from smpolicy.loading.structuring import structure
from smpolicy.loading.toml_files import Document
from smpolicy.parts.pages import RegisteredAccount
from smpolicy.rulesets import Ruleset
from smpolicy.vocabulary import Vocabulary


def read_table(document: Document, name: str, report: Report) -> dict[str, Any]:
    """Return a table of the file, empty where there is none, after reporting what is no table."""
    table = document.data.get(name, {})
    if isinstance(table, dict):
        return table
    report.add("wrong_type", f"`{name}` is no table", place=document.place(name), help=f"write `[{name}]`")
    return {}


def read_offices(
    document: Document, adopted: tuple[Ruleset, ...], complete: bool, vocabulary: Vocabulary, report: Report
) -> dict[str, tuple[str, ...]]:
    """Return the roles that hold each office, after reporting what is wrong with them.

    Where not all rulesets could be loaded (`complete` is false), offices that the others do not name are not judged.
    """
    known = {name for ruleset in adopted for name in ruleset.offices}
    held: dict[str, tuple[str, ...]] = {}
    for name, roles in read_table(document, "offices", report).items():
        if name not in known and complete:
            report.add(
                "unknown_office",
                f"the rulesets name no office `{shorten(name)}`",
                place=document.place("offices", name),
                expected=some(known, most=30),
                nearest=nearest(name, known),
            )
            continue
        held[name] = tuple(_roles(roles, document.place("offices", name), vocabulary, report))
    return held


def _roles(roles: object, place: Place, vocabulary: Vocabulary, report: Report) -> list[str]:
    known = vocabulary.facts["actor.roles"].members
    if not isinstance(roles, (list, tuple)):
        help_ = f'write ["{roles}"]' if roles in known else f"name roles from {some(known, most=30)}"
        report.add("wrong_type", f"`{shorten(roles)}` is no list of roles", place=place, help=help_)
        return []
    for role in roles:
        if role not in known:
            report.add(
                "unknown_role",
                f"there is no role `{shorten(role)}`",
                place=place,
                expected=some(known, most=30),
                nearest=nearest(role, known),
            )
    return [role for role in roles if role in known]


def read_attesting(document: Document, vocabulary: Vocabulary, report: Report) -> tuple[Attesting, ...]:
    """Return who may attest what, after reporting what is wrong with it."""
    tables = document.data.get("attestation", [])
    if not isinstance(tables, list):
        report.add(
            "wrong_type",
            "`attestation` is no list of tables",
            place=document.place("attestation"),
            help="write `[[attestation]]` before each",
        )
        return ()
    found = []
    for index, table in enumerate(tables):
        each = structure(Attesting, table, document, ("attestation", index), report)
        if each is not None:
            _roles(each.roles, document.place("attestation", index, "roles"), vocabulary, report)
            if bool(each.roles) is each.everyone:
                report.add(
                    "wrong_attestation",
                    "an attestation names either roles or everyone",
                    place=document.place("attestation", index),
                    expected="`roles = [...]`, or `everyone = true`",
                )
            for kind in each.on:
                if kind not in vocabulary.kinds:
                    report.add(
                        "unknown_kind",
                        f"there is no kind of action `{shorten(kind)}`",
                        place=document.place("attestation", index, "on"),
                        expected=some(vocabulary.kinds, most=20),
                        nearest=nearest(kind, vocabulary.kinds),
                    )
            for part in each.parts:
                if part not in vocabulary.parts:
                    report.add(
                        "unknown_part",
                        f"there is no part `{shorten(part)}`",
                        place=document.place("attestation", index, "parts"),
                        expected=some(vocabulary.parts, most=40),
                        nearest=nearest(part, vocabulary.parts),
                    )
            found.append(each)
    return tuple(found)


def read_desk(document: Document, adopted: tuple[Ruleset, ...], complete: bool, report: Report) -> DeskTable:
    """Return how cases are handled, after reporting what is wrong with it.

    Where not all rulesets could be loaded (`complete` is false), offices that the others do not name are not judged.
    """
    desk = structure(DeskTable, document.data.get("desk", {}), document, ("desk",), report)
    if desk is None:
        return DeskTable()
    for name, (least, most) in DESK_BOUNDS.items():
        value = getattr(desk, name)
        if not least <= value <= most:
            report.add(
                "out_of_bounds",
                f"`{shorten(value)}` is no value for `{name}`",
                place=document.place("desk", name),
                expected=f"a whole number from {least} to {most}",
            )
    known = {name for ruleset in adopted for name in ruleset.offices}
    for office in desk.escalate_to if complete else ():
        if office not in known:
            report.add(
                "unknown_office",
                f"the rulesets name no office `{shorten(office)}`",
                place=document.place("desk", "escalate_to"),
                expected=some(known, most=30),
                nearest=nearest(office, known),
            )
    return desk


def read_accounts(document: Document, vocabulary: Vocabulary, report: Report) -> dict[str, RegisteredAccount]:
    """Return the register of accounts, by id, after reporting what is wrong with it."""
    tables = document.data.get("account", [])
    if not isinstance(tables, list):
        report.add(
            "wrong_type",
            "`account` is no list of tables",
            place=document.place("account"),
            help="write `[[account]]` before each",
        )
        return {}
    facts = {name: fact for name, fact in vocabulary.parts["account"].facts.items() if fact.owner == "account"}
    accounts: dict[str, RegisteredAccount] = {}
    for index, table in enumerate(tables):
        stated = read_record(table, facts, ("account", index), document, report)
        if stated is not None:
            add(accounts, table["id"], RegisteredAccount(**stated), document.place("account", index), report)
    return accounts
