"""The directory: who holds which role when, who is sworn, trained and so on."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import attrs
from attrs import field, frozen

from smpolicy.errors import InvalidAction, InvalidFile, Place, Report, nearest, shorten, some
from smpolicy.loading.structuring import structure
from smpolicy.loading.toml_files import Document, read
from smpolicy.parts.people import Member, RegisteredAlias
from smpolicy.values import read_value
from smpolicy.vocabulary import Fact, SomeOf, Vocabulary


class Directory(Protocol):
    """Whatever knows the people of an agency; implement it over a records or personnel system."""

    def person(self, id: str, at: datetime) -> Member | None:
        """Return what is known of a person at a moment, or None where nobody of that id is registered."""
        ...

    def alias(self, id: str) -> RegisteredAlias | None:
        """Return what is known of an alias, or None where it is not registered."""
        ...

    def people(self) -> Iterable[str]:
        """Return the ids of all people, to find the nearest name in messages."""
        ...


@frozen(slots=True)
class HeldRole:
    """A role held for a span of dates.

    Attributes:
        role: the role.
        since: the first day.
        until: the first day on which it is no longer held, or None.
    """

    role: str
    since: date
    until: date | None = None


@frozen(slots=True)
class Person:
    """A person of a directory: what holds always, and roles held for a time."""

    member: Member
    held: tuple[HeldRole, ...] = ()


@frozen(slots=True)
class ListedDirectory:
    """A directory that is a list, as read from a file.

    Attributes:
        persons: by id.
        aliases: by id.
        time_zone: the zone of the dates for which roles are held.
    """

    persons: Mapping[str, Person] = field(factory=dict)
    aliases: Mapping[str, RegisteredAlias] = field(factory=dict)
    time_zone: ZoneInfo = field(factory=lambda: ZoneInfo("UTC"))

    def person(self, id: str, at: datetime) -> Member | None:
        """Return what is known of a person at a moment, or None where nobody of that id is registered."""
        found = self.persons.get(id)
        if found is None:
            return None
        if not found.held:
            return found.member
        today = at.astimezone(self.time_zone).date()
        now = {each.role for each in found.held if each.since <= today and (each.until is None or today < each.until)}
        always = found.member.roles
        member: Any = found.member
        if isinstance(always, SomeOf):  # which other roles the person holds is not known
            roles: Any = SomeOf(always.includes | now, always.excludes - now)
        else:
            roles = frozenset(now | set(always or ()))
        dated: Member = attrs.evolve(member, roles=roles)
        return dated

    def alias(self, id: str) -> RegisteredAlias | None:
        """Return what is known of an alias, or None where it is not registered."""
        return self.aliases.get(id)

    def people(self) -> Iterable[str]:
        """Return the ids of all people."""
        return self.persons


def read_directory(path: Path, vocabulary: Vocabulary, zone: ZoneInfo, within: Path | None = None) -> ListedDirectory:
    """Read a directory from a TOML file.

    Args:
        path: the file.
        vocabulary: the facts that it may state of people.
        zone: the agency's time zone.
        within: the folder that the file may not leave.

    Raises:
        MissingFile: the file is not there.
        InvalidFile: with every problem found.
    """
    document = read(path, within=within)
    report = Report()
    directory = make_directory(document.data, (), document, vocabulary, zone, report)
    report.raise_as(InvalidFile)
    return directory


def make_directory(
    data: object,
    path: tuple[str | int, ...],
    document: Document,
    vocabulary: Vocabulary,
    zone: ZoneInfo,
    report: Report,
) -> ListedDirectory:
    """Return the directory that a table with `person` and `alias` tables describes, after reporting its problems."""
    if not isinstance(data, dict):
        message, help_ = f"`{path[-1]}` is no table", f"write `[[{path[-1]}.person]]` before each person"
        report.add("wrong_type", message, place=document.place(*path), help=help_)
    tables = data if isinstance(data, dict) else {}
    for key in tables:
        if key not in ("person", "alias"):
            report.add(
                "unknown_key",
                f"`{shorten(key)}` is no table of a directory",
                place=document.place(*path, key),
                expected="`person` and `alias`",
                nearest=nearest(key, ("person", "alias")),
            )
    persons: dict[str, Person] = {}
    for index, table in enumerate(_listed(tables.get("person"), (*path, "person"), document, report)):
        place = (*path, "person", index)
        given = table.get("held", []) if isinstance(table, dict) else []
        held = _held(given, (*place, "held"), document, vocabulary, report)
        facts = {name: fact for name, fact in vocabulary.parts["actor"].facts.items() if fact.owner == "directory"}
        read_facts = read_record(table, facts, place, document, report, other=("id", "held"))
        if read_facts is not None:
            add(persons, table["id"], Person(Member(**read_facts), tuple(held)), document.place(*place), report)
    aliases: dict[str, RegisteredAlias] = {}
    for index, table in enumerate(_listed(tables.get("alias"), (*path, "alias"), document, report)):
        facts = {name: fact for name, fact in vocabulary.parts["alias"].facts.items() if fact.owner == "directory"}
        read_facts = read_record(table, facts, (*path, "alias", index), document, report)
        if read_facts is not None:
            add(aliases, table["id"], RegisteredAlias(**read_facts), document.place(*path, "alias", index), report)
    return ListedDirectory(persons, aliases, zone)


def _held(
    value: object, path: tuple[str | int, ...], document: Document, vocabulary: Vocabulary, report: Report
) -> list[HeldRole]:
    if not isinstance(value, list):
        report.add(
            "wrong_type",
            f"`{shorten(value)}` is no list of roles held for a time",
            place=document.place(*path),
            expected='[{ role = "...", since = 2026-01-01 }]',
        )
        return []
    roles = vocabulary.facts["actor.roles"].members
    found = []
    for number, table in enumerate(value):
        each = structure(HeldRole, table, document, (*path, number), report)
        if each is None:
            continue
        if each.role not in roles:
            report.add(
                "unknown_role",
                f"there is no role `{shorten(each.role)}`",
                place=document.place(*path, number, "role"),
                expected=some(roles, most=30),
                nearest=nearest(each.role, roles),
            )
        if each.until is not None and each.until <= each.since:
            report.add(
                "wrong_dates",
                f"`until` ({each.until}) is not after `since` ({each.since})",
                place=document.place(*path, number, "until"),
                help="`until` is the first day on which the role is no longer held",
            )
        found.append(each)
    return found


def _listed(value: object, path: tuple[str | int, ...], document: Document, report: Report) -> list[Any]:
    if value is None or isinstance(value, list):
        return value or []
    report.add(
        "wrong_type",
        f"`{path[-1]}` is no list of tables",
        place=document.place(*path),
        help=f"write `[[{path[-1]}]]` before each",
    )
    return []


def add(found: dict[str, Any], id: str, value: object, place: Place, report: Report) -> None:
    """Add a record under its id, or report that the id is taken."""
    name = unicodedata.normalize("NFC", id)  # as the ids in actions are
    if name in found:
        message, help_ = f"`{shorten(id)}` is registered twice", "delete one of the two, or give it another id"
        report.add("duplicate_id", message, place=place, help=help_)
    found[name] = value


def read_record(
    table: object,
    facts: Mapping[str, Fact],
    path: tuple[str | int, ...],
    document: Document,
    report: Report,
    other: tuple[str, ...] = ("id",),
) -> dict[str, Any] | None:
    """Return the facts that a record states, in canonical form, or None where it has no usable id."""
    if not isinstance(table, dict) or not isinstance(table.get("id"), str) or not table["id"].strip():
        given = isinstance(table, dict) and "id" in table
        found = table.get("id") if isinstance(table, dict) else None
        message = f"`{shorten(found)}` is no id" if given else "the key `id` is missing"
        place = document.place(*path, "id")
        report.add("wrong_type" if given else "missing_key", message, place=place, expected="text in quotation marks")
        return None
    read_facts: dict[str, Any] = {}
    for key, value in table.items():
        if key in other:
            continue
        if key not in facts:
            report.add(
                "unknown_key",
                f"`{shorten(key)}` is no key here",
                place=document.place(*path, key),
                expected=some((*facts, *other), most=20),
                nearest=nearest(key, (*facts, *other)),
            )
            continue
        try:
            read_facts[key] = read_value(facts[key], value)
        except InvalidAction as error:
            report.problems.extend(
                attrs.evolve(
                    each,
                    message=each.message.replace(f"`{facts[key].path}`", f"`{key}`"),
                    place=document.place(*path, key),
                    path=None,
                )
                for each in error.problems
            )
    return read_facts
