"""Decisions in words, for people: what spoke and why, who may approve, what is open, and what would help."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smpolicy.approvals import WHY_NOT
from smpolicy.decisions import Because, Decision, Reason
from smpolicy.judge import Outcome
from smpolicy.patterns import GivenDuty, GivenNotice
from smpolicy.render.alternatives import alternatives
from smpolicy.render.questions import question_lines
from smpolicy.render.words import (
    EFFECTS,
    cited,
    counted,
    listed,
    moment_in_words,
    offices_in_words,
    requirement_in_words,
    value_in_words,
    wrapped,
)
from smpolicy.rulesets import Overriding

HEADINGS = {Outcome.ALLOW: "ALLOW", Outcome.NEEDS_APPROVAL: "NEEDS APPROVAL", Outcome.DENY: "DENY"}
WHEN = {"before": "before", "after": "afterwards", "regardless": "in any case"}


def explain(decision: Decision) -> str:
    """Return all of a decision in words, as plain text.

    Args:
        decision: the decision.
    """
    sections = (
        _head(decision),
        _section("WHY", (line for each in _strongest_first(decision) for line in _reason_lines(each, decision))),
        _section("APPROVALS NEEDED", _approval_lines(decision)),
        _section("APPROVALS THAT DO NOT COUNT", _passed_over_lines(decision)),
        _section("WHAT MUST BE DONE", _duty_lines(decision.duties, decision)),
        _section("NOTICE", _notice_lines(decision.notices)),
        _section("SPARED", _spared_lines(decision)),
        _section("LOOSENED BY A PACK", overriding_lines(decision.overriding)),
        _section("OPEN", _open_lines(decision)),
        question_lines(decision) if _asks(decision) else (),
        _section("DEPENDING ON THE ANSWERS", _possible_lines(decision)),
        _section("LEFT FREE BY THE AGENCY", _status_lines(decision, "left free")),
        _section("LOOKED AT, AND IN ORDER", _status_lines(decision, "met") if decision.allowed else ()),
        _section("DOES NOT APPLY", _status_lines(decision, "not applicable") if decision.allowed else ()),
        _section("FOR AN ALLOW, ALL OF THESE", _allow_lines(decision)),
    )
    return "\n".join(line for section in sections for line in section) + "\n"


def summarize(decision: Decision) -> str:
    """Return the gist of a decision in words: outcome, reasons, approvals, duties, and how much is open.

    Args:
        decision: the decision.
    """
    reasons = (line for each in _strongest_first(decision) for line in _short_reason_lines(each))
    sections = (
        _head(decision),
        _section("WHY", reasons),
        _section("APPROVALS NEEDED", _approval_lines(decision)),
        _section("APPROVALS THAT DO NOT COUNT", _passed_over_lines(decision)),
        _section("WHAT MUST BE DONE", _duty_lines(decision.duties, decision)),
        _section("NOTICE", _notice_lines(decision.notices)),
        _section("LOOSENED BY A PACK", overriding_lines(decision.overriding)),
        _section("OPEN", _open_lines(decision)),
    )
    return "\n".join(line for section in sections for line in section) + "\n"


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines under a heading, or nothing where there are none."""
    for number, line in enumerate(lines):
        if number == 0:
            yield ""
            yield heading
        yield line


def _head(decision: Decision) -> Iterator[str]:
    agency = decision.policy.agency
    yield f"{HEADINGS[decision.outcome]}: {decision.action.kind}"
    author = decision.action.get("actor.id")
    proposed = f", proposed by {author}" if author else ""
    yield from wrapped(f"{agency.name}, {moment_in_words(decision.at, agency.time_zone)}{proposed}", "  ")
    yield from wrapped(_next_step(decision), "  ")


