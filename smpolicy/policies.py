"""Policies: rulesets bound to an agency for a span of dates; what one decides with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from attrs import field, frozen

from smpolicy.actions import Action, Attestation, read_action
from smpolicy.adoptions import candidate_policy, read_adoption
from smpolicy.agencies import Agency
from smpolicy.approvals import Approval, Delegation, holds_role
from smpolicy.binding import bind_agency
from smpolicy.bound_rules import KindRules
from smpolicy.decisions import Decision, Granted
from smpolicy.directories import Directory
from smpolicy.engines import PAIR, Engine, make_engine
from smpolicy.errors import (
    InvalidAction,
    InvalidApproval,
    InvalidFile,
    NotPermitted,
    OutsideDates,
    Problem,
    UnknownPerson,
    nearest,
    shorten,
    some,
)
from smpolicy.facts import LOOKED_UP_BY, NO_ACCOUNT, NO_ALIAS, NOBODY, Records, value_of
from smpolicy.judge import judge
from smpolicy.kinds import CORE, AdoptPolicy
from smpolicy.loading.agency_files import load_agency
from smpolicy.observing import WATCHERS
from smpolicy.parts.people import Member
from smpolicy.plain import plain_action_is_restricted
from smpolicy.rulesets import Ruleset
from smpolicy.values import read_moment, read_value

if TYPE_CHECKING:
    from smpolicy.journal import Journal, Recording


def _ids(action: Action) -> Iterator[tuple[str, str]]:
    """Yield each part of an action whose record is looked up, with the id that is given."""
    for part, path in _LOOKUPS[action.kind]:
        found = getattr(getattr(action, part), path)
        if found is not None:
            yield part, found


_LOOKUPS = {
    kind: tuple((part, path.partition(".")[2]) for part, path in LOOKED_UP_BY.items() if part in each.parts)
    for kind, each in CORE.kinds.items()
}


def _no_action(found: object) -> InvalidAction:
    help_ = "make one of data with `policy.action(...)`"
    return InvalidAction(Problem("wrong_type", f"`{shorten(found)}` is no action", help=help_))


def _no_approval(found: object) -> InvalidApproval:
    help_ = "make approvals of data with `smpolicy.read_approvals(...)`"
    return InvalidApproval(Problem("wrong_type", f"`{shorten(found)}` is no approval", help=help_))


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
            data: as `smpolicy.action` takes it; besides, `{"kind": "adopt_policy"}`, perhaps with `actor`, is the
                adoption of this very policy, its other facts computed from the agency's file.

        Raises:
            InvalidAction: with every problem found.
        """
        if isinstance(data, Mapping) and data.get("kind") == "adopt_policy" and set(data) <= {"kind", "actor"}:
            return read_adoption(data.get("actor"), self.agency)
        return read_action(data, self.agency.vocabulary)

    def decide(
        self,
        action: Action,
        *,
        at: datetime,
        approvals: Iterable[Approval] = (),
        delegations: Iterable[Delegation] = (),
    ) -> Decision:
        """Decide on a proposed action; nothing but the arguments and the policy is read.

        Args:
            action: the action.
            at: the moment for which it is decided, with a time zone.
            approvals: what people have granted.
            delegations: the roles that people have lent each other to approve in.

        Raises:
            OutsideDates: the policy is not in force at that moment.
            UnknownPerson: the action names a person, an account or an alias that is not registered.
            NotPermitted: somebody attested who may not.
            InvalidAction: it is no action, or a fact of a pack is none of this policy's.
            InvalidApproval: what was presented is no approval.
        """
        moment = self._moment(at)
        if not isinstance(action, Action):
            raise _no_action(action)
        kind_rules = self.kinds[action.kind]
        if action.packs or action.kind == "adopt_policy":
            action = self._checked(action)
        records = self.records(action, moment)
        if action.attestations:
            self._check_attestations(action.kind, action.attestations, moment)
        facts = kind_rules.read(action, records, moment, self.agency.time_zone)
        engine = self._engines.get(action.kind) or self._engine(action.kind)
        true, unknown = engine(facts)
        given = tuple(approvals)
        for each in given:
            if not isinstance(each, Approval):
                raise _no_approval(each)
        lent = tuple(delegations)
        granted = Granted(given, lent, kind_rules, action, moment, self, facts) if given else None
        discharged = 0 if granted is None else granted.discharged(true | unknown)
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
        decision = Decision(self, action, moment, given, lent, kind_rules, facts, true, unknown, discharged, verdict)
        for watcher in WATCHERS.get():
            watcher(decision)
        return decision

    def decide_now(
        self, action: Action, *, approvals: Iterable[Approval] = (), delegations: Iterable[Delegation] = ()
    ) -> Decision:
        """Decide on a proposed action at the present moment, read from the clock; see `decide`."""
        return self.decide(action, at=datetime.now(UTC), approvals=approvals, delegations=delegations)

    def recording(self, journal: Journal, by: str | None = None) -> Recording:
        """Return this policy with a journal, in which each decision is recorded before it is returned.

        Args:
            journal: the journal.
            by: who asks, for the records.
        """
        from smpolicy.journal import Recording

        return Recording(self, journal, by)

    def _engine(self, kind: str) -> Engine:
        return self._engines.setdefault(kind, make_engine(self.engine, self.kinds[kind], self._pair()))

    def _pair(self) -> tuple[str, ...]:
        return self.agency.decision.engines or PAIR

    def _moment(self, at: datetime) -> datetime:
        moment = at if getattr(at, "tzinfo", None) is UTC and not at.microsecond else read_moment(at)
        if moment is None:
            raise OutsideDates(
                Problem(
                    "naive_moment",
                    f"`{at}` is no moment",
                    expected="a datetime with a time zone",
                    help="give `tzinfo`, for instance datetime.now(UTC)",
                )
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
        actor = holder = NOBODY
        alias, account = NO_ALIAS, NO_ACCOUNT
        for part, found in _ids(action):
            if part == "actor":
                actor = self._person(found, at, "$.actor.id")
            elif part == "access":
                holder = self._person(found, at, "$.access.holder_id")
            elif part == "account":
                account = self.agency.accounts.get(found) or NO_ACCOUNT
                if account is NO_ACCOUNT:
                    raise self._unregistered("unknown_account", found, "$.account.id", self.agency.accounts)
            else:
                alias = self.agency.directory.alias(found) or NO_ALIAS
                if alias is NO_ALIAS:
                    raise self._unregistered("unknown_alias", found, "$.alias.id", ())
        return Records(actor, holder, alias, account)

    def _person(self, id: str, at: datetime, path: str) -> Member:
        found = self.agency.directory.person(id, at)
        if found is None:
            raise self._unregistered("unknown_person", id, path, self.agency.directory.people())
        return found

    def _unregistered(self, code: str, id: str, path: str, names: Iterable[str]) -> UnknownPerson:
        what = code.removeprefix("unknown_")
        where = "account register" if what == "account" else "directory"
        return UnknownPerson(
            Problem(
                code,
                f"no {what} `{shorten(id)}` is registered with `{self.agency.id}`",
                path=path,
                found=shorten(id),
                nearest=nearest(id, names),
                help=f"correct the id, or add the {what} to the {where}",
            )
        )

    def check_person(self, id: str, at: datetime, path: str = "$.by") -> None:
        """Refuse a person who is not registered.

        Args:
            id: the id of the person.
            at: when.
            path: where it was given.

        Raises:
            UnknownPerson: nobody of that id is registered.
        """
        self._person(id, at, path)

    def check_approver(self, by: str, role: str, at: datetime) -> None:
        """Raise what is wrong with the person and the role of an approval; whether it counts is for decisions to say.

        Args:
            by: the id of the person.
            role: the role in which the person approves.
            at: when.

        Raises:
            UnknownPerson: nobody of that id is registered.
            InvalidApproval: there is no such role.
        """
        roles = self.agency.vocabulary.facts["actor.roles"].members
        self.check_person(by, at)
        if role not in roles:
            message = f"there is no role `{shorten(role)}`"
            expected, near = some(roles, most=30), nearest(role, roles)
            raise InvalidApproval(Problem("unknown_role", message, path="$.role", expected=expected, nearest=near))

    def _check_attestations(self, kind: str, attestations: tuple[Attestation, ...], at: datetime) -> None:
        for attestation in attestations:
            if self.agency.directory.person(attestation.by, at) is None:
                people = self.agency.directory.people()
                raise self._unregistered("unknown_person", attestation.by, "$.attestation.by", people)
            covered = {path.partition(".")[0] for path in attestation.facts}
            for each in self.agency.attesting:
                if each.on and kind not in each.on:
                    continue
                if each.everyone or any(
                    holds_role(self.agency.directory, attestation.by, role, at) for role in each.roles
                ):
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

    def _checked(self, action: Action) -> Action:
        """Return an action whose facts of packs, and of a candidate, are what this policy takes them for."""
        vocabulary, packs = self.agency.vocabulary, {}
        for namespace, facts in action.packs.items():
            for name in facts:
                path = f"{namespace}.{name}"
                if not vocabulary.has(action.kind, path):
                    raise InvalidAction(
                        Problem(
                            "unknown_fact",
                            f"an action `{action.kind}` has no fact `{shorten(path)}` under this policy",
                            path=f"$.{shorten(path)}",
                            nearest=nearest(path, vocabulary.pack_kinds),
                            help="adopt the ruleset that declares it, or leave it out",
                        )
                    )
            read = {name: read_value(vocabulary.facts[f"{namespace}.{name}"], value) for name, value in facts.items()}
            packs[namespace] = read
        if isinstance(action, AdoptPolicy) and action.policy != candidate_policy(self.agency):
            raise InvalidAction(
                Problem(
                    "adoption_is_computed",
                    "an `adopt_policy` action is computed from a candidate file, never given",
                    path="$.policy",
                    help="use smpolicy.adoption(candidate), and decide it under the candidate itself",
                )
            )
        given: Any = action
        return attrs.evolve(given, packs=packs) if packs else action

    def value(self, action: Action, path: str, at: datetime) -> Any:
        """Return the value of any fact of an action, looked up where it must be; None where it is unknown.

        Args:
            action: the action.
            path: the fact's path.
            at: the moment for which records are looked up.
        """
        vocabulary = self.agency.vocabulary
        if path not in vocabulary.facts or not vocabulary.has(action.kind, path):
            return None
        if vocabulary.facts[path].owner == "agency":
            return self.agency.facts.get(path)
        return value_of(vocabulary.facts[path], action, self.records(action, at))


def load(
    path: str | Path,
    on: date | None = None,
    directory: Directory | None = None,
    engine: str | None = None,
    rulesets: Mapping[str, Ruleset] | None = None,
) -> Policy:
    """Load an agency's file and bind its rulesets.

    Args:
        path: the file, or a folder with several, of which the one in force is taken.
        on: the day on which it must be in force.
        directory: who holds which role; by default the directory that the file names.
        engine: `compiled`, `durable`, `reference` or `checked`; by default `checked` where the file names two engines,
            else `compiled`.
        rulesets: loaded rulesets by name; others are loaded.

    Raises:
        MissingFile: there is no such file.
        OutsideDates: no file is in force on that day.
        InvalidFile: with every problem found.
        EngineUnavailable: there is no such engine, or the library that it needs cannot be imported.
    """
    return bind_policy(load_agency(path, on, directory, rulesets), engine)


def load_today(path: str | Path, directory: Directory | None = None, engine: str | None = None) -> Policy:
    """Load what is in force today, by the clock; see `load`."""
    return load(path, datetime.now(UTC).date(), directory, engine)


def bind_policy(agency: Agency, engine: str | None = None) -> Policy:
    """Return the policy of a loaded agency.

    Args:
        agency: the agency.
        engine: `compiled`, `durable`, `reference` or `checked`; by default `checked` where the agency's file names two
            engines, else `compiled`.

    Raises:
        InvalidFile: a personal post about which nothing is restricted would be restricted.
        EngineUnavailable: there is no such engine, or the library that it needs cannot be imported.
    """
    kinds = bind_agency(agency)
    named = agency.decision.engines
    chosen = engine if engine is not None else "checked" if named else "compiled"
    make_engine(chosen, kinds["report_violation"], named or PAIR)
    restricted = plain_action_is_restricted(agency, kinds["personal_post"])
    if restricted:
        raise InvalidFile(
            *(
                Problem(
                    "restricts_plain_personal_post",
                    f"the rule `{rule.id}` would restrict a personal post about which nothing is wrong",
                    place=rule.place,
                    help="personal use as such cannot be prohibited (V.B)",
                )
                for rule in restricted
            )
        )
    return Policy(agency, kinds, chosen)
