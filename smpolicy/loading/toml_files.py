"""TOML files: read safely, with the place of every table and key."""

from __future__ import annotations

import re
import tomllib
from codecs import BOM_UTF8
from collections.abc import Mapping
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from smpolicy.errors import InvalidFile, MissingFile, Place, Problem, shorten
from smpolicy.loading.toml_places import Lines, Offsets, Route, find_excess, find_offsets
from smpolicy.observing import REPLACED

MOST_BYTES = 1024 * 1024
MOST_NESTING = 32

# Control characters, and those that are invisible or turn the direction of writing: what a reviewer could not see.
# Variation selectors stay allowed: emoji need them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_HEADING = re.compile(r"^[ \t]*\[\[[ \t]*([A-Za-z0-9_-]+)[ \t]*\]\]", re.MULTILINE)
_LONG_NUMBER = re.compile(r"[0-9][0-9_]{4000}")
_TWICE = re.compile(r"overwrite|twice|duplicate|mutate|mutable", re.IGNORECASE)


@frozen(slots=True, eq=False)
class Document:
    """The content of one TOML file, and where in the file each part of it stands.

    Attributes:
        name: the file's name as the user gave it.
        data: the parsed content.
        text: the text, with line feeds only.
    """

    name: str
    data: dict[str, Any]
    text: str = field(default="", repr=False)

    def place(self, *path: str | int) -> Place:
        """Return the place of the table, key or element at a path, or that of the nearest one around it.

        The text is searched once, and for a table of an array of tables, such as each rule, only for its heading.

        Args:
            path: keys of tables and indices of arrays, from the outside in.
        """
        if len(path) == 2 and (headings := self._headings.get(path[0])) and isinstance(path[1], int):
            return self._lines.place(self.name, headings[path[1]])
        for length in range(len(path), 0, -1):
            start = self._offsets.starts.get(path[:length])
            if start is not None:
                return self._lines.place(self.name, start)
        return Place(self.name, 1)

    @cached_property
    def _headings(self) -> dict[str | int, list[int]]:
        """Return the offsets of the headings of arrays of tables, where each of their tables has one."""
        found: dict[str | int, list[int]] = {}
        for heading in _HEADING.finditer(self.text):
            found.setdefault(heading[1], []).append(heading.start(1))
        return {name: starts for name, starts in found.items() if len(self.data.get(str(name), ())) == len(starts)}

    @cached_property
    def _offsets(self) -> Offsets:
        return find_offsets(self.text)

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.text)


def read(path: Path, *, within: Path | None = None) -> Document:
    """Read a TOML file.

    Args:
        path: the file.
        within: the folder in which the file must lie once symbolic links are followed.

    Raises:
        MissingFile: the file is not there or cannot be read.
        InvalidFile: the file lies outside the folder, or is not one that `parse` accepts.
    """
    name = shorten(str(path), 1000)
    replaced = REPLACED.get()
    if replaced and (document := replaced.get(path.resolve())) is not None:
        return document if document.name == name else attrs.evolve(document, name=name)
    try:
        if within is not None and not path.resolve().is_relative_to(within.resolve()):
            message = f"the file lies outside the folder `{shorten(str(within), 1000)}`"
            raise _invalid(
                "outside_folder", message, Place(name), "copy the file into the folder instead of linking to it"
            )
        if path.exists() and not path.is_file():
            raise _invalid("not_a_file", "this is not a regular file", Place(name), "name a TOML file")
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except InvalidFile:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        missing = isinstance(error, FileNotFoundError)
        message = "there is no such file" if missing else f"the file cannot be read: {_reason(error)}"
        help_ = "check the name and who may read the file"
        raise MissingFile(Problem("missing_file", message, place=Place(name), help=help_)) from None
    return parse_bytes(raw, name)


def parse_bytes(raw: bytes, name: str) -> Document:
    """Parse TOML as it stands in a file.

    Args:
        raw: the text, in UTF-8.
        name: what messages call it.

    Raises:
        InvalidFile: the bytes are not UTF-8, or not text that `parse` accepts.
    """
    if len(raw) > MOST_BYTES:
        raise _too_large(name)
    raw = raw.removeprefix(BOM_UTF8)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode()
        place = Lines(before).place(name, len(before))
        raise _invalid("not_utf8", "the file is not UTF-8 text", place, "save the file as UTF-8") from None
    return parse(text, name)


