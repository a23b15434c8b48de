"""Coverage in words: each consideration with its rules, its choices and what its witnesses show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smpolicy.render.words import EFFECTS, counted, wrapped


def coverage_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what `smpolicy.analysis.coverage` finds, as plain text.

    Args:
        rows: one of each consideration.
    """
    witnesses = sum(len(row["witnesses"]) for row in rows)
    lines = [line for row in rows for line in _row_lines(row)]
    total = f"{counted(len(rows), 'consideration')}; witnesses that hold: {witnesses}"
    return "\n".join([*lines, total]) + "\n"


def _row_lines(row: Mapping[str, Any]) -> Iterator[str]:
    yield row["id"]
    for name in ("rules", "choices"):
        if row[name]:
            yield from wrapped(", ".join(row[name]), f"  {name:8}")
    for each in row["witnesses"]:
        yield from wrapped(f"{each['kind']}: {_change(each)}", "  shown   ")
    yield ""


def _change(witness: Mapping[str, Any]) -> str:
    changed, note = witness["changed"], witness["setting"].get("note", "")
    before, after = (EFFECTS[witness[side]["decision"]["outcome"]] for side in ("before", "after"))
    outcome = f"stays {before}, other duties, notices or approvals" if before == after else f"{before} becomes {after}"
    return f"{note} {changed['what']}: {_short(changed['from'])} -> {_short(changed['to'])}; {outcome}".strip()


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none of these"
    return str(value)
