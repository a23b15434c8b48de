"""Mutants: one change each, at one place, to the parsed content of a rule file or an agency file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from smpolicy.errors import Place, shorten
from smpolicy.loading.toml_files import Document
from smpolicy.rulesets import EFFECTS, Choice, Ruleset
from smpolicy.testing.condition_mutants import condition_mutants

OPERATORS: Mapping[str, str] = {
    "flip_effect": "A rule, or what an exception puts in place, denies and no longer asks, or the other way round.",
    "negate_clause": "A clause of a condition becomes its contrary.",
    "drop_clause": "A clause of an `and` or an `or` is left out.",
    "swap_connective": "An `and` becomes an `or`, or the other way round.",
    "shift_threshold": "A number becomes one larger or smaller, or a comparison takes in its limit or no longer does.",
    "drop_member": "A member is left out of a list of members in a condition.",
    "drop_kind": "A rule or an exception no longer works on one of its kinds of action.",
    "drop_rule": "A rule is left out.",
    "drop_exception": "An exception is left out.",
    "drop_instead": "What an exception puts in place of a rule is left out.",
    "drop_covered": "An exception no longer lifts one of the things that it names.",
    "change_office": "A requirement asks another office.",
    "drop_office": "A requirement asks one office less, or an office of an agency has one role less.",
    "change_people": "A requirement asks one person less of an office, or one more where it asks but one.",
    "change_choice": "A choice, in an agency's file or by default, gets another value.",
    "change_fact": "An agency's file says otherwise about the agency or an account, or no longer says it.",
    "change_decision": "A key of an agency's `[decision]` table gets another value.",
    "drop_attestation": "An `[[attestation]]` table of an agency's file is left out.",
}
"""Every operator: what its mutants change."""

Route = tuple[str | int, ...]
GONE: Any = object()
"""In an edit: the table, key or element is left out."""


@frozen(slots=True)
class Mutant:
    """One change at one place.

    Attributes:
        id: stays the same from run to run while the files do.
        operator: its operator, one of `OPERATORS`.
        sort: what it changes: rule, exception, definition, choice, or the agency.
        thing: the id of that.
        change: the change, in words.
        path: the file.
        place: where in the file.
        edits: the routes in the file's content, each with the new value.
    """

    id: str
    operator: str
    sort: str
    thing: str
    change: str
    path: Path
    place: Place
    edits: tuple[tuple[Route, Any], ...] = field(repr=False)

    def apply(self, document: Document) -> Document:
        """Return the document with the change; its places stay those of the text.

        Args:
            document: the file as it stands.
        """
        data: Any = document.data
        for route, value in self.edits:
            data = _edited(data, route, value)
        return attrs.evolve(document, data=data)


def _edited(data: Any, route: Route, value: Any) -> Any:
    """Return content with one part replaced or left out; what is not on the way to it is shared."""
    if not route:
        return value
    step, inner = route[0], route[1:]
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    if not inner and value is GONE:
        del copy[step]
    else:
        copy[step] = _edited(copy[step] if inner else None, inner, value)
    return copy


@frozen(slots=True)
class _File:
    """One file whose mutants are made."""

    path: Path
    document: Document

    def mutant(
        self, operator: str, sort: str, thing: str, change: str, *edits: tuple[Route, Any], line: int = 0
    ) -> Mutant:
        route = edits[0][0]
        place = self.document.place(*route)
        if line and place.line is not None:
            place = Place(place.file, place.line + line)
        name = f"{self.path.name}:{'.'.join(map(str, route))}:{operator}:{change}"
        return Mutant(name, operator, sort, thing, change, self.path, place, edits)


def ruleset_mutants(documents: Mapping[Path, Document], ruleset: Ruleset) -> list[Mutant]:
    """Return the mutants of a ruleset's files.

    Args:
        documents: the files, by their paths.
        ruleset: the ruleset that they state.
    """
    found: list[Mutant] = []
    for path, document in documents.items():
        file = _File(path, document)
        for sort, make in (
            ("definition", _definition),
            ("choice", _default),
            ("rule", _rule),
            ("exception", _exception),
        ):
            for index, table in enumerate(document.data.get(sort, [])):
                found += make(file, (sort, index), table, ruleset)
    return _numbered(found)


def _numbered(mutants: Sequence[Mutant]) -> list[Mutant]:
    """Return mutants with ids of their own, in the order of their files and lines."""
    taken: dict[str, int] = {}
    made = []
    for each in sorted(mutants, key=lambda one: (str(one.path), one.place.line or 0)):
        taken[each.id] = taken.get(each.id, 0) + 1
        made.append(attrs.evolve(each, id=f"{each.id} ({taken[each.id]})") if taken[each.id] > 1 else each)
    return made


def _definition(file: _File, route: Route, table: Mapping[str, Any], _: Ruleset) -> Iterator[Mutant]:
    yield from _condition(file, (*route, "when"), table["when"], "definition", table["id"])


def _rule(file: _File, route: Route, table: Mapping[str, Any], ruleset: Ruleset) -> Iterator[Mutant]:
    yield file.mutant("drop_rule", "rule", table["id"], "the rule is left out", (route, GONE))
    yield from _stated(file, route, table, "rule", table["id"], ruleset)
    yield from _kinds(file, route, table, "rule")
    if isinstance(table.get("each"), dict):
        for member, text in table["each"].items():
            yield from _condition(file, (*route, "each", member), text, "rule", table["id"])


def _exception(file: _File, route: Route, table: Mapping[str, Any], ruleset: Ruleset) -> Iterator[Mutant]:
    name = table["id"]
    yield file.mutant("drop_exception", "exception", name, "the exception is left out", (route, GONE))
    yield from _condition(file, (*route, "when"), table["when"], "exception", name)
    yield from _kinds(file, route, table, "exception")
    if len(table["of"]) > 1:
        for index, covered in enumerate(table["of"]):
            change = f"`{covered}` is no longer lifted"
            yield file.mutant("drop_covered", "exception", name, change, ((*route, "of", index), GONE))
    for index, instead in enumerate(table.get("instead", [])):
        own = (*route, "instead", index)
        yield file.mutant("drop_instead", "exception", name, f"`instead` {index + 1} is left out", (own, GONE))
        yield from _stated(file, own, instead, "exception", name, ruleset)


def _kinds(file: _File, route: Route, table: Mapping[str, Any], sort: str) -> Iterator[Mutant]:
    for index, kind in enumerate(table["on"] if len(table["on"]) > 1 else ()):
        yield file.mutant("drop_kind", sort, table["id"], f"not on `{kind}` any more", ((*route, "on", index), GONE))


def _stated(
    file: _File, route: Route, table: Mapping[str, Any], sort: str, name: str, ruleset: Ruleset
) -> Iterator[Mutant]:
    """Yield the mutants of a rule, or of what an exception puts in place: its condition, effect and requirement."""
    if "when" in table:
        yield from _condition(file, (*route, "when"), table["when"], sort, name)
    then, asked = (*route, "then"), (*route, "approvals")
    offices = list(ruleset.offices)
    if table.get("then") == "deny":
        edits = ((then, "needs_approval"), (asked, [{"office": offices[0]}]))
        yield file.mutant("flip_effect", sort, name, "`deny` becomes `needs_approval`", *edits[: 2 if offices else 1])
    elif table.get("then") == "needs_approval":
        gone = ((asked, GONE),) if "approvals" in table else ()
        yield file.mutant("flip_effect", sort, name, "`needs_approval` becomes `deny`", (then, "deny"), *gone)
    approvals = table.get("approvals", [])
    for index, each in enumerate(approvals):
        office, people = each["office"], each.get("people", 1)
        if len(approvals) > 1:
            yield file.mutant("drop_office", sort, name, f"`{office}` is not asked", ((*asked, index), GONE))
        other = next((one for one in offices if one != office), None)
        if other is not None:
            change = f"`{office}` becomes `{other}`"
            yield file.mutant("change_office", sort, name, change, ((*asked, index, "office"), other))
        number = people - 1 if people > 1 else 2
        change = f"{people} of `{office}` becomes {number}"
        yield file.mutant("change_people", sort, name, change, ((*asked, index, "people"), number))


def _condition(file: _File, route: Route, text: object, sort: str, name: str) -> Iterator[Mutant]:
    if not isinstance(text, str):
        return
    source = file.document.text.split("\n")
    first = (file.document.place(*route).line or 1) - 1
    opening = source[first].rstrip()[-3:] if first < len(source) else ""
    below = int(opening in ('"""', "'''") and source[first].count(opening) == 1)
    for operator, change, line, changed in condition_mutants(text):
        at = below + line if "\n" in text or below else 0
        yield file.mutant(operator, sort, name, change, (route, changed), line=at)


