"""Writing a new agency's file and directory: complete, commented TOML texts that load."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from attrs import field, frozen

from smpolicy.choices import to_plain
from smpolicy.errors import InvalidFile, Report
from smpolicy.kinds import CORE
from smpolicy.loading.candidates import STATED_POLICY_FACTS
from smpolicy.loading.stacking import adjusted, with_facts_of
from smpolicy.rulesets import Adjustment, Choice, Ruleset
from smpolicy.vocabulary import Fact, Vocabulary

WIDTH = 100
DIRECTORY = "directory.toml"

HOLDERS: Mapping[str, tuple[str, ...]] = {
    "critical_incident_approver": ("chief_or_sheriff", "incident_commander"),
    "designated_personnel": ("public_information_officer",),
    "investigations_supervisor": ("supervisor",),
    "page_maintainer": ("page_administrator",),
    "quality_reviewer": ("content_reviewer",),
    "legal": ("legal_counsel",),
    "information_technology": ("page_administrator",),
    "records_custodian": ("page_administrator",),
    "training_coordinator": ("supervisor",),
    "background_supervisor": ("supervisor",),
    "report_recipient": ("internal_affairs",),
    "disclosure_contact": ("legal_counsel",),
    "privacy_educator": ("public_information_officer",),
    "chain_of_command": ("deputy_chief",),
}
"""The roles proposed for an office; for any other office the role of the same name or, where there is none, `CHIEF`."""
CHIEF = ("chief_or_sheriff",)

PEOPLE: Mapping[str, tuple[str, ...]] = {
    "chief-1": ("chief_or_sheriff",),
    "deputy-chief-1": ("deputy_chief",),
    "bureau-chief-1": ("bureau_chief",),
    "captain-1": ("commanding_officer", "incident_commander"),
    "lieutenant-1": ("unit_lieutenant",),
    "supervisor-1": ("supervisor",),
    "spokesperson-1": ("spokesperson",),
    "information-officer-1": ("public_information_officer",),
    "administrator-1": ("page_administrator",),
    "reviewer-1": ("content_reviewer",),
    "counsel-1": ("legal_counsel",),
    "internal-affairs-1": ("internal_affairs",),
}
"""The example people of a new directory, with their roles."""

STATEMENTS = {
    "agency_use": "What the agency uses social media for (II).",
    "participation": "That employees may take part in social media as private people (V.B).",
    "conduct": "That the standards of conduct bind employees there too (V.B).",
}


@frozen(slots=True)
class AgencyDraft:
    """What a new agency's file is to say.

    Attributes:
        id: its name in software.
        name: its name for people.
        time_zone: the zone of its calendar.
        effective: the first day on which it is in force.
        rulesets: those it adopts, by the names under which it lists them.
        chosen: the choices made, in canonical form, by ruleset and id; all others stand in the file as comments.
    """

    id: str
    name: str
    time_zone: str
    effective: date
    rulesets: Mapping[str, Ruleset]
    chosen: Mapping[str, Mapping[str, Any]] = field(factory=dict)


def to_toml(value: Any) -> str:
    """Return a value, as `to_plain` gives it, in TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {to_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, (list, tuple, frozenset)):
        return "[" + ", ".join(to_toml(each) for each in value) + "]"
    return str(value)


def agency_text(draft: AgencyDraft) -> str:
    """Return the text of a new agency's file.

    Args:
        draft: what it is to say.

    Raises:
        InvalidFile: two of its rulesets share a namespace.
    """
    report = Report()
    vocabulary = with_facts_of(draft.rulesets.values(), report)
    report.raise_as(InvalidFile)
    offices = {name: office for ruleset in draft.rulesets.values() for name, office in ruleset.offices.items()}
    lines = [
        *_header_lines(draft),
        *_statement_lines(),
        *_fact_lines(vocabulary),
        *_heading("Offices: the functions that rules name, each with the roles that hold it here."),
        *_comment(f"Roles: {', '.join(vocabulary.facts['actor.roles'].members)}."),
        "",
        "[offices]",
    ]
    roles = vocabulary.facts["actor.roles"].members
    for office in offices.values():
        proposed = HOLDERS.get(office.id, (office.id,) if office.id in roles else CHIEF)
        lines += [*_comment(f"{office.title}."), f"{office.id} = {to_toml(proposed)}"]
    lines += [*_attestation_lines(vocabulary), *_account_lines(vocabulary)]
    for ruleset in draft.rulesets.values():
        lines += _choice_lines(ruleset, draft.rulesets.values(), draft.chosen.get(ruleset.id, {}))
    return "\n".join(lines) + "\n"


