"""Rulesets: considerations, choices, definitions, rules and exceptions, as their files state them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any, Literal

import rfc8785
from attrs import field, frozen

from smpolicy.errors import Place
from smpolicy.language.conditions import Condition, ValueType, choice_uses, definitions_used
from smpolicy.vocabulary import Vocabulary

EFFECTS = ("allow", "needs_approval", "deny")
"""The effects, from the mildest to the strongest."""

Effect = Literal["allow", "needs_approval", "deny"]
ChoiceType = Literal["effect", "effect_by", "flag", "offices", "subset", "number", "period", "text"]
Stricter = Literal["higher", "lower", "true", "false", "more", "fewer", "none"]
When = Literal["before", "after", "regardless"]
Severity = Literal["error", "warning"]


@frozen(slots=True)
class Office:
    """A function that rules name, such as legal counsel; each agency says which roles hold it.

    Attributes:
        id: its name in rules and agency files.
        title: what people call it.
    """

    id: str
    title: str


@frozen(slots=True)
class Consideration:
    """One cited item of the source.

    Attributes:
        id: its citation, such as `V.A.9.c.i`.
        title: a few words.
        gist: what it asks of an agency, in this project's words.
        acts: the kinds of action on which it can change a decision.
        place: where its file states it.
        authorities: the ids of the authorities behind it.
    """

    id: str
    title: str
    gist: str
    acts: tuple[str, ...]
    place: Place | None = field(default=None, eq=False)
    authorities: tuple[str, ...] = ()


@frozen(slots=True)
class Authority:
    """A judgment or a statute that a consideration rests on.

    Attributes:
        id: its name in rule files.
        citation: it in full: names, reporter, court and year, or the code and section.
        held: what it decided or says, in this project's words.
        confirmed: whether the citation was found where law is published; else whatever shows it says "not confirmed".
        place: where its file states it.
    """

    id: str
    citation: str
    held: str
    confirmed: bool
    place: Place | None = field(default=None, eq=False)

    def __str__(self) -> str:
        return self.citation if self.confirmed else f"{self.citation} (not confirmed)"


@frozen(slots=True)
class Establishes:
    """The member of a set of a candidate policy that certain values of a choice establish.

    Attributes:
        fact: the set, such as `policy.page_practices`.
        member: the member.
        values: the values of the choice that establish it; of a subset, the members any of which does.
        lacks: of a subset, the members the lack of any of which establishes it.
        lacks_all: of a subset, the members the lack of all of which establishes it.
        where: other choices of the ruleset, each of which must have one of some values besides.
    """

    fact: str
    member: str
    values: tuple[Any, ...] = ()
    lacks: tuple[str, ...] = ()
    lacks_all: tuple[str, ...] = ()
    where: Mapping[str, tuple[Any, ...]] = field(factory=dict)

    def holds(self, value: Any) -> bool:
        """Return whether a value of the choice, in canonical form, establishes the member."""
        if not isinstance(value, frozenset):
            return value in self.values
        lacks_all = bool(self.lacks_all) and value.isdisjoint(self.lacks_all)
        return not value.isdisjoint(self.values) or not value.issuperset(self.lacks) or lacks_all


@frozen(slots=True)
class Choice:
    """What an agency decides about a consideration.

    Attributes:
        id: its name in conditions and agency files.
        about: the consideration.
        ask: the question put to the agency.
        type: effect, effect_by, flag, offices, subset, number, period or text.
        default: what holds where the agency has not chosen, in canonical form.
        stricter: which way is stricter.
        members: the members of a subset or an effect_by, or the effects allowed.
        unit: the unit of a number or a period.
        least: the smallest number allowed.
        most: the largest number allowed.
        note: a word to whoever chooses.
        personal_limit: the member of `policy.personal_limits` that any value but `allow` or false establishes; of an
            effect_by, any effect but `allow`.
        place: where its file states it.
        establishes: what else of a candidate policy its values establish.
    """

    id: str
    about: str
    ask: str
    type: ChoiceType
    default: Any
    stricter: Stricter
    members: tuple[str, ...] = ()
    unit: str | None = None
    least: int = 0
    most: int = 100_000
    note: str | None = None
    personal_limit: str | None = None
    place: Place | None = field(default=None, eq=False)
    establishes: tuple[Establishes, ...] = ()

    @property
    def value_type(self) -> ValueType:
        """Return the type that its value has in conditions."""
        types: dict[str, ValueType] = {"flag": "bool", "subset": "set", "number": "integer"}
        return types.get(self.type, self.type)  # type: ignore[arg-type]


def sets_limit(value: Any) -> bool:
    """Return whether a value of a choice limits: any but `allow` and false, and of effects by member any but `allow`.

    Args:
        value: the value in canonical form.
    """
    return any(map(sets_limit, value.values())) if isinstance(value, Mapping) else value not in ("allow", False)


@frozen(slots=True)
class Asked:
    """People whose approval is asked: so many from an office.

    Attributes:
        office: an office, or `choice.` and the id of a choice of offices.
        people: how many different people.
    """

    office: str
    people: int = 1


@frozen(slots=True)
class Oblige:
    """A duty that a rule lays on somebody.

    Attributes:
        do: what must be done.
        to: the office that does it or gets it, `author`, `agency`, or `choice.` and the id of a choice of offices.
        when: before or after the action, or regardless of whether it is taken.
        within: a time limit in words.
        excluding: whom it must go around.
    """

    do: str
    to: str
    when: When = "before"
    within: str | None = None
    excluding: str | None = None


@frozen(slots=True)
class Rule:
    """On these kinds of action, when this condition holds, this effect.

    Attributes:
        id: the consideration that it cites, a slash and a name.
        on: the kinds of action.
        condition: when it speaks, or None for always.
        then: an effect, or `choice.` and the id of a choice; None for a duty or a notice.
        each: for a choice of an effect for each member, the condition of each.
        approvals: whose approval is asked, where the effect may be needs_approval.
        oblige: the duty.
        notice: the notice.
        cites: further considerations.
        reason: what was found, for people.
        remedy: what would clear it.
        place: where its file states it.
        severity: how grave a finding it is, where it reviews the adoption of a policy; else None.
    """

    id: str
    on: tuple[str, ...]
    condition: Condition | None
    then: str | None = None
    each: Mapping[str, Condition] = field(factory=dict)
    approvals: tuple[Asked, ...] = ()
    oblige: Oblige | None = None
    notice: str | None = None
    cites: tuple[str, ...] = ()
    reason: str = ""
    remedy: str = ""
    place: Place | None = field(default=None, eq=False)
    severity: Severity | None = None

    @property
    def about(self) -> str:
        """Return the consideration that it cites first."""
        return self.id.partition("/")[0]

    @cached_property
    def lineage(self) -> frozenset[str]:
        """Return its id, and every id under which it lies."""
        return lineage(self.id)


@frozen(slots=True)
class Instead:
    """Something milder that an exception puts in place of the rules that it lifts."""

    about: str
    condition: Condition | None
    then: str | None = None
    approvals: tuple[Asked, ...] = ()
    oblige: Oblige | None = None
    notice: str | None = None
    reason: str = ""


@frozen(slots=True)
class Override:
    """What lets a pack loosen another ruleset, said openly.

    Attributes:
        of: the ruleset that is loosened, one of those that the pack needs.
        authority: why, and by what authority.
    """

    of: str
    authority: str


@frozen(slots=True)
class Adjustment:
    """What a pack changes about a choice of another ruleset: the mildest value that an agency may still choose.

    Attributes:
        id: the consideration that it cites, a slash and a name.
        of: the ruleset whose choice it is, one of those that the pack needs.
        choice: the id of the choice.
        mildest: the mildest value that is left, in canonical form.
        reason: why, for people.
        override: what lets it widen the choice, where it is milder than the choice itself allows; else it narrows.
        place: where its file states it.
    """

    id: str
    of: str
    choice: str
    mildest: Any
    reason: str
    override: Override | None = None
    place: Place | None = field(default=None, eq=False)

    @property
    def about(self) -> str:
        """Return the consideration that it cites."""
        return self.id.partition("/")[0]


@frozen(slots=True)
class Overriding:
    """A statement of a pack that loosens another ruleset.

    Attributes:
        ruleset: the pack.
        id: the id of its exception or adjustment.
        of: the ruleset that is loosened.
        what: the considerations and rules that are lifted, or the choice that is widened.
        authority: why, and by what authority.
        place: where its file states it.
    """

    ruleset: str
    id: str
    of: str
    what: tuple[str, ...]
    authority: str
    place: Place | None = field(default=None, eq=False)


@frozen(slots=True)
class RuleException:
    """A statement that lifts the restricting rules of some considerations when a condition holds.

    Attributes:
        id: the consideration that it cites, a slash and a name.
        about: the consideration that it serves.
        on: the kinds of action.
        of: the considerations or rules that it lifts; an id covers those under it.
        condition: when it lifts them.
        instead: what milder thing holds then.
        cites: further considerations.
        reason: why, for people.
        override: what lets it lift rules of another ruleset; without it, it lifts rules of its own.
        place: where its file states it.
    """

    id: str
    about: str
    on: tuple[str, ...]
    of: tuple[str, ...]
    condition: Condition
    instead: tuple[Instead, ...] = ()
    cites: tuple[str, ...] = ()
    reason: str = ""
    override: Override | None = None
    place: Place | None = field(default=None, eq=False)

    def covers(self, rule: Rule) -> bool:
        """Return whether it lifts a rule of the ruleset whose rules it lifts."""
        return not rule.lineage.isdisjoint(self.of)


@frozen(slots=True)
class Definition:
    """A named condition that rules share."""

    id: str
    about: str
    condition: Condition
    place: Place | None = field(default=None, eq=False)


@frozen(slots=True)
class Ruleset:
    """A named, versioned, dated set of considerations, choices, definitions, rules and exceptions.

    Attributes:
        id: its name in agency files.
        title: what people call it.
        version: its version.
        dated: the date of what it encodes.
        source: what it encodes.
        vocabulary: the core vocabulary, with the facts of its own.
        offices: by id.
        considerations: by id, in order.
        choices: by id, in order.
        definitions: by id.
        rules: in order.
        exceptions: in order.
        adjustments: what it changes about choices of rulesets that it needs, in order.
        needs: the ids of the rulesets on which it builds: an agency must adopt them, too.
        namespace: its name for facts of its own, or None.
        content: its parsed files, of which its hash is taken.
        authorities: by id.
    """

    id: str
    title: str
    version: str
    dated: date
    source: str
    vocabulary: Vocabulary = field(repr=False)
    offices: Mapping[str, Office] = field(repr=False)
    considerations: Mapping[str, Consideration] = field(repr=False)
    choices: Mapping[str, Choice] = field(repr=False)
    definitions: Mapping[str, Definition] = field(repr=False)
    rules: tuple[Rule, ...] = field(repr=False)
    exceptions: tuple[RuleException, ...] = field(repr=False)
    content: Mapping[str, Any] = field(repr=False, eq=False)
    adjustments: tuple[Adjustment, ...] = field(default=(), repr=False)
    needs: tuple[str, ...] = ()
    namespace: str | None = None
    authorities: Mapping[str, Authority] = field(factory=dict, repr=False)

    def hash(self) -> str:
        """Return the SHA-256 of its parsed content, whatever the layout of its files."""
        return self._hash

    @cached_property
    def _hash(self) -> str:
        return content_hash(self.content)

    def lifts(self, exception: RuleException, other: Ruleset) -> bool:
        """Return whether one of its exceptions lifts rules of a ruleset, which may be itself."""
        return other.id == (self.id if exception.override is None else exception.override.of)

    def overriding(self) -> Iterator[Overriding]:
        """Yield each of its statements that loosens another ruleset."""
        for exception in self.exceptions:
            if exception.override is not None:
                yield self._overriding(exception.id, exception.override, exception.of, exception.place)
        for each in self.adjustments:
            if each.override is not None:
                yield self._overriding(each.id, each.override, (each.choice,), each.place)

    def _overriding(self, id: str, override: Override, what: tuple[str, ...], place: Place | None) -> Overriding:
        return Overriding(self.id, id, override.of, what, override.authority, place)

    def cites_of(self, rule_cites: tuple[str, ...], conditions: Iterator[Condition]) -> tuple[str, ...]:
        """Return citations with those of the definitions that conditions use, each once."""
        used = [self.definitions[name].about for condition in conditions for name in definitions_used(condition)]
        return tuple(dict.fromkeys((*rule_cites, *used)))


def choices_of(stated: Rule | RuleException | Instead) -> Iterator[str]:
    """Yield the ids of the choices that a rule or an exception uses."""
    for condition in conditions_of(stated):
        yield from (name for name, _ in choice_uses(condition))
    if isinstance(stated, RuleException):
        for instead in stated.instead:
            yield from choices_of(instead)
        return
    named = [stated.then, stated.oblige.to if stated.oblige else None, *(asked.office for asked in stated.approvals)]
    yield from (name.removeprefix("choice.") for name in named if name is not None and name.startswith("choice."))


def conditions_of(stated: Rule | RuleException | Instead) -> tuple[Condition, ...]:
    """Return the conditions of a rule, one for each member included, or of an exception."""
    members = stated.each.values() if isinstance(stated, Rule) else ()
    return tuple(each for each in (stated.condition, *members) if each is not None)


def is_under(rule_id: str, covered: str) -> bool:
    """Return whether a rule's id is another id or lies under it (`V.A.8` covers `V.A.8.agency_device/computer`)."""
    return covered in lineage(rule_id)


def lineage(id: str) -> frozenset[str]:
    """Return an id, and every id under which it lies."""
    return frozenset((id, *(id[:end] for end, character in enumerate(id) if character in "./")))


def content_hash(content: object) -> str:
    """Return the SHA-256 of parsed content, over its canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(_plain(content))).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, int) and abs(value) >= 2**53:  # canonical JSON has no such numbers
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
