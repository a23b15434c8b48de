"""Counterexamples: actions that break a promise, made as small as they can be, and told so that they can be kept."""

from __future__ import annotations

import json
import pprint
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import PurePath
from typing import Any

import attrs
from attrs import field, frozen

from smpolicy.actions import Action, Attestation, to_json
from smpolicy.approvals import Approval
from smpolicy.decisions import Decision
from smpolicy.errors import Place
from smpolicy.facts import LOOKED_UP_BY
from smpolicy.language.conditions import operands
from smpolicy.language.expressions import truth
from smpolicy.language.lowering import Bindings, bind
from smpolicy.plain import harmless_value
from smpolicy.policies import Policy
from smpolicy.render.agency_file import to_toml
from smpolicy.render.words import listed, moment_in_words, wrapped
from smpolicy.testing.conditions import Reading
from smpolicy.testing.scenario_runs import PLAIN_PAYLOAD
from smpolicy.testing.scenarios import Expected
from smpolicy.vocabulary import GIVEN, SomeOf

IDS = frozenset(LOOKED_UP_BY.values())


@frozen(slots=True, eq=False)
class Subject:
    """What a property is about: an action, decided at a moment.

    Attributes:
        policy: the policy.
        action: the action.
        at: the moment of the decision.
        approvals: the approvals that are presented, each as the rule, the person and the role.
        before: the action as it was before more of it was known, where the property compares the two.
        other: the policy with which this one is compared, where it is.
        compared: what the other policy is, in words.
    """

    policy: Policy = field(repr=False)
    action: Action
    at: datetime
    approvals: tuple[tuple[str, str, str], ...] = ()
    before: Action | None = None
    other: Policy | None = field(default=None, repr=False)
    compared: str = ""

    @cached_property
    def decision(self) -> Decision:
        """Return what the policy decides."""
        bare = self.policy.decide(self.action, at=self.at)
        if not self.approvals:
            return bare
        return self.policy.decide(self.action, at=self.at, approvals=_granted(bare, self.approvals))


def _granted(decision: Decision, approvals: tuple[tuple[str, str, str], ...]) -> list[Approval]:
    return [decision.approval(rule, by=by, role=role) for rule, by, role in approvals]


@frozen(slots=True)
class Broken:
    """How a promise is broken.

    Attributes:
        happened: what was decided, in words.
        expect: what must be decided for the promise to be kept, as a scenario says it.
    """

    happened: str
    expect: Expected


Judge = Callable[[Subject], Broken | bool | None]
"""Says how a subject breaks a promise; None where it keeps it, and False where the promise is not about it."""


class PromiseBroken(AssertionError):
    """A policy breaks a promise that a property states.

    Attributes:
        promise: the promise, in words.
        subject: the smallest action found that shows it.
        broken: how it is broken.
    """

    def __init__(self, promise: str, subject: Subject, broken: Broken) -> None:
        super().__init__(promise)
        self.promise, self.subject, self.broken = promise, subject, broken

    def __str__(self) -> str:
        return tell(self.promise, self.subject, self.broken)


# --- smaller ----------------------------------------------------------------------------------------------------------


def smallest(subject: Subject, judge: Judge) -> Subject:
    """Return a subject that breaks a promise as the given one does, of which nothing more can be left out.

    Args:
        subject: a subject that breaks it.
        judge: says so.
    """
    while True:
        smaller = next((each for each in _smaller(subject) if _breaks(each, judge)), None)
        if smaller is None:
            return subject
        subject = smaller


def _breaks(subject: Subject, judge: Judge) -> bool:
    try:
        return isinstance(judge(subject), Broken)
    except ValueError:  # an approval of a rule that no longer asks for one
        return False