def directory_text() -> str:
    """Return the text of a new agency's directory, with example people."""
    facts = [each for each in CORE.parts["actor"].facts.values() if each.owner == "directory"]
    lines = _comment(
        "Who holds which role. These people are examples: replace them. What is left out is not known, and is asked "
        "when a rule needs it. Each person may have:"
    )
    for each in facts:
        lines += ["#", *_comment(each.ask), *_comment(f"{each.name}: {_options(each)}", "#   ")]
    lines += ["#", *_comment("held: roles held for a time, each { role, since, until }; `until` may be left out.")]
    for person, roles in PEOPLE.items():
        lines += ["", "[[person]]", f"id = {to_toml(person)}", f"roles = {to_toml(roles)}"]
    lines += ["", *_comment("Aliases used in investigations, each with the date of its last review:")]
    lines += ["# [[alias]]", '# id = "alias-1"', "# last_reviewed = 2026-01-15T09:00:00Z"]
    return "\n".join(lines) + "\n"


def _heading(text: str) -> list[str]:
    return ["", "", *_comment(text)]


def _comment(text: str, indent: str = "# ") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _header_lines(draft: AgencyDraft) -> Iterator[str]:
    yield from _comment(
        f"The social-media policy of {draft.name}: its choices, and facts about itself. Lines that begin with # say "
        "nothing yet: take the # away and give your own value. `smpolicy check` tells what is still to be looked at."
    )
    yield ""
    yield "[agency]"
    yield f"id = {to_toml(draft.id)}"
    yield f"name = {to_toml(draft.name)}"
    yield f"time_zone = {to_toml(draft.time_zone)}"
    yield from _comment("The first day on which this file is in force; `until` is the first on which it no longer is.")
    yield f"effective = {draft.effective.isoformat()}"
    yield f"# until = {date(min(draft.effective.year + 1, 9999), 12, 31).isoformat()}"
    yield f"rulesets = {to_toml(list(draft.rulesets))}"
    yield from _comment("The file, beside this one, that says who holds which role.")
    yield f"directory = {to_toml(DIRECTORY)}"
    yield from _heading("How decisions are made.")
    yield ""
    yield "[decision]"
    yield from _comment("What an action gets while a fact that matters is not known: needs_approval or deny.")
    yield 'unsettled = "needs_approval"'
    yield from _comment("May the author of an action be among those who approve it?")
    yield "self_approval = false"
    yield from _comment("For how many days does an approval count?")
    yield "approval_days = 30"
    yield from _comment(
        "Two engines that must agree on every decision, which doubles its cost; without them one decides."
    )
    yield '# engines = ["compiled", "reference"]'
    yield from _heading("How cases are handled that wait for approval.")
    yield ""
    yield "[desk]"
    yield from _comment("For how many days does a case stay open?")
    yield "case_days = 30"
    yield from _comment("After how many hours without an outcome is the next office asked? 0 means never.")
    yield "escalation_hours = 24"
    yield from _comment("Which offices are asked, one after another, once those that the rules name have been?")
    yield "escalate_to = []"
    yield from _comment("For how many days at most may a role be lent to somebody else? 0 means never.")
    yield "delegation_days = 30"
    yield from _comment("Within how many days must a notice be reviewed that went out urgently?")
    yield "review_days = 3"


def _statement_lines() -> Iterator[str]:
    yield from _heading("What the written policy says in prose; adopting this file depends on each being there.")
    yield ""
    yield "[statements]"
    for name, says in STATEMENTS.items():
        yield from _comment(says)
        yield f'# {name} = "..."'


def _fact_lines(vocabulary: Vocabulary) -> Iterator[str]:
    yield from _heading("Facts about the agency, its terms of use and its policy. One that is left out is not known.")
    stated = [each for each in vocabulary.facts.values() if each.owner == "agency"]
    stated += [vocabulary.facts[path] for path in STATED_POLICY_FACTS]
    for part in dict.fromkeys(each.part for each in stated):
        yield ""
        yield f"[facts.{part}]"
        for each in stated:
            if each.part == part:
                yield from _commented_fact(each)


def _commented_fact(fact: Fact) -> Iterator[str]:
    """Yield the question of a fact, what may be answered, and a line to take the # from."""
    yield from _comment(f"{fact.ask} [{fact.cite}]")
    if fact.type in ("enum", "set"):
        yield from _comment(_options(fact))
    yield f"# {fact.name} = {_example(fact)}"


