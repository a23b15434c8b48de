"""Open questions in words: the checklist as one, the others grouped by whoever is asked."""

from __future__ import annotations

from collections.abc import Iterator

from smpolicy.decisions import Decision
from smpolicy.patterns import Question
from smpolicy.render.words import EFFECTS, counted, listed, wrapped

ASKED = {
    "author": "ASKED OF THE AUTHOR",
    "given": "ASKED OF WHOEVER KNOWS",
    "directory": "ASKED OF THE DIRECTORY",
    "agency": "ASKED OF THE AGENCY",
}
"""For each of those who are asked, the heading of their questions."""

HOW = {
    "author": "Give the answers with the action.",
    "given": "Give the answers with the action.",
    "directory": "The record of the person or alias leaves these out: fill them in.",
    "agency": "The agency's file or its register of accounts leaves these out: fill them in.",
}


def grouped(questions: tuple[Question, ...]) -> dict[str, list[Question]]:
    """Return questions by whoever is asked, in the order of `ASKED`, the checklist left out."""
    groups: dict[str, list[Question]] = {asked_of: [] for asked_of in ASKED}
    for each in questions:
        if not each.attestable:
            groups[each.asked_of].append(each)
    return {asked_of: found for asked_of, found in groups.items() if found}


def question_lines(decision: Decision) -> Iterator[str]:
    """Yield the open questions of a decision, group by group, the checklist last."""
    for asked_of, questions in grouped(decision.questions).items():
        yield ""
        yield ASKED[asked_of]
        yield from wrapped(HOW[asked_of], "  ")
        for each in questions:
            yield from wrapped(each.ask, "  - ")
            yield from wrapped(f"{each.fact}: {answers(each)}; {decides(each)}", "    ")
    if decision.checklist:
        yield from _checklist_lines(decision)


def _checklist_lines(decision: Decision) -> Iterator[str]:
    checklist = decision.checklist
    together = ", answered together by one attestation" if len(checklist) > 1 else ""
    yield ""
    yield f"CHECKLIST ({counted(len(checklist), 'question')}{together})"
    how = (
        "Answer those that apply, then let a person attest that nothing beyond that does: "
        '"attestation": {"by": "PERSON"} in the action, or action.attest(by="PERSON").'
    )
    yield from wrapped(how, "  ")
    yield from wrapped(_who_attests(decision), "  ")
    for each in checklist:
        options = f" {answers(each)}" if each.type == "set" else ""
        yield from wrapped(f"{each.ask}{options} [{each.fact}; {decides(each)}]", "  - ")


def _who_attests(decision: Decision) -> str:
    parts = {each.fact.partition(".")[0] for each in decision.checklist}
    agency = decision.policy.agency
    attesting = [each for each in agency.attesting if not each.on or decision.action.kind in each.on]
    if any(each.everyone and (not each.parts or parts <= set(each.parts)) for each in attesting):
        return "May attest: everybody in the directory."
    roles = {role: None for each in attesting if not each.parts or parts & set(each.parts) for role in each.roles}
    if not roles:
        return "The agency's file lets no role attest these; it would say so under [[attestation]]."
    whole = [role for role in roles if _covers([each.parts for each in attesting if role in each.roles], parts)]
    if whole:
        return f"May attest: {listed(whole, last='or')}."
    return f"May attest, each for some parts: {listed(roles)}."


def _covers(covered: list[tuple[str, ...]], parts: set[str]) -> bool:
    return any(not each for each in covered) or parts <= set().union(*covered)


def answers(question: Question) -> str:
    """Return what may be answered to a question."""
    part, _, name = question.fact.partition(".")
    if name == "exists":
        return f'yes (give what is known of it) or no ("{part}": "none")'
    if question.type == "enum":
        return f"one of {', '.join(question.members)}"
    if question.type == "set":
        return f"any of {', '.join(question.members)}"
    return {
        "bool": "yes or no",
        "integer": "a whole number",
        "moment": "a date and time with its offset",
        "text": "text",
    }[question.type]


def decides(question: Question, most: int = 2) -> str:
    """Return what depends on a question: the strongest effect, and the rules."""
    return f"{EFFECTS[question.effect]}: {listed(question.rules, most)}"


def questions_text(decision: Decision) -> str:
    """Return the open questions of a decision, as plain text.

    Args:
        decision: the decision.
    """
    if not decision.questions:
        return "No question is open.\n"
    asked = counted(decision.asks(), "thing is", "things are")
    effect = " No answer changes the outcome." if decision.settled else ""
    lead = f"{asked} asked.{effect}"
    return "\n".join([*wrapped(lead), *question_lines(decision)]) + "\n"