def _smaller(subject: Subject) -> Iterator[Subject]:
    """Yield subjects of which a little less is said, or something is said more harmlessly."""
    for index in range(len(subject.approvals)):
        yield attrs.evolve(subject, approvals=subject.approvals[:index] + subject.approvals[index + 1 :])
    action = subject.action
    if action.payload is not None and not subject.approvals:
        yield _changed(subject, lambda each: attrs.evolve(each, payload=None))  # type: ignore[misc]
    for attestation in action.attestations:
        yield _changed(subject, lambda each, made=attestation: _unattested(each, made))  # type: ignore[misc]
    attested = frozenset[str]().union(*(each.facts for each in action.attestations))
    vocabulary = subject.policy.agency.vocabulary
    if action.kind == "adopt_policy":
        if action.get("actor.id") is not None:
            yield _changed(subject, lambda each: without(each, "actor.id"))
        return
    for part in vocabulary.kinds[action.kind].parts:
        if (
            vocabulary.parts[part].optional
            and action.get(f"{part}.exists") is not None
            and f"{part}.exists" not in attested
        ):
            yield _changed(subject, lambda each, path=f"{part}.exists": without(each, path))  # type: ignore[misc]
    for fact in vocabulary.facts_of(action.kind):
        value = action.get(fact.path)
        if value is None or fact.name == "exists" or fact.owner not in GIVEN or fact.path in attested:
            continue
        yield _changed(subject, lambda each, path=fact.path: without(each, path))  # type: ignore[misc]
        harmless = harmless_value(fact, subject.at)
        if subject.before is None and fact.path not in IDS and harmless is not None and value != harmless:
            nearer = _nearer(value, harmless)
            for milder in nearer:
                changed = action.answer({fact.path: milder}, vocabulary)
                yield attrs.evolve(subject, action=changed)


def _nearer(value: Any, harmless: Any) -> Iterator[Any]:
    """Yield values nearer to the harmless one; of a set those that differ in fewer members."""
    yield harmless
    if isinstance(value, frozenset) and isinstance(harmless, frozenset):
        different = value ^ harmless
        if len(different) > 1:
            for member in sorted(different):
                yield value ^ {member}
    elif isinstance(value, SomeOf):
        told = sorted(value.includes | value.excludes)
        if len(told) > 1:
            for member in told:
                yield SomeOf(value.includes - {member}, value.excludes - {member})


def _changed(subject: Subject, change: Callable[[Action], Action]) -> Subject:
    before = None if subject.before is None else change(subject.before)
    return attrs.evolve(subject, action=change(subject.action), before=before)


def without(action: Action, path: str) -> Action:
    """Return an action of which one fact is not known; without `part.exists` nothing of the part is.

    Args:
        action: the action.
        path: the fact's path.
    """
    part, _, name = path.partition(".")
    given: Any = action
    if part in action.packs:
        facts = {key: value for key, value in action.packs[part].items() if key != name}
        changed: Action = attrs.evolve(given, packs={**action.packs, part: facts})
    elif name == "exists":
        changed = attrs.evolve(given, **{part: None})
    else:
        values: Any = attrs.evolve(getattr(action, part), **{name: None})
        changed = attrs.evolve(given, **{part: values})
    return changed


def _unattested(action: Action, attestation: Attestation) -> Action:
    if attestation not in action.attestations:
        return action
    given: Any = attrs.evolve(action, attestations=())  # type: ignore[misc]
    for path in sorted(attestation.facts, key=lambda each: each.endswith(".exists")):
        given = without(given, path)
    rest: Action = attrs.evolve(given, attestations=tuple(each for each in action.attestations if each != attestation))
    return rest


def attested_instead(subject: Subject, by: tuple[tuple[str, tuple[str, ...] | None], ...], judge: Judge) -> Subject:
    """Return a subject with one attestation in place of all that is harmless, where the promise is still broken so.

    Args:
        subject: a subject that breaks a promise.
        by: who may attest what.
        judge: says whether it is broken.
    """
    if subject.before is not None or subject.action.attestations or subject.action.kind == "adopt_policy":
        return subject
    vocabulary, action = subject.policy.agency.vocabulary, subject.action
    for fact in vocabulary.facts_of(action.kind):
        value = action.get(fact.path)
        harmless = frozenset() if fact.type == "set" else fact.harmless
        if fact.attestable and fact.name != "exists" and value is not None and value == harmless:
            action = without(action, fact.path)
    for part in vocabulary.kinds[action.kind].parts:
        attestable = vocabulary.parts[part].optional and not vocabulary.parts[part].facts["exists"].always_ask
        if attestable and action.get(f"{part}.exists") is False:
            action = without(action, f"{part}.exists")
    for person, parts in by:
        candidate = attrs.evolve(subject, action=action.attest(person, parts, vocabulary))
        if _breaks(candidate, judge):
            return candidate
    return subject


