"""Running portable scenarios: the proposed action, what is decided, and how that differs from what must be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from smpolicy.actions import Action
from smpolicy.adoptions import adoption
from smpolicy.agencies import Agency
from smpolicy.approvals import Approval
from smpolicy.decisions import Decision
from smpolicy.errors import PolicyError
from smpolicy.loading.agency_files import read_agency
from smpolicy.loading.toml_files import Document, read
from smpolicy.plain import harmless_value
from smpolicy.policies import Policy, bind_policy
from smpolicy.rulesets import Ruleset
from smpolicy.testing.scenarios import Expected, Presented, Scenario, Setting
from smpolicy.vocabulary import GIVEN, Vocabulary

PLAIN_PAYLOAD = "What would be shared."
"""The content of a plain action, where a scenario gives no other."""


def action_data(setting: Setting, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the proposed action in the form that `Policy.action` takes.

    Args:
        setting: what is proposed.
        vocabulary: the facts and their harmless values.
    """
    data: dict[str, Any] = {name: dict(v) if isinstance(v, Mapping) else v for name, v in setting.action.items()}
    stated = {path.partition(".")[0] for path in setting.facts}
    if setting.plain is not None:
        data = {"kind": setting.plain, "payload": {"text": PLAIN_PAYLOAD}}
        assert setting.at is not None
        for fact in vocabulary.facts_of(setting.plain):
            optional = vocabulary.parts[fact.part].optional
            if fact.owner not in GIVEN or (fact.type == "text" and fact.harmless is None) or fact.name == "exists":
                continue
            if optional and fact.part not in stated:
                data[fact.part] = "none"
            else:
                data.setdefault(fact.part, {})[fact.name] = harmless_value(fact, setting.at)
    for path, value in setting.facts.items():
        part, _, name = path.partition(".")
        if not isinstance(data.get(part), dict):
            data[part] = {}
        data[part][name] = value
    for path in setting.unknown:
        part, _, name = path.partition(".")
        if not name or name == "exists":
            data.pop(part, None)
        elif isinstance(data.get(part), dict):
            data[part].pop(name, None)
    if setting.payload is not None:
        data["payload"] = {"text": setting.payload}
    if setting.attestation:
        data["attestation"] = [
            {"by": each.by} | ({"parts": list(each.parts)} if each.parts else {}) for each in setting.attestation
        ]
    return data


