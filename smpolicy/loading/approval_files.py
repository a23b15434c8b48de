"""Reading approvals from JSON-ready data, strictly, with every problem at its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from smpolicy.approvals import Approval
from smpolicy.errors import InvalidApproval, Report, nearest, shorten, some
from smpolicy.values import read_moment

TEXTS = ("by", "role", "rule", "rule_hash", "payload")
MOMENTS = ("given_at", "expires_at")
KEYS = (*TEXTS, "facts", *MOMENTS)
LARGEST = 2**53 - 1
"""The largest whole number that canonical JSON holds."""


def read_approvals(data: object) -> tuple[Approval, ...]:
    """Return the approvals that JSON-ready data describes, as `Approval.to_dict` writes them.

    Args:
        data: a list of approvals, or one alone.

    Raises:
        InvalidApproval: with every problem found.
    """
    report = Report()
    listed = data if isinstance(data, list) else [data]
    found = [_read(each, f"$[{index}]" if isinstance(data, list) else "$", report) for index, each in enumerate(listed)]
    report.raise_as(InvalidApproval)
    return tuple(each for each in found if each is not None)


def _read(data: object, path: str, report: Report) -> Approval | None:
    if not isinstance(data, Mapping):
        report.add(
            "wrong_type", f"`{shorten(data)}` is no approval", path=path, expected=f"an object with {some(KEYS)}"
        )
        return None
    before = len(report.problems)
    for key in data:
        if key not in KEYS:
            report.add(
                "unknown_key",
                f"`{shorten(key)}` is no key of an approval",
                path=f"{path}.{shorten(key)}",
                expected=some(KEYS),
                nearest=nearest(key, KEYS),
            )
    for key in KEYS:
        if key not in data:
            report.add("missing_key", f"the key `{key}` is missing", path=path)
    for key in TEXTS:
        if key in data and not (isinstance(data[key], str) and data[key]):
            _wrong(data[key], key, path, "text", report)
    moments: dict[str, datetime | None] = {key: read_moment(data.get(key)) for key in MOMENTS}
    for key in MOMENTS:
        if key in data and moments[key] is None:
            _wrong(data[key], key, path, "a date and time with its offset, such as `2026-03-01T09:30:00Z`", report)
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
