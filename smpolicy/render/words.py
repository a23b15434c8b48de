"""Values, moments, rules and people in plain words, and lines wrapped for reading."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from smpolicy.agencies import Agency
from smpolicy.approvals import Need, Requirement, holds_role
from smpolicy.values import read_moment

WIDTH = 100
MOST_NAMES = 8

EFFECTS = {"deny": "deny", "needs_approval": "needs approval", "oblige": "duty", "notice": "notice", "allow": "allow"}
"""What people call each effect."""


def wrapped(text: str, indent: str = "", hanging: str | None = None) -> list[str]:
    """Return a text as lines that are easy to read; no word, and so no id, is broken.

    Args:
        text: the text.
        indent: what the first line begins with.
        hanging: what the others begin with; by default blanks as long as `indent`.
    """
    following = " " * len(indent) if hanging is None else hanging
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    )


def listed(names: Iterable[str], most: int = MOST_NAMES, last: str = "and") -> str:
    """Return names as text: the first ones, and how many more there are."""
    every = list(names)
    if len(every) > most:
        return f"{', '.join(every[:most])} {last} {len(every) - most} more"
    return f" {last} ".join(part for part in (", ".join(every[:-1]), "".join(every[-1:])) if part)


def value_in_words(value: Any, zone: ZoneInfo) -> str:
    """Return the value of a fact, given as JSON-ready data, in words."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        parts = [
            f"{word} {', '.join(value[key])}"
            for key, word in (("includes", "has"), ("excludes", "lacks"))
            if value.get(key)
        ]
        return f"{', '.join(parts)}, the rest not known"
    if isinstance(value, list):
        return ", ".join(value) or "none of these"
    moment = read_moment(value)
    return str(value) if moment is None else moment_in_words(moment, zone)


def moment_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment in the calendar of a time zone."""
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"


def counted(number: int, one: str, several: str | None = None) -> str:
    """Return a number with its noun, such as `2 questions`."""
    return f"{number} {one if number == 1 else several or one + 's'}"


def cited(cites: Iterable[str], agency: Agency) -> str:
    """Return citations, each with the title of its consideration."""
    titles = {each.id: each.title for ruleset in agency.rulesets for each in ruleset.considerations.values()}
    return "; ".join(f"{cite} {titles.get(cite, '')}".strip() for cite in cites)


def offices_in_words(offices: Iterable[str], agency: Agency) -> str:
    """Return offices by their titles, or what else a duty names."""
    known = agency.known_offices()
    return listed((known[name].title if name in known else f"the {name}" for name in offices), last="or")


def holders(need: Need, agency: Agency, at: datetime, author: str | None) -> list[str]:
    """Return the people of the directory who may meet a need, the author left out where that is not allowed.

    Args:
        need: whose approval is asked.
        agency: the agency.
        at: the moment at which the roles must be held.
        author: the person who proposes the action.
    """
    directory = agency.directory
    return [
        person
        for person in sorted(directory.people())
        if (person != author or agency.decision.self_approval)
        and any(holds_role(directory, person, role, at) for role in need.roles)
    ]


def need_in_words(need: Need, agency: Agency, at: datetime, author: str | None) -> str:
    """Return whose approval is asked: how many, of which office, the roles that hold it, the people in those roles."""
    people = counted(need.people, "person", "people")
    office = offices_in_words(need.offices, agency)
    if not need.roles:
        return f"{people} from: {office} - the agency has given this office to no role"
    able = holders(need, agency, at, author)
    who = listed(able) if able else "nobody in the directory" if author is None else "nobody else in the directory"
    few = ", which is too few" if 0 < len(able) < need.people else ""
    return f"{people} from: {office} (role {listed(need.roles, last='or')}): {who}{few}"


def requirement_in_words(requirement: Requirement, agency: Agency, at: datetime, author: str | None) -> list[str]:
    """Return each part of a requirement in words."""
    return [need_in_words(need, agency, at, author) for need in requirement]
