"""`smpolicy check`: review an agency's file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smpolicy import __version__
from smpolicy.cli.inputs import load_policy, read_moment_option
from smpolicy.cli.options import AGENCY, JSON
from smpolicy.cli.output import print_json, print_text
from smpolicy.errors import PolicyError

if TYPE_CHECKING:
    from smpolicy.review_items import Item

FAILED = 1
"""The exit status where there is an item of the severity that `--fail-on` names, or a graver one."""


@click.command("check", short_help="Review an agency's file.")
@AGENCY
@click.option("--at", metavar="MOMENT", help="The moment for which it is reviewed; by default now, by the clock.")
@click.option(
    "--fail-on",
    type=click.Choice(("error", "warning", "note", "never")),
    default="error",
    show_default=True,
    help="Exit with status 1 where there is an item of this severity or a graver one.",
)
@JSON
@click.option("--sarif", "as_sarif", is_flag=True, help="Print SARIF 2.1.0, for code hosts; problems too.")
def command(agency: str, at: str | None, fail_on: str, as_json: bool, as_sarif: bool) -> int:
    """Review an agency's file before it is adopted.

    Tells, each with its severity, its place and what to do: contradictions between its choices, rules and offices,
    findings that counsel should see, choices not made, facts left out, offices that nobody holds, limits on personal
    speech without a recorded reason, what packs override, and the decision on adopting the file. AGENCY is an agency's
    file, or a folder with several, or `-` for standard input.

    Exit status: 0 where nothing as grave as `--fail-on` says was found, 1 where something was, 2 where the file cannot
    be used.
    """
    from smpolicy.review_items import is_as_grave, items_of_problems
    from smpolicy.reviews import review

    if as_json and as_sarif:
        raise click.UsageError("Say --json or --sarif, not both.")
    moment = read_moment_option(at)
    try:
        policy = load_policy(agency, moment)
    except PolicyError as error:
        if as_sarif:
            _print_sarif(items_of_problems(error.problems), usable=False)
        raise
    found = review(policy, moment)
    if as_sarif:
        _print_sarif(found.items)
    elif as_json:
        print_json(found.to_dict())
    else:
        from smpolicy.render.review import review_text

        print_text(review_text(found))
    return FAILED if any(is_as_grave(each, fail_on) for each in found.items) else 0


def _print_sarif(items: tuple[Item, ...], usable: bool = True) -> None:
    from smpolicy.render.sarif import sarif

    print_json(sarif(items, __version__, Path.cwd(), usable))
