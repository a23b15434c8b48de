"""The arguments and options that verbs share."""

from __future__ import annotations

import click

AGENCY = click.argument("agency")
ACTION = click.argument("action")
AT = click.option(
    "--at", metavar="MOMENT", help="The moment for which it is decided, with its offset; by default now, by the clock."
)
ON = click.option(
    "--at", metavar="MOMENT", help="Where AGENCY is a folder: take the file in force at this moment; by default now."
)
APPROVALS = click.option("--approvals", metavar="FILE", help="A JSON list of the approvals that people granted.")
ENGINE = click.option(
    "--engine",
    metavar="NAME",
    help="The engine that finds which rules are true; by default compiled, or checked where AGENCY names two.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines; problems too.")
