"""A review of an agency's file in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from smpolicy.render.explanation import overriding_lines, summarize
from smpolicy.render.questions import question_lines
from smpolicy.render.words import counted, listed, moment_in_words, wrapped
from smpolicy.reviews import MissingFact, Review, Undecided, UnexplainedLimit, UnheldOffice
from smpolicy.rulesets import Overriding


def review_text(review: Review) -> str:
    """Return a review as plain text.

    Args:
        review: the review.
    """
    agency = review.policy.agency
    lines = [
        f"{agency.name}, reviewed for {moment_in_words(review.at, agency.time_zone)}",
        "The file loads and has no errors.",
        *_section("CHOICES NOT MADE", "their defaults hold", review.undecided, _undecided_lines),
        *_section("FACTS LEFT OUT", "rules read them and ask each time", review.missing_facts, _fact_lines),
        *_section("OFFICES THAT NOBODY HOLDS", "give them to roles", review.unheld_offices, _office_lines),
        *_section("LIMITS ON PERSONAL SPEECH", "no reason is recorded", review.unexplained_limits, _limit_lines),
        *_section("OVERRIDES OF PACKS", "they loosen another ruleset", review.overriding, _overriding_lines),
        "",
        "ADOPTING THIS FILE, decided under itself; it gates nothing",
        *(f"  {line}".rstrip() for line in summarize(review.adoption).rstrip("\n").split("\n")),
        *(f"  {line}".rstrip() for line in question_lines(review.adoption)),
    ]
    return "\n".join(lines) + "\n"


def _section(heading: str, note: str, found: tuple[Any, ...], lines_of: Any) -> Iterator[str]:
    yield ""
    yield f"{heading} ({len(found)}): {note}" if found else f"{heading}: none"
    for each in found:
        yield from lines_of(each)


def _undecided_lines(each: Undecided) -> Iterable[str]:
    yield f"  {each.choice} = {_in_toml(each.default)}"
    yield from wrapped(f"{each.ask} [{each.about}, {each.ruleset}]", "    ")


def _fact_lines(each: MissingFact) -> Iterable[str]:
    of = f" of {counted(len(each.accounts), 'account')} ({listed(each.accounts)})" if each.accounts else ""
    yield f"  {each.fact}{of}"
    yield from wrapped(f"{each.ask} [{each.cite}] It is read by {listed(each.rules, 3)}.", "    ")


def _office_lines(each: UnheldOffice) -> Iterable[str]:
    why = (
        f"nobody in the directory is {listed(each.roles, last='or')}" if each.roles else "no role is given this office"
    )
    asking = f"asked by {listed(each.rules, 3)}" if each.rules else "no rule asks for it at present"
    yield from wrapped(f"{each.office} ({each.title}): {why}; {asking}", "  ", "    ")


def _limit_lines(each: UnexplainedLimit) -> Iterable[str]:
    text = f"{each.choice} = {_in_toml(each.value)} limits {each.limit} [{each.about}, {each.ruleset}]"
    yield from wrapped(text, "  ", "    ")


def _overriding_lines(each: Overriding) -> Iterable[str]:
    return overriding_lines((each,))


def _in_toml(value: Any) -> str:
    from smpolicy.render.agency_file import to_toml

    return to_toml(value)
