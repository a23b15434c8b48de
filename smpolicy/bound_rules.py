"""Bound rules: what a ruleset's rules come to under an agency, and how their facts are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

from attrs import field, frozen

from smpolicy.approvals import Requirement
from smpolicy.errors import Place
from smpolicy.facts import Facts, Reader, make_reader
from smpolicy.language.expressions import TRUE, Expression, Term, paths, terms, to_text
from smpolicy.language.writing import Writer
from smpolicy.rulesets import Overriding, When, content_hash
from smpolicy.vocabulary import Vocabulary

BoundEffect = Literal["deny", "needs_approval", "oblige", "notice"]


@frozen(slots=True)
class Duty:
    """Something that must be done.

    Attributes:
        do: what.
        to: the offices that do it or get it, or `author` or `agency`.
        when: before or after the action, or regardless of whether it is taken.
        within: a time limit in words.
        excluding: whom it must go around.
    """

    do: str
    to: tuple[str, ...]
    when: When
    within: str | None = None
    excluding: str | None = None


@frozen(slots=True)
class Sparing:
    """An exception to a bound rule.

    Attributes:
        exception: its id.
        cites: the considerations that it cites.
        condition: its bound condition.
        overriding: what lets it lift a rule of another ruleset than its own.
    """

    exception: str
    cites: tuple[str, ...]
    condition: Expression
    overriding: Overriding | None = field(default=None, eq=False)


@frozen(slots=True)
class BoundRule:
    """A rule once an agency has chosen.

    Attributes:
        id: the rule's id; of a member's rule with the member in brackets, of what an exception puts in its place with
            `~`, the exception's id and a number.
        ruleset: the id of its ruleset.
        cites: the considerations that it cites.
        condition: when it speaks, exceptions included.
        effect: deny, needs_approval, oblige or notice.
        requirement: whose approval it asks, where it asks for one.
        duty: what it obliges to.
        notice: what it gives notice of.
        reason: what was found, for people.
        remedy: what would clear it.
        base: its condition without its exceptions.
        sparings: its exceptions.
        place: where its file states it.
    """

    id: str
    ruleset: str
    cites: tuple[str, ...]
    condition: Expression
    effect: BoundEffect
    requirement: Requirement | None = None
    duty: Duty | None = None
    notice: str | None = None
    reason: str = ""
    remedy: str = ""
    base: Expression = TRUE
    sparings: tuple[Sparing, ...] = ()
    place: Place | None = field(default=None, eq=False)

    @property
    def restricts(self) -> bool:
        """Return whether it denies or needs approval."""
        return self.effect in ("deny", "needs_approval")

    @cached_property
    def hash(self) -> str:
        """Return the SHA-256 of what it means: its id, citations, condition and effect."""
        asked = (
            [] if self.requirement is None else [[list(n.offices), list(n.roles), n.people] for n in self.requirement]
        )
        duty = None if self.duty is None else [self.duty.do, list(self.duty.to), self.duty.when, self.duty.within]
        condition = to_text(self.condition)
        return content_hash([self.ruleset, self.id, list(self.cites), condition, self.effect, asked, duty, self.notice])

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Return the terms that its condition reads."""
        return terms(self.condition)


