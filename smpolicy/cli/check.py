"""`smpolicy check`: review an agency's file."""

from __future__ import annotations

import click

from smpolicy.cli.inputs import load_policy, read_moment_option
from smpolicy.cli.options import AGENCY, JSON
from smpolicy.cli.output import print_json, print_text


@click.command("check", short_help="Review an agency's file.")
@AGENCY
@click.option("--at", metavar="MOMENT", help="The moment for which it is reviewed; by default now, by the clock.")
@JSON
def command(agency: str, at: str | None, as_json: bool) -> None:
    """Review an agency's file before it is adopted.

    Tells every error, choices not made, facts left out, offices that nobody holds, limits on personal speech without a
    recorded reason, and the decision on adopting the file. AGENCY is an agency's file, or a folder with several, or
    `-` for standard input.
    """
    from smpolicy.reviews import review

    moment = read_moment_option(at)
    found = review(load_policy(agency, moment), moment)
    if as_json:
        print_json(found.to_dict())
    else:
        from smpolicy.render.review import review_text

        print_text(review_text(found))
