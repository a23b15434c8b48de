"""`smpolicy init`: write a new agency's file and directory, asking what matters."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smpolicy.cli.options import JSON
from smpolicy.cli.output import print_json, print_text
from smpolicy.errors import InvalidFile, Place, PolicyError, Problem, Report, shorten

if TYPE_CHECKING:
    from smpolicy.render.agency_file import AgencyDraft
    from smpolicy.rulesets import Adjustment, Choice, Ruleset

RULESET = "iacp-2019"
ZONE = "America/Chicago"
MATTER_MOST: Mapping[str, tuple[str, ...]] = {
    "iacp-2019": (
        "humor",
        "prior_approval_for",
        "drafts_by_others",
        "blocking",
        "keyword_filters",
        "closing_comments",
        "attributed_reshares",
        "personal_device_on_duty",
        "guilt_statements",
        "use_in_background_investigations",
        "training_interval",
        "unverified_information",
        "speaking_for_the_agency",
        "public_viewing",
    ),
    "field-practice": (
        "juvenile_identification",
        "victim_identification",
        "colleagues_in_personal_posts",
        "booking_photos",
        "booking_photo_days",
        "suspects_identified",
        "offensive_content_in_personal_posts",
        "each_post",
        "missing_disclaimer",
        "open_comments",
        "personal_posts_on_duty",
        "notify_for",
        "search_modes",
        "covert_approvers",
        "aliases",
        "longest_retention",
    ),
}
"""The choices of a ruleset that are asked, on which agencies differ most; of a ruleset that is not here, all are."""


@click.command("init", short_help="Write a new agency's file.")
@click.argument("path")
@click.option(
    "--ruleset",
    "names",
    metavar="NAME",
    multiple=True,
    help=f"A ruleset to adopt, by its name or the path of its folder; may be repeated. [default: {RULESET}]",
)
@click.option("--defaults", is_flag=True, help="Ask nothing: make every choice as its ruleset proposes.")
@click.option("--all", "every", is_flag=True, help="Ask for every choice, not only for those that matter most.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@JSON
def command(path: str, names: tuple[str, ...], defaults: bool, every: bool, force: bool, as_json: bool) -> None:
    """Write a new agency's file, complete and commented, and an example directory of people beside it.

    PATH is the file (`agency.toml`), or a folder to write it in.
    """
    from smpolicy.render.agency_file import DIRECTORY, agency_text, directory_text

    target = Path(path)
    target = target if target.suffix == ".toml" and not target.is_dir() else target / "agency.toml"
    files = (target, target.with_name(DIRECTORY))
    if not force:
        _refuse_to_overwrite(files)
    rulesets = _adopted(names or (RULESET,), target.parent)
    draft = _proposed(rulesets) if defaults else _asked(rulesets, every)
    texts = agency_text(draft), directory_text()
    _check(*texts, files, rulesets)
    target.parent.mkdir(parents=True, exist_ok=True)
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8", newline="\n")
    if as_json:
        print_json({"agency": str(files[0]), "directory": str(files[1])})
    else:
        print_text(f"Written: {files[0]}\nWritten: {files[1]}\nNext: smpolicy check {files[0]}")


def _refuse_to_overwrite(files: tuple[Path, ...]) -> None:
    problems = [
        Problem(
            "file_exists",
            "the file is there already",
            place=Place(shorten(str(file), 1000)),
            help="choose another name, or overwrite it with `--force`",
        )
        for file in files
        if file.exists()
    ]
    if problems:
        raise InvalidFile(*problems)


def _adopted(names: Iterable[str], folder: Path) -> dict[str, Ruleset]:
    """Return the rulesets, and those that they need, by the names under which a file in a folder lists them."""
    from smpolicy.loading.ruleset_files import load_ruleset

    places: dict[Path, Ruleset] = {}
    named = [load_ruleset(name, cache=places) for name in names]
    found = {ruleset.id: (place, ruleset) for place, ruleset in places.items()}
    ordered = dict.fromkeys(each for ruleset in named for each in (*ruleset.needs, ruleset.id))
    return {_listed(each, found[each][0], folder): found[each][1] for each in ordered}


def _listed(id: str, place: Path, folder: Path) -> str:
    """Return how a file in a folder names a ruleset: by its id, or by a path where it is found under no name."""
    from smpolicy.loading.locations import ruleset_folder

    with suppress(PolicyError):
        if ruleset_folder(id).samefile(place):
            return id
    return Path(os.path.relpath(place, folder)).as_posix()


def _check(agency: str, directory: str, files: tuple[Path, ...], rulesets: Mapping[str, Ruleset]) -> None:
    """Refuse to write what would not load."""
    from zoneinfo import ZoneInfo

    from smpolicy.directories import make_directory
    from smpolicy.kinds import CORE
    from smpolicy.loading.agency_files import read_agency
    from smpolicy.loading.toml_files import parse

    people, report = parse(directory, str(files[1])), Report()
    listed = make_directory(people.data, (), people, CORE, ZoneInfo("UTC"), report)
    report.raise_as(InvalidFile)
    document = parse(agency, str(files[0]))
    document.data["agency"].pop("directory")
    read_agency(document, files[0].parent, listed, rulesets)


def _today(zone: str) -> date:
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo(zone)).date()


def _proposed(rulesets: Mapping[str, Ruleset]) -> AgencyDraft:
    from smpolicy.render.agency_file import AgencyDraft, adjusted_choices

    defaults = {
        ruleset.id: {each.id: each.default for each, _ in adjusted_choices(ruleset, rulesets.values())}
        for ruleset in rulesets.values()
    }
    return AgencyDraft("my-agency", "My Agency", ZONE, _today(ZONE), rulesets, defaults)


def _asked(rulesets: Mapping[str, Ruleset], every: bool) -> AgencyDraft:
    from smpolicy.render.agency_file import AgencyDraft, adjusted_choices
    from smpolicy.render.words import counted

    click.echo("Press Enter to take what stands in brackets.\n", err=True)
    agency = _ask("The agency's name in software, such as marlow-bend", "my-agency", str)
    name = _ask("Its name for people", "My Agency", str)
    zone = _ask("Its time zone, such as America/Chicago", ZONE, _zone)
    effective = _ask("The first day on which the file is in force", _today(zone).isoformat(), _day)
    chosen: dict[str, dict[str, Any]] = {}
    for ruleset in rulesets.values():
        first = MATTER_MOST.get(ruleset.id, ruleset.choices)
        known = adjusted_choices(ruleset, rulesets.values())
        asked = [(choice, narrowing) for choice, narrowing in known if every or choice.id in first]
        rest = "" if len(asked) == len(ruleset.choices) else " The others stay undecided, and their defaults hold."
        click.echo(f"\n{ruleset.title}: {counted(len(asked), 'choice')}.{rest}\n", err=True)
        chosen[ruleset.id] = dict(_choices(asked, ruleset))
    return AgencyDraft(agency, name, zone, effective, rulesets, chosen)


def _ask(text: str, default: str, convert: Any) -> Any:
    return click.prompt(text, default=default, value_proc=lambda given: convert(_clean(given)), err=True)


def _clean(text: str) -> str:
    if not text.strip():
        raise click.BadParameter("write something.")
    if not text.isprintable():
        raise click.BadParameter("write letters that can be seen.")
    return text.strip()


def _zone(text: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError):
        raise click.BadParameter(f"there is no time zone '{text}'; write one such as America/Chicago.") from None
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("write a day such as 2026-01-01.") from None


def _choices(asked: list[tuple[Choice, tuple[Adjustment, ...]]], ruleset: Ruleset) -> Iterator[tuple[str, Any]]:
    from smpolicy.choices import to_plain
    from smpolicy.render.agency_file import choice_options, narrowed

    for choice, narrowing in asked:
        click.echo(f"{choice.about} {ruleset.considerations[choice.about].title}", err=True)
        options = "yes or no." if choice.type == "flag" else choice_options(choice, ruleset.offices)
        for line in (options, *narrowed(narrowing)):
            click.echo(f"  {line}", err=True)
        default = _spoken(to_plain(choice.default), _nothing(choice))
        yield (
            choice.id,
            click.prompt(choice.ask, default=default, value_proc=_reader(choice, narrowing, ruleset), err=True),
        )


def _nothing(choice: Choice) -> str:
    """Return the word that stands for an empty list at the prompt."""
    return "nothing" if "none" in choice.members else "none"


def _spoken(value: Any, nothing: str) -> str:
    """Return a choice's value as it is written at the prompt."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{member}={effect}" for member, effect in value.items())
    return (", ".join(value) or nothing) if isinstance(value, list) else str(value)


def _reader(choice: Choice, narrowing: tuple[Adjustment, ...], ruleset: Ruleset) -> Any:
    """Return what reads the answer to a choice."""
    from smpolicy.choices import raised, read_choice_value
    from smpolicy.render.agency_file import narrowed

    def read(text: str) -> Any:
        report = Report()
        value = read_choice_value(choice, _meant(choice, text.strip()), ruleset.offices, None, report)
        if report.problems:
            problem = report.problems[0]
            near = f"; did you mean '{problem.nearest}'?" if problem.nearest else ""
            raise click.BadParameter(f"expected {problem.expected}{near}")
        for each in narrowing:
            if raised(choice, value, each.mildest) != value:
                raise click.BadParameter(" ".join(narrowed([each])))
        return value

    return read


def _meant(choice: Choice, text: str) -> Any:
    """Return what an answer at the prompt says, as a file would say it."""
    parts = [] if text == _nothing(choice) else [part.strip() for part in text.split(",") if part.strip()]
    match choice.type:
        case "flag":
            return {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}.get(text.lower())
        case "subset" | "offices":
            return parts
        case "effect_by":
            return {member.strip(): effect.strip() for member, _, effect in (part.partition("=") for part in parts)}
        case "number":
            return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text
        case _:
            return text
