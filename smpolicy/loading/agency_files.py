"""Loading an agency: from its TOML file, or the one in force in a folder, to a checked Agency."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import attrs
from attrs import frozen

from smpolicy.agencies import Agency, Chosen, DecisionTable
from smpolicy.choices import raised, read_choice_value, to_plain
from smpolicy.directories import Directory, ListedDirectory, make_directory, read_directory
from smpolicy.errors import (
    InvalidAction,
    InvalidFile,
    MissingFile,
    OutsideDates,
    Place,
    PolicyError,
    Problem,
    Report,
    nearest,
    nearest_path,
    shorten,
    some,
)
from smpolicy.loading.agency_tables import read_accounts, read_attesting, read_desk, read_offices, read_table
from smpolicy.loading.candidates import STATED_POLICY_FACTS, candidate
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.loading.stacking import adjusted, check_stack, with_facts_of
from smpolicy.loading.structuring import structure
from smpolicy.loading.toml_files import Document, from_data, read
from smpolicy.rulesets import Adjustment, Choice, Ruleset
from smpolicy.values import YEARS, read_value
from smpolicy.vocabulary import Vocabulary

TABLES = (
    "agency", "statements", "facts", "offices", "attestation", "decision", "desk", "account", "directory", "choices",
)  # fmt: skip
MOST_DAYS = 3650
Rulesets = Mapping[str, Ruleset]


@frozen(slots=True)
class _Header:
    id: str
    name: str
    time_zone: str
    effective: date
    rulesets: tuple[str, ...]
    until: date | None = None
    directory: str | None = None


@frozen(slots=True)
class _Statements:
    """What the policy says in prose, as far as adopting it depends on that."""

    agency_use: str = ""
    participation: str = ""
    conduct: str = ""


def load_agency(
    path: str | Path, on: date | None = None, directory: Directory | None = None, rulesets: Rulesets | None = None
) -> Agency:
    """Load an agency's file.

    Args:
        path: the file, or a folder with several, of which the one in force is taken.
        on: the day on which it must be in force; for a single file it may be left out.
        directory: who holds which role; by default the directory that the file names.
        rulesets: loaded rulesets by the names under which the file lists them; others are loaded.

    Raises:
        MissingFile: there is no such file.
        OutsideDates: no file is in force on that day.
        InvalidFile: with every problem found.
    """
    found = Path(path)
    if found.is_dir():
        if on is None:
            message, help_ = "a folder of agency files needs a day", "give `on`, the day on which one must be in force"
            raise OutsideDates(Problem("no_day", message, place=Place(str(path)), help=help_))
        return read_agency(_in_force(found, on), found, directory, rulesets)
    agency = read_agency(read(found), found.parent, directory, rulesets)
    if on is not None and not agency.in_force(on):
        raise OutsideDates(_outside(on, [(str(path), agency.effective, agency.until)]))
    return agency


def agency_from_data(
    data: Mapping[str, Any], rulesets: Rulesets | None = None, directory: Directory | None = None
) -> Agency:
    """Return the agency that data describes, such as JSON in the shape of an agency file.

    Args:
        data: the tables of an agency file; dates may be ISO text, such as `"2026-01-01"`.
        rulesets: loaded rulesets by the names under which the data lists them; others are loaded.
        directory: who holds which role; by default the directory that the data holds.

    Raises:
        InvalidFile: with every problem found.
    """
    document = from_data(data, "the agency")
    dated = {key: _dated(value) if key in ("agency", "directory") else value for key, value in document.data.items()}
    return read_agency(attrs.evolve(document, data=dated), Path(), directory, rulesets)


def _dated(data: Any) -> Any:
    """Return data with the text of a date turned into the date wherever an agency file takes a date."""
    if isinstance(data, list):
        return [_dated(each) for each in data]
    if not isinstance(data, dict):
        return data
    dates = ("effective", "until", "since")
    return {key: _date(value) if key in dates else _dated(value) for key, value in data.items()}


def _date(value: Any) -> Any:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _outside(on: date, spans: list[tuple[str, date, date | None]]) -> Problem:
    listed = "; ".join(f"`{name}` from {start}" + (f" until {end}" if end else "") for name, start, end in spans)
    return Problem(
        "not_in_force",
        f"no agency file is in force on {on}",
        expected=listed or "a folder with agency files",
        help="name another day, or the file that is in force on it",
    )


def _in_force(folder: Path, on: date) -> Document:
    """Return the file of a folder that is in force on a day: of those that have begun, the one that began last."""
    candidates: list[tuple[date, date | None, Document]] = []
    for path in sorted(folder.glob("*.toml")):
        document = read(path, within=folder)
        header = document.data.get("agency")
        if isinstance(header, dict) and type(header.get("effective")) is date:
            until = header.get("until")
            candidates.append((header["effective"], until if type(until) is date else None, document))
    begun = [each for each in candidates if each[0] <= on and (each[1] is None or on < each[1])]
    if not begun:
        raise OutsideDates(_outside(on, [(document.name, start, end) for start, end, document in candidates]))
    latest = max(begun, key=lambda each: each[0])
    same = [document.name for start, _, document in begun if start == latest[0]]
    if len(same) > 1:
        raise InvalidFile(
            Problem("two_in_force", f"{some(same)} begin on the same day", help="give one of them another date")
        )
    return latest[2]


def read_agency(
    document: Document, folder: Path, directory: Directory | None = None, rulesets: Rulesets | None = None
) -> Agency:
    """Return the agency that a parsed file describes.

    Args:
        document: the file.
        folder: where the files that it names are looked for.
        directory: who holds which role; by default the directory that the file names.
        rulesets: loaded rulesets by name.

    Raises:
        InvalidFile: with every problem found.
    """
    report = Report()
    for key in document.data:
        if key not in TABLES:
            report.add(
                "unknown_key",
                f"`{shorten(key)}` is no table of an agency file",
                place=document.place(key),
                expected=some(TABLES, most=20),
                nearest=nearest(key, TABLES),
            )
    header = structure(_Header, document.data.get("agency", {}), document, ("agency",), report)
    if header is None:
        report.raise_as(InvalidFile)
        raise AssertionError
    zone = _zone(header.time_zone, document, report)
    if header.until is not None and header.until <= header.effective:
        report.add(
            "wrong_dates",
            f"`until` ({header.until}) is not after `effective` ({header.effective})",
            place=document.place("agency", "until"),
            help="`until` is the first day on which the file is no longer in force",
        )
    for key, day in (("effective", header.effective), ("until", header.until)):
        if day is not None and day.year not in YEARS:
            message, bounds = f"`{key}` ({day}) is too far away", f"a year from {YEARS[0]} to {YEARS[-1]}"
            report.add("out_of_bounds", message, place=document.place("agency", key), expected=bounds)
    adopted, vocabulary = _rulesets(header, document, folder, rulesets or {}, report)
    complete = len(adopted) == len(header.rulesets)
    choices = _choices(document, adopted, complete, report)
    offices = read_offices(document, adopted, complete, vocabulary, report)
    facts = _facts(document, vocabulary, report)
    statements = structure(_Statements, document.data.get("statements", {}), document, ("statements",), report)
    people = directory or _directory(document, header, folder, vocabulary, zone, report)
    attesting = read_attesting(document, vocabulary, report)
    decision = structure(DecisionTable, document.data.get("decision", {}), document, ("decision",), report)
    if decision is not None and not 1 <= decision.approval_days <= MOST_DAYS:
        report.add(
            "out_of_bounds",
            f"`{decision.approval_days}` is no value for `approval_days`",
            place=document.place("decision", "approval_days"),
            expected=f"a whole number from 1 to {MOST_DAYS}",
        )
    if decision is not None and decision.engines and (len(decision.engines), len(set(decision.engines))) != (2, 2):
        report.add(
            "wrong_engines",
            f"`engines` names {some(decision.engines)}, which are not two engines",
            place=document.place("decision", "engines"),
            expected='two different ones, such as `engines = ["compiled", "reference"]`',
        )
    desk = read_desk(document, adopted, complete, report)
    accounts = read_accounts(document, vocabulary, report)
    report.raise_as(InvalidFile)
    own = {path: value for path, value in facts.items() if not path.startswith("policy.")}
    said = attrs.asdict(statements or _Statements())
    computed, places = candidate(document, facts, said, adopted, vocabulary, choices, accounts)
    return Agency(
        header.id,
        header.name,
        zone,
        header.effective,
        header.until,
        adopted,
        vocabulary,
        choices,
        own,
        computed,
        offices,
        accounts,
        attesting,
        decision or DecisionTable(),
        desk,
        people,
        document.data,
        Place(document.name),
        places,
        document,
    )


def _zone(name: str, document: Document, report: Report) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        report.add(
            "unknown_time_zone",
            f"there is no time zone `{shorten(name)}`",
            place=document.place("agency", "time_zone"),
            expected="a name such as `America/Chicago`",
            nearest=nearest(name, available_timezones()),
        )
        return ZoneInfo("UTC")


def _rulesets(
    header: _Header, document: Document, folder: Path, loaded: Rulesets, report: Report
) -> tuple[tuple[Ruleset, ...], Vocabulary]:
    adopted: list[Ruleset] = []
    cache: dict[Path, Ruleset] = {}
    by_id = {each.id: each for each in loaded.values()}
    for index, name in enumerate(header.rulesets):
        try:
            ruleset = loaded.get(name)
            if ruleset is None:
                local = folder / name
                ruleset = load_ruleset(local if (local / "ruleset.toml").is_file() else name, by_id, cache)
        except PolicyError as error:
            place = document.place("agency", "rulesets", index)
            report.problems.extend(each if each.place else attrs.evolve(each, place=place) for each in error.problems)
            continue
        if ruleset.id in (each.id for each in adopted):
            report.add(
                "duplicate_id",
                f"the ruleset `{ruleset.id}` is listed twice",
                place=document.place("agency", "rulesets", index),
                help="list it once",
            )
        adopted.append(ruleset)
    if len(adopted) == len(header.rulesets):
        check_stack(adopted, document.place("agency", "rulesets"), report)
    return tuple(sorted(adopted, key=lambda each: each.id)), with_facts_of(adopted, report)


def _choices(
    document: Document, adopted: tuple[Ruleset, ...], complete: bool, report: Report
) -> dict[str, dict[str, Chosen]]:
    """Return the choices; where not all rulesets could be loaded, other names than theirs are not judged."""
    tables = read_table(document, "choices", report)
    by_id = {ruleset.id: ruleset for ruleset in adopted}
    for name in tables:
        if complete and name not in by_id:
            report.add(
                "unknown_ruleset",
                f"the file adopts no ruleset `{shorten(name)}`",
                place=document.place("choices", name),
                nearest=nearest(name, by_id),
                help="choices stand under their ruleset: [choices.iacp-2019]",
            )
    chosen: dict[str, dict[str, Chosen]] = {}
    for ruleset in adopted:
        known = {name: adjusted(choice, ruleset, adopted) for name, choice in ruleset.choices.items()}
        chosen[ruleset.id] = {name: Chosen(choice.default, False) for name, (choice, _) in known.items()}
        table = tables.get(ruleset.id, {})
        if not isinstance(table, dict):
            message, help_ = f"`{shorten(table)}` is no table of choices", f"write `[choices.{ruleset.id}]`"
            report.add("wrong_type", message, place=document.place("choices", ruleset.id), help=help_)
            continue
        for name, value in table.items():
            place = document.place("choices", ruleset.id, name)
            if name not in known:
                report.add(
                    "unknown_choice",
                    f"`{shorten(name)}` is no choice of `{ruleset.id}`",
                    place=place,
                    nearest=nearest(name, ruleset.choices),
                )
                continue
            choice, narrowing = known[name]
            before = len(report.problems)
            made = chosen[ruleset.id][name] = _chosen(choice, value, ruleset, place, report)
            for each in narrowing if len(report.problems) == before else ():
                _check_narrowed(choice, made, each, report)
    return chosen


def _check_narrowed(choice: Choice, chosen: Chosen, narrowed: Adjustment, report: Report) -> None:
    if raised(choice, chosen.value, narrowed.mildest) != chosen.value:
        report.add(
            "narrowed_choice",
            f"`{choice.id}` is milder than `{narrowed.id}` leaves it: {narrowed.reason.rstrip('.')}",
            place=chosen.place,
            found=str(to_plain(chosen.value)),
            expected=f"`{to_plain(narrowed.mildest)}`, or stricter",
            help="choose a stricter value, or leave out the ruleset that narrows the choice",
        )


def _chosen(choice: Choice, value: object, ruleset: Ruleset, place: Place, report: Report) -> Chosen:
    reason: object = None
    if isinstance(value, dict) and ("value" in value or choice.type != "effect_by"):
        reason = value.get("reason")
        for key in set(value) - {"value", "reason"}:
            report.add(
                "unknown_key",
                f"`{shorten(key)}` is no key of a choice",
                place=place,
                expected="`value` and `reason`",
                nearest=nearest(key, ("value", "reason")),
            )
        if reason is not None and not isinstance(reason, str):
            message = f"`{shorten(reason)}` is no reason of a choice"
            report.add("wrong_type", message, place=place, found=shorten(reason), expected="text in quotation marks")
        if "value" not in value:
            message, help_ = f"the choice `{choice.id}` has no `value`", 'write { value = ..., reason = "..." }'
            report.add("missing_key", message, place=place, help=help_)
            return Chosen(choice.default, False)
        value = value["value"]
    canonical = read_choice_value(choice, value, ruleset.offices, place, report)
    if choice.type == "effect_by" and isinstance(canonical, dict):
        canonical = {**choice.default, **canonical}
    return Chosen(canonical, True, reason if isinstance(reason, str) else None, place)


def _facts(document: Document, vocabulary: Vocabulary, report: Report) -> dict[str, Any]:
    found: dict[str, Any] = {}
    own = {path: fact for path, fact in vocabulary.facts.items() if fact.owner == "agency"}
    own |= {path: vocabulary.facts[path] for path in STATED_POLICY_FACTS}
    for part, facts in read_table(document, "facts", report).items():
        for name, value in facts.items() if isinstance(facts, dict) else [("", facts)]:
            path, place = f"{part}.{name}" if name else part, document.place("facts", part, name)
            if path not in own:
                report.add(
                    "unknown_fact",
                    f"`{shorten(path)}` is no fact that an agency file states",
                    place=place,
                    expected=some([each for each in own if each.startswith(f"{part}.")] or own, most=30),
                    nearest=nearest_path(path if name else f".{path}", own),
                    help=_said_elsewhere(path, vocabulary),
                )
                continue
            try:
                found[path] = read_value(own[path], value)
            except InvalidAction as error:
                report.problems.extend(attrs.evolve(each, place=place, path=None) for each in error.problems)
    return found


def _said_elsewhere(path: str, vocabulary: Vocabulary) -> str:
    """Return who says a fact that an agency's file does not."""
    fact = vocabulary.facts.get(path)
    if fact is None:
        return "facts stand in tables of their parts, such as [facts.agency] and [facts.terms]"
    says = {"candidate": "it is computed from the rest of this file", "directory": "the directory says it",
            "account": "the account's own table says it"}  # fmt: skip
    return says.get(fact.owner, "each action says it for itself")


def _directory(
    document: Document, header: _Header, folder: Path, vocabulary: Vocabulary, zone: ZoneInfo, report: Report
) -> ListedDirectory:
    if "directory" in document.data:
        if header.directory is not None:
            message = f"the file holds a directory, and names `{shorten(header.directory)}` besides"
            report.add("two_directories", message, place=document.place("agency", "directory"), help="keep one of them")
        return make_directory(document.data["directory"], ("directory",), document, vocabulary, zone, report)
    if header.directory is None:
        return ListedDirectory(time_zone=zone)
    try:
        return read_directory(folder / header.directory, vocabulary, zone, within=folder)
    except (InvalidFile, MissingFile) as error:
        place, problem = document.place("agency", "directory"), error.problems[0]
        if problem.place and problem.place.line:
            report.problems.extend(error.problems)
        else:
            message = f"the directory `{shorten(header.directory)}` cannot be read: {problem.message}"
            report.problems.append(attrs.evolve(problem, message=message, place=place))
    return ListedDirectory(time_zone=zone)
