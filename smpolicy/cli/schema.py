"""`smpolicy schema`: the JSON Schema of what smpolicy reads or gives."""

from __future__ import annotations

import click

from smpolicy.cli.output import print_json

NAMES = ("action", "agency", "directory", "ruleset", "scenario", "decision")


@click.command("schema", short_help="Print a JSON Schema.")
@click.argument("name", type=click.Choice(NAMES))
@click.option("--json", "as_json", is_flag=True, help="The same: a schema is JSON in any case.")
def command(name: str, as_json: bool) -> None:  # noqa: ARG001  (a schema is JSON in any case)
    """Print the JSON Schema of actions, agency files, directories, rulesets, scenarios or decisions."""
    from smpolicy.schemas import schema

    print_json(schema(name))
