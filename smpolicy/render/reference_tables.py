"""Markdown for the reference pages: tables, and the pages of files, commands and names."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import smpolicy
from smpolicy.kinds import CORE
from smpolicy.review_items import ITEMS
from smpolicy.schemas import schema
from smpolicy.schemas.shapes import Schema


def cell(text: object) -> str:
    """Return a text as it stands in a cell of a table."""
    return " ".join(str(text).replace("|", "\\|").split())


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table, and a blank one."""
    shown = [heads, ["---"] * len(heads), *rows]
    return [f"| {' | '.join(map(cell, row))} |" for row in shown] + [""]


def fenced(text: str, language: str = "text") -> list[str]:
    """Return the lines of a fenced block, and a blank one."""
    return [f"```{language}", text, "```", ""]


def code(names: Iterable[object]) -> str:
    """Return names as code, with commas between."""
    return ", ".join(f"`{name}`" for name in names)


def listed(names: Iterable[str]) -> str:
    """Return texts with commas between, and `and` before the last."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


# --- files -----------------------------------------------------------------------------------------------------------


def file_page(name: str, title: str, text: str, skip: Iterable[str] = ()) -> str:
    """Return the page of a file format, made of its schema.

    Args:
        name: the name of the schema.
        title: the title of the page.
        text: what comes first.
        skip: tables that are told of elsewhere.
    """
    made = schema(name)
    lines = [f"# {title}", "", text, "", f"Its JSON Schema: `smpolicy schema {name}`.", ""]
    top = {key: each for key, each in made["properties"].items() if key not in skip}
    tables = {key: each for key, each in top.items() if name != "decision" and _object_of(each, made)}
    plain = {key: each for key, each in top.items() if key not in tables}
    if plain:
        lines += _keys(plain, made.get("required", ()), made)
    for key, each in (tables or top).items():
        lines += _sections(key, each, made)
    return "\n".join(lines)


def _sections(path: str, each: Schema, root: Schema) -> Iterator[str]:
    """Yield the sections of a table and of the tables in it."""
    inner = _object_of(each, root)
    if not inner or not inner.get("properties"):
        return
    yield from (f"## {path} {{ #{path} }}", "", each.get("description", ""), "")
    nested = {key: _object_of(sub, root) for key, sub in inner["properties"].items()}
    nested = {key: sub for key, sub in nested.items() if sub and sub.get("properties")}
    if set(nested) != set(inner["properties"]):
        yield from _keys(inner["properties"], inner.get("required", ()), root)
    for key, sub in inner["properties"].items():
        if key in nested:
            yield from _sections(f"{path}.{key}", sub, root)


def _keys(properties: Mapping[str, Schema], required: Iterable[str], root: Schema) -> list[str]:
    rows = [
        (f"`{key}`" + ("" if key in required else " (optional)"), value_in_words(each, root), _described(each, root))
        for key, each in properties.items()
    ]
    return table(("Key", "Value", "Meaning"), rows)


def _described(each: Schema, root: Schema) -> str:
    default = each.get("default")
    shown = str(default).lower() if isinstance(default, bool) else default
    said = str(each.get("description") or _resolved(each, root).get("description", ""))
    return said + (f" By default `{shown}`." if default is not None else "")


def _resolved(each: Schema, root: Schema) -> Schema:
    reference = str(each.get("$ref", ""))
    found: Schema = root["$defs"][reference.removeprefix("#/$defs/")] if reference else each
    return found


def _object_of(each: Schema, root: Schema) -> Schema | None:
    """Return the object that a key takes, alone or in a list."""
    each = _resolved(each, root)
    if each.get("type") == "array":
        each = _resolved(each["items"], root)
    elif "anyOf" in each and each["anyOf"][0].get("type") == "array":
        each = _resolved(each["anyOf"][0]["items"], root)
    return each if each.get("type") == "object" and "properties" in each else None


def value_in_words(each: Schema, root: Schema) -> str:
    """Return what a key takes, in words.

    Args:
        each: its schema.
        root: the schema in which its references lead somewhere.
    """
    each = _resolved(each, root)
    if "enum" in each:
        return f"one of {_members(each['enum'])}"
    if "const" in each:
        return f"`{each['const']}`"
    if "anyOf" in each:
        options = dict.fromkeys(value_in_words(option, root) for option in each["anyOf"])
        return " or ".join(option for option in options if option != "a table")
    if each.get("type") == "array":
        items = _resolved(each["items"], root)
        return f"any of {_members(items['enum'])}" if "enum" in items else f"list: {value_in_words(items, root)}"
    if each.get("format") == "date":
        return "date"
    if each.get("format") == "date-time" or "[T ]" in each.get("pattern", ""):
        return "date and time"
    names = {
        "string": "text",
        "integer": "whole number",
        "boolean": "true or false",
        "object": "a table",
        "null": "null",
    }
    return names.get(each.get("type", ""), "any value")


def _members(names: Sequence[str]) -> str:
    """Return names as code, or a link to the page where the same names stand."""
    elsewhere = {
        tuple(CORE.kinds): "the [kinds](kinds.md)",
        tuple(CORE.parts): "the [parts](facts.md)",
        CORE.facts["actor.roles"].members: "the [roles](facts.md#actor)",
    }
    return elsewhere.get(tuple(names)) or code(names)


# --- commands --------------------------------------------------------------------------------------------------------


def cli_page() -> str:
    """Return the page of the command line."""
    import click

    from smpolicy.cli import main

    context = click.Context(main, info_name="smpolicy", terminal_width=100, **main.context_settings)
    lines = [
        "# The command line",
        "",
        *_help(main),
        *fenced(f"smpolicy {' '.join(main.collect_usage_pieces(context))}"),
    ]
    lines += table(("Option", "Meaning"), _options(main, context))
    for verb in main.list_commands(context):
        command = main.get_command(context, verb)
        assert command is not None
        lines += _command_lines(command, verb, "##", context)
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                lines += _command_lines(command.commands[name], f"{verb} {name}", "###", context)
    return "\n".join(lines)


def _command_lines(command: Any, name: str, heading: str, parent: Any) -> Iterator[str]:
    """Yield the section of one command."""
    import click

    own = click.Context(command, info_name=name, parent=parent, terminal_width=100)
    yield from (f"{heading} smpolicy {name} {{ #{name.replace(' ', '-')} }}", "", *_help(command))
    yield from fenced(f"smpolicy {name} {' '.join(command.collect_usage_pieces(own))}")
    yield from table(("Option", "Meaning"), _options(command, own))


def _help(command: Any) -> Iterator[str]:
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield from (" ".join(paragraph.split()), "")


def _options(command: Any, context: Any) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and record[1]:
            yield f"`{record[0]}`", record[1]


# --- names -----------------------------------------------------------------------------------------------------------

MAIN = ("Policy", "Decision", "Action", "Agency", "Directory", "Desk", "Case", "Journal", "Store")
"""The classes whose methods are shown."""


def python_page() -> str:
    """Return the page of the names that `import smpolicy` gives."""
    lines = [
        "# Python",
        "",
        "Everything but the runner of scenarios stands directly under `smpolicy`. The classes of the kinds of action",
    ]
    lines += ["are on the page of [kinds](kinds.md), those of errors on the page of [errors](errors.md).", ""]
    public = {name: getattr(smpolicy, name) for name in smpolicy.__all__}
    functions = {name: each for name, each in public.items() if inspect.isfunction(each)}
    lines += ["## Functions", ""]
    for name, function in functions.items():
        lines += [f"### {name} {{ #{name} }}", "", *fenced(f"smpolicy.{name}{_signature(function)}"), *_doc(function)]
    for name in MAIN:
        lines += [f"## {name} {{ #{name} }}", "", *_doc(public[name])]
        for attribute, each in vars(public[name]).items():
            if not attribute.startswith("_") and (inspect.isfunction(each) or isinstance(each, property)):
                own = each.fget if isinstance(each, property) else each
                shown = attribute if isinstance(each, property) else f"{attribute}{_signature(each)}"
                if own is not None and inspect.getdoc(own):
                    lines += [f"`{shown}`", f":   {_first(own)}", ""]
    others = {
        name: each
        for name, each in public.items()
        if name not in functions and name not in MAIN and not _is_told_elsewhere(each)
    }
    lines += ["## Other names", ""]
    rows = [(f"`smpolicy.{name}`", PLAIN.get(name) or _first(each)) for name, each in others.items()]
    lines += table(("Name", "Meaning"), rows)
    return "\n".join(lines)


PLAIN = {
    "NONE": "Given in place of an optional part, says that the part does not exist.",
    "Requirement": "A tuple of `Need`: all that must be met, by different people.",
}
"""The meaning of public names that are neither functions nor classes, so that they carry no docstring."""


def _is_told_elsewhere(each: Any) -> bool:
    action = getattr(each, "kind", "")
    return isinstance(each, type) and (
        issubclass(each, smpolicy.PolicyError) or (isinstance(action, str) and action != "")
    )


def _signature(function: Any) -> str:
    shown = inspect.signature(function)
    parameters = [
        each.replace(annotation=inspect.Parameter.empty) for name, each in shown.parameters.items() if name != "self"
    ]
    return str(shown.replace(parameters=parameters, return_annotation=inspect.Signature.empty))


def _first(each: Any) -> str:
    return (inspect.getdoc(each) or "").partition("\n\n")[0].replace("\n", " ")


def _doc(each: Any) -> list[str]:
    """Return a docstring as Markdown: its sections as lists."""
    lines: list[str] = []
    for line in (inspect.getdoc(each) or "").splitlines():
        name, colon, rest = line.strip().partition(":")
        if line in ("Args:", "Attributes:", "Raises:", "Returns:"):
            lines += [f"*{line}*", ""]
        elif line.startswith("    ") and not line.startswith("     ") and colon and name.isidentifier():
            lines.append(f"- `{name}`: {rest.strip()}")
        elif line.startswith("     "):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.strip())
    return [*lines, ""]


def check_page() -> str:
    """Return the page of what a check tells: every code of an item."""
    lines = [
        "# What a check tells",
        "",
        "`smpolicy check`, and `smpolicy.reviews.review` in Python, tell everything as a list of items. Each has a",
        "severity (error, warning or note), a code, a message, a place and help. A file that cannot be used is told",
        "with the codes of [errors](errors.md), all of them errors. How to use it is told in",
        "[Check a configuration](../how-to/check-a-configuration.md).",
        "",
        "A finding has its own severity, error or warning. A contradiction that could not be settled is a note.",
        "",
    ]
    for name, (severity, text) in sorted(ITEMS.items()):
        shown = "error or warning" if name == "finding" else severity
        lines += [f"## {name} {{ #{name} }}", "", f"*{shown}*: {text}", ""]
    return "\n".join(lines)