def _next_step(decision: Decision) -> str:
    if decision.code == "ungoverned":
        return f"No ruleset of this agency speaks of actions `{decision.action.kind}`: this one cannot go ahead."
    settled = "Settled: nothing that is still unknown would change this." if decision.settled else "Not settled: "
    if decision.settled:
        what = {"act": "go ahead.", "approve": "have it approved.", "stop": "do not do it."}
        return f"{settled} Next: {what.get(decision.next, 'answer the open questions.')}"
    refused = "the agency denies what is not settled. " if decision.outcome is Outcome.DENY else ""
    what = {
        "answer": "answer the open questions; until then it cannot go ahead, even if it is approved.",
        "approve": "answer the open questions, or have it approved as it stands.",
    }
    return f"{settled}{refused or 'the answers to open questions may change this. '}Next: {what.get(decision.next, '')}"


def _passed_over_lines(decision: Decision) -> Iterator[str]:
    for each in decision.passed_over:
        approval = each.approval
        text = f"{approval.by} (role {approval.role}) for {approval.rule}: {WHY_NOT[each.why]}"
        yield from wrapped(text, "  ", "    ")


def _strongest_first(decision: Decision) -> list[Reason]:
    return sorted(decision.reasons, key=lambda each: each.effect != "deny")


def _short_reason_lines(reason: Reason) -> Iterator[str]:
    approved = ", and is approved" if reason.discharged else ""
    yield from wrapped(f"{reason.rule} ({EFFECTS[reason.effect]}{approved}): {reason.reason}", "  ", "    ")
    if reason.remedy and not reason.discharged:
        yield from wrapped(reason.remedy, "    > ")


def _reason_lines(reason: Reason, decision: Decision) -> Iterator[str]:
    yield from _short_reason_lines(reason)
    for found in reason.because:
        yield from wrapped(_because_in_words(found, decision), "    because ", " " * 12)
    if not reason.because:
        yield from wrapped(
            "it always holds for this kind of action, as the agency has chosen", "    because ", " " * 12
        )
    yield from wrapped(cited(reason.cites, decision.policy.agency), "    cites   ")


def _because_in_words(found: Because, decision: Decision) -> str:
    path = found.fact.removeprefix("age(").partition(",")[0]
    fact = decision.kind_rules.vocabulary.facts[path]
    value = value_in_words(found.value, decision.policy.agency.time_zone)
    source = "given with the action" if found.provenance == "given" else found.provenance
    return f"{fact.ask} {value} [{found.fact}; {source}]"


def _approval_lines(decision: Decision) -> Iterator[str]:
    """Yield whose approval is needed, where approval would help; rules that ask the same stand together."""
    if decision.outcome is Outcome.DENY and decision.settled:
        return
    rules: dict[tuple[str, ...], list[str]] = {}
    agency, author = decision.policy.agency, decision.action.get("actor.id")
    for each in decision.needed:
        asked = tuple(requirement_in_words(each.requirement, agency, decision.at, author))
        rules.setdefault(asked, []).append(each.rule)
    for asked, ids in rules.items():
        for number, need in enumerate(asked):
            yield from wrapped(need, "  " if number == 0 else "  and ", "    ")
        yield from wrapped(f"for {listed(ids)}", "    ")
    if rules and decision.lacks_payload:
        yield from wrapped("It cannot be approved before its content is known: give the payload with the action.", "  ")


def _duty_lines(duties: Iterable[GivenDuty], decision: Decision) -> Iterator[str]:
    for each in duties:
        duty = each.duty
        to = offices_in_words(duty.to, decision.policy.agency)
        within = f", within {duty.within}" if duty.within else ""
        around = f", not through {duty.excluding}" if duty.excluding else ""
        yield from wrapped(f"{WHEN[duty.when]}{within} - {to}{around}: {duty.do} [{each.rule}]", "  ", "    ")


def _notice_lines(notices: Iterable[GivenNotice]) -> Iterator[str]:
    for each in notices:
        yield from wrapped(f"{each.notice} [{each.rule}]", "  ", "    ")


def _possible_lines(decision: Decision) -> Iterator[str]:
    if _asks(decision):
        yield from _duty_lines(decision.possible_duties, decision)
        yield from _notice_lines(decision.possible_notices)


