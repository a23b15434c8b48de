"""`smpolicy new-pack`: write the skeleton of a pack, installable and tested."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path

import click

from smpolicy.cli.options import JSON
from smpolicy.cli.output import print_json, print_text
from smpolicy.errors import InvalidFile, Place, Problem, shorten

ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NAMESPACE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MOST_CHARACTERS = 60


@click.command("new-pack", short_help="Write the skeleton of a pack.")
@click.argument("folder")
@click.option("--id", "id", metavar="ID", help="The id of its ruleset; by default the name of the folder.")
@click.option("--namespace", metavar="NAME", help="The name under which its own facts stand; by default like the id.")
@click.option("--title", metavar="TEXT", help="What people call it; by default the words of the id.")
@JSON
def command(folder: str, id: str | None, namespace: str | None, title: str | None, as_json: bool) -> None:
    """Write a pack that can be installed: a ruleset with a fact, a choice, a rule and an exception, and tests of it.

    FOLDER is made; nothing that is there is overwritten.
    """
    from smpolicy.skeleton import package_name, skeleton

    target = Path(folder)
    named = _id(target.absolute().name if id is None else id)
    space = _namespace(package_name(named) if namespace is None else namespace)
    called = _title(named.replace("-", " ").capitalize() if title is None else title)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        message, help_ = "the folder is there already, and not empty", "choose another name"
        raise InvalidFile(Problem("file_exists", message, place=Place(shorten(folder, 1000)), help=help_))
    texts = {target / name: text for name, text in skeleton(named, space, called).items()}
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    if as_json:
        print_json({"id": named, "namespace": space, "files": [str(file) for file in texts]})
    else:
        written = "".join(f"Written: {file}\n" for file in texts)
        print_text(f"{written}Next: install it with `pip install -e {target}`, and run `pytest {target}`")


def _id(text: str) -> str:
    from smpolicy.loading.locations import rulesets_folder
    from smpolicy.skeleton import package_name

    package = package_name(text)
    if not ID.fullmatch(text) or len(text) > MOST_CHARACTERS:
        message = f"'{shorten(text)}' is no id of a ruleset; write small letters, digits and hyphens after --id."
        raise click.UsageError(message)
    if keyword.iskeyword(package) or package in (*sys.stdlib_module_names, "smpolicy", "tests"):
        raise click.UsageError(f"A Python package cannot be called '{package}' here; write another name after --id.")
    if (rulesets_folder() / text).exists():
        raise click.UsageError(f"smpolicy ships a ruleset '{text}'; write another name after --id.")
    return text


def _namespace(text: str) -> str:
    from smpolicy.kinds import CORE
    from smpolicy.vocabulary import RESERVED

    if not NAMESPACE.fullmatch(text) or len(text) > MOST_CHARACTERS or keyword.iskeyword(text):
        message = f"'{shorten(text)}' is no namespace; write small letters, digits and _ after --namespace."
        raise click.UsageError(message)
    if text in CORE.parts or text in RESERVED:
        raise click.UsageError(f"The namespace '{text}' is taken; write another after --namespace.")
    return text


def _title(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise click.UsageError("A title is text that can be seen, on one line; write one after --title.")
    return text.strip()