def _example(fact: Fact) -> str:
    if fact.type == "enum":
        return to_toml(fact.members[0])
    return {"bool": "true", "set": "[]", "integer": "0", "moment": "2026-01-15T09:00:00Z", "text": '"..."'}[fact.type]


def _options(fact: Fact) -> str:
    words = {
        "bool": "true or false",
        "moment": "a date and time with its offset",
        "text": "text",
        "integer": "a number",
    }
    if fact.type == "enum":
        return f"one of {', '.join(fact.members)}"
    return f"any of {', '.join(fact.members)}" if fact.type == "set" else words[fact.type]


def _attestation_lines(vocabulary: Vocabulary) -> Iterator[str]:
    yield from _heading(
        "Who may attest that nothing applies to an action beyond what was said of it. `parts` names the parts that the "
        "roles may attest; left out, they may attest all."
    )
    yield from _comment(f"Parts: {', '.join(vocabulary.parts)}.")
    yield ""
    yield "[[attestation]]"
    yield 'roles = ["spokesperson", "public_information_officer", "page_administrator"]'


def _account_lines(vocabulary: Vocabulary) -> Iterator[str]:
    yield from _heading("The register of the agency's accounts: one [[account]] each. This one is an example.")
    yield ""
    yield "[[account]]"
    yield 'id = "main"'
    for each in vocabulary.parts["account"].facts.values():
        if each.owner == "account":
            yield from _commented_fact(each)


def adjusted_choices(ruleset: Ruleset, adopted: Iterable[Ruleset]) -> list[tuple[Choice, tuple[Adjustment, ...]]]:
    """Return each choice of a ruleset as other rulesets leave it, with what narrows it.

    Args:
        ruleset: the ruleset.
        adopted: the rulesets that are adopted.
    """
    return [adjusted(choice, ruleset, adopted) for choice in ruleset.choices.values()]


def narrowed(narrowing: Iterable[Adjustment]) -> list[str]:
    """Return in words what narrows a choice, a sentence each.

    Args:
        narrowing: the adjustments.
    """
    return [f"{each.id} leaves {to_toml(to_plain(each.mildest))} or stricter: {each.reason}" for each in narrowing]


def _choice_lines(ruleset: Ruleset, adopted: Iterable[Ruleset], chosen: Mapping[str, Any]) -> Iterator[str]:
    yield from _heading(
        f'The choices of {ruleset.title}. Each may record its reason, as {{ value = ..., reason = "..." }}. '
        "One that is left out has its default."
    )
    yield ""
    yield f"[choices.{ruleset.id}]"
    considerations = ruleset.considerations
    about = ""
    for choice, narrowing in adjusted_choices(ruleset, adopted):
        if choice.about != about:
            about = choice.about
            yield ""
            yield from _comment(f"{about} {considerations[about].title}")
        yield ""
        yield from _comment(f"{choice.ask} [{choice.about}]")
        yield from _comment(f"{choice_options(choice, ruleset.offices)} Default: {to_toml(to_plain(choice.default))}.")
        if choice.note:
            yield from _comment(choice.note)
        for each in narrowed(narrowing):
            yield from _comment(each)
        value = to_plain(chosen.get(choice.id, choice.default))
        for line in _value_lines(choice.id, value):
            yield line if choice.id in chosen else f"# {line}"


def _value_lines(name: str, value: Any) -> list[str]:
    """Return the lines that give a choice its value: where it is long, a line for each member."""
    line = f"{name} = {to_toml(value)}"
    if not isinstance(value, Mapping) or len(line) <= WIDTH:
        return [line]
    return [f"{name}.{member} = {to_toml(each)}" for member, each in value.items()]


def choice_options(choice: Choice, offices: Iterable[str]) -> str:
    """Return in words what a choice may be.

    Args:
        choice: the choice.
        offices: the offices that there are.
    """
    match choice.type:
        case "effect":
            return f"One of {', '.join(choice.members)}."
        case "effect_by":
            return f"allow, needs_approval or deny for each of {', '.join(choice.members)}."
        case "flag":
            return "true or false."
        case "offices":
            return f"Any of {', '.join(offices)}."
        case "subset":
            return f"Any of {', '.join(choice.members)}."
        case "number":
            return f"A whole number from {choice.least} to {choice.most}{f' ({choice.unit})' if choice.unit else ''}."
        case "period":
            return f'"none", or a period such as "12 {choice.unit}".'
        case _:
            return "Text."
