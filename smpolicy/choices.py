"""Choices: making them from their tables, and reading the values that an agency gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Literal

import attrs

from smpolicy.errors import Place, Report, nearest, shorten, some
from smpolicy.rulesets import EFFECTS, Choice, ChoiceType
from smpolicy.vocabulary import Vocabulary

ORDERS: dict[ChoiceType, tuple[str, ...]] = {
    "effect": ("higher",),
    "effect_by": ("higher",),
    "flag": ("true", "false", "none"),
    "offices": ("none",),
    "subset": ("more", "fewer", "none"),
    "number": ("higher", "lower", "none"),
    "period": ("higher", "lower", "none"),
    "text": ("none",),
}
"""For each type of choice, the ways in which it can be stricter."""

MOST_TEXT = 2_000
LONGEST = {"days": 36_500, "months": 1_200}
Unit = Literal["days", "months"]
PlaceOf = Callable[..., Place]


def make_choice(table: Any, vocabulary: Vocabulary, place: PlaceOf, report: Report) -> Choice | None:
    """Return the choice that a table states, its default still as it was written, or None after reporting why not.

    Args:
        table: the structured table of a rule file.
        vocabulary: the facts from whose members a subset may be taken.
        place: gives the place of a key of the table.
        report: takes the problems.
    """
    if table.stricter not in ORDERS[table.type]:
        report.add(
            "wrong_stricter",
            f"a choice of type `{table.type}` cannot be stricter `{table.stricter}`",
            place=place("stricter"),
            expected=some(ORDERS[table.type]),
        )
    members: tuple[str, ...] = ()
    if table.type == "effect":
        members = table.options or EFFECTS
        wrong = [option for option in members if option not in EFFECTS]
    elif table.type == "effect_by":
        members, wrong = table.members, []
    elif table.type == "subset":
        found = _members_of(table.of, vocabulary)
        if found is None:
            near = nearest(table.of, vocabulary.facts)
            report.add(
                "wrong_subset",
                f"`{shorten(table.of)}` is no enumeration",
                place=place("of"),
                expected="the path of a fact with members, or a list of members",
                nearest=near,
            )
            return None
        members, wrong = found, []
    else:
        wrong = []
    if wrong or (table.type in ("effect", "effect_by", "subset") and not members):
        report.add(
            "wrong_members", f"the choice `{table.id}` has no usable members", place=place(), expected=some(EFFECTS)
        )
        return None
    if table.type == "period" and table.unit not in LONGEST:
        report.add("wrong_unit", f"a period has no unit `{table.unit}`", place=place("unit"), expected=some(LONGEST))
        return None
    return Choice(
        table.id,
        table.about,
        table.ask,
        table.type,
        table.default,
        table.stricter,
        members,
        table.unit,
        table.least,
        table.most,
        table.note,
        table.personal_limit,
        place(),
    )


def _members_of(of: object, vocabulary: Vocabulary) -> tuple[str, ...] | None:
    if isinstance(of, str) and of in vocabulary.facts:
        return vocabulary.facts[of].members or None
    if isinstance(of, list) and of and all(isinstance(member, str) for member in of):
        return tuple(of)
    return None


class _Wrong(Exception):
    def __init__(self, expected: str, near: str | None = None) -> None:
        self.expected, self.near = expected, near


def read_choice_value(
    choice: Choice, value: object, offices: Collection[str], place: Place | None, report: Report
) -> Any:
    """Return a choice's value in canonical form: a period as (number, unit) or None, a set as a frozenset.

    Args:
        choice: the choice.
        value: what a file says.
        offices: the offices that there are.
        place: where it says so.
        report: takes the problem; the value returned is then None.
    """
    try:
        return _READERS[choice.type](choice, value, offices)
    except _Wrong as wrong:
        report.add(
            "wrong_choice_value",
            f"`{shorten(value)}` is no value for the choice `{choice.id}`",
            place=place,
            found=shorten(value),
            expected=wrong.expected,
            nearest=wrong.near,
        )
        return None


def _effect(choice: Choice, value: object, _: Collection[str]) -> str:
    options = choice.members if choice.type == "effect" else EFFECTS
    if not isinstance(value, str) or value not in options:
        raise _Wrong(f"one of {some(options)}", nearest(value, options))
    return value


def _effect_by(choice: Choice, value: object, offices: Collection[str]) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _Wrong("a table with an effect for each of " + some(choice.members))
    unknown = [key for key in value if key not in choice.members]
    if unknown or (isinstance(choice.default, str | type(None)) and set(value) != set(choice.members)):
        raise _Wrong(
            f"an effect for each of {some(choice.members)}", nearest(unknown[0], choice.members) if unknown else None
        )
    return {member: _effect(choice, value[member], offices) for member in choice.members if member in value}


def _flag(_choice: Choice, value: object, _: Collection[str]) -> bool:
    if value is True or value is False:
        return value
    raise _Wrong("true or false")


def _names(value: object, known: Collection[str], what: str) -> list[str]:
    if not isinstance(value, list):
        raise _Wrong(f"a list of {what}: {some(known)}")
    for name in value:
        if not isinstance(name, str) or name not in known:
            raise _Wrong(f"{what} from {some(known, most=30)}", nearest(name, known))
    return value


def _offices(_choice: Choice, value: object, offices: Collection[str]) -> tuple[str, ...]:
    names = _names(value, offices, "offices")
    if not names:
        raise _Wrong("at least one office")
    return tuple(sorted(set(names)))


def _subset(choice: Choice, value: object, _: Collection[str]) -> frozenset[str]:
    return frozenset(_names(value, choice.members, "members"))


def _number(choice: Choice, value: object, _: Collection[str]) -> int:
    if type(value) is int and choice.least <= value <= choice.most:
        return value
    raise _Wrong(f"a whole number from {choice.least} to {choice.most}")


def _period(choice: Choice, value: object, _: Collection[str]) -> tuple[int, Unit] | None:
    if value == "none":
        return None
    match = re.fullmatch(r"(\d{1,5}) (day|month)s?", value, re.ASCII) if isinstance(value, str) else None
    unit: Unit = "days" if match and match[2] == "day" else "months"
    if match and unit == choice.unit and 0 < int(match[1]) <= LONGEST[unit]:
        return int(match[1]), unit
    raise _Wrong(f'"none", or a period such as "12 {choice.unit}"')


def _text(_choice: Choice, value: object, _: Collection[str]) -> str:
    if isinstance(value, str) and len(value) <= MOST_TEXT:
        return value
    raise _Wrong(f"text of at most {MOST_TEXT} characters")


_READERS: dict[ChoiceType, Callable[[Choice, object, Collection[str]], Any]] = {
    "effect": _effect,
    "effect_by": _effect_by,
    "flag": _flag,
    "offices": _offices,
    "subset": _subset,
    "number": _number,
    "period": _period,
    "text": _text,
}


def with_default(choice: Choice, default: Any) -> Choice:
    """Return a choice with its default in canonical form."""
    return attrs.evolve(choice, default=default)


def to_plain(value: Any) -> Any:
    """Return a canonical choice value as it is written in files: sets sorted, periods as text."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return f"{value[0]} {value[1]}" if len(value) == 2 and isinstance(value[0], int) else list(value)
    return "none" if value is None else value
