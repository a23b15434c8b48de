"""What a review comes to: one list of items, each with its severity, its code, its place, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from smpolicy.agencies import Agency
from smpolicy.analysis.sides import CONTRADICTIONS, Contradiction
from smpolicy.errors import CODES, Place, Problem, some
from smpolicy.findings import Finding
from smpolicy.judge import Outcome
from smpolicy.loading.locations import rulesets_folder
from smpolicy.render.agency_file import to_toml

if TYPE_CHECKING:
    from smpolicy.reviews import Review

Severity = Literal["error", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The severities, the gravest first: what the file says does not hold; somebody would be stuck; it is good to know."""

ITEMS: Mapping[str, tuple[Severity, str]] = {
    "adoption_denied": ("error", "The file may not be adopted, by its own rules: see why, and change it."),
    "adoption_needs_approval": ("warning", "Adopting the file needs approval, or answers: have them given."),
    "allowed_yet_denied": ("error", CONTRADICTIONS["allowed_yet_denied"]),
    "asked_but_excluded": ("warning", CONTRADICTIONS["asked_but_excluded"]),
    "asked_of_the_author": ("note", CONTRADICTIONS["asked_of_the_author"]),
    "choice_without_effect": ("note", CONTRADICTIONS["choice_without_effect"]),
    "exception_swallows_rule": ("warning", CONTRADICTIONS["exception_swallows_rule"]),
    "finding": ("warning", "Counsel should see something; this is an aid, not legal advice: show it to them."),
    "missing_fact": ("warning", "A fact of the agency is left out, so that each decision asks for it: state it."),
    "never_true": ("note", CONTRADICTIONS["never_true"]),
    "override": ("note", "A pack loosens another ruleset, and says by what authority: see that you agree."),
    "too_few_to_ask": ("warning", CONTRADICTIONS["too_few_to_ask"]),
    "undecided_choice": ("note", "A choice is not made, so that its default holds: make it."),
    "unexplained_limit": ("warning", "A limit on personal speech has no recorded reason: record one, or lift it."),
    "unheld_office": ("note", "Nobody holds an office, though no approval waits for it now: give it to a role."),
}
"""Every code of an item but those of problems: its severity, what it means and what to do."""


