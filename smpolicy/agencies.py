"""An agency: its choices, facts about itself, offices and roles, accounts, rulesets and dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

from attrs import field, frozen

from smpolicy.directories import Directory
from smpolicy.errors import Place
from smpolicy.loading.toml_files import Document
from smpolicy.parts.pages import RegisteredAccount
from smpolicy.rulesets import Choice, Office, Overriding, Ruleset, content_hash
from smpolicy.vocabulary import Vocabulary


@frozen(slots=True)
class Attesting:
    """Who may attest what.

    Attributes:
        roles: any of these roles may attest.
        parts: the parts of an action, or empty for every part.
        everyone: whether everybody in the directory may attest, whatever their roles.
        on: the kinds of action, or empty for every kind.
    """

    roles: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    everyone: bool = False
    on: tuple[str, ...] = ()


EngineName = Literal["compiled", "durable", "reference"]


@frozen(slots=True)
class DecisionTable:
    """How an agency wants its decisions made.

    Attributes:
        unsettled: what an action gets while a fact that matters is not known: `needs_approval` or `deny`.
        self_approval: whether the author of an action may count among those who approve it.
        approval_days: for how many days an approval counts, unless it says otherwise.
        engines: the two engines that must agree on every decision; without them one alone decides.
    """

    unsettled: Literal["needs_approval", "deny"] = "needs_approval"
    self_approval: bool = False
    approval_days: int = 30
    engines: tuple[EngineName, ...] = ()


@frozen(slots=True)
class DeskTable:
    """How an agency wants cases handled that wait for approval.

    Attributes:
        case_days: for how many days a case stays open.
        escalation_hours: after how many hours without an outcome the next office is asked, each time; 0 means never.
        escalate_to: the offices that are asked, one after another, once those that the rules name have been.
        delegation_days: for how many days at most a role may be lent; 0 means never.
        review_days: within how many days a notice that went out urgently must be reviewed.
    """

    case_days: int = 30
    escalation_hours: int = 24
    escalate_to: tuple[str, ...] = ()
    delegation_days: int = 30
    review_days: int = 3


DESK_BOUNDS: Mapping[str, tuple[int, int]] = {
    "case_days": (1, 3650),
    "escalation_hours": (0, 8760),
    "delegation_days": (0, 366),
    "review_days": (1, 366),
}
"""The smallest and the largest value of each number of the table."""


@frozen(slots=True)
class Chosen:
    """The value of one choice.

    Attributes:
        value: in canonical form.
        decided: whether the agency's file says it; else it is the default.
        reason: the reason that the file records.
        place: where the file says it.
    """

    value: Any
    decided: bool
    reason: str | None = None
    place: Place | None = field(default=None, eq=False)


@frozen(slots=True)
class Agency:
    """One agency file, checked.

    Attributes:
        id: its name in software.
        name: its name for people.
        time_zone: the zone of its calendar.
        effective: the first day on which it is in force.
        until: the first day on which it no longer is, or None.
        rulesets: those it adopts.
        vocabulary: the core vocabulary, with the facts of its rulesets.
        choices: the value of every choice, by ruleset and id.
        facts: the facts about the agency itself, by path.
        candidate_facts: the facts of its policy as a candidate for adoption, by path.
        offices: the roles that hold each office.
        accounts: its register of accounts, by id.
        attesting: who may attest what.
        decision: how it wants decisions made.
        desk: how it wants cases handled that wait for approval.
        directory: who holds which role, and more.
        content: its parsed file, of which its hash is taken.
        place: its file.
        candidate_places: where the file says each of these facts and of its own, by path, and by `path:member` for each
            member of a set.
        document: its file with the place of each part, where it was read from one.
    """

    id: str
    name: str
    time_zone: ZoneInfo
    effective: date
    until: date | None
    rulesets: tuple[Ruleset, ...] = field(repr=False)
    vocabulary: Vocabulary = field(repr=False)
    choices: Mapping[str, Mapping[str, Chosen]] = field(repr=False)
    facts: Mapping[str, Any] = field(repr=False)
    candidate_facts: Mapping[str, Any] = field(repr=False)
    offices: Mapping[str, tuple[str, ...]] = field(repr=False)
    accounts: Mapping[str, RegisteredAccount] = field(repr=False)
    attesting: tuple[Attesting, ...] = field(repr=False)
    decision: DecisionTable = field(repr=False)
    desk: DeskTable = field(repr=False)
    directory: Directory = field(repr=False)
    content: Mapping[str, Any] = field(repr=False, eq=False)
    place: Place = field(repr=False, eq=False)
    candidate_places: Mapping[str, tuple[Place, ...]] = field(factory=dict, repr=False, eq=False)
    document: Document | None = field(default=None, repr=False, eq=False)

    def place_of(self, *path: str | int) -> Place:
        """Return where its file says something, or the nearest place around it.

        Args:
            path: keys of tables and indices of arrays, from the outside in.
        """
        return self.place if self.document is None else self.document.place(*path)

    def hash(self) -> str:
        """Return the SHA-256 of its parsed content, whatever the layout of its file."""
        return self._hash

    @cached_property
    def _hash(self) -> str:
        return content_hash(self.content)

    def undecided(self) -> list[tuple[str, Choice]]:
        """Return the choices that it has not made, each with its ruleset's id; their defaults hold."""
        return [
            (ruleset.id, ruleset.choices[name])
            for ruleset in self.rulesets
            for name, chosen in self.choices[ruleset.id].items()
            if not chosen.decided
        ]

    def overriding(self) -> list[Overriding]:
        """Return each statement by which one of its rulesets loosens another."""
        return [each for ruleset in self.rulesets for each in ruleset.overriding()]

    def known_offices(self) -> dict[str, Office]:
        """Return every office that its rulesets name, by id."""
        return {name: office for ruleset in self.rulesets for name, office in ruleset.offices.items()}

    def in_force(self, on: date) -> bool:
        """Return whether it is in force on a day."""
        return self.effective <= on and (self.until is None or on < self.until)

    def span(self) -> tuple[datetime, datetime | None]:
        """Return the first moment at which it is in force, and the first at which it no longer is."""
        start = datetime.combine(self.effective, time(), self.time_zone).astimezone(UTC)
        if self.until is None:
            return start, None
        return start, datetime.combine(self.until, time(), self.time_zone).astimezone(UTC)
