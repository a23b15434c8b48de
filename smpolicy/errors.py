"""Errors: one root, a stable code each, the place, what was found, what was expected, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

DOCUMENTATION = "reference/errors.md"


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


class EngineUnavailable(PolicyError, ImportError):
    """The engine that was asked for is not there."""

    __str__ = PolicyError.__str__


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
    found = difflib.get_close_matches(word, list(names), n=1, cutoff=0.6)
    return found[0] if found else None


def some(names: Iterable[str], most: int = 12) -> str:
    """Return names as text for a message: all when they are few, else the first and how many more."""
    listed = sorted(names)
    shown = ", ".join(f"`{name}`" for name in listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"


def shorten(value: object, most: int = 80) -> str:
    """Return a value's text for a message, cut where it is long, without control characters."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: most + 1])
    return text if len(text) <= most else text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


@frozen(slots=True)
class Report:
    """A list that loading adds problems to, so that all are told at once."""

    problems: list[Problem] = field(factory=list)

    def add(self, code: str, message: str, **details: Any) -> None:
        """Add one problem; see `Problem` for the details."""
        self.problems.append(Problem(code, message, **details))

    def raise_as(self, error: type[PolicyError]) -> None:
        """Raise all problems together, if there are any."""
        if self.problems:
            raise error(*self.problems)
