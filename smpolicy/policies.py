"""Policies: rulesets bound to an agency for a span of dates; what one decides with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from attrs import field, frozen

from smpolicy.actions import Action, Attestation, read_action
from smpolicy.agencies import Agency
from smpolicy.agency_files import load_agency
from smpolicy.approvals import Approval, holds_role
from smpolicy.binding import KindRules, bind_agency
from smpolicy.decisions import Decision, discharged_rules
from smpolicy.directories import Directory
from smpolicy.engines import Engine, make_engine
from smpolicy.errors import (
    InvalidAction,
    InvalidFile,
    NotPermitted,
    OutsideDates,
    Problem,
    UnknownPerson,
    nearest,
    some,
)
from smpolicy.expressions import Term
from smpolicy.facts import NO_ACCOUNT, NO_ALIAS, NOBODY, Records, make_reader
from smpolicy.judge import judge
from smpolicy.plain import plain_action_is_restricted
from smpolicy.rulesets import Ruleset
from smpolicy.values import read_moment
from smpolicy.vocabulary import Fact

UTC_ZONE = ZoneInfo("UTC")


@frozen(slots=True, eq=False)
class Policy:
    """Rulesets bound to an agency for a span of dates.

    Attributes:
        agency: the agency.
        kinds: the bound rules of every kind of action, by kind.
        engine: the name of the engine that finds which rules are true and which unknown.
    """

    agency: Agency
    kinds: Mapping[str, KindRules] = field(repr=False)
    engine: str = "compiled"
    _engines: dict[str, Engine] = field(factory=dict, repr=False, init=False)

    @cached_property
    def _span(self) -> tuple[datetime, datetime | None]:
        return self.agency.span()

    def action(self, data: object) -> Action:
        """Return the action that JSON-ready data describes, the facts of this agency's packs included.

        Args:
            data: as `smpolicy.action` takes it.

        Raises:
            InvalidAction: with every problem found.
        """
        return read_action(data, self.agency.vocabulary)

    def decide(self, action: Action, *, at: datetime, approvals: Iterable[Approval] = ()) -> Decision:
        """Decide on a proposed action; nothing but the arguments and the policy is read.

        Args:
            action: the action.
            at: the moment for which it is decided, with a time zone.
            approvals: what people have granted.

        Raises:
            OutsideDates: the policy is not in force at that moment.
            UnknownPerson: the action names a person, an account or an alias that is not registered.
            NotPermitted: somebody attested who may not.
            InvalidAction: a fact of a pack is none of this policy's.
        """
        moment = self._moment(at)
        kind_rules = self.kinds[action.kind]
        if action.packs:
            self._check_packs(action)
        records = self.records(action, moment)
        if action.attestations:
            self._check_attestations(action.attestations, moment)
        facts = kind_rules.read(action, records, moment, self.agency.time_zone)
        engine = self._engines.get(action.kind) or self._engine(action.kind)
        true, unknown = engine(facts)
        given = tuple(approvals)
        discharged = discharged_rules(kind_rules, true | unknown, given, action, moment, self, facts) if given else 0
        verdict = judge(
            action.kind,
            true,
            unknown,
            kind_rules.denying,
            kind_rules.asking,
            discharged,
            self.agency.decision.unsettled == "deny",
            kind_rules.governed,
        )
        return Decision(self, action, moment, given, kind_rules, facts, true, unknown, discharged, verdict)

    def decide_now(self, action: Action, *, approvals: Iterable[Approval] = ()) -> Decision:
        """Decide on a proposed action at the present moment, read from the clock; see `decide`."""
        return self.decide(action, at=datetime.now(UTC), approvals=approvals)

    def _engine(self, kind: str) -> Engine:
        return self._engines.setdefault(kind, make_engine(self.engine, self.kinds[kind]))

    def _moment(self, at: datetime) -> datetime:
        moment = read_moment(at)
        if moment is None:
            raise OutsideDates(
                Problem(
                    "naive_moment",
                    f"`{at}` is no moment",
                    expected="a datetime with a time zone",
                    help="give `tzinfo`, for instance datetime.now(UTC)",
                )  # fmt: skip
            )
        start, end = self._span
        if moment < start or (end is not None and moment >= end):
            raise OutsideDates(
                Problem(
                    "not_in_force",
                    f"the policy of `{self.agency.id}` is not in force at {moment.isoformat()}",
                    place=self.agency.place,
                    expected=f"from {self.agency.effective}"
                    + (f" until {self.agency.until}" if self.agency.until else ""),
                    help="load the agency's file that is in force then",
                )
            )
        return moment

    def records(self, action: Action, at: datetime) -> Records:
        """Return the records that an action names by id.

        Args:
            action: the action.
            at: the moment for which they are looked up.

        Raises:
            UnknownPerson: one of them is not registered.
        """
        actor_id, directory = action.get("actor.id"), self.agency.directory
        actor = NOBODY if actor_id is None else directory.person(actor_id, at)
        if actor is None:
            raise self._unregistered("person", actor_id, "$.actor.id", directory.people())
        holder, alias, account = NOBODY, NO_ALIAS, NO_ACCOUNT
        account_id = action.get("account.id")
        if account_id is not None:
            found = self.agency.accounts.get(account_id)
            if found is None:
                raise self._unregistered("account", account_id, "$.account.id", self.agency.accounts)
            account = found
        holder_id = action.get("access.holder_id")
        if holder_id is not None:
            holding = directory.person(holder_id, at)
            if holding is None:
                raise self._unregistered("person", holder_id, "$.access.holder_id", directory.people())
            holder = holding
        alias_id = action.get("alias.id")
        if alias_id is not None:
            named = directory.alias(alias_id)
            if named is None:
                raise self._unregistered("alias", alias_id, "$.alias.id", ())
            alias = named
        return Records(actor, holder, alias, account)

    def _unregistered(self, what: str, id: str, path: str, names: Iterable[str]) -> UnknownPerson:
        return UnknownPerson(
            Problem(
                f"unknown_{what}",
                f"no {what} `{id}` is registered with `{self.agency.id}`",
                path=path,
                nearest=nearest(id, names),
                help="leave the field out where it is not known",
            )
        )

    def _check_attestations(self, attestations: tuple[Attestation, ...], at: datetime) -> None:
        for attestation in attestations:
            if self.agency.directory.person(attestation.by, at) is None:
                raise self._unregistered("person", attestation.by, "$.attestation.by", self.agency.directory.people())
            covered = {path.partition(".")[0] for path in attestation.facts}
            for each in self.agency.attesting:
                if any(holds_role(self.agency.directory, attestation.by, role, at) for role in each.roles):
                    covered = covered - set(each.parts) if each.parts else set()
            if covered:
                raise NotPermitted(
                    Problem(
                        "may_not_attest",
                        f"`{attestation.by}` may not attest {some(covered)}",
                        path="$.attestation",
                        help="have it attested by a role that the agency's file lists under [[attestation]]",
                    )
                )

    def _check_packs(self, action: Action) -> None:
        vocabulary = self.agency.vocabulary
        wrong = [
            f"{namespace}.{name}"
            for namespace, facts in action.packs.items()
            for name in facts
            if not vocabulary.has(action.kind, f"{namespace}.{name}")
        ]
        if wrong:
            raise InvalidAction(
                Problem(
                    "unknown_fact",
                    f"an action `{action.kind}` has no fact `{wrong[0]}` under this policy",
                    path=f"$.{wrong[0]}",
                    nearest=nearest(wrong[0], vocabulary.facts),
                )
            )

    def value(self, action: Action, path: str, at: datetime) -> Any:
        """Return the value of any fact of an action, looked up where it must be; None where it is unknown.

        Args:
            action: the action.
            path: the fact's path.
            at: the moment for which records are looked up.
        """
        fact: Fact | None = self.agency.vocabulary.facts.get(path)
        if fact is None or not self.agency.vocabulary.has(action.kind, path):
            return None
        if fact.owner == "agency":
            return self.agency.facts.get(path)
        read = make_reader(action.kind, (Term(path),), self.agency.vocabulary)
        return read(action, self.records(action, at), at, self.agency.time_zone)[0]


def load(
    path: str | Path,
    on: date | None = None,
    directory: Directory | None = None,
    engine: str = "compiled",
    rulesets: Mapping[str, Ruleset] | None = None,
) -> Policy:
    """Load an agency's file and bind its rulesets.

    Args:
        path: the file, or a folder with several, of which the one in force is taken.
        on: the day on which it must be in force.
        directory: who holds which role; by default the directory that the file names.
        engine: `compiled` or `reference`.
        rulesets: loaded rulesets by name; others are loaded.

    Raises:
        MissingFile: there is no such file.
        OutsideDates: no file is in force on that day.
        InvalidFile: with every problem found.
        EngineUnavailable: there is no such engine.
    """
    return bind_policy(load_agency(path, on, directory, rulesets), engine)


def load_today(path: str | Path, directory: Directory | None = None, engine: str = "compiled") -> Policy:
    """Load what is in force today, by the clock; see `load`."""
    return load(path, datetime.now(UTC).date(), directory, engine)


def bind_policy(agency: Agency, engine: str = "compiled") -> Policy:
    """Return the policy of a loaded agency.

    Args:
        agency: the agency.
        engine: `compiled` or `reference`.

    Raises:
        InvalidFile: a personal post about which nothing is restricted would be restricted.
        EngineUnavailable: there is no such engine.
    """
    kinds = bind_agency(agency)
    make_engine(engine, kinds["report_violation"])
    restricted = plain_action_is_restricted(agency, kinds["personal_post"])
    if restricted:
        raise InvalidFile(
            *(
                Problem(
                    "restricts_plain_personal_post",
                    f"under this configuration the rule `{rule.id}` restricts a personal post about which nothing is wrong",
                    place=rule.place,
                    help="personal use as such cannot be prohibited (V.B)",
                )
                for rule in restricted
            )
        )
    return Policy(agency, kinds, engine)
