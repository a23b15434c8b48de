"""Choices that an agency makes in vain: they allow what is denied all the same, or change no decision at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from smpolicy.analysis.grounds import Grounds, Region, stated_id
from smpolicy.analysis.nodes import FALSE, TRUE
from smpolicy.analysis.opening import Own, is_open
from smpolicy.analysis.sides import Contradiction, Side, choice_side, fact_side, not_settled, rule_side
from smpolicy.analysis.situations import make_situations
from smpolicy.bound_rules import BoundRule
from smpolicy.rulesets import Choice

MILDER_FLAG = {"true": False, "false": True}
"""For each way in which a flag is stricter its other value."""


def idle_choices(grounds: Grounds) -> Iterator[Contradiction]:
    """Yield each choice of the agency's file that is made in vain.

    Args:
        grounds: the policy.
    """
    agency = grounds.policy.agency
    for own, found in grounds.regions.items():
        ruleset = grounds.uses.rulesets[own[0]]
        choice = ruleset.choices[own[1]]
        if choice.type == "effect" and len(choice.members) < 2:
            continue  # it could not be made otherwise
        side = choice_side(agency, ruleset, choice)
        denied = [each for each in _permitted(grounds, own, choice, found) if _all_denied(grounds, each[1])]
        for permitted, group in denied:
            yield _allowed_yet_denied(grounds, permitted or side, group)
        if not denied and not _touches_adoption(choice):
            yield from _without_effect(grounds, own, side, found)


def _permitted(
    grounds: Grounds, own: Own, choice: Choice, found: tuple[Region, ...]
) -> Iterator[tuple[Side | None, list[Region]]]:
    """Yield what the file expressly lets be: for each rule, member or flag where that is, and how it is written."""
    agency = grounds.policy.agency
    chosen = agency.choices[own[0]][own[1]]
    if choice.type == "effect" and chosen.value == "allow":
        by_rule: dict[str, list[Region]] = {}
        for region in found:
            decided = _decided_by(grounds, region.rule, own)
            if decided is not None:
                by_rule.setdefault(decided, []).append(region)
        yield from ((None, group) for group in by_rule.values())
    elif choice.type == "effect_by":
        for member in _written(agency.content, own):
            if chosen.value[member] == "allow":
                side = Side("choice", choice.id, chosen.place, f'{{ {member} = "allow" }}')
                yield side, [each for each in found if f"[{member}]" in each.rule.id]
    elif choice.type == "flag" and chosen.value == MILDER_FLAG.get(choice.stricter):
        yield None, list(found)


def _decided_by(grounds: Grounds, bound: BoundRule, own: Own) -> str | None:
    """Return the id of what is stated, a rule or what an exception puts in place, if a choice says its effect."""
    if "~" in bound.id:
        name, _, number = bound.id.partition("~")[2].partition("#")
        instead = grounds.uses.exception(name).instead[int(number) - 1]
        of_own = any(each.id == name for each in grounds.uses.rulesets[own[0]].exceptions)
        if of_own and instead.then == f"choice.{own[1]}":
            return f"{name}#{number}"
    rule = (bound.ruleset, stated_id(bound))
    return rule[1] if own[0] == rule[0] and grounds.uses.rule(rule).then == f"choice.{own[1]}" else None


def _written(content: Any, own: Own) -> Iterable[str]:
    """Return the members for which an agency's file itself chooses an effect."""
    table: Any = content.get("choices", {}).get(own[0], {}).get(own[1], {})
    found: Iterable[str] = table.get("value", table)
    return found


def _all_denied(grounds: Grounds, group: list[Region]) -> bool:
    verdicts = []
    for region in group:
        verdicts.append(grounds.verdict(region))
        if verdicts[-1] in ("free", "unsettled"):
            return False
    return "denied" in verdicts


def _allowed_yet_denied(grounds: Grounds, side: Side, group: list[Region]) -> Contradiction:
    denied = next(each for each in group if grounds.verdict(each) == "denied")
    other, because = _denied_by(grounds, denied)
    return Contradiction(
        "allowed_yet_denied",
        f"{side} allows what is always denied: {because}",
        (side, other),
        "take one of the two back, or let the one say what it leaves to the other",
    )


def _denied_by(grounds: Grounds, region: Region) -> tuple[Side, str]:
    """Return the side that denies all of a region, and what it does in words."""
    blockers = grounds.blockers(region)
    named = [f"`{each.id}`" + (f" (by {side})" if side.what == "choice" else "") for each in blockers
             for side in (_ruling(grounds, each),)]  # fmt: skip
    verb = "denies" if len(blockers) == 1 else "together deny"
    return _ruling(grounds, blockers[0]), f"{' and '.join(named)} {verb} every case of it"


def _ruling(grounds: Grounds, rule: BoundRule) -> Side:
    """Return what makes a rule deny: the choice of its effect, or the rule itself."""
    then = grounds.uses.rule((rule.ruleset, stated_id(rule))).then or ""
    if "~" in rule.id or not then.startswith("choice."):
        return rule_side(rule)
    ruleset = grounds.uses.rulesets[rule.ruleset]
    return choice_side(grounds.policy.agency, ruleset, ruleset.choices[then.removeprefix("choice.")])


def _touches_adoption(choice: Choice) -> bool:
    """Return whether a choice is read when the agency's file is adopted, so that it is never without effect."""
    return choice.personal_limit is not None or bool(choice.establishes)


def _without_effect(grounds: Grounds, own: Own, side: Side, found: tuple[Region, ...]) -> Iterator[Contradiction]:
    verdicts = []
    for region in found:
        verdicts.append(grounds.verdict(region))
        if verdicts[-1] == "free":
            return
    help_ = f"leave `{own[1]}` out, or change what makes it idle"
    if "unsettled" in verdicts:
        other = rule_side(found[verdicts.index("unsettled")].rule)
        yield not_settled("choice_without_effect", f"whether {side} changes any decision", side, other)
    elif "denied" in verdicts:
        other, because = _denied_by(grounds, found[verdicts.index("denied")])
        yield Contradiction("choice_without_effect", f"{side} changes no decision: {because}", (side, other), help_)
    else:
        cause = _idle_because(grounds, own)
        if cause is not None:
            message = f"{side} changes no decision: {cause} leaves nothing to it"
            yield Contradiction("choice_without_effect", message, (side, cause), help_)


def _idle_because(grounds: Grounds, own: Own) -> Side | None:
    """Return the other choice, or the fact of the agency, without which a choice would change something."""
    agency, uses = grounds.policy.agency, grounds.uses
    concerned = uses.concerned(own)
    choices, facts = uses.others(own)
    for ruleset, name in choices:
        if _leaves_room(grounds, own, [(ruleset, name)], []):
            return choice_side(agency, uses.rulesets[ruleset], uses.rulesets[ruleset].choices[name])
    for path in facts:
        if concerned and _leaves_room(grounds, own, [], [path]):
            return fact_side(agency, path)
    return None


def _leaves_room(grounds: Grounds, own: Own, choices: list[Own], facts: list[str]) -> bool:
    """Return whether a choice may change something once others, or facts of the agency, are open as well."""
    uses = grounds.uses
    opened = uses.bind(uses.concerned(own), [own, *choices], facts)
    conditions = [
        rule.condition for rules in opened.values() for rule in rules.rules if is_open(rule.condition, own)
    ]  # fmt: skip
    situations = make_situations(conditions, grounds.policy.agency.vocabulary)
    for condition in conditions:
        node = situations.node(condition)
        if situations.possible(((node, TRUE), (node, FALSE))):
            return True
    return False
