"""Coverage: for every consideration its rules and choices, and witnesses that each can change a decision."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from smpolicy.adoptions import adoption
from smpolicy.analysis.witnesses import (
    AT,
    IDS,
    Side,
    Situation,
    Witness,
    check_expected,
    make_situation,
    read_witnesses,
)
from smpolicy.decisions import Decision
from smpolicy.engines import PAIR
from smpolicy.errors import PolicyError, Problem, Report
from smpolicy.judge import Outcome
from smpolicy.language.expressions import truth
from smpolicy.loading.agency_files import agency_from_data
from smpolicy.loading.ruleset_files import load_ruleset
from smpolicy.policies import Policy, bind_policy
from smpolicy.rulesets import Consideration, Instead, Rule, RuleException, Ruleset, choices_of, conditions_of


class CoverageFailed(PolicyError, AssertionError):
    """A consideration has no witness for one of its acts, or a witness does not hold.

    Attributes:
        problems: everything that is wrong.
        rows: what `coverage` would have returned, with the witnesses that hold.
    """

    rows: list[dict[str, Any]]


def coverage(ruleset: str | Path | Ruleset = "iacp-2019", witnesses: str | Path | None = None) -> list[dict[str, Any]]:
    """Return for every consideration the rules and choices that encode it, and witnesses that they do.

    A witness is a setting, one fact or choice changed, and the difference that this makes to a decision. Every witness
    is decided anew, with the engines `compiled` and `reference`, and held against what its file expects. Then all that
    cites the consideration is deleted, and the difference must be gone.

    Each side of a witness gives an agency, an action and the decision, as data that anybody can decide again:

        policy = smpolicy.bind_policy(smpolicy.agency_from_data(side["agency"]))
        decision = policy.decide(policy.action(side["action"]), at=datetime.fromisoformat(side["decision"]["at"]))
        decision.to_dict() == side["decision"]

    An `adopt_policy` action is computed from the agency, never given: there decide on `smpolicy.adoption(agency,
    by="author")`. For a ruleset that is not shipped, pass `rulesets={ruleset.id: ruleset}` to `agency_from_data`.

    Args:
        ruleset: the name of a shipped ruleset, the folder of another one, or a loaded one.
        witnesses: the folder of the witnesses; by default `witnesses` in the ruleset's folder.

    Raises:
        CoverageFailed: an act has no witness, or a witness does not hold; with every problem found.
        MissingFile: there is no such ruleset.
        InvalidFile: the ruleset cannot be used.
    """
    places: dict[Path, Ruleset] = {}
    loaded = ruleset if isinstance(ruleset, Ruleset) else load_ruleset(ruleset, cache=places)
    found = {each.id: each for each in places.values()}
    report, run = Report(), _Run(loaded, tuple(found.get(name) or load_ruleset(name) for name in loaded.needs))
    shown: dict[str, list[dict[str, Any]]] = {each: [] for each in loaded.considerations}
    for witness in read_witnesses(_folder(loaded, witnesses), loaded, report):
        before = len(report.problems)
        made = _show(witness, run, report)
        if len(report.problems) == before:
            shown[witness.about].append(made)
    rows = [_row(each, loaded, shown[each.id]) for each in loaded.considerations.values()]
    report.problems.extend(_missing(loaded, shown))
    if report.problems:
        failed = CoverageFailed(*report.problems)
        failed.rows = rows
        raise failed
    return rows


def _folder(ruleset: Ruleset, witnesses: str | Path | None) -> Path:
    if witnesses is not None:
        return Path(witnesses)
    places = (each.place for each in ruleset.considerations.values())
    return next((Path(place.file).parent for place in places if place is not None), Path()) / "witnesses"


def _missing(ruleset: Ruleset, shown: Mapping[str, list[dict[str, Any]]]) -> Iterator[Problem]:
    for each in ruleset.considerations.values():
        for kind in each.acts:
            if kind not in (witness["kind"] for witness in shown[each.id]):
                yield Problem(
                    "missing_witness",
                    f"no witness shows that `{each.id}` can change a decision on `{kind}`",
                    place=each.place,
                    help="add one to the folder `witnesses`, or correct the one that does not hold",
                )


def _row(each: Consideration, ruleset: Ruleset, shown: list[dict[str, Any]]) -> dict[str, Any]:
    every: tuple[Rule | RuleException, ...] = (*ruleset.rules, *ruleset.exceptions)
    citing = [stated for stated in every if cites(stated, each.id, ruleset)]
    definitions = [f"definition.{named.id}" for named in ruleset.definitions.values() if named.about == each.id]
    adjusting = [stated.id for stated in ruleset.adjustments if stated.about == each.id]
    own = [stated for stated in citing if each.id in (stated.id.partition("/")[0], *stated.cites)]
    used = {name for stated in own for name in choices_of(stated)}
    choices = [choice.id for choice in ruleset.choices.values() if choice.about == each.id or choice.id in used]
    return {
        "id": each.id,
        "rules": [*definitions, *(stated.id for stated in citing), *adjusting],
        "choices": choices,
        "witnesses": shown,
    }


def cites(stated: Rule | RuleException | Instead, about: str, ruleset: Ruleset) -> bool:
    """Return whether a rule, an exception or what it puts in place cites a consideration, by a definition included."""
    own = (stated.about,) if isinstance(stated, Instead) else (stated.about, *stated.cites)
    return about in ruleset.cites_of(own, iter(conditions_of(stated)))


def without(ruleset: Ruleset, about: str) -> Ruleset:
    """Return a ruleset from which all is deleted that cites a consideration.

    Args:
        ruleset: the ruleset.
        about: the id of the consideration.
    """
    kept = [each for each in ruleset.exceptions if not cites(each, about, ruleset)]
    trimmed = (
        attrs.evolve(each, instead=tuple(one for one in each.instead if not cites(one, about, ruleset)))
        for each in kept
    )  # fmt: skip
    rules = tuple(rule for rule in ruleset.rules if not cites(rule, about, ruleset))
    adjustments = tuple(each for each in ruleset.adjustments if each.about != about)
    return attrs.evolve(ruleset, rules=rules, exceptions=tuple(trimmed), adjustments=adjustments)


def only(ruleset: Ruleset, kind: str) -> Ruleset:
    """Return a ruleset with the rules and exceptions for one kind of action alone, which is quicker to bind."""
    return attrs.evolve(
        ruleset,
        rules=tuple(rule for rule in ruleset.rules if kind in rule.on),
        exceptions=tuple(each for each in ruleset.exceptions if kind in each.on),
    )


@frozen(slots=True)
class _Run:
    """One run over all witnesses, with what was bound on the way."""

    ruleset: Ruleset
    needed: tuple[Ruleset, ...] = ()
    rulesets: dict[tuple[str, str], Ruleset] = field(factory=dict)
    policies: dict[tuple[str, str, str], tuple[Policy, ...]] = field(factory=dict)

    def decide(self, situation: Situation, kind: str, deleted: str = "") -> list[Decision]:
        """Return what both engines decide, perhaps with all deleted that cites a consideration."""
        policies = self._policies(situation.agency, kind, deleted)
        if kind == "adopt_policy":
            action: Any = adoption(policies[0].agency, by=IDS["actor.id"])
        else:
            action = policies[0].action(situation.action)
        return [policy.decide(action, at=AT) for policy in policies]

    def _policies(self, agency: dict[str, Any], kind: str, deleted: str) -> tuple[Policy, ...]:
        key = (kind, deleted, json.dumps(agency, sort_keys=True))
        if key not in self.policies:
            needed = {each.id: only(each, kind) for each in self.needed}
            made = agency_from_data(agency, {**needed, self.ruleset.id: self._reduced(kind, deleted)})
            bound = bind_policy(made, PAIR[0])
            self.policies[key] = (bound, *(attrs.evolve(bound, engine=name) for name in PAIR[1:]))
        return self.policies[key]

    def _reduced(self, kind: str, deleted: str) -> Ruleset:
        if (kind, deleted) not in self.rulesets:
            own = only(self.ruleset, kind)
            self.rulesets[kind, deleted] = without(own, deleted) if deleted else own
        return self.rulesets[kind, deleted]


def _show(witness: Witness, run: _Run, report: Report) -> dict[str, Any]:
    """Return a witness with what is decided before and after, reporting all of it that does not hold."""
    try:
        sides = {side: _decide(witness, side, run, report) for side in ("before", "after")}
        remaining = [_visible(run.decide(each, witness.kind, witness.about)[0]) for each, _ in sides.values()]
    except PolicyError as error:
        report.problems.append(witness.problem(f"it cannot be decided: {error}"))
        return {}
    (before, earlier), (after, later) = sides.values()
    if _visible(earlier) == _visible(later):
        report.problems.append(witness.problem("nothing that is decided differs"))
    if remaining[0] != remaining[1]:
        report.problems.append(witness.problem("the difference stays when all that cites it is deleted"))
    return {
        "kind": witness.kind,
        "setting": {"note": witness.note, "facts": _shown(witness.facts), "choices": _shown(witness.choices)},
        "changed": {"what": witness.change, "from": _shown(witness.start), "to": _shown(witness.end)},
        "before": {"agency": before.agency, "action": before.action, "decision": earlier.to_dict()},
        "after": {"agency": after.agency, "action": after.action, "decision": later.to_dict()},
    }


def _decide(witness: Witness, side: Side, run: _Run, report: Report) -> tuple[Situation, Decision]:
    """Return one side of a witness with the decision, reporting whatever is not as expected."""
    situation = make_situation(witness.kind, *witness.setting(side), run.ruleset)
    decisions = run.decide(situation, witness.kind)
    decision = decisions[0]
    found = summary(decision)
    wrong = list(check_expected(witness.before if side == "before" else witness.after, found))
    if any((each.true, each.unknown) != (decision.true, decision.unknown) for each in decisions[1:]):
        wrong.append("the engines disagree")
    if not decision.settled and not situation.unknown:
        wrong.append("it is not settled, though every fact is known")
    if witness.kind == "adopt_policy":
        wrong += _not_computed(situation, decision, witness)
    report.problems.extend(witness.problem(f"{side} the change, {each}") for each in wrong)
    return situation, decision


def _not_computed(situation: Situation, decision: Decision, witness: Witness) -> Iterator[str]:
    """Yield the facts of a candidate that its file, as made here, does not come to."""
    computed = decision.action.to_dict().get("policy", {})
    for name, value in situation.action["policy"].items():
        more = name == "personal_limits" and witness.change.startswith("choice.")
        if computed.get(name) != value and not (more and set(value) <= set(computed[name])):
            yield f"the file comes to {computed.get(name)!r} for `policy.{name}`, not to {value!r}"


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _shown(each) for key, each in value.items()}
    return value.isoformat() if hasattr(value, "isoformat") else value


def summary(decision: Decision) -> dict[str, Any]:
    """Return of a decision what a witness may expect: the outcome, and the ids found, sorted.

    Args:
        decision: the decision.
    """
    offices = {office for needed in decision.needed for need in needed.requirement for office in need.offices}
    return {
        "outcome": decision.outcome.value,
        "offices": sorted(offices),
        "reasons": sorted(each.rule for each in decision.reasons),
        "duties": sorted(each.rule for each in decision.duties),
        "notices": sorted(each.rule for each in decision.notices),
        "spared": sorted(set(_spared(decision))),
    }


def _spared(decision: Decision) -> Iterator[str]:
    """Yield the exception that spares from each rule that would otherwise be true."""
    facts = dict(zip(decision.kind_rules.terms, decision.facts, strict=True))
    for rule in decision.kind_rules.rules:
        if rule.restricts and rule.sparings and truth(rule.base, facts):
            yield from (each.exception for each in rule.sparings if truth(each.condition, facts))


def _visible(decision: Decision) -> dict[str, Any]:
    """Return all of a decision in which a difference counts; what is denied asks for no approval."""
    denied = decision.outcome is Outcome.DENY
    return {
        "outcome": decision.outcome,
        "needed": () if denied else sorted(decision.needed, key=lambda each: each.rule),
        "duties": decision.duties,
        "notices": decision.notices,
    }