@frozen(slots=True)
class Item:
    """One thing to look at.

    Attributes:
        severity: error, warning or note.
        code: one of `ITEMS`, or of `errors.CODES` where the file cannot be used.
        message: what is to be looked at.
        place: where, in the agency's file if it says it.
        help: what to do.
        rule: the id of the rule that found it, of a finding.
        related: further places, each with what stands there.
    """

    severity: Severity
    code: str
    message: str
    place: Place | None = None
    help: str | None = None
    rule: str | None = None
    related: tuple[tuple[str, Place], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the item as JSON-ready data, without what is not known."""
        data = {
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            **_place(self.place),
            "help": self.help,
            "rule": self.rule,
            "related": [{"what": what, **_place(place)} for what, place in self.related] or None,
        }
        return {key: value for key, value in data.items() if value is not None}


def _place(place: Place | None) -> dict[str, Any]:
    found = {} if place is None else {"file": place.file, "line": place.line, "column": place.column}
    return {key: value for key, value in found.items() if value is not None}


def meaning(code: str) -> str:
    """Return what a code means and what to do."""
    return ITEMS[code][1] if code in ITEMS else CODES[code]


def is_as_grave(item: Item, severity: str) -> bool:
    """Return whether an item has at least a severity; none is as grave as `never`."""
    return severity != "never" and SEVERITIES.index(item.severity) <= list[str](SEVERITIES).index(severity)


def items_of_problems(problems: Iterable[Problem]) -> tuple[Item, ...]:
    """Return an error for each problem that keeps a file from being used."""
    return tuple(
        Item("error", each.code, f"{each.message}{_expected(each)}", each.place, _help(each)) for each in problems
    )


def _expected(problem: Problem) -> str:
    return f"; expected {problem.expected}" if problem.expected else ""


def _help(problem: Problem) -> str:
    parts = [f"did you mean `{problem.nearest}`?"] if problem.nearest else []
    return " ".join((*parts, problem.help or CODES[problem.code].partition(": ")[2]))


def items_of(review: Review) -> tuple[Item, ...]:
    """Return all that a review found, the gravest first, and in the order of the agency's file.

    Args:
        review: the review.
    """
    agency = review.policy.agency
    found = [
        *(_finding(each) for each in review.findings),
        *(_contradiction(agency, each) for each in review.contradictions),
        *_unheld(review),
        *_left_out(review),
        *_limits(review),
        *_undecided(review),
        *_overrides(review),
        *_adoption(review),
    ]
    return tuple(sorted(found, key=lambda each: (SEVERITIES.index(each.severity), *_order(agency, each.place))))


def _order(agency: Agency, place: Place | None) -> tuple[bool, str, int]:
    if place is None:
        return True, "", 0
    return place.file != agency.place.file, place.file, place.line or 0


def _finding(finding: Finding) -> Item:
    authorities = [
        each.citation + ("" if each.confirmed else " (not confirmed)") for each in finding.authorities
    ]  # fmt: skip
    message = f"{finding.title}: {finding.message}" + (f" See {'; '.join(authorities)}." if authorities else "")
    place = finding.places[0] if finding.places else None
    related = tuple(("it stands here too", each) for each in finding.places[1:])
    return Item(finding.severity, "finding", message, place, finding.remedy, finding.rule, related)


def _contradiction(agency: Agency, each: Contradiction) -> Item:
    severity = ITEMS[each.code][0] if each.exact else "note"
    placed = [(f"the {side.what} {side}", side.place) for side in each.sides if side.place is not None]
    own = [place for _, place in placed if place.file == agency.place.file]
    # What a shipped ruleset says of itself stands in no file of the agency's: it is told where that is adopted.
    elsewhere = [place for _, place in placed if not Path(place.file).is_relative_to(rulesets_folder())]
    place = (*own, *elsewhere, agency.place_of("agency", "rulesets"))[0]
    return Item(severity, each.code, each.message, place, each.help, None, tuple(dict.fromkeys(placed)))


def _item(code: str, message: str, place: Place | None, help: str) -> Item:
    return Item(ITEMS[code][0], code, message, place, help)


def _unheld(review: Review) -> Iterator[Item]:
    """Yield the offices that nobody holds, but for those of which a contradiction tells."""
    told = {
        side.id
        for each in review.contradictions
        if each.code == "too_few_to_ask"
        for side in each.sides
        if side.what == "office"
    }
    for each in review.unheld_offices:
        if each.office not in told:
            why = f"nobody is {some(each.roles)}" if each.roles else "no role is given it"
            place = review.policy.agency.place_of("offices", each.office)
            message = f"nobody holds `{each.office}` ({each.title}): {why}"
            yield _item("unheld_office", message, place, "give it to a role that somebody has")


def _left_out(review: Review) -> Iterator[Item]:
    agency = review.policy.agency
    for each in review.missing_facts:
        part, _, name = each.fact.partition(".")
        rules = f"`{each.rules[0]}`" + (f" and {len(each.rules) - 1} more" if len(each.rules) > 1 else "")
        message = f"`{each.fact}` is left out, and {rules} would read it: {each.ask}"
        if each.accounts:
            index = list(agency.accounts).index(each.accounts[0])
            message = f"`{each.fact}` of {some(each.accounts)} is left out, and {rules} would read it: {each.ask}"
            yield _item("missing_fact", message, agency.place_of("account", index), f"state `{name}` under [[account]]")
        else:
            place = agency.place_of("facts", part)
            yield _item("missing_fact", message, place, f"state `{name}` under [facts.{part}]")


def _limits(review: Review) -> Iterator[Item]:
    for each in review.unexplained_limits:
        place = _choice_place(review, each.ruleset, each.choice)
        message = (
            f"`{each.choice} = {to_toml(each.value)}` limits personal speech ({each.limit}), and no reason is recorded"
        )
        yield _item("unexplained_limit", message, place, 'write { value = ..., reason = "..." }, or lift the limit')


def _undecided(review: Review) -> Iterator[Item]:
    for each in review.undecided:
        message = f"`{each.choice}` is not chosen, so that `{to_toml(each.default)}` holds: {each.ask} [{each.about}]"
        place = _choice_place(review, each.ruleset, each.choice)
        yield _item("undecided_choice", message, place, f"choose it under [choices.{each.ruleset}]")


def _choice_place(review: Review, ruleset: str, choice: str) -> Place:
    return review.policy.agency.place_of("choices", ruleset, choice)


def _overrides(review: Review) -> Iterator[Item]:
    agency = review.policy.agency
    for each in review.overriding:
        message = f"`{each.id}` of `{each.ruleset}` loosens {some(each.what)} of `{each.of}`: {each.authority}"
        place = agency.place_of("agency", "rulesets")
        related = () if each.place is None else ((f"`{each.id}`", each.place),)
        help_ = f"see that you agree, or do not adopt `{each.ruleset}`"
        yield Item(ITEMS["override"][0], "override", message, place, help_, None, related)


def _adoption(review: Review) -> Iterator[Item]:
    decision = review.adoption
    if decision.outcome is Outcome.ALLOW:
        return
    denied = decision.outcome is Outcome.DENY and decision.settled
    code = "adoption_denied" if denied else "adoption_needs_approval"
    rules = [each.rule for each in decision.reasons if not each.discharged]
    message = "adopting the file, decided under itself, " + ("is denied" if denied else "needs approval or answers")
    message += f", because of {some(rules)}" if rules else ""
    help_ = "see the decision on adopting it, at the end of the report"
    yield _item(code, message, review.policy.agency.place_of("agency"), help_)
