"""The skeleton of a pack: an installable ruleset with tests, as templates in this folder."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template

from smpolicy.render.agency_file import to_toml

SUFFIX = ".template"
PACKAGE = "PACKAGE"
"""The folder that stands for the pack's Python package."""


def skeleton(id: str, namespace: str, title: str) -> dict[str, str]:
    """Return the files of a new pack: their texts by their paths in its folder.

    Args:
        id: the id of its ruleset, such as `larkspur-evidence-cloud`.
        namespace: the name under which its own facts stand.
        title: what people call it.
    """
    words = {
        "id": id,
        "package": package_name(id),
        "namespace": namespace,
        "prefix": "".join(word[0] for word in id.split("-")).upper(),
        "title": title,
        "quoted_title": to_toml(title),
    }
    found = _templates(files(__name__), "")
    return {
        name.replace(PACKAGE, words["package"]): Template(text).substitute(words)
        for name, text in sorted(found.items())
    }


def package_name(id: str) -> str:
    """Return the name of the Python package that holds a ruleset of this id."""
    return id.replace("-", "_")


def _templates(folder: Traversable, inside: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in folder.iterdir():
        if each.is_dir():
            found |= _templates(each, f"{inside}{each.name}/")
        elif each.name.endswith(SUFFIX):
            found[f"{inside}{each.name.removesuffix(SUFFIX)}"] = each.read_text(encoding="utf-8")
    return found