# --- told -------------------------------------------------------------------------------------------------------------


def tell(promise: str, subject: Subject, broken: Broken) -> str:
    """Return in words what was promised and what happened, with the decision, a scenario and a test.

    Args:
        promise: the promise.
        subject: what breaks it.
        broken: how.
    """
    decision = subject.decision
    lines = ["", "PROMISED", *wrapped(promise, "  "), "", "WHAT HAPPENED", *wrapped(broken.happened, "  ")]
    about = list(_about(subject, promise))
    lines += ["", "RULES ABOUT THESE FACTS", *about] if about else []
    lines += ["", "THE SMALLEST ACTION FOUND", *_indented(json.dumps(action_data(subject.action), indent=2))]
    lines += [f"  decided at {moment_in_words(subject.at, subject.policy.agency.time_zone)}"]
    lines += ["", "THE DECISION", *_indented(decision.explain())]
    lines += ["", "AS A SCENARIO, to keep beside the agency's file, such as in `found.scenarios.toml`", ""]
    lines += _indented(scenario(promise, subject, broken))
    lines += [
        "",
        "AS A TEST, to keep in a file such as `test_found.py`",
        "",
        *_indented(pytest_test(promise, subject, broken)),
    ]
    return "\n".join(lines)


def _indented(text: str) -> list[str]:
    return [f"  {line}".rstrip() for line in text.splitlines()]


def _about(subject: Subject, promise: str) -> Iterator[str]:
    """Yield which rules about the facts that a promise names would restrict this action, and why they do not."""
    decision, kind, agency = subject.decision, subject.action.kind, subject.policy.agency
    bound = {rule.id.partition("[")[0].partition("~")[0]: index for index, rule in enumerate(decision.kind_rules.rules)}
    for ruleset in agency.rulesets:
        values = {name: each.value for name, each in agency.choices[ruleset.id].items()}
        bindings = Bindings(agency.vocabulary, values, agency.facts)
        for rule in ruleset.rules:
            if kind not in rule.on or rule.condition is None or rule.then is None:
                continue
            if not any(each.source in ("fact", "age") and each.name in promise for each in operands(rule.condition)):
                continue
            if rule.id in bound:
                spared = decision.kind_rules.spared_by(bound[rule.id], decision.facts)
                unknown = decision.unknown >> bound[rule.id] & 1
                speaks = decision.true >> bound[rule.id] & 1
                what = (
                    "speaks" if speaks else "cannot be judged yet" if unknown
                    else f"is lifted by the exception {spared}" if spared else ""
                )  # fmt: skip
            else:
                applies = truth(bind(rule.condition, bindings), Reading(decision))
                choice = rule.then.removeprefix("choice.")
                what = f"would speak, but the agency's choice `{choice}` switches it off" if applies else ""
            if what:
                yield from wrapped(f"{rule.id} {what}.{_where(rule.place)}", "  ", "    ")


def _where(place: Place | None) -> str:
    """Return the name of the file that states a rule, and the line, wherever the file lies."""
    return "" if place is None else f" [{PurePath(place.file).name}:{place.line}]"


def action_data(action: Action) -> dict[str, Any]:
    """Return an action as JSON-ready data; the content that tests give is told as text."""
    data = action.to_dict()
    if action.kind == "adopt_policy":
        return {key: value for key, value in data.items() if key in ("kind", "actor")}
    given: Any = attrs.evolve(action, payload=PLAIN_PAYLOAD.encode())  # type: ignore[misc]
    if action.payload is not None and action.payload == given.payload:
        data["payload"] = {"text": PLAIN_PAYLOAD}
    return data


