"""Choices: making them from their tables, and reading the values that an agency gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Literal

import attrs

from smpolicy.errors import Place, Report, nearest, shorten, some
from smpolicy.rulesets import EFFECTS, Choice, ChoiceType, Establishes
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
MOST_NUMBER = 2**53 - 1
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
                f"`{shorten(table.of)}` is no enumeration"
                if table.of is not None
                else f"the choice `{table.id}` does not say of what it is a subset",
                place=place("of"),
                expected="the path of a fact with members, or a list of members",
                nearest=near,
            )
            return None
        members, wrong = found, []
    else:
        wrong = []
    if wrong:
        near = nearest(wrong[0], EFFECTS)
        message = f"`{shorten(wrong[0])}` is no effect"
        report.add("wrong_members", message, place=place("options"), expected=some(EFFECTS), nearest=near)
        return None
    if table.type == "effect_by" and not members:
        message = f"the choice `{table.id}` has no members"
        report.add("wrong_members", message, place=place(), help="list under `members` what each effect is chosen for")
        return None
    if table.type == "period" and table.unit not in LONGEST:
        report.add("wrong_unit", f"a period has no unit `{table.unit}`", place=place("unit"), expected=some(LONGEST))
        return None
    limits = vocabulary.facts["policy.personal_limits"].members
    if table.personal_limit is not None and table.personal_limit not in limits:
        report.add(
            "unknown_member",
            f"`{shorten(table.personal_limit)}` is no limit on personal speech",
            place=place("personal_limit"),
            expected=some(limits, most=20),
            nearest=nearest(table.personal_limit, limits),
        )
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
        _establishes(table, members, vocabulary, place, report),
    )


def _establishes(
    table: Any, members: tuple[str, ...], vocabulary: Vocabulary, place: PlaceOf, report: Report
) -> tuple[Establishes, ...]:
    """Return what a choice establishes of a candidate policy, after reporting what is wrong with it."""
    if not table.establishes:
        return ()
    sets = {path: fact for path, fact in vocabulary.facts.items() if path.startswith("policy.") and fact.type == "set"}
    possible = (True, False) if table.type == "flag" else members
    found = []
    for index, each in enumerate(table.establishes):
        named = (*each.values, *each.lacks, *each.lacks_all)
        known = sets[each.fact].members if each.fact in sets else ()
        wrong = [value for value in named if value not in possible]
        problem: tuple[str, str | None, str | None] | None = None
        if each.fact not in sets:
            problem = f"`{shorten(each.fact)}` is no set of a candidate policy", some(sets), nearest(each.fact, sets)
        elif each.member not in known:
            near = nearest(each.member, known)
            problem = f"`{each.fact}` has no member `{shorten(each.member)}`", some(known, most=20), near
        elif not named or wrong:
            message = f"`{shorten(wrong[0])}` is no value of the choice" if wrong else "no value of the choice is named"
            problem = message, some(map(str, possible)) or None, None
        elif (each.lacks or each.lacks_all) and table.type != "subset":
            problem = "only a choice of a subset can lack members", "`values`", None
        if problem is not None:
            message, expected, near = problem
            where = place("establishes", index)
            report.add("wrong_establishes", message, place=where, expected=expected, nearest=near)
            continue
        found.append(Establishes(each.fact, each.member, each.values, each.lacks, each.lacks_all, each.where))
    return tuple(found)


def _members_of(of: object, vocabulary: Vocabulary) -> tuple[str, ...] | None:
    if isinstance(of, str) and of in vocabulary.facts:
        return vocabulary.facts[of].members or None
    if isinstance(of, list) and of and all(isinstance(member, str) for member in of):
        return tuple(of)
    return None


class _Wrong(Exception):
    def __init__(self, expected: str, near: str | None = None, found: object = None) -> None:
        self.expected, self.near, self.found = expected, near, found


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
        found = shorten(value if wrong.found is None else wrong.found)
        report.add(
            "wrong_choice_value",
            f"`{found}` is no value for the choice `{choice.id}`",
            place=place,
            found=found,
            expected=wrong.expected,
            nearest=wrong.near,
            help=_first_lower(choice.note) if len(choice.members) == 1 else None,
        )
        return None


def _first_lower(note: str | None) -> str | None:
    return note and note[:1].lower() + note[1:].rstrip(".")


def _effect(choice: Choice, value: object, _: Collection[str]) -> str:
    options = choice.members if choice.type == "effect" else EFFECTS
    if not isinstance(value, str) or value not in options:
        one_of = "one of " if len(options) > 1 else ""
        raise _Wrong(f"{one_of}{some(options)}", nearest(value, options), value)
    return value


def _effect_by(choice: Choice, value: object, offices: Collection[str]) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _Wrong("a table with an effect for each of " + some(choice.members))
    for key in value:
        if key not in choice.members:
            raise _Wrong(f"an effect for each of {some(choice.members)}", nearest(key, choice.members), key)
    if value is choice.default and len(value) < len(choice.members):  # an agency may leave members to the default
        raise _Wrong(f"an effect for each of {some(choice.members)}")
    return {member: _effect(choice, value[member], offices) for member in choice.members if member in value}


def _flag(_choice: Choice, value: object, _: Collection[str]) -> bool:
    if value is True or value is False:
        return value
    raise _Wrong("true or false")


def _names(value: object, known: Collection[str], what: str) -> list[str]:
    if not isinstance(value, list):
        raise _Wrong(f"a list of {what}: {some(known, most=30)}")
    for name in value:
        if not isinstance(name, str) or name not in known:
            raise _Wrong(f"{what} from {some(known, most=30)}", nearest(name, known), name)
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


def can_be_raised(choice: Choice) -> bool:
    """Return whether some value of a choice is stricter than another."""
    return choice.stricter != "none"


def raised(choice: Choice, value: Any, mildest: Any) -> Any:
    """Return the mildest permitted value of an ordered choice that is at least as strict as each of two.

    Args:
        choice: the choice.
        value: a value of it, in canonical form.
        mildest: another.
    """
    if choice.type == "effect":
        strict = max(value, mildest, key=EFFECTS.index)
        return next((each for each in EFFECTS[EFFECTS.index(strict) :] if each in choice.members), strict)
    if choice.type == "effect_by":
        return {name: max(each, mildest.get(name, each), key=EFFECTS.index) for name, each in value.items()}
    if choice.type == "subset":
        return value | mildest if choice.stricter == "more" else value & mildest
    if choice.type == "flag":
        return mildest if mildest is (choice.stricter == "true") else value
    if value is None or mildest is None:  # a period that is none never ends
        longer = choice.stricter == "higher"
        return None if longer else mildest if value is None else value
    return max(value, mildest) if choice.stricter == "higher" else min(value, mildest)


def widened(choice: Choice, mildest: Any = None) -> Choice:
    """Return a choice that may also be milder than its ruleset allows.

    Args:
        choice: the choice.
        mildest: the mildest value that it then may have, in canonical form; by default anything of its type.
    """
    if choice.type == "effect":
        members = tuple(each for each in EFFECTS if mildest in (None, each) or each in choice.members)
        return attrs.evolve(choice, members=members)
    if choice.type == "number" and choice.stricter == "higher":
        return attrs.evolve(choice, least=0 if mildest is None else min(choice.least, mildest))
    if choice.type == "number":
        return attrs.evolve(choice, most=MOST_NUMBER if mildest is None else max(choice.most, mildest))
    return choice
