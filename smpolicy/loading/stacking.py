"""How rulesets stack: what a pack may say about the rulesets that it needs, and what several of them come to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import attrs

from smpolicy.choices import PlaceOf, can_be_raised, raised, read_choice_value, to_plain, widened
from smpolicy.errors import InvalidFile, Place, Report, nearest, shorten, some
from smpolicy.kinds import CORE
from smpolicy.loading.ruleset_tables import AdjustmentTable
from smpolicy.rulesets import Adjustment, Choice, Override, Ruleset
from smpolicy.vocabulary import Vocabulary


def with_facts_of(rulesets: Iterable[Ruleset], report: Report) -> Vocabulary:
    """Return the core's vocabulary with the facts of some rulesets, in the order of their ids.

    Args:
        rulesets: the rulesets.
        report: takes the problem where two of them share a namespace.
    """
    vocabulary = CORE
    for ruleset in sorted(rulesets, key=lambda each: each.id):
        if ruleset.namespace is None:
            continue
        own = ruleset.vocabulary.parts[ruleset.namespace].facts.values()
        try:
            facts = [(fact, ruleset.vocabulary.pack_kinds[fact.path]) for fact in own]
            vocabulary = vocabulary.with_pack(ruleset.namespace, facts)
        except InvalidFile as error:
            report.problems.extend(error.problems)
    return vocabulary


def read_adjustment(
    table: AdjustmentTable, needed: Mapping[str, Ruleset], place: PlaceOf, report: Report
) -> Adjustment | None:
    """Return what a table changes about a choice of another ruleset, or None after reporting why it cannot.

    Args:
        table: the structured table of a rule file.
        needed: the rulesets that the pack needs, by id.
        place: gives the place of a key of the table.
        report: takes the problems.
    """
    other = _needed(table.of, needed, place("of"), report)
    if other is None:
        return None
    choice = other.choices.get(table.choice)
    if choice is None:
        message, near = f"`{shorten(table.choice)}` is no choice of `{other.id}`", nearest(table.choice, other.choices)
        report.add("unknown_choice", message, place=place("choice"), nearest=near)
        return None
    if not can_be_raised(choice):
        report.add(
            "wrong_adjustment",
            f"no value of the choice `{choice.id}` is stricter than another, so it cannot be narrowed",
            place=place("mildest"),
            help="say what is wanted in a rule of the pack's own",
        )
        return None
    wide = choice if table.overrides is None else widened(choice)
    if (
        wide is choice
        and not _is_allowed(choice, table.mildest, other)
        and _is_allowed(widened(choice), table.mildest, other)
    ):
        report.add(
            "wrong_adjustment",
            f"`{shorten(table.mildest)}` is milder than `{other.id}` lets the choice `{choice.id}` be",
            place=place("mildest"),
            help='a pack that widens a choice says so: add `overrides = { authority = "..." }`',
        )
        return None
    mildest = read_choice_value(wide, table.mildest, other.offices, place("mildest"), report)
    if mildest is None and table.mildest != "none":
        return None
    if table.overrides is not None and _is_allowed(choice, table.mildest, other):
        report.add(
            "useless_overrides",
            f"the choice `{choice.id}` may be `{to_plain(mildest)}` as it is, so nothing is overridden",
            place=place("overrides"),
            help="delete `overrides`: a choice is narrowed without it",
        )
    override = None if table.overrides is None else Override(other.id, table.overrides.authority)
    return Adjustment(table.id, other.id, choice.id, mildest, table.reason, override, place())


def _is_allowed(choice: Choice, value: object, ruleset: Ruleset) -> bool:
    trial = Report()
    read_choice_value(choice, value, ruleset.offices, None, trial)
    return not trial.problems


def _needed(name: str, needed: Mapping[str, Ruleset], place: Place | None, report: Report) -> Ruleset | None:
    if name not in needed:
        report.add(
            "unknown_ruleset",
            f"`{shorten(name)}` is no ruleset that this one needs",
            place=place,
            expected=some(needed) or "a ruleset that the table [ruleset] lists under `needs`",
            nearest=nearest(name, needed),
            help="add it to `needs` in the table [ruleset]",
        )
    return needed.get(name)


def check_stacking(ruleset: Ruleset, needed: Mapping[str, Ruleset], report: Report) -> None:
    """Report whatever a pack gets wrong about the rulesets that it needs.

    Args:
        ruleset: the pack.
        needed: the rulesets that it needs, by id.
        report: takes the problems.
    """
    for exception in ruleset.exceptions:
        if exception.override is not None:
            _needed(exception.override.of, needed, exception.place, report)
            _authority(exception.override, exception.place, report)
    for adjustment in ruleset.adjustments:
        if adjustment.about not in ruleset.considerations or "/" not in adjustment.id:
            report.add(
                "missing_citation",
                f"the adjustment `{adjustment.id}` cites no consideration of this ruleset",
                place=adjustment.place,
                nearest=nearest(adjustment.about, ruleset.considerations),
                help="put a consideration and a slash before its name",
            )
        if adjustment.override is None:
            continue
        _authority(adjustment.override, adjustment.place, report)
        silent = _without_approvers(needed[adjustment.of], adjustment)
        if silent:
            report.add(
                "missing_approvals",
                f"the choice `{adjustment.choice}` would let {some(silent)} need an approval that nobody could give",
                place=adjustment.place,
                help="write an exception that puts a rule of the pack's own in their place",
            )
    for other in needed.values():
        _same_offices(ruleset, other, None, report)


def _authority(override: Override, place: Place | None, report: Report) -> None:
    if not override.authority.strip():
        message, help_ = "`overrides` cites no authority", "say why the other ruleset may be loosened, and cite it"
        report.add("missing_citation", message, place=place, help=help_)


def _without_approvers(other: Ruleset, adjustment: Adjustment) -> list[str]:
    """Return what a wider choice would let need an approval, and that names nobody who gives it."""
    if adjustment.mildest != "needs_approval":
        return []
    chosen = f"choice.{adjustment.choice}"
    milder = [(exception.id, each) for exception in other.exceptions for each in exception.instead]
    stated = [(rule.id, rule) for rule in other.rules] + milder
    return [name for name, each in stated if each.then == chosen and not each.approvals]


def _same_offices(ruleset: Ruleset, other: Ruleset, place: Place | None, report: Report) -> None:
    for office in ruleset.offices.values():
        known = other.offices.get(office.id, office)
        if known.title != office.title:
            report.add(
                "redefined",
                f"`{ruleset.id}` calls the office `{office.id}` {office.title!r}, and `{other.id}` {known.title!r}",
                place=place,
                help="use the title of the ruleset that names the office first, or another id",
            )


def check_stack(rulesets: Collection[Ruleset], place: Place, report: Report) -> None:
    """Report whatever keeps rulesets from being adopted together.

    Args:
        rulesets: the rulesets that an agency adopts, each sound by itself.
        place: where its file lists them.
        report: takes the problems.
    """
    adopted = {each.id for each in rulesets}
    stated: dict[str, str] = {}
    ordered = sorted(rulesets, key=lambda each: each.id)
    for number, ruleset in enumerate(ordered):
        for need in ruleset.needs:
            if need not in adopted:
                report.add(
                    "missing_ruleset",
                    f"`{ruleset.id}` needs the ruleset `{need}`, which the file does not adopt",
                    place=place,
                    help=f'add "{need}" to `rulesets`, or leave `{ruleset.id}` out',
                )
        for name in ruleset.considerations:
            other = stated.setdefault(name, ruleset.id)
            if other != ruleset.id:
                report.add(
                    "redefined",
                    f"`{other}` and `{ruleset.id}` both state the consideration `{name}`",
                    place=place,
                    help="adopt one of the two, or give the considerations of a pack a prefix of its own",
                )
        for other_ruleset in ordered[:number]:
            _same_offices(ruleset, other_ruleset, place, report)


def adjusted(choice: Choice, ruleset: Ruleset, adopted: Iterable[Ruleset]) -> tuple[Choice, tuple[Adjustment, ...]]:
    """Return a choice as the packs of an agency widen it, and the adjustments that narrow it.

    Its default is raised to the mildest value that is left.

    Args:
        choice: the choice.
        ruleset: its ruleset.
        adopted: the rulesets that the agency adopts.
    """
    found = [
        each for other in adopted for each in other.adjustments if (each.of, each.choice) == (ruleset.id, choice.id)
    ]
    narrowing = tuple(each for each in found if each.override is None)
    for each in found:
        if each.override is not None:
            choice = widened(choice, each.mildest)
    default: Any = choice.default
    for each in narrowing:
        default = raised(choice, default, each.mildest)
    return attrs.evolve(choice, default=default), narrowing