def expectations(expect: Expected) -> dict[str, Any]:
    """Return what is expected, without what is left open."""
    return {name: value for name, value in attrs.asdict(expect, recurse=False).items() if value not in (None, {})}


def scenario(promise: str, subject: Subject, broken: Broken) -> str:
    """Return a counterexample as the text of a scenario file, which fails until the promise is kept."""
    place = PurePath(subject.policy.agency.place.file).name
    lines = ["[[scenario]]", f"note   = {to_toml(promise)}", f"agency = {to_toml(place)}"]
    lines += [f"at     = {to_json(subject.at)}"]
    expected = expectations(broken.expect)
    lines += [f"expect = {to_toml(expected)}"]
    if subject.approvals:
        made = [{"by": by, "role": role, "rule": rule} for rule, by, role in subject.approvals]
        lines += [f"approvals = {to_toml(made)}"]
    data = action_data(subject.action)
    if subject.action.kind == "adopt_policy":
        actor = data.get("actor", {}).get("id")
        lines += [
            'plain  = "adopt_policy"',
            *([] if actor is None else [f'facts  = {{ "actor.id" = {to_toml(actor)} }}']),
        ]
        return "\n".join(lines) + "\n"
    lines += ["", "[scenario.action]", f"kind = {to_toml(data.pop('kind'))}"]
    lines += [f"{key} = {to_toml(value)}" for key, value in data.items() if not isinstance(value, Mapping)]
    for key, value in data.items():
        if isinstance(value, Mapping):
            lines += ["", f"[scenario.action.{key}]", *(f"{name} = {to_toml(each)}" for name, each in value.items())]
    return "\n".join(lines) + "\n"


_CHECKS: Mapping[str, str] = {
    "outcome_is_not": 'observed["outcome"] != {0!r}',
    "reasons_exclude": 'not set({0!r}) & set(observed["reasons"])',
    "offices_include": 'set({0!r}) <= set(observed["offices"])',
    "duties_include": 'set({0!r}) <= set(observed["duties"])',
    "asks_at_most": 'observed["asks"] <= {0!r}',
}


def pytest_test(promise: str, subject: Subject, broken: Broken) -> str:
    """Return a counterexample as the text of a file of tests for pytest, which fail until the promise is kept."""
    data = pprint.pformat(action_data(subject.action), sort_dicts=False, width=100)
    granted = ""
    if subject.approvals:
        calls = ", ".join(f"first.approval({rule!r}, by={by!r}, role={role!r})" for rule, by, role in subject.approvals)
        granted = f", approvals=[{calls}]"
    lines = [
        "from datetime import datetime",
        "",
        "import smpolicy",
        "from smpolicy.testing.scenario_runs import observe",
    ]
    lines += ["", f"ACTION = {data}", f"AT = datetime.fromisoformat({subject.at.isoformat()!r})", "", ""]
    lines += ["def test_found() -> None:", f"    {json.dumps(promise, ensure_ascii=False)}"]
    lines += [f"    policy = smpolicy.load({subject.policy.agency.place.file!r})", "    action = policy.action(ACTION)"]
    lines += ["    first = policy.decide(action, at=AT)"] if granted else []
    lines += [f"    decision = policy.decide(action, at=AT{granted})", "    observed = observe(decision)"]
    for name, value in expectations(broken.expect).items():
        shown = sorted(value) if isinstance(value, tuple) else value
        check = _CHECKS[name].format(shown) if name in _CHECKS else f'observed["{name}"] == {shown!r}'
        lines.append(f"    assert {check}, decision.explain()")
    return "\n".join(lines) + "\n"


def spoken(decision: Decision) -> str:
    """Return which rules restrict a decided action, in words."""
    rules = [reason.rule for reason in decision.reasons if not reason.discharged]
    return f"by {listed(rules)}" if rules else "and no rule restricts it"
