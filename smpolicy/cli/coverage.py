"""`smpolicy coverage`: every consideration of a ruleset with its rules, its choices and its witnesses."""

from __future__ import annotations

import click

from smpolicy.cli.options import JSON
from smpolicy.cli.output import print_json, print_problems, print_text
from smpolicy.errors import Problem

FAILED = 1
"""The exit status where a witness does not hold."""


@click.command("coverage", short_help="Show that every consideration is encoded.")
@click.option("--ruleset", metavar="NAME", default="iacp-2019", show_default=True, help="The ruleset, by its name.")
@JSON
def command(ruleset: str, as_json: bool) -> int:
    """Show that every consideration is encoded: its rules, its choices, and for every kind of action a witness.

    Each witness is run anew, and once more without the rules that cite the consideration. Exit status 1 where one does
    not hold.
    """
    from smpolicy.analysis.coverage import CoverageFailed, coverage

    problems: tuple[Problem, ...] = ()
    try:
        rows = coverage(ruleset)
    except CoverageFailed as failed:
        rows, problems = failed.rows, failed.problems
    if as_json:
        print_json(rows)
    else:
        from smpolicy.render.coverage import coverage_text

        print_text(coverage_text(rows))
    if problems:
        print_problems(problems, as_json)
    return FAILED if problems else 0
