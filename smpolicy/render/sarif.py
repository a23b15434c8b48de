"""A review, or the problems that kept it from being made, in SARIF 2.1.0, which code hosts show beside the lines."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from smpolicy.errors import Place
from smpolicy.loading.locations import rulesets_folder
from smpolicy.review_items import Item, meaning
from smpolicy.rulesets import content_hash

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RULESETS = "RULESETS"
"""Stands for the folder of the shipped rulesets, wherever they are installed."""


def sarif(items: Iterable[Item], version: str, folder: Path, usable: bool = True) -> dict[str, Any]:
    """Return items as a SARIF log: JSON-ready data, in which no path begins at the root of a machine.

    Args:
        items: what was found.
        version: the version of this package.
        folder: the folder from which paths are told, such as that of a repository.
        usable: whether the agency's file could be used.
    """
    found = tuple(items)
    codes = list(dict.fromkeys(each.code for each in found))
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "smpolicy",
                        "version": version,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "invocations": [{"executionSuccessful": usable}],
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {RULESETS: {"description": {"text": "The rulesets that smpolicy ships."}}},
                "results": [_result(each, codes.index(each.code), folder) for each in found],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    says, _, do = meaning(code).partition(": ")
    advice = do[:1].upper() + do[1:] if do else says
    return {"id": code, "shortDescription": {"text": says.rstrip(".") + "."}, "help": {"text": advice}}


def _result(item: Item, index: int, folder: Path) -> dict[str, Any]:
    text = item.message if item.help is None else f"{item.message}\n{item.help}"
    result: dict[str, Any] = {
        "ruleId": item.code if item.rule is None else f"{item.code}/{quote(item.rule)}",
        "ruleIndex": index,
        "level": item.severity,
        "message": {"text": text},
        "partialFingerprints": {"item/v1": content_hash([item.code, item.rule or "", item.message])},
    }
    own = _location(item.place, folder)
    related = [
        {**location, "message": {"text": what}}
        for what, place in item.related
        if place != item.place and (location := _location(place, folder))
    ]
    return result | ({"locations": [own]} if own else {}) | ({"relatedLocations": related} if related else {})


def _location(place: Place | None, folder: Path) -> dict[str, Any] | None:
    if place is None or place.file.startswith("<"):
        return None
    region = {"startLine": place.line, "startColumn": place.column}
    known = {key: value for key, value in region.items() if value is not None and place.line is not None}
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.file, folder)}
    return {"physicalLocation": physical | ({"region": known} if known else {})}


def _artifact(file: str, folder: Path) -> Mapping[str, str]:
    path = Path(file) if Path(file).is_absolute() else folder / file
    shipped = rulesets_folder()
    if not path.is_relative_to(folder) and path.is_relative_to(shipped):
        return {"uri": quote(path.relative_to(shipped).as_posix()), "uriBaseId": RULESETS}
    return {"uri": quote(Path(os.path.relpath(path, folder)).as_posix())}
