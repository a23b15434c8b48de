"""`smpolicy mutate`: what an agency's tests would not notice, were its file or its rules changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smpolicy.cli.options import JSON
from smpolicy.cli.output import print_json, print_text

if TYPE_CHECKING:
    from smpolicy.testing.suites import Progress

FAILED = 1
"""The exit status where the score is below the least that was asked for."""


@click.command("mutate", short_help="Find what the tests would not notice.")
@click.argument("agency", type=click.Path(path_type=Path))
@click.option(
    "--tests",
    metavar="PATH",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file or folder with scenario files or pytest tests, perhaps several times; by default AGENCY's folder.",
)
@click.option(
    "--only",
    metavar="ID",
    multiple=True,
    help="Change only rules, exceptions, definitions and choices whose id begins so; perhaps several times.",
)
@click.option(
    "--one-in",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Make one change in so many, always the same ones.",
)
@click.option(
    "--state",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Remember in this file what became of each change, and go on from there.",
)
@click.option(
    "--min",
    "least",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    default=0,
    help="Exit with status 1 where the score is lower.",
)
@JSON
def command(
    agency: Path,
    tests: tuple[Path, ...],
    only: tuple[str, ...],
    one_in: int,
    state: Path | None,
    least: float,
    as_json: bool,
) -> int:
    """Change AGENCY's file and its rulesets one place at a time, and tell which changes no test notices.

    AGENCY is an agency's file, or the folder of a ruleset. No file is changed: the tests are run in this process, and
    read the changed content in place of the files.
    """
    from smpolicy.testing.mutation import mutate

    with _progress() as progress:
        found = mutate(agency, tests, only=only, one_in=one_in, state=state, progress=progress)
    if as_json:
        print_json(found.to_dict())
    else:
        from smpolicy.render.mutation import mutation_text

        print_text(mutation_text(found))
    return FAILED if found.score < least else 0


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Show on a terminal how far it has come; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TimeRemainingColumn

    with Bar(
        *Bar.get_default_columns()[:-1], TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("changes")
        yield lambda done, total, survived: bar.update(
            task, completed=done, total=total, description=f"changes ({survived} not noticed)"
        )
