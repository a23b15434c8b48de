"""Cases of the approval desk in words, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smpolicy.agencies import Agency
from smpolicy.approvals import WHY_NOT
from smpolicy.cases.case import Case, CaseApproval
from smpolicy.render.explanation import summarize
from smpolicy.render.questions import question_lines
from smpolicy.render.words import listed, moment_in_words, offices_in_words, wrapped

STATUS = {
    "open": "OPEN",
    "released": "RELEASED",
    "in_review": "RELEASED, TO BE REVIEWED",
    "refused": "REFUSED",
    "withdrawn": "WITHDRAWN",
    "expired": "EXPIRED",
}
WHY = {
    **WHY_NOT,
    "taken_back": "it was taken back",
    "submitter": "whoever submitted the case, or acts for them, cannot approve it",
    "redacted": "what it was given for was redacted",
}
HAPPENED = {
    "submitted": "submitted",
    "answered": "questions answered",
    "attested": "attested",
    "edited": "edited",
    "approved": "approved",
    "taken_back": "an approval taken back",
    "refused": "refused",
    "withdrawn": "withdrawn",
    "commented": "commented",
    "released": "released",
    "reviewed": "reviewed",
    "told": "told",
    "asked_further": "the next office asked",
    "expired": "expired",
    "review_overdue": "the review is overdue",
}


def case_text(case: Case, agency: Agency) -> str:
    """Return a case as plain text.

    Args:
        case: the case.
        agency: the agency.
    """
    record, zone = case.record, agency.time_zone
    lines = [f"CASE {case.id}, {STATUS[case.status]}: {record.kind}"]
    opened = f"opened {moment_in_words(record.opened_at, zone)} by {record.submitted_by}"
    author = f" for {record.author}" if record.author not in (None, record.submitted_by) else ""
    until = f", open until {moment_in_words(record.expires_at, zone)}" if case.status == "open" else ""
    lines += wrapped(f"{agency.name}, {opened}{author}{until}", "  ")
    if case.asked:
        lines += wrapped(f"Asked now: {offices_in_words(case.asked, agency)}", "  ")
    if case.asks_further_at is not None and case.status == "open":
        lines += wrapped(f"The next office is asked {moment_in_words(case.asks_further_at, zone)}.", "  ")
    if case.decision is not None and case.decision.allowed:
        lines.append("  It may be released; until then it must not be acted upon.")
    if case.problem is not None:
        lines += ["", "NOTHING CAN BE DECIDED ABOUT IT NOW", *wrapped(str(case.problem.problems[0].message), "  ")]
    if case.record.action is None:
        lines.append("  What it is about was redacted.")
    if case.decision is not None:
        lines += ["", *summarize(case.decision).rstrip("\n").split("\n"), *question_lines(case.decision)]
    lines += _section(
        "APPROVALS GIVEN", (line for each in case.approvals for line in _approval_lines(each, case, agency))
    )
    lines += _section("TO BE REVIEWED", _review_lines(case, agency))
    lines += _section("WRITTEN", _remark_lines(case, agency))
    lines += _section("WHAT HAPPENED", _event_lines(case, agency))
    return "\n".join(lines) + "\n"


def cases_text(cases: Iterable[Case], agency: Agency | None) -> str:
    """Return a page of cases as plain text, a line each."""
    listed_cases = list(cases)
    if not listed_cases or agency is None:
        return "No such case.\n"
    lines = []
    for case in listed_cases:
        record = case.record
        opened = moment_in_words(record.opened_at, agency.time_zone)
        waits = f"; asked: {offices_in_words(case.asked, agency)}" if case.asked else ""
        lines += wrapped(
            f"{case.id}  {STATUS[case.status].lower()}  {record.kind}  by {record.author or 'somebody'}, "
            f"opened {opened}{waits}",
            "",
            "    ",
        )
    return "\n".join(lines) + "\n"


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            yield ""
            yield heading
        yield line


def _approval_lines(approval: CaseApproval, case: Case, agency: Agency) -> Iterator[str]:
    zone = agency.time_zone
    lent = f", lent by {listed(approval.for_others)}" if approval.for_others else ""
    what = f" for {approval.rule}" if approval.rule else ""
    counts = "" if approval.why_not is None else f" Does not count: {WHY[approval.why_not]}."
    still = f", until {moment_in_words(approval.expires_at, zone)}" if case.status == "open" else ""
    text = (
        f"{approval.number}  {approval.by} (role {approval.role}{lent}){what}, "
        f"{moment_in_words(approval.given_at, zone)}{still}.{counts}"
    )
    yield from wrapped(text, "  ", "     ")


def _review_lines(case: Case, agency: Agency) -> Iterator[str]:
    for each in case.reviews:
        late = ", which is over" if each.rule in case.overdue else ""
        due = moment_in_words(each.due_at, agency.time_zone)
        offices = offices_in_words(each.offices, agency)
        yield from wrapped(f"{offices}, until {due}{late}: {each.do} [{each.rule}]", "  ", "     ")


def _remark_lines(case: Case, agency: Agency) -> Iterator[str]:
    for each in case.record.remarks:
        text = "(redacted)" if each.text is None else each.text
        when = moment_in_words(each.at, agency.time_zone)
        yield from wrapped(f"{each.by}, {when}, {HAPPENED[each.kind]}: {text}", "  ", "     ")


def _event_lines(case: Case, agency: Agency) -> Iterator[str]:
    for event in case.events:
        what = event.data["what"] if event.kind == "told" else event.kind
        by = f" by {event.by}" if event.by else ""
        when = moment_in_words(event.at, agency.time_zone)
        yield from wrapped(f"{event.number}  {when}  {HAPPENED.get(what, what)}{by}", "  ", "     ")
