"""Reading the value of a fact, strictly, from Python, JSON or TOML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from smpolicy.errors import InvalidAction, Problem, nearest, shorten, some
from smpolicy.vocabulary import Fact, FactType, SomeOf

MOST_TEXT = 2_000
YEARS = range(2, 9_999)
"""The years in which a moment may lie: one that lies on the edge of the calendar has no date in other time zones."""


def read_value(declared: Fact, value: object, path: str | None = None) -> Any:
    """Return the canonical form of a fact's value; None stays unknown.

    Args:
        declared: the fact.
        value: what was given, from Python, JSON or TOML.
        path: the place inside the document, for the message.

    Raises:
        InvalidAction: the value has another type, is out of bounds, or is no member of the enumeration.
    """
    if value is None:
        return None
    reader = _READERS[declared.type]
    try:
        return reader(declared, value)
    except _Wrong as wrong:
        near = nearest(wrong.value, declared.members) if wrong.code == "unknown_member" else None
        raise InvalidAction(
            Problem(
                wrong.code,
                f"`{shorten(wrong.value)}` is no value for `{declared.path}`",
                path=path or f"$.{declared.path}",
                found=shorten(wrong.value),
                expected=wrong.expected,
                nearest=near,
                help=None if near else _help(declared, wrong.value),
            )
        ) from None


def _help(declared: Fact, value: object) -> str:
    if declared.type == "bool" and isinstance(value, str) and value.lower() in ("true", "false"):
        return f"write {value.lower()} without quotation marks"
    if declared.type == "set" and value in declared.members:
        return f'write ["{value}"]'
    return "leave it out where it is not known"


class _Wrong(Exception):
    def __init__(self, code: str, value: object, expected: str) -> None:
        self.code, self.value, self.expected = code, value, expected


def _read_bool(_declared: Fact, value: object) -> bool:
    if value is True or value is False:
        return value
    raise _Wrong("wrong_type", value, "true or false")


def _read_enum(declared: Fact, value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong("wrong_type", value, f"one of {some(declared.members, most=20)}")
    if value not in declared.members:
        raise _Wrong("unknown_member", value, f"one of {some(declared.members, most=20)}")
    return str(value)


def _read_members(declared: Fact, value: object) -> frozenset[str]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Collection) or isinstance(value, Mapping):
        raise _Wrong("wrong_type", value, f"a list of {some(declared.members, most=20)}")
    return frozenset(_read_enum(declared, member) for member in value)


def _read_set(declared: Fact, value: object) -> frozenset[str] | SomeOf | None:
    if isinstance(value, Mapping):
        complete = value.get("complete")
        if not set(value) <= {"includes", "excludes", "complete"} or type(complete) is not bool:
            raise _Wrong("wrong_type", dict(value), '{"includes": [...], "complete": false}')
        includes = _read_members(declared, value.get("includes", ()))
        some_of = _some_of(declared, includes, _read_members(declared, value.get("excludes", ())))
        return includes if complete else some_of
    if isinstance(value, SomeOf):
        return _some_of(declared, _read_members(declared, value.includes), _read_members(declared, value.excludes))
    return _read_members(declared, value)


def _some_of(declared: Fact, includes: frozenset[str], excludes: frozenset[str]) -> frozenset[str] | SomeOf | None:
    if includes & excludes:
        raise _Wrong("wrong_type", sorted(includes & excludes), "members either included or excluded, not both")
    if includes | excludes == frozenset(declared.members):
        return includes
    return SomeOf(includes, excludes) if includes or excludes else None


def _read_integer(declared: Fact, value: object) -> int:
    bounds = f"a whole number from {declared.least} to {declared.most}"
    if type(value) is not int:
        raise _Wrong("wrong_type", value, bounds)
    if not declared.least <= value <= declared.most:
        raise _Wrong("out_of_bounds", value, bounds)
    return value


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def read_moment(value: object) -> datetime | None:
    """Return a moment in UTC, to the second, from a datetime or ISO text with an offset; None where it is neither."""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    try:
        moment = value.astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        return None
    return moment if moment.year in YEARS else None


def _read_moment(_declared: Fact, value: object) -> datetime:
    moment = read_moment(value)
    if moment is None:
        if str(value)[:4] in ("0001", "9999"):
            raise _Wrong("out_of_bounds", value, f"a moment in the years {YEARS[0]} to {YEARS[-1]}")
        raise _Wrong("wrong_type", value, "a date and time with its offset, such as `2026-03-01T09:30:00-05:00`")
    return moment


def _read_text(_declared: Fact, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Wrong("wrong_type", value, "text in quotation marks, not empty")
    if len(value) > MOST_TEXT or not value.isprintable():
        raise _Wrong("out_of_bounds", value, f"at most {MOST_TEXT} printable characters, on one line")
    return unicodedata.normalize("NFC", value)


_READERS: dict[FactType, Any] = {
    "bool": _read_bool,
    "enum": _read_enum,
    "set": _read_set,
    "integer": _read_integer,
    "moment": _read_moment,
    "text": _read_text,
}
