"""Choices and facts of an agency left open, to see what depends on them.

Where a choice is open, whatever reads it may be either way, and a rule whose effect it chooses is as strong as it lets
it be. So the condition under any value lies between what is then surely true and what may be true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import attrs
from attrs import frozen

from smpolicy.agencies import Agency
from smpolicy.binding import bind_agency
from smpolicy.bound_rules import KindRules
from smpolicy.language.conditions import Compare, Condition, Junction, Named, Negation, Operand, operands
from smpolicy.language.expressions import Expression, Unsettled, atoms
from smpolicy.rulesets import EFFECTS, Choice, Instead, Rule, RuleException, Ruleset, choices_of, conditions_of

Stated = Rule | RuleException
Own = tuple[str, str]
"""The id of a ruleset, and of a choice, a rule or an exception of it."""


def mark(choice: Own) -> str:
    """Return under which name an open choice stands in bound conditions."""
    return f"choice.{choice[0]}.{choice[1]}"


def is_open(expression: Expression, choice: Own) -> bool:
    """Return whether a bound condition depends on an open choice."""
    return any(isinstance(atom, Unsettled) and atom.path == mark(choice) for atom in atoms(expression))


@frozen(slots=True, eq=False)
class Uses:
    """What of an agency's rulesets uses what.

    Attributes:
        agency: the agency.
    """

    agency: Agency

    @cached_property
    def rulesets(self) -> Mapping[str, Ruleset]:
        """Return the rulesets by id."""
        return {each.id: each for each in self.agency.rulesets}

    @cached_property
    def of_choices(self) -> Mapping[Own, tuple[Stated, ...]]:
        """Return for each choice the rules and exceptions that use it."""
        found: dict[Own, dict[str, Stated]] = {}
        for ruleset in self.agency.rulesets:
            every: tuple[Stated, ...] = (*ruleset.rules, *ruleset.exceptions)
            for stated in every:
                for name in choices_of(stated):
                    found.setdefault((ruleset.id, name), {})[stated.id] = stated
        return {choice: tuple(users.values()) for choice, users in found.items()}

    @cached_property
    def lifting(self) -> Mapping[Own, tuple[tuple[str, RuleException], ...]]:
        """Return for each rule the exceptions that lift it, each with the id of the ruleset that states it."""
        found: dict[Own, list[tuple[str, RuleException]]] = {}
        for stating in self.agency.rulesets:
            for exception in stating.exceptions:
                for ruleset in self.agency.rulesets:
                    for rule in ruleset.rules if stating.lifts(exception, ruleset) else ():
                        if exception.covers(rule) and not set(rule.on).isdisjoint(exception.on):
                            found.setdefault((ruleset.id, rule.id), []).append((stating.id, exception))
        return {rule: tuple(lifting) for rule, lifting in found.items()}

    @cached_property
    def lifted(self) -> Mapping[Own, tuple[Own, ...]]:
        """Return for each exception the rules that it lifts."""
        found: dict[Own, list[Own]] = {}
        for rule, lifting in self.lifting.items():
            for stating, exception in lifting:
                found.setdefault((stating, exception.id), []).append(rule)
        return {exception: tuple(rules) for exception, rules in found.items()}

    def rule(self, own: Own) -> Rule:
        """Return a rule as its file states it."""
        return self._rules[own]

    @cached_property
    def _rules(self) -> Mapping[Own, Rule]:
        return {(ruleset.id, each.id): each for ruleset in self.agency.rulesets for each in ruleset.rules}

    def exception(self, id: str) -> RuleException:
        """Return an exception as its file states it."""
        return next(each for ruleset in self.agency.rulesets for each in ruleset.exceptions if each.id == id)

    def concerned(self, choice: Own) -> frozenset[Own]:
        """Return the rules whose bound conditions or effects a choice may change."""
        ruleset = choice[0]
        return frozenset(
            rule
            for each in self.of_choices.get(choice, ())
            for rule in (((ruleset, each.id),) if isinstance(each, Rule) else self.lifted.get((ruleset, each.id), ()))
        )

    def others(self, choice: Own) -> tuple[tuple[Own, ...], tuple[str, ...]]:
        """Return the other choices, and the facts of the agency, that the same rules and their exceptions use."""
        choices, facts = dict[Own, None](), dict[str, None]()
        for ruleset, stated in self._around(self.concerned(choice)):
            choices |= dict.fromkeys((ruleset, name) for name in choices_of(stated))
            for condition in (*conditions_of(stated), *_instead_conditions(stated)):
                facts |= {each.name: None for each in operands(condition) if each.source == "fact" and each.constant}
        return tuple(each for each in choices if each != choice), tuple(facts)

    def _around(self, rules: frozenset[Own]) -> Iterator[tuple[str, Stated]]:
        for own in sorted(rules):
            yield own[0], self._rules[own]
            yield from self.lifting.get(own, ())

    def bind(
        self,
        rules: frozenset[Own],
        choices: Iterable[Own] = (),
        facts: Iterable[str] = (),
        exceptions: frozenset[Own] | None = None,
    ) -> Mapping[str, KindRules]:
        """Return some rules bound, with some choices and facts of the agency left open.

        Args:
            rules: the rules.
            choices: the choices that are open.
            facts: the facts of the agency that are open.
            exceptions: the exceptions that lift them; all that there are where none are named.
        """
        opened = set(choices)
        lifting = {(stating, each.id) for rule in rules for stating, each in self.lifting.get(rule, ())}
        kept = lifting if exceptions is None else exceptions
        rulesets, chosen = [], dict(self.agency.choices)
        for ruleset in self.agency.rulesets:
            own = {name: ruleset.choices[name] for stating, name in opened if stating == ruleset.id}
            by_member = [each for each in own.values() if each.type == "effect_by"]
            strongest = {each.id: dict.fromkeys(each.members, EFFECTS[-1]) for each in by_member}
            made = chosen[ruleset.id]
            chosen[ruleset.id] = {
                **made,
                **{name: attrs.evolve(made[name], value=value) for name, value in strongest.items()},
            }
            stated = [each for each in ruleset.rules if (ruleset.id, each.id) in rules]
            excepted = [each for each in ruleset.exceptions if (ruleset.id, each.id) in kept]
            rulesets.append(
                attrs.evolve(
                    ruleset,
                    rules=tuple(_open_rule(each, own, ruleset.id) for each in stated),
                    exceptions=tuple(_open_exception(each, own, ruleset.id) for each in excepted),
                )
            )
        known = {path: value for path, value in self.agency.facts.items() if path not in set(facts)}
        return bind_agency(attrs.evolve(self.agency, rulesets=tuple(rulesets), choices=chosen, facts=known))


def _instead_conditions(stated: Stated) -> Iterator[Condition]:
    if isinstance(stated, RuleException):
        yield from (each.condition for each in stated.instead if each.condition is not None)


def _open_rule(rule: Rule, opened: Mapping[str, Choice], ruleset: str) -> Rule:
    if opened.keys().isdisjoint(choices_of(rule)):
        return rule
    then, condition = _open_effect(rule, opened, ruleset)
    each = {member: _open(own, opened, ruleset) for member, own in rule.each.items()}
    return attrs.evolve(rule, then=then, condition=condition, each=each)


def _open_exception(exception: RuleException, opened: Mapping[str, Choice], ruleset: str) -> RuleException:
    if opened.keys().isdisjoint(choices_of(exception)):
        return exception
    instead = []
    for each in exception.instead:
        then, condition = _open_effect(each, opened, ruleset)
        instead.append(attrs.evolve(each, then=then, condition=condition))
    return attrs.evolve(exception, condition=_open(exception.condition, opened, ruleset), instead=tuple(instead))


def _open_effect(
    stated: Rule | Instead, opened: Mapping[str, Choice], ruleset: str
) -> tuple[str | None, Condition | None]:
    """Return an effect as strong as an open choice lets it be, and a condition that depends on every open choice."""
    named = [stated.then, stated.oblige.to if stated.oblige else None, *(asked.office for asked in stated.approvals)]
    used = [name.removeprefix("choice.") for name in named if name is not None and name.startswith("choice.")]
    parts = [] if stated.condition is None else [_open(stated.condition, opened, ruleset)]
    parts += [
        Compare("true", Operand("fact", mark((ruleset, name)), "bool", constant=True))
        for name in used
        if name in opened
    ]
    then = stated.then
    chosen = None if then is None or then in EFFECTS else opened.get(then.removeprefix("choice."))
    if chosen is not None and chosen.type == "effect":
        then = max(chosen.members, key=EFFECTS.index)
    return then, (Junction(True, tuple(parts)) if len(parts) > 1 else parts[0] if parts else None)


def _open(condition: Condition, opened: Mapping[str, Choice], ruleset: str) -> Condition:
    """Return a condition in which open choices are read as facts of the agency that it leaves out."""
    match condition:
        case Compare(how, left, right):
            other = None if right is None else _open_operand(right, opened, ruleset)
            return Compare(how, _open_operand(left, opened, ruleset), other)
        case Named(id, part):
            return Named(id, _open(part, opened, ruleset))
        case Negation(part):
            return Negation(_open(part, opened, ruleset))
        case Junction(every, parts):
            return Junction(every, tuple(_open(part, opened, ruleset) for part in parts))


def _open_operand(operand: Operand, opened: Mapping[str, Choice], ruleset: str) -> Operand:
    if operand.source == "choice" and operand.name in opened:
        return attrs.evolve(operand, source="fact", name=mark((ruleset, operand.name)), constant=True)
    return operand
