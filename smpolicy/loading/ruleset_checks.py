"""What must hold between the parts of a ruleset; every problem is reported at its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from smpolicy.errors import Place, Report, nearest, some
from smpolicy.language.conditions import (
    Compare,
    Condition,
    Junction,
    Negation,
    choice_uses,
    operands,
    unguarded,
)
from smpolicy.language.expressions import Constant
from smpolicy.language.lowering import Bindings, bind
from smpolicy.rulesets import Asked, Choice, Consideration, Instead, Oblige, Rule, RuleException, Ruleset

MOST_LIFTED = 20_000
"""How often exceptions may lift a rule in one ruleset, each `instead` counted too."""

_LARGER = {"more": 1, "higher": 1, "true": 1, "fewer": -1, "lower": -1, "false": -1}


def check_ruleset(ruleset: Ruleset, needed: Mapping[str, Ruleset], report: Report) -> None:
    """Report whatever a ruleset's parts get wrong about each other.

    Args:
        ruleset: the ruleset, each of whose tables is sound by itself.
        needed: the rulesets that it needs, by id.
        report: takes the problems.
    """
    for consideration in ruleset.considerations.values():
        _kinds(ruleset, consideration.acts, consideration.place, report)
        _authorities(ruleset, consideration, report)
    for definition in ruleset.definitions.values():
        _citations(ruleset, (definition.about,), definition.place, report)
        _not_constant(ruleset, definition.condition, definition.place, report)
    seen: set[str] = set()
    statements: tuple[Rule | RuleException, ...] = (*ruleset.rules, *ruleset.exceptions)
    for statement in statements:
        if statement.id in seen:
            message = f"`{statement.id}` is stated twice"
            report.add("duplicate_id", message, place=statement.place, help="rename one of the two, or delete it")
        seen.add(statement.id)
        _kinds(ruleset, statement.on, statement.place, report)
    for rule in ruleset.rules:
        _rule(ruleset, rule, report)
    lifted, already = 0, Counter[str]()  # an exception is weighed against those that lift the same rule
    for exception in ruleset.exceptions:
        lifted_rules = _liftable(exception, ruleset, needed)
        if lifted_rules is None:
            continue  # the ruleset that it would override is not there, which is told elsewhere
        if len(exception.of) * len(lifted_rules) > MOST_LIFTED or lifted > MOST_LIFTED:
            message = f"the exceptions of the ruleset `{ruleset.id}` lift more than {MOST_LIFTED} rules"
            report.add("too_large", message, place=exception.place, help="write fewer exceptions, or fewer rules")
            break
        weight = 1 + len(exception.instead)
        for rule in filter(exception.covers, lifted_rules):
            lifted += weight + weight * already[rule.id]
            already[rule.id] += weight
        _exception(ruleset, exception, lifted_rules, needed, report)
    signs: dict[str, list[int | None]] = {name: [] for name in ruleset.choices}
    for name, sign in _signs(ruleset):
        if name in signs:
            signs[name].append(sign)
    for choice in ruleset.choices.values():
        _choice(ruleset, choice, signs[choice.id], report)


def _kinds(ruleset: Ruleset, kinds: tuple[str, ...], place: Place | None, report: Report) -> None:
    if not kinds:
        report.add("missing_key", "no kind of action is named", place=place, help="name at least one kind")
    for kind in kinds:
        if kind not in ruleset.vocabulary.kinds:
            report.add(
                "unknown_kind",
                f"there is no kind of action `{kind}`",
                place=place,
                expected=some(ruleset.vocabulary.kinds, most=20),
                nearest=nearest(kind, ruleset.vocabulary.kinds),
            )


def _citations(ruleset: Ruleset, cites: tuple[str, ...], place: Place | None, report: Report) -> None:
    for cited in cites:
        if cited not in ruleset.considerations:
            report.add(
                "unknown_citation",
                f"`{cited}` is no consideration of this ruleset",
                place=place,
                nearest=nearest(cited, ruleset.considerations),
                help="cite one that a [[consideration]] of this ruleset states",
            )


def _authorities(ruleset: Ruleset, consideration: Consideration, report: Report) -> None:
    for name in consideration.authorities:
        if name not in ruleset.authorities:
            report.add(
                "unknown_authority",
                f"`{name}` is no authority of this ruleset",
                place=consideration.place,
                nearest=nearest(name, ruleset.authorities),
                help="name one that an [[authority]] of this ruleset states",
            )


def _severity(rule: Rule, report: Report) -> None:
    """Report a severity where nothing is reviewed, and a finding that does not say what would clear it."""
    if rule.on != ("adopt_policy",) or rule.oblige is not None:
        report.add(
            "wrong_severity",
            f"the rule `{rule.id}` has a severity, yet reviews no policy",
            place=rule.place,
            help='only a rule that restricts, or gives a notice, `on = ["adopt_policy"]` alone, is a finding',
        )
    elif not rule.remedy:
        message, help_ = "the finding gives no `remedy`", "say which change to the agency's file would clear it"
        report.add("missing_key", message, place=rule.place, help=help_)


def _rule(ruleset: Ruleset, rule: Rule, report: Report) -> None:
    _citations(ruleset, (rule.about, *rule.cites) if "/" in rule.id else rule.cites, rule.place, report)
    if "/" not in rule.id:
        report.add(
            "missing_citation",
            f"the rule `{rule.id}` cites nothing",
            place=rule.place,
            help="put a consideration and a slash before its name, as in `V.A.9.c.i/guilt`",
        )
    _effect(ruleset, rule, rule.place, report)
    if rule.condition is None and rule.then in ("deny", "needs_approval"):
        report.add(
            "missing_key",
            "the rule has no `when`",
            place=rule.place,
            help="only a rule whose effect is a choice, or a duty, may hold always",
        )
    if rule.then is not None and not rule.reason:
        help_ = "say in a sentence what was found when the rule speaks"
        report.add("missing_key", "the rule gives no `reason`", place=rule.place, help=help_)
    if rule.severity is not None:
        _severity(rule, report)
    if rule.then is not None and "report_violation" in rule.on:
        report.add(
            "restricts_reports",
            "a rule restricts `report_violation`, which is always allowed",
            place=rule.place,
            help="take `report_violation` out of `on`",
        )
    for condition in (rule.condition, *rule.each.values()):
        if condition is not None:
            _condition(ruleset, condition, rule.on, rule.place, report)


def _effect(ruleset: Ruleset, stated: Rule | Instead, place: Place | None, report: Report) -> None:
    """Report what is wrong with an effect: of `then`, `oblige` and `notice` there must be just one."""
    given = [name for name in ("then", "oblige", "notice") if getattr(stated, name) is not None]
    if len(given) != 1:
        message = f"a rule has just one of `then`, `oblige` and `notice`; this one has {some(given) or 'none'}"
        report.add("wrong_effect", message, place=place, help="write one rule for each effect")
        return
    if stated.oblige is not None:
        _duty(ruleset, stated.oblige, place, report)
    if stated.then is None:
        return
    asks = stated.then == "needs_approval"
    if stated.then.startswith("choice."):
        choice = ruleset.choices.get(stated.then.removeprefix("choice."))
        if choice is None or choice.type not in ("effect", "effect_by"):
            effects = [f"choice.{each.id}" for each in ruleset.choices.values() if each.type in ("effect", "effect_by")]
            report.add(
                "unknown_choice",
                f"`{stated.then}` is no choice of an effect",
                place=place,
                expected=some(effects) or "a choice of type `effect` or `effect_by`",
                nearest=nearest(stated.then, effects),
            )
            return
        asks = choice.type == "effect_by" or "needs_approval" in choice.members
        if choice.type == "effect_by" and isinstance(stated, Instead):
            message = f"the choice `{choice.id}` has an effect for each member, which `instead` cannot have"
            report.add("wrong_each", message, place=place, help="choose one effect, by a choice of type `effect`")
    elif stated.then not in ("needs_approval", "deny"):
        report.add(
            "wrong_effect",
            f"`{stated.then}` is no effect of a rule",
            place=place,
            expected="`deny`, `needs_approval`, or `choice.` and the id of a choice",
            nearest=nearest(stated.then, ("deny", "needs_approval")),
        )
    if asks and not stated.approvals:
        report.add(
            "missing_approvals",
            "an approval may be needed, and nobody is named who could give it",
            place=place,
            help='add `approvals = [{ office = "..." }]`',
        )
    if stated.approvals and not asks:
        report.add(
            "useless_approvals",
            "the rule names approvers, yet can need no approval",
            place=place,
            help="a denial is never approved: delete `approvals`, or let the rule need an approval",
        )
    for asked in stated.approvals:
        _asked(ruleset, asked, place, report)


def _asked(ruleset: Ruleset, asked: Asked, place: Place | None, report: Report) -> None:
    _office(ruleset, asked.office, place, report)
    if not 1 <= asked.people <= 20:
        report.add("out_of_bounds", f"`{asked.people}` is no number of people", place=place, expected="1 to 20")


def _office(ruleset: Ruleset, name: str, place: Place | None, report: Report) -> None:
    choice = ruleset.choices.get(name.removeprefix("choice.")) if name.startswith("choice.") else None
    if name not in ruleset.offices and not (choice is not None and choice.type == "offices"):
        names = [
            *ruleset.offices,
            *(f"choice.{each.id}" for each in ruleset.choices.values() if each.type == "offices"),
        ]
        report.add(
            "unknown_office",
            f"`{name}` is no office",
            place=place,
            expected=some(names, most=30),
            nearest=nearest(name, names),
        )


def _duty(ruleset: Ruleset, duty: Oblige, place: Place | None, report: Report) -> None:
    if duty.to not in ("author", "agency"):
        _office(ruleset, duty.to, place, report)


def _condition(
    ruleset: Ruleset, condition: Condition, kinds: tuple[str, ...], place: Place | None, report: Report
) -> None:
    """Report the facts that a kind lacks, those of a part that may not exist, and conditions that are constant."""
    vocabulary = ruleset.vocabulary
    read = {operand.name for operand in operands(condition) if operand.source in ("fact", "age")}
    for path in sorted(read):
        lacking = [
            kind
            for kind in kinds
            if kind in vocabulary.kinds and not vocabulary.has(kind, path) and vocabulary.facts[path].owner != "agency"
        ]
        if lacking:
            report.add(
                "part_not_of_kind",
                f"actions of the kind {some(lacking)} have no fact `{path}`",
                place=place,
                help="write one rule for each shape of action",
            )
    for path in dict.fromkeys(unguarded(condition, vocabulary)):
        part = path.partition(".")[0]
        report.add(
            "unguarded_part",
            f"`{path}` is read where the part `{part}` may not exist",
            place=place,
            help=f"write `{part}.exists and ...`",
        )
    _not_constant(ruleset, condition, place, report)


def _not_constant(ruleset: Ruleset, condition: Condition, place: Place | None, report: Report) -> None:
    """Report a comparison that is always true or always false; definitions tell of their own."""
    for part in _own_comparisons(condition):
        sources = {operand.source for operand in operands(part)}
        facts = [operand for operand in operands(part) if operand.source in ("fact", "age")]
        if not facts or "choice" in sources or any(operand.constant for operand in facts):
            continue
        if isinstance(bind(part, Bindings(ruleset.vocabulary, {}, {})), Constant):
            report.add(
                "constant_condition",
                f"a condition on `{facts[0].name}` is always true or always false",
                place=place,
                help="compare with some of its values only, or leave the condition out",
            )
            return


def _own_comparisons(condition: Condition) -> Iterator[Compare]:
    """Yield every comparison of a condition but those of its definitions."""
    match condition:
        case Compare():
            yield condition
        case Negation(part):
            yield from _own_comparisons(part)
        case Junction(_, parts):
            for part in parts:
                yield from _own_comparisons(part)


def _liftable(exception: RuleException, ruleset: Ruleset, needed: Mapping[str, Ruleset]) -> tuple[Rule, ...] | None:
    """Return the rules among which an exception lifts some: of its own ruleset, or of the one that it overrides."""
    if exception.override is None:
        return ruleset.rules
    return needed[exception.override.of].rules if exception.override.of in needed else None


def _exception(
    ruleset: Ruleset,
    exception: RuleException,
    rules: tuple[Rule, ...],
    needed: Mapping[str, Ruleset],
    report: Report,
) -> None:
    _citations(ruleset, (exception.about, *exception.cites), exception.place, report)
    _condition(ruleset, exception.condition, exception.on, exception.place, report)
    liftable = [rule for rule in rules if rule.then is not None and not set(exception.on).isdisjoint(rule.on)]
    for covered in dict.fromkeys(exception.of):
        if not any(covered in rule.lineage for rule in liftable):
            known = [rule.id for rule in rules if rule.then is not None]
            other = next((each.id for each in needed.values() for r in each.rules if covered in r.lineage), None)
            report.add(
                "covers_nothing",
                f"`{covered}` names no restricting rule that the exception could lift",
                place=exception.place,
                nearest=nearest(covered, known),
                help="name a rule, or a consideration that has one, which restricts a kind that the exception is on"
                if other is None or exception.override is not None
                else f'to lift rules of `{other}`, add `overrides = {{ of = "{other}", authority = "..." }}`',
            )
    for instead in exception.instead:
        _citations(ruleset, (instead.about,), exception.place, report)
        _effect(ruleset, instead, exception.place, report)
        if instead.condition is not None:
            _condition(ruleset, instead.condition, exception.on, exception.place, report)


def _choice(ruleset: Ruleset, choice: Choice, signs: Sequence[int | None], report: Report) -> None:
    _citations(ruleset, (choice.about,), choice.place, report)
    for name in (name for each in choice.establishes for name in each.where):
        if name not in ruleset.choices:
            report.add(
                "wrong_establishes",
                f"what `{choice.id}` establishes hangs on `{name}`, which is no choice of this ruleset",
                place=choice.place,
                nearest=nearest(name, ruleset.choices),
            )
    if not signs:
        message, help_ = f"no rule uses the choice `{choice.id}`", f"use `choice.{choice.id}` in a rule, or delete it"
        report.add("unused_choice", message, place=choice.place, help=help_)
    if choice.stricter == "none" or choice.type not in ("flag", "subset", "number", "period", "effect"):
        return
    if any(sign not in (None, _LARGER[choice.stricter]) for sign in signs):
        report.add(
            "wrong_stricter",
            f"the choice `{choice.id}` is said to be stricter when `{choice.stricter}`, yet a rule uses it the other "
            "way round",
            place=choice.place,
            help="where one decision cuts both ways, make it two choices",
        )


def _signs(ruleset: Ruleset) -> Iterator[tuple[str, int | None]]:
    """Yield each use of a choice: 1 where more of it restricts more, -1 where less, None where it restricts nothing."""
    for rule in ruleset.rules:
        yield from _effect_uses(rule)
        for condition in (rule.condition, *rule.each.values()):
            yield from _condition_uses(condition, rule.then is not None)
    for exception in ruleset.exceptions:
        yield from ((name, -sign) for name, sign in choice_uses(exception.condition))
        for instead in exception.instead:
            yield from _effect_uses(instead)
            yield from _condition_uses(instead.condition, instead.then is not None)


def _condition_uses(condition: Condition | None, restricts: bool) -> Iterator[tuple[str, int | None]]:
    if condition is not None:
        yield from ((name, sign if restricts else None) for name, sign in choice_uses(condition))


def _effect_uses(stated: Rule | Instead) -> Iterator[tuple[str, None]]:
    named = [stated.then, stated.oblige.to if stated.oblige else None, *(asked.office for asked in stated.approvals)]
    yield from (
        (each.removeprefix("choice."), None) for each in named if each is not None and each.startswith("choice.")
    )
