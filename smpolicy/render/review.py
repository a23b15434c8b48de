"""A review of an agency's file in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smpolicy.render.agency_file import to_toml
from smpolicy.render.explanation import summarize
from smpolicy.render.questions import question_lines
from smpolicy.render.words import counted, listed, moment_in_words, wrapped
from smpolicy.review_items import SEVERITIES, Item, Severity
from smpolicy.reviews import Review

HEADINGS: Mapping[Severity, str] = {
    "error": "ERRORS, where the file does not do what it says, or may not be adopted",
    "warning": "WARNINGS, where somebody would be stuck, or a reason is missing",
    "note": "NOTES, good to know",
}


def review_text(review: Review) -> str:
    """Return a review as plain text.

    Args:
        review: the review.
    """
    agency = review.policy.agency
    lines = [
        f"{agency.name}, reviewed for {moment_in_words(review.at, agency.time_zone)}",
        f"The file loads. Found: {counts(review.items)}.",
    ]
    if any(each.code == "finding" for each in review.items):
        lines += ["What it says of law helps to review the file. It is not legal advice: show it to counsel."]
    for severity in SEVERITIES:
        items = [each for each in review.items if each.severity == severity and each.code != "undecided_choice"]
        lines += ["", HEADINGS[severity]] if items else []
        for item in items:
            lines += _lines(item)
    if review.undecided:
        lines += ["", f"CHOICES NOT MADE ({len(review.undecided)} of the notes): their defaults hold"]
        for each in review.undecided:
            lines += [f"  {each.choice} = {to_toml(each.default)}"]
            lines += wrapped(f"{each.ask} [{each.about}, {each.ruleset}]", "    ")
    lines += [
        "",
        "ADOPTING THIS FILE, decided under itself; it gates nothing",
        *(f"  {line}".rstrip() for line in summarize(review.adoption).rstrip("\n").split("\n")),
        *(f"  {line}".rstrip() for line in question_lines(review.adoption)),
    ]
    return "\n".join(lines) + "\n"


def counts(items: tuple[Item, ...]) -> str:
    """Return how many items there are of each severity, in words."""
    return listed(counted(sum(each.severity == severity for each in items), severity) for severity in SEVERITIES)


def _lines(item: Item) -> Iterator[str]:
    where = f"{item.place}: " if item.place else ""
    code = item.code if item.rule is None else f"{item.code} {item.rule}"
    yield from wrapped(f"{where}{item.message} [{code}]", "  ", "    ")
    for what, place in item.related:
        if place != item.place:
            yield from wrapped(f"{place}: {what}", "    ", "      ")
    if item.help:
        yield from wrapped(f"help: {item.help}", "    ", "      ")