def parse(text: str, name: str) -> Document:
    """Parse TOML text.

    Args:
        text: the text.
        name: what messages call it.

    Raises:
        InvalidFile: the text is too large, hides characters, nests too deeply or is not valid TOML.
    """
    if len(text) > MOST_BYTES or len(text.encode(errors="surrogatepass")) > MOST_BYTES:
        raise _too_large(name)
    text = text.replace("\r\n", "\n")
    if hidden := _HIDDEN.search(text):
        raise _hidden(hidden[0], Lines(text).place(name, hidden.start()), "delete the character")
    if (start := find_excess(text, MOST_NESTING)) is not None:
        raise _nested(Lines(text).place(name, start))
    try:
        data = tomllib.loads(text)
    except (ValueError, OverflowError, RecursionError) as error:
        raise _not_toml(str(error), text, name) from None
    document = Document(name, data, text)
    _check_values(document)
    return document


def from_data(data: Mapping[str, Any], name: str) -> Document:
    """Return the document that data gives which was not read from a file; its parts stand nowhere.

    Args:
        data: what a TOML file would hold: tables, lists, texts, numbers, dates.
        name: what messages call it.

    Raises:
        InvalidFile: a value could not stand in a file that `parse` accepts.
    """
    if not isinstance(data, Mapping):
        raise _invalid("wrong_type", f"`{shorten(data)}` is no table", Place(name), "give a table of tables")
    document = Document(name, dict(data))
    _check_values(document)
    return document


def _check_values(document: Document) -> None:
    """Refuse values that could be nothing but a mistake or an attack, in whatever way they are written."""
    waiting: list[tuple[Route, Any]] = [((), document.data)]
    while waiting:
        path, value = waiting.pop()
        if len(path) > MOST_NESTING:
            raise _nested(document.place(*path))
        if isinstance(value, dict):
            for key, inner in value.items():
                if hidden := _HIDDEN.search(str(key)):
                    raise _hidden(hidden[0], document.place(*path, key), "delete the escape sequence from the key")
                waiting.append(((*path, key), inner))
        elif isinstance(value, list):
            waiting.extend(((*path, index), inner) for index, inner in enumerate(value))
        elif isinstance(value, str) and (hidden := _HIDDEN.search(value)):
            raise _hidden(hidden[0], document.place(*path), "delete the escape sequence from the text")
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise _large_number(document.place(*path))
        elif isinstance(value, float) and not isfinite(value):
            message = "the number is not finite"
            raise _invalid("wrong_number", message, document.place(*path), "write an ordinary number")


def _not_toml(message: str, text: str, name: str) -> InvalidFile:
    """Turn the parser's message into ours."""
    at = _AT.search(message)
    reason = _AT.sub("", message)
    lines = Lines(text)
    if _TWICE.search(reason) and (twice := find_offsets(text).twice):
        route, first, second = twice[0]
        key = ".".join(str(part) for part in route if isinstance(part, str))
        message = f"the key `{shorten(key)}` stands here a second time"
        help_ = f"keep one of the two: the first is on line {lines.place(name, first).line}"
        return _invalid("duplicate_key", message, lines.place(name, second), help_)
    if not at and (number := _LONG_NUMBER.search(text)):
        return _large_number(lines.place(name, number.start()))
    place = lines.place(name, len(text)) if at else Place(name)
    if at and at[1]:
        place = Place(name, int(at[1]), int(at[2]))
    message = f"this is not valid TOML: {shorten(reason[:1].lower() + reason[1:], 200)}"
    return _invalid("not_toml", message, place, "correct the text here; values that are words need quotes")


def _hidden(character: str, place: Place, help_: str) -> InvalidFile:
    return _invalid("hidden_character", f"the character U+{ord(character):04X} cannot be seen", place, help_)


def _large_number(place: Place) -> InvalidFile:
    return _invalid("wrong_number", "the number does not fit into 64 bits", place, "write a smaller number")


def _nested(place: Place) -> InvalidFile:
    help_ = "write tables and arrays inside each other less deeply"
    return _invalid("too_deep", f"the text nests more than {MOST_NESTING} levels deep", place, help_)


def _too_large(name: str) -> InvalidFile:
    return _invalid("too_large", f"the file is larger than {MOST_BYTES // 1024} KiB", Place(name), "split the file")


def _invalid(code: str, message: str, place: Place, help_: str) -> InvalidFile:
    return InvalidFile(Problem(code, message, place=place, help=help_))


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]
