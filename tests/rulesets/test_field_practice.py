"""What the ruleset of field practice must say: each item of the list, told apart by a choice, and no rule in vain."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import smpolicy
from smpolicy.bound_rules import BoundRule
from smpolicy.decisions import Decision
from smpolicy.language.expressions import truth
from smpolicy.testing.scenario_runs import Runner, compare, observe
from smpolicy.testing.scenarios import NO_EXPECTATION, SUFFIX, Scenario, read_scenarios
from smpolicy.testing.subjects import only_kinds
from tests.rulesets.field_list import Item, items, page, sections

ITEMS = items()
SCENARIOS = Path(__file__).parents[1] / "scenarios"
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "field-practice.md"
GLUE = re.compile(r"(?:[\s,;:.()]|and|or|as against)*")
"""What may stand between the items in the text."""

STRENGTH = ("allow", "needs_approval", "deny")


@cache
def runner(kind: str = "") -> Runner:
    """Return a runner that binds once for each configuration, and only what works on one kind, which is quicker."""
    return runner().changing(lambda agency: only_kinds(agency, (kind,))) if kind else Runner()


def decide(scenario: Scenario) -> Decision:
    """Return what is decided; that it can be shows that the action is readable."""
    return runner(scenario.setting.kind).decide(scenario)


def spoken(decision: Decision) -> set[BoundRule]:
    """Return the rules that speak: with their effects, duties, notices and requirements."""
    return {rule for _, rule in decision.kind_rules.members(decision.true)}


def cited(decision: Decision) -> set[str]:
    """Return the considerations cited by the rules that speak, and by the exceptions that spare."""
    spared = (each.by.partition("/")[0] for each in decision.considerations.values() if each.by)
    return {cite for rule in spoken(decision) for cite in rule.cites} | set(spared)


@pytest.mark.parametrize("item", ITEMS, ids=[item.id for item in ITEMS])
def test_item_is_decided_as_listed(item: Item) -> None:
    """What is decided about an item's action hangs on its choice as listed; where there is none, the item is seen."""
    if item.choice:
        check_choice(item)
    else:
        check_seen(item)


def check_choice(item: Item) -> None:
    """Check that the choice changes what is decided as listed, by rules that cite the item's consideration."""
    assert item.stricter is not None
    assert item.milder is not None
    strict, mild = decide(item.scenario(item.stricter)), decide(item.scenario(item.milder))
    assert compare(item.stricter.expect, observe(strict)) == []
    assert compare(item.milder.expect, observe(mild)) == []
    assert STRENGTH.index(strict.outcome.value) >= STRENGTH.index(mild.outcome.value)
    assert {rule.hash for rule in spoken(strict)} != {rule.hash for rule in spoken(mild)}
    assert item.cite in cited(strict) | cited(mild)


def check_seen(item: Item) -> None:
    """Check that something is seen in what is decided, and not of a plain action."""
    assert item.sees != NO_EXPECTATION
    decision = decide(item.scenario(None))
    assert compare(item.sees, observe(decision)) == []
    assert item.cite in cited(decision)
    assert compare(item.sees, observe(decide(item.plainly()))) != []


def test_every_rule_and_exception_can_matter() -> None:
    """Each rule speaks, and each exception spares, in some scenario or on the action of some item."""
    files = [read_scenarios(path) for path in sorted(SCENARIOS.glob(f"*{SUFFIX}"))]
    adopting = {
        str(path) for path in SCENARIOS.glob("agencies/*.toml") if '"field-practice"' in path.read_text("utf-8")
    }
    told = [each for scenarios in files for each in scenarios if each.setting.agency in adopting]
    listed = [item.scenario(side) for item in ITEMS for side in (item.stricter, item.milder)]
    ruleset, found = smpolicy.load_ruleset("field-practice"), set[str]()
    for each in told + listed:
        if each.expect.error is None:
            found |= mattering(decide(each))
    wanted = {rule.id for rule in ruleset.rules} | {exception.id for exception in ruleset.exceptions}
    assert wanted - found == set()


def mattering(decision: Decision) -> set[str]:
    """Return the rules that speak, as their ruleset states them, and the exceptions that spare what would speak."""
    facts = dict(zip(decision.kind_rules.terms, decision.facts, strict=True))
    bare = [rule for rule in decision.kind_rules.rules if rule.sparings and truth(rule.base, facts)]
    sparing = {each.exception for rule in bare for each in rule.sparings if truth(each.condition, facts)}
    return {re.split(r"[\[~]", rule.id)[0] for rule in spoken(decision)} | sparing


UNLIFTED = {
    "FP.2.m/unprotected": "what the law itself leaves unprotected",
    "FP.2.p/personal": "business in the agency's name",
    "FP.3.j/on_duty": "paid time",
    "FP.5.d/on_duty": "paid time",
    "FP.5.m/personal_account": "the agency's e-mail address",
    "FP.5.o/on_break": "paid time",
    "FP.5.o/on_duty": "paid time",
}
"""The rules on employees' own speech that protected speech does not lift, each with what they are about instead."""


def test_protected_speech_lifts_what_limits_employees() -> None:
    """What restricts employees' own posts and statements gives way to protected speech, but for the few listed."""
    ruleset = smpolicy.load_ruleset("field-practice")
    lifting = [each for each in ruleset.exceptions if each.id in ("FP.8.d/private_citizen", "FP.8.d/others_at_risk")]
    assert len(lifting) == 2
    limits = [each for each in ruleset.rules if each.then and {"personal_post", "public_statement"} & {*each.on}]
    assert {rule.id for rule in limits if not any(each.covers(rule) for each in lifting)} == set(UNLIFTED)
    for each in lifting:
        assert set(each.on) == {"personal_post", "public_statement"}


@pytest.mark.parametrize("section", sections())
def test_list_has_every_item_of_the_text(section: str) -> None:
    """Between the items of a section, taken in order, the text holds nothing but the words that join them."""
    rest = sections()[section]
    for item in (each for each in ITEMS if each.section == section):
        joint, found, rest = rest.partition(item.words)
        assert found, f"`{item.words}` does not come next in the text"
        assert GLUE.fullmatch(joint), f"`{joint}` is in the text and not in the list"
    assert GLUE.fullmatch(rest), f"`{rest}` is in the text and not in the list"


def test_no_item_is_listed_twice() -> None:
    """Every item has an id of its own."""
    assert [name for name, times in Counter(item.id for item in ITEMS).items() if times > 1] == []


def test_page_shows_the_list() -> None:
    """The page is what `python -m tests.rulesets.field_list docs/reference/field-practice.md` would write now."""
    assert PAGE.read_text(encoding="utf-8") == page()
