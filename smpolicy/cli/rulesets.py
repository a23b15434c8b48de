"""`smpolicy rulesets`: the rulesets that an agency's file can name."""

from __future__ import annotations

import click

from smpolicy.cli.options import JSON
from smpolicy.cli.output import print_json, print_text


@click.command("rulesets", short_help="List the rulesets that can be adopted.")
@JSON
def command(as_json: bool) -> None:
    """List the rulesets that an agency's file can adopt by name: shipped ones, and those of installed packs.

    What cannot be used is listed with the reason. A ruleset in a folder needs no name: a file adopts it by its path.
    """
    from smpolicy.loading.locations import offered_rulesets
    from smpolicy.render.rulesets import rulesets_text, rulesets_to_list

    offers = offered_rulesets()
    if as_json:
        print_json(rulesets_to_list(offers))
    else:
        print_text(rulesets_text(offers))
