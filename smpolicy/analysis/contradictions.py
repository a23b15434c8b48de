"""Contradictions: what of a configuration cannot both be meant, each with its two sides, found by exact reasoning.

Whatever is reported is shown for every action of which all is known, whoever acts and on whatever account; only who
could approve is looked up for one moment. Where that would take too long, it is reported as not settled, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from smpolicy.analysis.approvers import asked_in_vain
from smpolicy.analysis.grounds import Grounds, make_grounds, stated_id
from smpolicy.analysis.idle_choices import idle_choices
from smpolicy.analysis.moments import default_moment
from smpolicy.analysis.sides import Contradiction, Side, choice_side, exception_side, not_settled, on_kinds, rule_side
from smpolicy.analysis.situations import make_situations
from smpolicy.bound_rules import BoundRule
from smpolicy.language.expressions import And, Expression, to_text
from smpolicy.policies import Policy
from smpolicy.rulesets import RuleException, choices_of


def contradictions(policy: Policy, at: datetime | None = None) -> tuple[Contradiction, ...]:
    """Return what of a policy's configuration cannot both be meant.

    Args:
        policy: the policy.
        at: the moment for which it is looked up who could approve; by default one at which the policy is in force.
    """
    grounds = make_grounds(policy)
    return (
        *idle_choices(grounds),
        *asked_in_vain(grounds, at or default_moment(policy)),
        *_silent_rules(grounds),
        *_swallowed_wholly(grounds),
    )


def _silent_rules(grounds: Grounds) -> Iterator[Contradiction]:
    """Yield bound rules that can never speak: by themselves, or because of an exception."""
    placed: dict[str, list[tuple[BoundRule, bool | None]]] = {}
    for rule, kinds in grounds.bound:
        possible = grounds.can_hold(rule.condition)
        if "~" in rule.id:
            placed.setdefault(rule.id.partition("~")[2], []).append((rule, possible))
        elif possible is None:
            yield not_settled("never_true", f"whether the rule `{rule.id}` can hold", rule_side(rule), rule_side(rule))
        elif not possible and rule.sparings and grounds.can_hold(rule.base):
            found = [each for each in rule.sparings if grounds.implies(rule.base, each.condition)]
            lifting = [grounds.uses.exception(each.exception) for each in found or rule.sparings]
            yield _swallows(rule, kinds, lifting)
        elif not possible:
            yield _never(grounds, rule, kinds)
    for name, combinations in placed.items():
        if all(possible is False for _, possible in combinations):
            yield from _never_instead(grounds, grounds.uses.exception(name.partition("#")[0]), combinations[0][0])


def _never(grounds: Grounds, rule: BoundRule, kinds: tuple[str, ...]) -> Contradiction:
    """Return why a rule can never be true: a choice, or two parts of its own condition."""
    help_ = "correct the condition, or take the rule out"
    side = _choice_behind(grounds, rule, kinds[0], ())
    if side is not None:
        message = f"the rule `{rule.id}` can never hold{on_kinds(kinds)}, because of {side}"
        return Contradiction(
            "never_true", message, (rule_side(rule), side), f"choose `{side.id}` otherwise, or {help_}"
        )
    parts = _at_odds(grounds, rule.base)
    message = f"the rule `{rule.id}` can never hold{on_kinds(kinds)}"
    message += f": `{parts[0]}` and `{parts[1]}` exclude each other" if parts[0] != parts[1] else ""
    first, second = (Side("rule", rule.id, rule.place, part) for part in parts)
    return Contradiction("never_true", message, (first, second), help_)


def _never_instead(grounds: Grounds, exception: RuleException, bound: BoundRule) -> Iterator[Contradiction]:
    """Yield why what an exception puts in place can never hold; nothing where mere defaults make it so."""
    rule = grounds.uses.rule((bound.ruleset, stated_id(bound)))
    kind = next(kind for kind in rule.on if kind in exception.on)
    side = _choice_behind(grounds, bound, kind, (exception,))
    message = f"what the exception `{exception.id}` puts in place of `{rule.id}` can never hold"
    if side is None:
        sides = (exception_side(exception), Side("rule", rule.id, rule.place))
        yield Contradiction("never_true", message, sides, "correct the condition under `instead`, or take it out")
    elif grounds.is_made(side.id):
        help_ = f"choose `{side.id}` otherwise, or leave it: nothing comes of it"
        yield Contradiction("never_true", f"{message}, because of {side}", (exception_side(exception), side), help_)


def _choice_behind(grounds: Grounds, rule: BoundRule, kind: str, exceptions: tuple[RuleException, ...]) -> Side | None:
    """Return the choice without whose value a rule could be true, or None where it is not a single one."""
    uses, own = grounds.uses, (rule.ruleset, stated_id(rule))
    stating = {each.id: ruleset for ruleset, each in uses.lifting.get(own, ())}
    used = [(rule.ruleset, name) for name in choices_of(uses.rule(own))]
    used += [(stating[each.id], name) for each in exceptions for name in choices_of(each)]
    lifting = frozenset((stating[each.id], each.id) for each in exceptions)
    for ruleset, name in dict.fromkeys(used):
        opened = uses.bind(frozenset((own,)), [(ruleset, name)], exceptions=lifting)
        conditions = [each.condition for each in opened[kind].rules if each.id == rule.id]
        situations = make_situations(conditions, grounds.policy.agency.vocabulary)
        if any(situations.can_hold(each) for each in conditions):
            return choice_side(grounds.policy.agency, uses.rulesets[ruleset], uses.rulesets[ruleset].choices[name])
    return None


def _at_odds(grounds: Grounds, condition: Expression) -> tuple[str, str]:
    """Return two parts of a condition that exclude each other, or the whole twice."""
    parts = condition.parts if isinstance(condition, And) else ()
    for number, first in enumerate(parts):
        for second in parts[number + 1 :]:
            if grounds.can_hold(first, second) is False:
                return to_text(first), to_text(second)
    return to_text(condition), to_text(condition)


def _swallows(rule: BoundRule, kinds: tuple[str, ...], exceptions: list[RuleException]) -> Contradiction:
    named = " and ".join(f"`{each.id}`" for each in exceptions)
    verb = "lifts" if len(exceptions) == 1 else "together lift"
    return Contradiction(
        "exception_swallows_rule",
        f"the rule `{rule.id}` never speaks{on_kinds(kinds)}, because {named} {verb} it in every case",
        (rule_side(rule), exception_side(exceptions[0])),
        "narrow the exception, or the choice that makes it so wide; or take the rule out",
    )


def _swallowed_wholly(grounds: Grounds) -> Iterator[Contradiction]:
    """Yield rules of which, so plainly does an exception lift them, nothing was bound."""
    uses = grounds.uses
    present = {kind: {each.id for each in rules.rules} for kind, rules in grounds.policy.kinds.items()}
    bare = uses.bind(frozenset(uses.lifting), exceptions=frozenset()) if uses.lifting else {}
    gone: dict[int, tuple[BoundRule, list[str]]] = {}
    for kind, rules in bare.items():
        for rule in rules.rules:
            if rule.restricts and rule.id not in present[kind]:
                gone.setdefault(id(rule), (rule, []))[1].append(kind)
    for rule, kinds in gone.values():
        situations = make_situations((rule.condition,), grounds.policy.agency.vocabulary)
        if situations.can_hold(rule.condition):
            own = (rule.ruleset, rule.id.partition("[")[0])
            lifting = [(ruleset, each) for ruleset, each in uses.lifting[own] if kinds[0] in each.on]
            alone = [each for each in lifting if not _is_left(grounds, rule, kinds[0], (each[0], each[1].id))]
            yield _swallows(rule, tuple(kinds), [each for _, each in alone[:1] or lifting])


def _is_left(grounds: Grounds, rule: BoundRule, kind: str, exception: tuple[str, str]) -> bool:
    """Return whether anything of a rule is bound where one exception alone lifts it."""
    own = frozenset(((rule.ruleset, rule.id.partition("[")[0]),))
    return any(each.id == rule.id for each in grounds.uses.bind(own, exceptions=frozenset((exception,)))[kind].rules)
