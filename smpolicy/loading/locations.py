"""Where rulesets lie: those that smpolicy ships, those of installed packs, and those that are named by their path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from smpolicy.errors import InvalidFile, MissingFile, Place, PolicyError, Problem, nearest, shorten, some
from smpolicy.loading.toml_files import read

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "smpolicy.rulesets"
"""The group of entry points by which installed distributions offer rulesets: their ids, and where their files lie."""
HEADER = "ruleset.toml"


@frozen(slots=True)
class Offer:
    """A ruleset that can be named in an agency's file.

    Attributes:
        name: the name under which it is offered, which is its id.
        distribution: the installed distribution that offers it, or None where smpolicy ships it.
        folder: where its files lie, or None where they were not found.
        header: what its table `[ruleset]` says, as it stands there.
        problem: why it cannot be used, or None.
    """

    name: str
    distribution: str | None = None
    folder: Path | None = None
    header: Mapping[str, Any] = field(factory=dict, repr=False)
    problem: Problem | None = None


def rulesets_folder() -> Path:
    """Return the folder that holds the shipped rulesets.

    Raises:
        MissingFile: the installation is incomplete.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_rulesets", package.parent / "rulesets"):
        if folder.is_dir():
            return folder
    message = "the rulesets that smpolicy ships are not there"
    raise MissingFile(Problem("missing_file", message, place=Place(str(package)), help="install smpolicy again"))


def ruleset_folder(name: str | Path) -> Path:
    """Return the folder of a ruleset.

    A shipped ruleset goes before an installed one. What is installed is looked at only where neither a shipped ruleset
    nor a path is named, and none of its code is run.

    Args:
        name: the name of a shipped or an installed ruleset, or the path of a folder that holds one.

    Raises:
        MissingFile: there is no such ruleset.
        InvalidFile: it is installed and cannot be used, or two installed distributions offer it.
    """
    if not isinstance(name, str) or Path(name).name != name or name == "..":
        if (Path(name) / HEADER).is_file():
            return Path(name)
        raise MissingFile(_unknown(name))
    shipped = rulesets_folder() / name
    if (shipped / HEADER).is_file():
        return shipped
    found = list(_installed(name))
    if not found:
        raise MissingFile(_unknown(name))
    problem = _offered_twice(found) if len(found) > 1 else found[0].problem
    if problem:
        raise InvalidFile(problem)
    assert found[0].folder is not None
    return found[0].folder


def offered_rulesets() -> list[Offer]:
    """Return every ruleset that is shipped or installed, by name; what cannot be used says why."""
    shipped, installed = _shipped(), list(_installed())
    offers = [_read(Offer(name, None, rulesets_folder() / name)) for name in shipped]
    for each in installed:
        same = [other for other in installed if other.name == each.name]
        problem = _taken(each) if each.name in shipped else _offered_twice(same) if len(same) > 1 else each.problem
        offers.append(evolve(each, problem=problem))
    return sorted(offers, key=lambda each: (each.name, each.distribution or ""))


def _shipped() -> list[str]:
    return sorted(each.parent.name for each in rulesets_folder().glob(f"*/{HEADER}"))


def _installed(name: str | None = None) -> Iterator[Offer]:
    """Yield what installed distributions offer, under one name or under any."""
    from importlib.metadata import entry_points

    try:
        entries = entry_points(group=GROUP)
    except Exception as error:  # whatever the file of some distribution, not even one of a pack, makes of it
        raise InvalidFile(
            Problem(
                "broken_pack",
                f"the entry points of what is installed cannot be read: {shorten(str(error))}",
                help="install anew what was installed last, or name the folder of the ruleset",
            )
        ) from error
    for entry in entries if name is None else entries.select(name=name):
        distribution = shorten(entry.dist.name) if entry.dist is not None else "unknown"
        offer = Offer(entry.name, distribution, _folder_of(entry.value))
        yield _read(offer) if offer.folder else evolve(offer, problem=_without_files(offer, entry))


def _folder_of(value: str) -> Path | None:
    """Return the folder of a package, or a folder in it, that has the file of a ruleset; no code of it is run."""
    from importlib.util import find_spec

    top, *steps = re.split("[.:]", value.strip())
    if not top or not all(steps):
        return None
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):  # whatever stands under that name among the loaded modules is no package
        return None
    folders = (Path(each, *steps) for each in (spec and spec.submodule_search_locations) or ())
    return next((each for each in folders if (each / HEADER).is_file()), None)


def _read(offer: Offer) -> Offer:
    """Return an offer with the header of its ruleset, or why it cannot be used."""
    assert offer.folder is not None
    try:
        document = read(offer.folder / HEADER, within=offer.folder)
    except PolicyError as error:
        return evolve(offer, problem=error.problems[0])
    header = document.data.get("ruleset")
    header = header if isinstance(header, dict) else {}
    if header.get("id") == offer.name:
        return evolve(offer, header=header)
    message = f"the ruleset that `{offer.distribution}` offers as `{shorten(offer.name)}` has another id"
    problem = Problem(
        "broken_pack",
        message,
        place=document.place("ruleset", "id"),
        found=shorten(header.get("id")),
        expected=f'`id = "{shorten(offer.name)}"`, or its own id as the name of the entry point',
        help="whoever made it must name it the same in both",
    )
    return evolve(offer, header=header, problem=problem)


def _unknown(name: str | Path) -> Problem:
    names = sorted({*_shipped(), *(each.name for each in _installed())})
    return Problem(
        "unknown_ruleset",
        f"there is no ruleset `{name}`",
        expected=f"{some(names)}, or the path of a folder with a `{HEADER}`",
        nearest=nearest(str(name), names),
    )


def _without_files(offer: Offer, entry: EntryPoint) -> Problem:
    return Problem(
        "broken_pack",
        f"the installed `{offer.distribution}` offers the ruleset `{shorten(offer.name)}` and does not hold it",
        found=shorten(entry.value),
        expected=f"a package `{shorten(entry.value)}` with a `{HEADER}`",
        help=f"install `{offer.distribution}` again, or tell whoever made it",
    )


def _offered_twice(offers: list[Offer]) -> Problem:
    return Problem(
        "two_packs",
        f"the ruleset `{shorten(offers[0].name)}` is offered by {some(each.distribution or '' for each in offers)}",
        help="uninstall all but one, or name the folder of the one that is meant",
    )


def _taken(offer: Offer) -> Problem:
    return Problem(
        "two_packs",
        f"the installed `{offer.distribution}` offers the ruleset `{shorten(offer.name)}`, which smpolicy ships",
        help="the shipped one is used; name the folder of the other where that is meant",
    )