def _spared_lines(decision: Decision) -> Iterator[str]:
    reasons = {each.id: each.reason for ruleset in decision.policy.agency.rulesets for each in ruleset.exceptions}
    for cite, status in decision.considerations.items():
        if status.status == "spared" and status.by is not None:
            yield from wrapped(
                f"{cited((cite,), decision.policy.agency)}: {reasons.get(status.by, '')} [{status.by}]", "  ", "    "
            )


def overriding_lines(found: Iterable[Overriding]) -> Iterator[str]:
    """Yield what lets packs loosen other rulesets, in words."""
    for each in found:
        text = f"{each.id} ({each.ruleset}) overrides {listed(each.what)} of {each.of}: {each.authority}"
        yield from wrapped(text, "  ", "    ")


def _asks(decision: Decision) -> bool:
    """Return whether answers could still change the outcome, or what must be done."""
    return bool(decision.questions) and (not decision.settled or decision.allowed)


def _open_lines(decision: Decision) -> Iterator[str]:
    if decision.code == "ungoverned":
        return
    rules = [rule for _, rule in decision.kind_rules.members(decision.verdict.open)]
    if decision.settled:
        rest = counted(len(decision.questions), "fact is", "facts are")
        if decision.allowed and decision.questions:
            yield from wrapped(f"{rest} not known, on which only duties and notices depend.", "  ")
        elif decision.questions:
            yield from wrapped(f"{rest} not known; that changes nothing here.", "  ")
        return
    denying = sum(rule.effect == "deny" for rule in rules)
    would = [
        f"{count} would {words}"
        for count, words in ((denying, "deny"), (len(rules) - denying, "need approval"))
        if count
    ]
    lead = f"{counted(len(rules), 'rule')} cannot be judged yet: {', '.join(would)}."
    yield from wrapped(f"{lead} {_asked_in_words(decision)}", "  ")
    for rule in rules if len(rules) <= MOST_OPEN else ():
        yield from wrapped(f"{rule.id} ({EFFECTS[rule.effect]}), in case: {rule.reason}", "  ", "    ")
    if decision.needed_if:
        yield "  Approval may be needed, depending on the answers, from:"
        offices = dict.fromkeys(
            offices_in_words(need.offices, decision.policy.agency)
            for each in decision.needed_if
            for need in each.requirement
        )
        yield from wrapped("; ".join(offices), "    ")


MOST_OPEN = 8
"""Up to so many open rules are told one by one; of more, the questions tell which rules they decide."""


def _asked_in_words(decision: Decision) -> str:
    others = len(decision.questions) - len(decision.checklist)
    parts = [counted(others, "question")] if others else []
    if decision.checklist:
        parts.append(f"a checklist of {len(decision.checklist)} that one attestation answers")
    return f"Asked: {' and '.join(parts)}." if parts else ""


def _status_lines(decision: Decision, status: str) -> Iterator[str]:
    found = [cite for cite, each in decision.considerations.items() if each.status == status]
    if found:
        yield from wrapped(cited(found, decision.policy.agency), "  ")


def _allow_lines(decision: Decision) -> Iterator[str]:
    """Yield what would have to be different for the outcome to be allow."""
    if decision.allowed:
        return
    if decision.code == "ungoverned":
        yield "  - The agency adopts a ruleset that speaks of this kind of action."
        return
    for _, rule in decision.kind_rules.members(decision.verdict.live):
        ways = alternatives(rule, decision)
        approved = "what it asks is approved" if rule.effect == "needs_approval" else ""
        unless = ", or ".join(part for part in (approved, *ways) if part)
        otherwise = f"more than one fact is different. {rule.remedy}" if rule.terms else "the agency chooses otherwise."
        text = f"{rule.id}: {unless}." if unless else f"{rule.id}: {otherwise}"
        yield from wrapped(text, "  - ")
    if decision.verdict.open:
        yield from wrapped("The open questions are answered, and no rule speaks once they are.", "  - ")