def _default(file: _File, route: Route, table: Mapping[str, Any], ruleset: Ruleset) -> Iterator[Mutant]:
    choice = ruleset.choices[table["id"]]
    yield from _choice(file, (*route, "default"), table["default"], choice, list(ruleset.offices))


def _choice(file: _File, route: Route, value: Any, choice: Choice, offices: list[str]) -> Iterator[Mutant]:
    for inner, new in _other_values(value, choice, offices):
        shown = "is left out" if new is GONE else f"becomes `{shorten(new)}`"
        before = value
        for step in inner:
            before = before[step]
        change = f"`{shorten(before)}` {shown}"
        yield file.mutant("change_choice", "choice", choice.id, change, ((*route, *inner), new))


def _other_values(value: Any, choice: Choice, offices: list[str]) -> Iterator[tuple[Route, Any]]:
    """Yield other values of a choice near to its own, each with the route within the value."""
    match choice.type:
        case "effect":
            yield from (((), each) for each in _next_effects(value, choice.members))
        case "effect_by":
            for member, effect in value.items():
                yield from (((member,), each) for each in _next_effects(effect, EFFECTS))
        case "flag":
            yield (), not value
        case "subset":
            yield from (((index,), GONE) for index in range(len(value)))
            added = next((member for member in choice.members if member not in value), None)
            if added is not None:
                yield (), [*value, added]
        case "offices":
            if len(value) > 1:
                yield from (((index,), GONE) for index in range(len(value)))
            other = next((each for each in offices if each not in value), None)
            if other is not None:
                yield (0,), other
        case "number":
            yield from (((), each) for each in (value - 1, value + 1) if choice.least <= each <= choice.most)
        case "period":
            number = 0 if value == "none" else int(value.partition(" ")[0])
            yield from (((), f"{each} {choice.unit}") for each in (number - 1, number + 1) if each > 0)
        case "text":
            yield (), "" if value else "something"