@frozen(slots=True, eq=False)
class Runner:
    """Runs scenarios; binds each agency, with the choices that scenarios change, only once.

    Attributes:
        engine: the engine that decides.
        change: what is done to each agency before it is bound, or None.
        rulesets: loaded rulesets by name; others are loaded.
    """

    engine: str = "compiled"
    change: Callable[[Agency], Agency] | None = None
    rulesets: Mapping[str, Ruleset] = field(factory=dict, repr=False)
    _agencies: dict[str, tuple[Document, Agency]] = field(factory=dict, repr=False)
    _settled: dict[str, Agency] = field(factory=dict, repr=False)
    _policies: dict[str, Policy] = field(factory=dict, repr=False)

    def using(self, engine: str) -> Runner:
        """Return a runner with another engine that shares what this one has bound.

        Args:
            engine: the name of the engine.
        """
        return attrs.evolve(self, engine=engine)

    def changing(self, change: Callable[[Agency], Agency]) -> Runner:
        """Return a runner that changes each agency before it binds it; what is read it shares with this one.

        Args:
            change: returns an agency to bind in place of another.
        """
        return attrs.evolve(self, change=change, policies={})

    def policy(self, setting: Setting) -> Policy:
        """Return the policy of the agency, changed as a setting says.

        Args:
            setting: names the agency and what differs from its file.

        Raises:
            MissingFile: there is no such agency file.
            InvalidFile: the agency cannot be used so.
        """
        agency_unknown = [path for path in setting.unknown if path.partition(".")[0] in ("agency", "terms", "policy")]
        changes = [setting.choices, setting.agency_facts, setting.statements, setting.decision, agency_unknown]
        key = json.dumps([setting.agency, *changes], sort_keys=True, default=str)
        if key not in self._policies:
            if key not in self._settled:
                self._settled[key] = self._changed(setting, agency_unknown)
            agency = self._settled[key]
            self._policies[key] = bind_policy(agency if self.change is None else self.change(agency))
        policy = self._policies[key]
        if policy.engine != self.engine:
            key = f"{self.engine} {key}"
            policy = self._policies.setdefault(key, attrs.evolve(policy, engine=self.engine))
        return policy

    def _changed(self, setting: Setting, unknown: Iterable[str]) -> Agency:
        name = setting.agency or ""
        if name not in self._agencies:
            document = read(Path(name))
            self._agencies[name] = document, read_agency(document, Path(name).parent, None, self.rulesets)
        document, agency = self._agencies[name]
        data = {table: dict(v) if isinstance(v, Mapping) else v for table, v in document.data.items()}
        for choice, value in setting.choices.items():
            homes = [ruleset for ruleset, chosen in agency.choices.items() if choice in chosen]
            home = homes[0] if homes else next(iter(agency.choices))
            chosen = data.setdefault("choices", {})
            chosen[home] = {**chosen.get(home, {}), choice: value}
        for path, value in setting.agency_facts.items():
            part, _, fact = path.partition(".")
            facts = data.setdefault("facts", {})
            facts[part] = {**facts.get(part, {}), fact: value}
        for path in unknown:
            part, _, fact = path.partition(".")
            facts = data.setdefault("facts", {})
            facts[part] = {key: value for key, value in facts.get(part, {}).items() if key != fact}
        for table, changed in (("statements", setting.statements), ("decision", setting.decision)):
            data[table] = {**data.get(table, {}), **changed}
        rulesets = {each.id: each for each in agency.rulesets} | dict(self.rulesets)
        return read_agency(Document(document.name, data, document.text), Path(name).parent, None, rulesets)

    def decide(self, scenario: Scenario) -> Decision:
        """Return what is decided in a scenario.

        Args:
            scenario: the scenario.

        Raises:
            PolicyError: the agency, the action or an approval cannot be used.
        """
        setting = scenario.setting
        given = [self._approval(each, setting) for each in setting.approvals]
        return self._decide(setting, given)

    def _decide(self, setting: Setting, approvals: Sequence[Approval] = ()) -> Decision:
        policy = self.policy(setting)
        assert setting.at is not None
        return policy.decide(self._action(setting, policy), at=setting.at, approvals=approvals)

    def _action(self, setting: Setting, policy: Policy) -> Action:
        if setting.plain == "adopt_policy":
            return adoption(policy.agency, setting.facts.get("actor.id"))
        return policy.action(action_data(setting, policy.agency.vocabulary))

    def _approval(self, each: Presented, setting: Setting) -> Approval:
        then = attrs.evolve(
            setting,
            at=each.given_at or setting.at,
            choices={**setting.choices, **each.choices},
            facts={path: value for path, value in {**setting.facts, **each.facts}.items() if path not in each.unknown},
            unknown=(*(path for path in setting.unknown if path not in each.facts), *each.unknown),
            payload=each.payload if each.payload is not None else setting.payload,
        )
        decision = self._decide(then)
        return decision.approval(each.rule, by=each.by, role=each.role, expires_at=each.expires_at)

    def observed(self, scenario: Scenario) -> dict[str, Any]:
        """Return what is decided in a scenario, in the terms of `Expected`; of an error its code alone.

        Args:
            scenario: the scenario.
        """
        try:
            return observe(self.decide(scenario))
        except PolicyError as error:
            return {"error": error.code, "message": str(error)}

    def mismatches(self, scenario: Scenario) -> list[str]:
        """Return how what is decided differs from what must be, one sentence for each difference.

        Args:
            scenario: the scenario.
        """
        return compare(scenario.expect, self.observed(scenario))


