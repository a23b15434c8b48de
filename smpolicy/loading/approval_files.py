"""Reading approvals and delegations from JSON-ready data, strictly, with every problem at its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from smpolicy.approvals import Approval, Delegation
from smpolicy.errors import InvalidApproval, Report, nearest, shorten, some
from smpolicy.values import read_moment

T = TypeVar("T")
TEXTS = ("by", "role", "rule", "rule_hash", "payload")
MOMENTS = ("given_at", "expires_at")
KEYS = (*TEXTS, "facts", *MOMENTS)
DELEGATION_KEYS = ("by", "to", "role", "since", "until")
LARGEST = 2**53 - 1
"""The largest whole number that canonical JSON holds."""


def read_approvals(data: object) -> tuple[Approval, ...]:
    """Return the approvals that JSON-ready data describes, as `Approval.to_dict` writes them.

    Args:
        data: a list of approvals, or one alone.

    Raises:
        InvalidApproval: with every problem found.
    """
    return tuple(_read_all(data, "approval", _read))


def read_delegations(data: object) -> tuple[Delegation, ...]:
    """Return the delegations that JSON-ready data describes, as `Delegation.to_dict` writes them.

    Args:
        data: a list of delegations, or one alone.

    Raises:
        InvalidApproval: with every problem found.
    """
    return tuple(_read_all(data, "delegation", _read_delegation))


def _read_all(data: object, what: str, read: Callable[[Mapping[str, Any], str, Report], T | None]) -> list[T]:
    report = Report()
    listed = data if isinstance(data, list) else [data]
    found = []
    for index, each in enumerate(listed):
        path = f"$[{index}]" if isinstance(data, list) else "$"
        if isinstance(each, Mapping):
            found.append(read(each, path, report))
            continue
        keys = KEYS if what == "approval" else DELEGATION_KEYS
        message = f"`{shorten(each)}` is no {what}"
        report.add("wrong_type", message, path=path, expected=f"an object with {some(keys)}")
    report.raise_as(InvalidApproval)
    return [each for each in found if each is not None]


def _read(data: Mapping[str, Any], path: str, report: Report) -> Approval | None:
    before = len(report.problems)
    moments = _read_keys(data, TEXTS, MOMENTS, KEYS, "an approval", path, report)
    facts = data.get("facts", {})
    if not isinstance(facts, Mapping):
        _wrong(facts, "facts", path, "an object with the value of each fact", report)
    else:
        for name, value in facts.items():
            if not _is_fact_value(value):
                _wrong(value, f"facts.{name}", path, "a fact's value, or null where it was unknown", report)
    given, expires = moments["given_at"], moments["expires_at"]
    if len(report.problems) > before or given is None or expires is None:
        return None
    texts: dict[str, Any] = {key: data[key] for key in TEXTS}
    return Approval(**texts, facts=dict(facts), given_at=given, expires_at=expires)


def _read_delegation(data: Mapping[str, Any], path: str, report: Report) -> Delegation | None:
    before = len(report.problems)
    texts, named = DELEGATION_KEYS[:3], DELEGATION_KEYS[3:]
    moments = _read_keys(data, texts, named, DELEGATION_KEYS, "a delegation", path, report)
    since, until = moments["since"], moments["until"]
    if len(report.problems) > before or since is None or until is None:
        return None
    return Delegation(data["by"], data["to"], data["role"], since, until)


def _read_keys(
    data: Mapping[str, Any],
    texts: tuple[str, ...],
    named: tuple[str, ...],
    keys: tuple[str, ...],
    what: str,
    path: str,
    report: Report,
) -> dict[str, datetime | None]:
    """Return the moments that an object gives, after reporting wrong keys, texts and moments."""
    for key in data:
        if key not in keys:
            report.add(
                "unknown_key",
                f"`{shorten(key)}` is no key of {what}",
                path=f"{path}.{shorten(key)}",
                expected=some(keys),
                nearest=nearest(key, keys),
            )
    for key in keys:
        if key not in data:
            report.add("missing_key", f"the key `{key}` is missing", path=path)
    for key in texts:
        if key in data and not (isinstance(data[key], str) and data[key]):
            _wrong(data[key], key, path, "text", report)
    moments: dict[str, datetime | None] = {key: read_moment(data.get(key)) for key in named}
    for key in named:
        if key in data and moments[key] is None:
            _wrong(data[key], key, path, "a date and time with its offset, such as `2026-03-01T09:30:00Z`", report)
    return moments


def _wrong(value: object, key: str, path: str, expected: str, report: Report) -> None:
    message = f"`{shorten(value)}` is no value for `{shorten(key)}`"
    report.add("wrong_type", message, path=f"{path}.{shorten(key)}", found=shorten(value), expected=expected)


def _is_fact_value(value: object) -> bool:
    if isinstance(value, Mapping):
        members = all(_is_list_of_text(value.get(key, [])) for key in ("includes", "excludes"))
        return set(value) <= {"includes", "excludes", "complete"} and value.get("complete") is False and members
    if isinstance(value, int):
        return abs(value) <= LARGEST
    return value is None or isinstance(value, str) or _is_list_of_text(value)


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
