"""Errors: one root, a stable code each, the place, what was found, what was expected, and what to do."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from attrs import field, frozen

DOCUMENTATION = "reference/errors.md"

CODES: Mapping[str, str] = {
    "adoption_is_computed": "An `adopt_policy` action was given: make it with `smpolicy.adoption(candidate)` instead.",
    "already_answered": "A fact was answered that is known already: give another version of the action with `edit`.",
    "ambiguous_decision": "A decision was used as a yes or a no: ask `decision.allowed` or `decision.outcome`.",
    "another_matter": "Another version of an action is about something else: submit it as a case of its own.",
    "approval_does_not_count": "An approval would not count: have it given by somebody else whom the rule names.",
    "broken_chain": "Events of a store were changed, moved or are missing: verify it, and restore a backup.",
    "broken_pack": "An installed pack lacks the ruleset that it offers, or misnames it: install it again.",
    "broken_witness": "A witness does not hold: correct the rules or, where they are right, the witness.",
    "case_closed": "A case or a loan is over: submit the action anew where it is still wanted.",
    "case_redacted": "What a case is about was redacted, so that nothing can be decided about it: submit it anew.",
    "clock_moved_back": "The clock shows an earlier time than the last event: set it right.",
    "condition_too_deep": "A condition nests too deeply: name parts of it as definitions.",
    "condition_too_long": "A condition has too many characters: name parts of it as definitions.",
    "constant_condition": "A condition is always true or always false: name some of the members, or leave it out.",
    "covers_nothing": "An exception lifts nothing under an id that it names: correct the id, or the kinds of action.",
    "damaged_store": "The file of a store is damaged: restore a backup, and verify it against an exported head.",
    "duplicate_id": "Two things have the same id: rename one of them, or delete it.",
    "duplicate_key": "A key or table stands twice in a file: keep one of the two.",
    "engine_failed": "An engine failed, so that there is no decision: decide with another engine, and report it.",
    "engine_unavailable": "An engine needs a library that cannot be imported: install it, or use another engine.",
    "engines_disagree": "Two engines find different rules, so that there is no decision: report it.",
    "fact_is_looked_up": "A fact was given that is looked up: leave it out, and give the id that it is found by.",
    "file_exists": "A file to be written is there already: choose another name, or say `--force`.",
    "hidden_character": "A file holds a character that readers cannot see: delete it.",
    "may_not_attest": "Somebody attested what their roles may not: see who may under `[[attestation]]`.",
    "missing_approvals": "A rule may need an approval, and names nobody who could give it: add `approvals`.",
    "missing_citation": "A rule cites nothing: put a consideration and a slash before its name.",
    "missing_extra": "Something needs an extra that is not installed: install it as the message says.",
    "missing_file": "A file or folder is not there or cannot be read: check its name and who may read it.",
    "missing_harmless": "A fact of a pack has no usable harmless value: say under which value nothing is restricted.",
    "missing_key": "A table lacks a key that it needs: add the key.",
    "missing_key_file": "The key of a store is not there or cannot be used: name the file that holds it with `key`.",
    "missing_payload": "Content was to be approved that is not known: give it, or its SHA-256, as `payload`.",
    "missing_ruleset": "A pack needs a ruleset that the agency's file does not adopt: adopt it as well.",
    "missing_witness": "An act of a consideration has no witness that holds: add one to the folder `witnesses`.",
    "naive_moment": "The moment of a decision has no time zone: give a datetime with `tzinfo`.",
    "namespace_taken": "A pack's namespace is the name of something else: choose another namespace.",
    "narrowed_choice": "A choice is milder than a pack that the agency adopts leaves it: choose a stricter value.",
    "newer_store": "A newer version of smpolicy wrote the store: use that version, or a newer one.",
    "no_day": "A folder of agency files was loaded without saying for which day: give `on`.",
    "no_loans": "The agency lets nobody lend a role: see `delegation_days` under [desk] in its file.",
    "no_review_due": "A case waits for no such review: see the reviews due in the case.",
    "no_such_approval": "No such rule asks for approval, or no such approval was given: see what is outstanding.",
    "no_tests": "There are no tests that could notice a change: name some with `--tests`.",
    "not_a_file": "A name stands for something other than a regular file: name a TOML file.",
    "not_a_store": "A database holds something else: use one of its own.",
    "not_in_force": "No agency file is in force then: name another day, or load the file that is in force.",
    "not_in_language": "A condition uses what its language does not have: see the reference of conditions.",
    "not_json": "A file is not valid JSON: correct it at the place named.",
    "not_own_approval": "Only the person who gave an approval takes it back: ask them.",
    "not_own_case": "Somebody did what only the author or whoever submitted a case may do: ask one of them.",
    "not_toml": "A file is not valid TOML: correct it at the place named; values that are words need quotes.",
    "not_utf8": "A file is not UTF-8 text: save it as UTF-8.",
    "nothing_satisfies": "No action satisfies the condition of a test: correct it, or name other kinds of action.",
    "nothing_sealed": "Nothing is sealed in an event, or it was redacted already: name another.",
    "notification_failed": "An event is recorded, but the notification of it failed: notify people in some other way.",
    "odd_character": "A condition holds a character other than plain ASCII: replace it.",
    "out_of_bounds": "A number or a date is too small or too large, or a text too long: give one within the bounds.",
    "outside_folder": "A file lies outside the folder that it belongs to: copy it into the folder.",
    "own_case": "The author, or whoever submitted a case, did what somebody else must do: ask somebody else.",
    "part_contradiction": "A part is said not to exist, yet facts of it are given: leave out one or the other.",
    "part_not_of_kind": "A rule reads a fact that one of its kinds lacks: write one rule for each shape of action.",
    "redefined": "Two rulesets state the same thing differently: let one of them use another id, or the same title.",
    "restricts_plain_personal_post": "A plain personal post would be restricted: change the choice that does it.",
    "restricts_reports": "A rule restricts the reporting of violations: take `report_violation` out of it.",
    "role_not_asked": "Nobody asks for this role here: see who is asked.",
    "role_not_held": "Somebody acted in a role that they do not hold and nobody lends them: ask somebody who does.",
    "self_reference": "A definition refers to itself, perhaps by way of others: break the circle.",
    "store_full": "There is no room left for a store: make room, and try again.",
    "store_locked": "Somebody else is writing and did not finish in time: try again.",
    "store_read_only": "A store cannot be written: let this user write it.",
    "store_unreachable": "A store cannot be opened or used: check its name, who may open it, and that its server runs.",
    "syntax": "A condition cannot be read: correct it at the column named.",
    "tests_fail": "Tests fail before anything is changed, so that they can notice nothing: let them pass first.",
    "too_deep": "A file nests tables and arrays too deeply: write it flatter.",
    "too_large": "A file is too large, or exceptions lift too many rules: split the file, or write fewer.",
    "too_many_files": "A ruleset's folder holds too many files: put them together.",
    "two_directories": "An agency file holds a directory and names another: keep one of the two.",
    "two_facts": "A condition compares two facts with each other: compare each with a literal or a choice.",
    "two_in_force": "Two agency files begin on the same day: give one of them another date.",
    "two_packs": "Two installed packs offer one ruleset: uninstall one, or name the folder of the one that is meant.",
    "unguarded_part": "A condition reads a part that may not exist: write `part.exists and ...` before it.",
    "unknown_account": "No account of that id is in the agency's register: correct the id, or register the account.",
    "unknown_alias": "No alias of that id is in the directory: correct the id, or register the alias.",
    "unknown_authority": "A consideration names an authority that is not stated: correct the id, or state it.",
    "unknown_case": "There is no case or loan of that number: see `smpolicy cases list`.",
    "unknown_choice": "There is no choice of that name: correct it.",
    "unknown_citation": "A consideration is cited that the ruleset does not state: correct the id, or state it.",
    "unknown_definition": "A definition is used that the ruleset does not state: correct the name, or state it.",
    "unknown_engine": "There is no engine of that name: use one of those listed.",
    "unknown_fact": "There is no fact of that name here: correct it, or leave it out.",
    "unknown_key": "A table has a key that nothing reads: correct it, or delete it.",
    "unknown_kind": "There is no kind of action of that name: use one of those listed.",
    "unknown_member": "A value is none of those that the fact may have: use one of those listed.",
    "unknown_name": "A condition uses a bare name: write a fact as `part.fact`, and text in quotation marks.",
    "unknown_office": "There is no office of that name: use one that the rulesets name.",
    "unknown_part": "There is no part of that name here: use one of those listed.",
    "unknown_person": "No person of that id is in the directory: correct the id, or register the person.",
    "unknown_role": "There is no role of that name: use one of those listed.",
    "unknown_ruleset": "There is no ruleset of that name: use one of those listed, or the path of a folder.",
    "unknown_schema": "There is no schema of that name: use one of those listed.",
    "unknown_time_zone": "There is no time zone of that name: use one such as `America/Chicago`.",
    "unused_choice": "No rule uses a choice: use it in one, or delete it.",
    "usage": "The command line was called with wrong arguments or options: see `smpolicy VERB --help`.",
    "useless_approvals": "A rule names approvers, yet can need no approval: delete `approvals`, or let it need one.",
    "useless_overrides": "Nothing is loosened where `overrides` stands: delete it.",
    "wrong_adjustment": "A pack cannot change a choice so: name a value that it may have, or say what is overridden.",
    "wrong_arguments": "A function was given too few or too many values: give as many as it takes.",
    "wrong_attestation": "An attestation table names neither roles nor everyone, or both: name one of them.",
    "wrong_choice_value": "A choice was given a value that it cannot have: use one of those listed.",
    "wrong_dates": "A span of time ends before it begins: let its end come after its beginning.",
    "wrong_each": "The conditions in `each` do not fit: give one for each member of an `effect_by` choice.",
    "wrong_effect": "A rule has no usable effect: give one of `then`, `oblige` and `notice`.",
    "wrong_engines": "An agency file names one engine, three, or the same twice: name two, or leave `engines` out.",
    "wrong_establishes": "What a choice establishes is not usable: name a set of the candidate policy, and when.",
    "wrong_fact": "A pack's fact has no usable name or values: give a plain name, and values where there are members.",
    "wrong_head": "A head of a chain of events is written COUNT:HASH: give it as it was printed.",
    "wrong_key": "The key does not fit the store, or is none: name the right one.",
    "wrong_loan": "A role is lent to its holder, or for longer than is allowed: name somebody else, or an earlier end.",
    "wrong_members": "A choice has no usable members: list them.",
    "wrong_number": "A number is not finite, or larger than 64 bits hold: write an ordinary number.",
    "wrong_payload": "A payload is neither content nor a SHA-256: give the content, or 64 hexadecimal digits.",
    "wrong_severity": "A rule with a severity is no finding: let it restrict or give a notice on `adopt_policy` alone.",
    "wrong_stricter": "Rules use a choice the other way round: correct `stricter`, or make it two choices.",
    "wrong_subset": "A choice of a subset names no enumeration: name a fact with members under `of`, or list members.",
    "wrong_type": "A value is of another type than its place takes: write what is expected there.",
    "wrong_unit": "A period has another unit than days or months: say one of these.",
    "wrong_url": "A store cannot be kept there: name a file, `sqlite:///...` or `postgresql://...`.",
}
"""Every code of a problem: what it means and what to do."""


@frozen(slots=True)
class Place:
    """Where in a file something stands.

    Attributes:
        file: the file's name as the user gave it.
        line: line number from 1, or None where it is not known.
        column: column number from 1, or None.
    """

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@frozen(slots=True)
class Problem:
    """One thing that is wrong with what was given.

    Attributes:
        code: a stable name of this kind of problem, one of `CODES`.
        message: what is wrong, in lower case, with the user's own words in backticks.
        place: the place in a file, where there is one.
        path: the place inside a document, such as `$.content.purpose`.
        found: what was found, as text.
        expected: what would have been right.
        nearest: the nearest right name to the one that was found.
        help: what to do.
    """

    code: str
    message: str
    place: Place | None = None
    path: str | None = None
    found: str | None = None
    expected: str | None = None
    nearest: str | None = None
    help: str | None = None

    def __str__(self) -> str:
        where = " ".join(str(part) for part in (self.place, self.path) if part)
        lines = [f"{where}: {self.message} [{self.code}]" if where else f"{self.message} [{self.code}]"]
        lines += [f"  expected: {self.expected}"] if self.expected else []
        lines += [f"  did you mean `{self.nearest}`?"] if self.nearest else []
        lines += [f"  help: {self.help}"] if self.help else []
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as JSON-ready data, without what is not known."""
        place = self.place
        data = {
            "code": self.code,
            "message": self.message,
            "file": place.file if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
            "path": self.path,
            "found": self.found,
            "expected": self.expected,
            "nearest": self.nearest,
            "help": self.help,
            "documentation": f"{DOCUMENTATION}#{self.code}",
        }
        return {key: value for key, value in data.items() if value is not None}