def observe(decision: Decision) -> dict[str, Any]:
    """Return a decision in the terms of `Expected`.

    Args:
        decision: the decision.
    """
    needs = [need for each in decision.needed for need in each.requirement]
    return {
        "outcome": decision.outcome.value,
        "settled": decision.settled,
        "next": decision.next,
        "code": decision.code,
        "reasons": sorted(each.rule for each in decision.reasons),
        "discharged": sorted(each.rule for each in decision.reasons if each.discharged),
        "offices": sorted({office for need in needs for office in need.offices}),
        "people": sum(need.people for need in needs),
        "offices_if": sorted({office for each in decision.needed_if for n in each.requirement for office in n.offices}),
        "duties": sorted(each.rule for each in decision.duties),
        "possible_duties": sorted(each.rule for each in decision.possible_duties),
        "notices": sorted(each.rule for each in decision.notices),
        "possible_notices": sorted(each.rule for each in decision.possible_notices),
        "questions": sorted(each.fact for each in decision.questions),
        "asks": decision.asks(),
        "spared": {name: each.by for name, each in decision.considerations.items() if each.status == "spared"},
        "statuses": {name: each.status for name, each in decision.considerations.items()},
    }


def compare(expect: Expected, observed: Mapping[str, Any]) -> list[str]:
    """Return how an observation differs from what is expected, one sentence for each difference.

    Args:
        expect: what must be decided.
        observed: what was, as `observe` gives it.
    """
    if "error" in observed and expect.error is None:
        return [f"ended in an error: {observed['message']}"]
    found = []
    for name, stated in attrs.asdict(expect, recurse=False).items():
        wanted = sorted(stated) if isinstance(stated, tuple) else stated
        got = observed.get(name)
        if isinstance(wanted, Mapping):
            got = {key: (got or {}).get(key) for key in wanted}
        if wanted is not None and name in _LOOSE:
            of, holds, must = _LOOSE[name]
            got = observed.get(of, ())
            if not holds(got, wanted):
                found.append(f"{of}: {must} {wanted!r}, is {got!r}")
        elif wanted is not None and got != wanted:
            found.append(f"{name}: must be {wanted!r}, is {got!r}")
    return found


_LOOSE: Mapping[str, tuple[str, Callable[[Any, Any], bool], str]] = {
    "questions_include": ("questions", lambda got, wanted: set(wanted) <= set(got), "must include"),
    "offices_include": ("offices", lambda got, wanted: set(wanted) <= set(got), "must include"),
    "duties_include": ("duties", lambda got, wanted: set(wanted) <= set(got), "must include"),
    "reasons_exclude": ("reasons", lambda got, wanted: not set(wanted) & set(got), "must not include"),
    "outcome_is_not": ("outcome", lambda got, wanted: got != wanted, "must not be"),
    "asks_at_most": ("asks", lambda got, wanted: got is not None and got <= wanted, "must be at most"),
}
"""What is expected of a part of an observation, or of its bounds: which, when it holds, and how that is said."""


def differences(one: Scenario, other: Scenario) -> tuple[str, ...]:
    """Return the things in which the settings of two scenarios differ.

    Args:
        one: a scenario.
        other: another one.
    """
    first, second = _things(one.setting), _things(other.setting)
    found = {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}
    return tuple(sorted(found))


def _things(setting: Setting) -> dict[str, Any]:
    """Return a setting as flat names and values, an unknown fact having the value `unknown`."""
    things: dict[str, Any] = {
        name: getattr(setting, name) for name in ("agency", "at", "plain", "payload", "attestation")
    }
    for name in ("choices", "statements", "decision"):
        things |= {f"{name}.{key}": value for key, value in getattr(setting, name).items()}
    for part, values in setting.action.items():
        nested = values if isinstance(values, Mapping) else {"": values}
        things |= {f"{part}.{name}": value for name, value in nested.items()}
    things |= setting.agency_facts | setting.facts | dict.fromkeys(setting.unknown, "unknown")
    for index, each in enumerate(setting.approvals):
        things[f"approvals[{index}]"] = each
    return things