@frozen(slots=True, eq=False)
class KindRules:
    """The bound rules of one kind of action, and how to read the facts that they need.

    Attributes:
        kind: the kind.
        rules: in order; the bit of a rule in a set of rules is its index here.
        terms: what the rules read, in the order of their values in `Facts`.
        governed: whether any loaded ruleset has a rule for the kind, bound or not.
        left_free: the considerations whose every restricting rule the agency switched off.
        vocabulary: the facts.
        met: the considerations of which some restricting rule never speaks, because of the agency's own facts.
        overridden: what of packs keeps rules of other rulesets from being bound: wider choices, and exceptions that
            lift a rule whatever the facts.
        patterns: what `patterns.find_pattern` remembers.
    """

    kind: str
    rules: tuple[BoundRule, ...]
    terms: tuple[Term, ...]
    governed: bool
    left_free: tuple[str, ...]
    vocabulary: Vocabulary
    met: tuple[str, ...] = ()
    overridden: tuple[Overriding, ...] = ()
    patterns: dict[Any, Any] = field(factory=dict, init=False, repr=False)
    _left: dict[int, Callable[[Facts], int]] = field(factory=dict, init=False)
    _spared: dict[int, Callable[[Facts], str | None]] = field(factory=dict, init=False)
    _lifted: dict[int, Callable[[Facts], tuple[str, ...]]] = field(factory=dict, init=False)

    @cached_property
    def read(self) -> Reader:
        """Return the function that reads the facts of an action."""
        return make_reader(self.kind, self.terms, self.vocabulary)

    @cached_property
    def slots(self) -> Mapping[Term, int]:
        """Return the index of each term."""
        return {term: index for index, term in enumerate(self.terms)}

    @cached_property
    def denying(self) -> int:
        """Return the set of the rules that deny."""
        return self._set("deny")

    @cached_property
    def asking(self) -> int:
        """Return the set of the rules that need approval."""
        return self._set("needs_approval")

    @cached_property
    def restricting(self) -> int:
        """Return the set of the rules that restrict."""
        return self.denying | self.asking

    @cached_property
    def bits(self) -> Mapping[str, int]:
        """Return the bit in a set of facts of each fact that the rules read, or would read if the agency gave it."""
        found = dict.fromkeys(path for rule in self.rules for path in paths(rule.condition))
        return {path: 1 << index for index, path in enumerate(found)}

    def left(self, index: int, facts: Facts) -> int:
        """Return the set of the unknown facts left in an unknown rule once the known ones are put in.

        Args:
            index: the rule's index.
            facts: the value of each term.
        """
        function = self._left.get(index)
        if function is None:
            writer = Writer(self.slots, self.bits)
            source = writer.left(self.rules[index].condition)
            function = self._left[index] = writer.function([f"    return {source}"], f"open part of rule {index}")
        return function(facts)

    def spared_by(self, index: int, facts: Facts) -> str | None:
        """Return the id of the exception without which a rule would be true, or None where there is none.

        Args:
            index: the index of a rule that is false.
            facts: the value of each term.
        """
        function = self._spared.get(index)
        if function is None:
            writer, rule = Writer(self.slots), self.rules[index]
            lines = [f"    if not {writer.surely(rule.base)}: return None"]
            lines += [f"    if {writer.surely(each.condition)}: return {each.exception!r}" for each in rule.sparings]
            function = self._spared[index] = writer.function([*lines, "    return None"], f"exceptions to rule {index}")
        return function(facts)

    @cached_property
    def overridable(self) -> Mapping[int, Mapping[str, Overriding]]:
        """Return for each rule that another ruleset's exceptions lift, by index, what lets each of them do so."""
        found = (
            (index, {each.exception: each.overriding for each in rule.sparings if each.overriding is not None})
            for index, rule in enumerate(self.rules)
        )
        return {index: lifting for index, lifting in found if lifting}

    def overriding(self, facts: Facts) -> tuple[Overriding, ...]:
        """Return what of other rulesets loosens rules that speak, or may: by exceptions, or by wider choices.

        Args:
            facts: the value of each term.
        """
        found = dict.fromkeys(self.overridden)
        for index, lifting in self.overridable.items():
            found |= dict.fromkeys(lifting[each] for each in self._lifting(index)(facts))
        return tuple(found)

    def _lifting(self, index: int) -> Callable[[Facts], tuple[str, ...]]:
        """Return the function that tells which exceptions of other rulesets lift a rule, or may."""
        function = self._lifted.get(index)
        if function is None:
            writer, rule = Writer(self.slots), self.rules[index]
            lines = [f"    if not {writer.may(rule.base)}: return ()", "    found = []"]
            lines += [
                f"    if {writer.may(each.condition)}: found.append({each.exception!r})"
                for each in rule.sparings
                if each.overriding is not None
            ]
            function = self._lifted[index] = writer.function([*lines, "    return tuple(found)"], f"lifted {index}")
        return function

    @cached_property
    def existence(self) -> Mapping[str, int]:
        """Return for each optional part that the rules read the index of the term that says whether it exists."""
        found = ((term.path, index) for index, term in enumerate(self.terms))
        return {path.removesuffix(".exists"): index for path, index in found if path.endswith(".exists")}

    @cached_property
    def spareable(self) -> tuple[int, ...]:
        """Return the indices of the rules that exceptions may spare."""
        return tuple(index for index, rule in enumerate(self.rules) if rule.sparings)

    def _set(self, effect: str) -> int:
        return sum(1 << index for index, rule in enumerate(self.rules) if rule.effect == effect)

    def members(self, rules: int) -> Iterator[tuple[int, BoundRule]]:
        """Yield each rule of a set, with its index, in order."""
        while rules:
            lowest = rules & -rules
            index = lowest.bit_length() - 1
            yield index, self.rules[index]
            rules ^= lowest
