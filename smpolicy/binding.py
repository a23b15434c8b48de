"""Binding rulesets to an agency: choices become constants, exceptions conditions; rules switched off are gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
from attrs import field, frozen

from smpolicy.agencies import Agency
from smpolicy.approvals import Need, Requirement
from smpolicy.bound_rules import BoundRule, Duty, KindRules, Sparing
from smpolicy.errors import Place
from smpolicy.language.conditions import Condition
from smpolicy.language.expressions import FALSE, TRUE, Expression, Term, both, either, negate, terms
from smpolicy.language.lowering import Bindings, bind
from smpolicy.rulesets import (
    EFFECTS,
    Asked,
    Instead,
    Oblige,
    Overriding,
    Rule,
    RuleException,
    Ruleset,
    choices_of,
)
from smpolicy.vocabulary import Vocabulary


def bind_agency(agency: Agency) -> dict[str, KindRules]:
    """Return the bound rules of every kind of action.

    Args:
        agency: a loaded agency.
    """
    bound: dict[str, list[BoundRule]] = {kind: [] for kind in agency.vocabulary.kinds}
    stated: dict[str, dict[str, bool]] = {kind: {} for kind in agency.vocabulary.kinds}
    met: dict[str, dict[str, None]] = {kind: {} for kind in agency.vocabulary.kinds}
    lost: dict[str, dict[Overriding, None]] = {kind: {} for kind in agency.vocabulary.kinds}
    for each, kinds in _widened(agency):
        for kind in kinds:
            lost[kind][each] = None
    binders = [_Binder(agency, ruleset) for ruleset in agency.rulesets]
    for binder in binders:
        ruleset = binder.ruleset
        lifting = [
            _Lifting(other, each)
            for other in binders
            for each in other.ruleset.exceptions
            if other.ruleset.lifts(each, ruleset)
        ]
        for rule in ruleset.rules:
            variants: dict[tuple[str, ...], list[BoundRule]] = {}
            covering = [each for each in lifting if each.exception.covers(rule)]
            for kind in rule.on:
                exceptions = tuple(each for each in covering if kind in each.exception.on)
                key = tuple(each.exception.id for each in exceptions)
                if key not in variants:
                    variants[key] = list(binder.bind(rule, exceptions))
                bound[kind] += variants[key]
                lost[kind] |= dict.fromkeys(binder.swallowing(rule, exceptions, variants[key]))
                if rule.then is not None:
                    restricts = any(each.restricts for each in variants[key])
                    if not restricts and binder.is_met(rule):
                        met[kind][rule.about] = None
                        restricts = True
                    stated[kind][rule.about] = stated[kind].get(rule.about, False) or restricts
                else:
                    stated[kind].setdefault("", True)
    return {
        kind: _kind_rules(kind, rules, stated[kind], tuple(met[kind]), agency.vocabulary, tuple(lost[kind]))
        for kind, rules in bound.items()
    }


def _widened(agency: Agency) -> Iterator[tuple[Overriding, dict[str, None]]]:
    """Yield what lets a choice have a value which its ruleset does not allow, with the kinds whose rules read it."""
    widening = {each.id for ruleset in agency.rulesets for each in ruleset.adjustments}
    rulesets = {each.id: each for each in agency.rulesets}
    for each in agency.overriding():
        if each.id in widening and _is_beyond(agency, each):
            every: tuple[Rule | RuleException, ...] = (*rulesets[each.of].rules, *rulesets[each.of].exceptions)
            reading = (stated for stated in every if each.what[0] in choices_of(stated))
            yield each, dict.fromkeys(kind for stated in reading for kind in stated.on)


def _is_beyond(agency: Agency, overriding: Overriding) -> bool:
    """Return whether an agency's choice has a value which the ruleset of that choice does not allow."""
    (choice,) = (each.choices[overriding.what[0]] for each in agency.rulesets if each.id == overriding.of)
    value = agency.choices[overriding.of][choice.id].value
    return value not in choice.members if choice.type == "effect" else not choice.least <= value <= choice.most