class PolicyError(Exception):
    """The root of all errors of smpolicy.

    Attributes:
        problems: every problem found, in the order of their places.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    @property
    def code(self) -> str:
        """Return the code of the first problem."""
        return self.problems[0].code

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class InvalidFile(PolicyError, ValueError):
    """A ruleset, an agency file, a directory or another file cannot be used as it is."""


class MissingFile(PolicyError, FileNotFoundError):
    """A file or folder that was named cannot be read."""

    __str__ = PolicyError.__str__


class InvalidAction(PolicyError, ValueError):
    """A proposed action says something that the vocabulary has no place for."""


class UnknownPerson(PolicyError, LookupError):
    """A person, an account or an alias is not registered."""


class NotPermitted(PolicyError, PermissionError):
    """Somebody did what the agency does not let them do, such as attesting without the role."""

    __str__ = PolicyError.__str__


class OutsideDates(PolicyError, ValueError):
    """The moment of a decision lies outside the dates for which the policy holds."""


class InvalidApproval(PolicyError, ValueError):
    """An approval cannot be made as asked."""


class UnknownCase(PolicyError, LookupError):
    """There is no case, or no loan of a role, of that number."""


class CaseClosed(PolicyError, ValueError):
    """A case is no longer open, or waits for no review."""


class NotificationFailed(PolicyError, RuntimeError):
    """An event is safely recorded, but the callback that was to notify people of it failed."""


class StoreUnavailable(PolicyError, OSError):
    """A store cannot be opened, read or written now; nothing that was recorded is lost."""

    __str__ = PolicyError.__str__


class StoreDamaged(PolicyError, RuntimeError):
    """Something of a store was changed or is missing."""


class ClockMovedBack(PolicyError, ValueError):
    """It is earlier than when the last event happened."""


class InvalidProperty(PolicyError, ValueError):
    """A property, or the condition of a strategy, cannot be tested as it is stated."""


class MissingExtra(PolicyError, ImportError):
    """Something needs a library that is not installed."""

    __str__ = PolicyError.__str__


class UnusableTests(PolicyError, ValueError):
    """There are no tests by which changes could be noticed, or they fail before anything is changed."""


class EngineUnavailable(PolicyError, ImportError):
    """The engine that was asked for is not there."""

    __str__ = PolicyError.__str__


class EngineFailed(PolicyError, RuntimeError):
    """An engine failed, so that there is no decision."""


class EnginesDisagree(EngineFailed):
    """Two engines that must agree do not, so that there is no decision.

    Attributes:
        kind: the kind of action.
        answers: what each engine found, by its name: the ids of the true rules, and those of the unknown ones.
    """

    def __init__(
        self, *problems: Problem, kind: str, answers: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    ) -> None:
        super().__init__(*problems)
        self.kind = kind
        self.answers = answers


class AmbiguousTruth(PolicyError, TypeError):
    """Something that has three outcomes was used as a yes or a no."""


def nearest(word: object, names: Iterable[str]) -> str | None:
    """Return the name most like a word, or None where none comes close.

    Args:
        word: what was found; anything but text has no nearest name.
        names: the right names.
    """
    if not isinstance(word, str) or len(word) > 200:
        return None
    known = {name.lower(): name for name in names}
    found = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    longer = [name for name in known if len(word) > 3 and name.startswith(word.lower())]
    return known[found[0]] if found else known[longer[0]] if len(longer) == 1 else None


def nearest_path(path: str, paths: Iterable[str]) -> str | None:
    """Return the path most like one that is wrong: its name in another part, else the nearest name in its part.

    Args:
        path: what was found, such as `content.stage`.
        paths: the right paths.
    """
    listed = list(paths)
    part, _, name = path.partition(".")
    elsewhere = [each for each in listed if each.partition(".")[2] == name]
    if elsewhere:
        return nearest(path, elsewhere) or elsewhere[0]
    own = {each.partition(".")[2]: each for each in listed if each.partition(".")[0] == part}
    found = nearest(name, own)
    return own[found] if found else None if own else nearest(path, listed)


def some(names: Iterable[str], most: int = 12) -> str:
    """Return names as text for a message: all when they are few, else the first and how many more."""
    listed = sorted(names)
    shown = ", ".join(f"`{name}`" for name in listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"


def shorten(value: object, most: int = 80) -> str:
    """Return a value's text for a message, as JSON writes it, cut where it is long, without control characters."""
    text = value if isinstance(value, str) else _to_text(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: most + 1])
    return text if len(text) <= most else text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _to_text(value: object) -> str:
    try:
        return str(value) if isinstance(value, date) else json.dumps(value, ensure_ascii=False, default=_members)
    except (TypeError, ValueError, RecursionError):  # keys of another type, endless digits, circles
        return type(value).__name__


def _members(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


@frozen(slots=True)
class Report:
    """A list that loading adds problems to, so that all are told at once."""

    problems: list[Problem] = field(factory=list)

    def add(self, code: str, message: str, **details: Any) -> None:
        """Add one problem; see `Problem` for the details."""
        self.problems.append(Problem(code, message, **details))

    def raise_as(self, error: type[PolicyError]) -> None:
        """Raise all problems together, if there are any, each once."""
        if self.problems:
            raise error(*dict.fromkeys(self.problems))