def _next_effects(value: str, members: Sequence[str]) -> list[str]:
    """Return the effects next to one in strength, of those that there are."""
    ordered = [each for each in EFFECTS if each in members]
    at = ordered.index(value)
    return [ordered[index] for index in (at - 1, at + 1) if 0 <= index < len(ordered)]


def agency_mutants(path: Path, document: Document, rulesets: Sequence[Ruleset]) -> list[Mutant]:
    """Return the mutants of an agency's file.

    Args:
        path: the file.
        document: its content.
        rulesets: those that the agency adopts.
    """
    file, data = _File(path, document), document.data
    found: list[Mutant] = []
    for ruleset in rulesets:
        for name, value in data.get("choices", {}).get(ruleset.id, {}).items():
            wrapped = isinstance(value, dict) and "value" in value
            route: Route = ("choices", ruleset.id, name, *(("value",) if wrapped else ()))
            chosen = value["value"] if wrapped else value
            found += _choice(file, route, chosen, ruleset.choices[name], list(ruleset.offices))
    for part, facts in data.get("facts", {}).items():
        for name, value in facts.items():
            found += _fact(file, ("facts", part, name), value, f"{part}.{name}")
    for index, account in enumerate(data.get("account", [])):
        for name, value in account.items():
            if name != "id":
                found += _fact(file, ("account", index, name), value, f"account {account['id']}")
    for office, roles in data.get("offices", {}).items():
        for index, role in enumerate(roles if len(roles) > 1 else ()):
            change = f"`{role}` no longer holds `{office}`"
            found.append(file.mutant("drop_office", "agency", office, change, (("offices", office, index), GONE)))
    for index, _ in enumerate(data.get("attestation", [])):
        change = f"`[[attestation]]` {index + 1} is left out"
        found.append(file.mutant("drop_attestation", "agency", "attestation", change, (("attestation", index), GONE)))
    for name, value in data.get("decision", {}).items():
        found += _decision(file, name, value)
    return _numbered(found)


def _fact(file: _File, route: Route, value: Any, name: str) -> Iterator[Mutant]:
    own = f"`{route[-1]}`"
    if isinstance(value, bool):
        change = f"{own} becomes {str(not value).lower()}"
        yield file.mutant("change_fact", "agency", name, change, (route, not value))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            change = f"`{shorten(member)}` is left out of {own}"
            yield file.mutant("change_fact", "agency", name, change, ((*route, index), GONE))
    else:
        yield file.mutant("change_fact", "agency", name, f"{own} is no longer said", (route, GONE))


def _decision(file: _File, name: str, value: Any) -> Iterator[Mutant]:
    others: dict[str, list[Any]] = {
        "unsettled": ["deny" if value == "needs_approval" else "needs_approval"],
        "self_approval": [not value],
        "approval_days": [value - 1, value + 1] if isinstance(value, int) else [],
    }
    for other in others.get(name, ()):
        change = f"`{name}` becomes `{shorten(other)}`"
        yield file.mutant("change_decision", "agency", "decision", change, (("decision", name), other))