def _kind_rules(
    kind: str,
    rules: list[BoundRule],
    stated: dict[str, bool],
    met: tuple[str, ...],
    vocabulary: Vocabulary,
    overridden: tuple[Overriding, ...],
) -> KindRules:
    read = dict.fromkeys(term for rule in rules for term in (*rule.terms, *_sparing_terms(rule)))
    guards = {Term(f"{term.path.partition('.')[0]}.exists"): None for term in read if _is_optional(term, vocabulary)}
    left_free = tuple(about for about, restricts in stated.items() if not restricts)
    return KindRules(kind, tuple(rules), tuple(read | guards), bool(stated), left_free, vocabulary, met, overridden)


def _is_optional(term: Term, vocabulary: Vocabulary) -> bool:
    return vocabulary.parts[term.path.partition(".")[0]].optional


def _sparing_terms(rule: BoundRule) -> Iterator[Term]:
    yield from terms(rule.base)
    for sparing in rule.sparings:
        yield from terms(sparing.condition)


@frozen(slots=True)
class _Lifting:
    """An exception, with the binder of the ruleset that states it."""

    binder: _Binder
    exception: RuleException

    @property
    def sparing(self) -> Sparing:
        """Return the exception bound."""
        return self.binder.sparing(self.exception)


@frozen(slots=True)
class _Binder:
    """One ruleset under one agency's choices."""

    agency: Agency
    ruleset: Ruleset
    bindings: Bindings = field(init=False)
    _spared: dict[str, Sparing] = field(factory=dict, init=False)

    @bindings.default
    def _bindings(self) -> Bindings:
        chosen = self.agency.choices[self.ruleset.id]
        values = {name: each.value for name, each in chosen.items()}
        return Bindings(self.agency.vocabulary, values, self.agency.facts)

    def bind(self, rule: Rule, exceptions: tuple[_Lifting, ...]) -> Iterator[BoundRule]:
        """Yield what a rule comes to: nothing where switched off, itself, and what exceptions put in its place."""
        for suffix, condition, effect in self._effects(rule):
            base = (
                self.bound(rule.condition)
                if condition is None
                else both(self.bound(rule.condition), self.bound(condition))
            )
            used = [each for each in (rule.condition, condition) if each is not None]
            sparings = self._sparings(exceptions) if rule.then is not None else ()
            full = both(base, *(negate(each.condition) for each in sparings))
            name = f"{rule.id}{suffix}"
            cites = self.ruleset.cites_of((rule.about, *rule.cites), iter(used))
            if full != FALSE:
                yield self.rule(name, cites, full, effect, rule, rule.remedy, base, sparings, rule.place)
            for lifting in exceptions if rule.then is not None else ():
                others = tuple(each for each in exceptions if each is not lifting)
                yield from self._instead(name, base, effect, lifting, others, rule)

    def swallowing(self, rule: Rule, exceptions: tuple[_Lifting, ...], bound: list[BoundRule]) -> Iterator[Overriding]:
        """Yield what of other rulesets keeps a rule from ever speaking, so that it is not bound.

        Args:
            rule: the rule.
            exceptions: those that lift it.
            bound: what it comes to.
        """
        found = [each.sparing.overriding for each in exceptions if each.sparing.overriding is not None]
        if found and not any(each.sparings for each in bound) and any(True for _ in self.bind(rule, ())):
            yield from found

    def is_met(self, rule: Rule) -> bool:
        """Return whether a rule would restrict were the agency's own facts not what its file says."""
        open_ = attrs.evolve(self.bindings, agency_facts={})
        return any(
            both(*(bind(each, open_) for each in (rule.condition, further) if each is not None)) != FALSE
            for _, further, _ in self._effects(rule)
        )

    def _effects(self, rule: Rule) -> Iterator[tuple[str, Condition | None, str]]:
        """Yield for each rule that a stated rule stands for a suffix of its id, a further condition, and the effect."""
        if rule.then is None:
            yield "", None, "oblige" if rule.oblige is not None else "notice"
            return
        value = self.value(rule.then)
        if isinstance(value, dict):
            for member, effect in value.items():
                if effect != "allow":
                    yield f"[{member}]", rule.each[member], effect
        elif value != "allow":
            yield "", None, value

    def value(self, named: str) -> Any:
        return self.bindings.choices[named.removeprefix("choice.")] if named.startswith("choice.") else named

    def bound(self, condition: Condition | None) -> Expression:
        return TRUE if condition is None else bind(condition, self.bindings)

    def _sparings(self, exceptions: tuple[_Lifting, ...]) -> tuple[Sparing, ...]:
        return tuple(each for each in (lifting.sparing for lifting in exceptions) if each.condition != FALSE)

    def sparing(self, exception: RuleException) -> Sparing:
        """Return an exception of this ruleset bound: once, however many rules it lifts."""
        found = self._spared.get(exception.id)
        if found is None:
            cites = self.ruleset.cites_of((exception.about, *exception.cites), iter((exception.condition,)))
            loosening = () if exception.override is None else self.ruleset.overriding()
            overriding = next((each for each in loosening if each.id == exception.id), None)
            condition = self.bound(exception.condition)
            found = self._spared[exception.id] = Sparing(exception.id, cites, condition, overriding)
        return found

    def _instead(
        self, id: str, base: Expression, effect: str, lifting: _Lifting, others: tuple[_Lifting, ...], rule: Rule
    ) -> Iterator[BoundRule]:
        """Yield what an exception puts in the place of a rule, wherever no other exception lifts the rule further."""
        exception, theirs = lifting.exception, lifting.binder
        lifted = lifting.sparing.condition
        for number, instead in enumerate(exception.instead, 1):
            milder: str = "oblige" if instead.oblige else "notice"
            if instead.then is not None:
                milder = min(theirs.value(instead.then), effect, key=EFFECTS.index)
                if milder == "allow":
                    continue
            condition = both(base, lifted, theirs.bound(instead.condition))
            if instead.then is not None:
                condition = both(condition, *(self._no_further(other, effect, milder) for other in others))
            if condition != FALSE:
                own = (instead.about, exception.about, rule.about, *exception.cites, *rule.cites)
                cites = self.ruleset.cites_of(own, iter(() if rule.condition is None else (rule.condition,)))
                used = [each for each in (exception.condition, instead.condition) if each is not None]
                cites = theirs.ruleset.cites_of(cites, iter(used))
                name = f"{id}~{exception.id}#{number}"
                stated = attrs.evolve(instead, reason=instead.reason or rule.reason)
                made = theirs.rule(name, cites, condition, milder, stated, rule.remedy, condition, (), exception.place)
                if milder == "needs_approval" and not instead.approvals:
                    made = attrs.evolve(made, requirement=self._requirement(rule.approvals))
                yield made

    def _no_further(self, other: _Lifting, effect: str, milder: str) -> Expression:
        """Return that an exception does not hold, or puts something as strong in the rule's place itself.

        So that one more exception never makes stronger what another one lifts.

        Args:
            other: the exception.
            effect: the effect of the rule that both lift.
            milder: the effect that is put in its place.
        """
        as_strong = (
            other.binder.bound(each.condition)
            for each in other.exception.instead
            if each.then is not None
            and EFFECTS.index(min(other.binder.value(each.then), effect, key=EFFECTS.index)) >= EFFECTS.index(milder)
        )
        return either(negate(other.sparing.condition), *as_strong)

    def rule(
        self,
        id: str,
        cites: tuple[str, ...],
        condition: Expression,
        effect: str,
        stated: Rule | Instead,
        remedy: str,
        base: Expression,
        sparings: tuple[Sparing, ...],
        place: Place | None,
    ) -> BoundRule:
        asks = effect == "needs_approval"
        return BoundRule(
            id,
            self.ruleset.id,
            cites,
            condition,
            effect,  # type: ignore[arg-type]
            self._requirement(stated.approvals) if asks else None,
            None if stated.oblige is None else self._duty(stated.oblige),
            stated.notice,
            stated.reason,
            remedy,
            base,
            sparings,
            place,
        )

    def _named_offices(self, named: str) -> tuple[str, ...]:
        value = self.value(named)
        return (value,) if isinstance(value, str) else tuple(value)

    def _requirement(self, approvals: tuple[Asked, ...]) -> Requirement:
        return tuple(self._need(each) for each in approvals)

    def _need(self, asked: Asked) -> Need:
        offices = self._named_offices(asked.office)
        roles = sorted({role for office in offices for role in self.agency.offices.get(office, ())})
        return Need(offices, tuple(roles), asked.people)

    def _duty(self, oblige: Oblige) -> Duty:
        return Duty(oblige.do, self._named_offices(oblige.to), oblige.when, oblige.within, oblige.excluding)
