"""The places of a TOML text: on which line and column each table, key and array element stands."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from itertools import accumulate

from attrs import define, field

from smpolicy.errors import Place

Route = tuple[str | int, ...]
"""Where a value lies inside a document: keys of tables and indices of arrays, from the outside in."""

# Every alternative is possessive and starts with a character of its own; a string that is never closed matches none of
# them and ends the search. So no text takes more than linear time.
_STRING = r'''
      """(?:[^"\\]|\\.|"(?!""))*+"""+ | \'\'\'(?:[^']|'(?!\'\'))*+\'\'\'+
    | (?!""")"(?:[^"\\\n]|\\[^\n])*+" | (?!\'\'\')'[^'\n]*+'
'''
_ODD = r"(?P<odd>.)"
_TOKEN = re.compile(
    rf"""[ \t]*+ (?: (?P<mark>[\n\[\]{{}}=,.]) | (?P<word>[^\s"'\[\]{{}}=,.\#]++ | {_STRING}) | \#[^\n]*+ ) | {_ODD}""",
    re.DOTALL | re.VERBOSE,
)
_MARK = re.compile(
    rf"""(?: [^"'\#\n\[\]{{}}=,.]++ | \#[^\n]*+ | {_STRING} )*+ (?P<mark>[\n\[\]{{}}=,.]) | {_ODD}""",
    re.DOTALL | re.VERBOSE,
)
# Strings and comments; one that is never closed hides all that follows, as it ends the search above.
_HIDING = re.compile(rf"""{_STRING} | \#[^\n]*+ | ["'].*+""", re.DOTALL | re.VERBOSE)
_BRACKET = re.compile(r"[\[\]{}]")


class Lines:
    """Turns offsets in a text into places."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def place(self, name: str, offset: int) -> Place:
        """Return the place of an offset in the file of this name."""
        line = bisect_right(self._starts, offset)
        return Place(name, line, offset - self._starts[line - 1] + 1)


@define
class Offsets:
    """What a search of a text found.

    Attributes:
        starts: the offset of every table, key and element, by its route.
        written: the routes of the tables and keys that the text names outright, not in passing.
        twice: the routes that it names a second time, with both offsets.
    """

    starts: dict[Route, int] = field(factory=dict)
    written: set[Route] = field(factory=set)
    twice: list[tuple[Route, int, int]] = field(factory=list)

    def add(self, route: Route, parts: list[tuple[str, int]], last_tables: dict[Route, int], *, element: bool) -> Route:
        """Record a dotted key below a route, and return the route of what it names.

        Args:
            route: the route of the table in which the key stands.
            parts: the parts of the key, each with its offset.
            last_tables: for each array of tables the index of its last table, which the key's parts stand for.
            element: whether the key adds a table to an array of tables.
        """
        for left, (part, offset) in enumerate(parts, 1 - len(parts)):
            route = (*route, part)
            if left == 0 and element:
                last_tables[route] = last_tables.get(route, -1) + 1
            elif left == 0 and route in self.written:
                self.twice.append((route, self.starts[route], offset))
            elif left == 0:
                self.written.add(route)
                self.starts[route] = offset
            self.starts.setdefault(route, offset)
            if route in last_tables:
                route = (*route, last_tables[route])
                self.starts.setdefault(route, offset)
        return route


@define
class _Frame:
    """One open table or array: where we are in it. Between keys there is no value."""

    route: Route
    array: bool = False
    value: Route | None = None
    index: int = 0
    parts: list[tuple[str, int]] = field(factory=list)


def find_offsets(text: str) -> Offsets:
    """Find where each table, key and array element stands. Odd text yields fewer places, never an error."""
    found = Offsets()
    last_tables: dict[Route, int] = {}
    frames = [_Frame(())]
    header = ""
    for token in _TOKEN.finditer(text):
        mark, word, odd = token.groups()
        frame = frames[-1]
        if not mark and not word:
            if odd:
                break
            continue  # a comment
        start = token.start("word" if word else "mark")
        if mark == "\n":
            if len(frames) == 1:
                frame.value, frame.parts, header = None, [], ""
        elif mark == ",":
            frame.index += 1
            frame.value = (*frame.route, frame.index) if frame.array else None
        elif frame.value is not None:
            if mark in ("]", "}"):
                frames = frames[:-1] or frames
                continue
            found.starts.setdefault(frame.value, start)
            if mark in ("[", "{"):
                frames.append(_Frame(frame.value, mark == "[", (*frame.value, 0) if mark == "[" else None))
        elif mark == "=":
            frame.value, frame.parts = found.add(frame.route, frame.parts, {}, element=False), []
        elif mark == "[":
            header += mark
        elif mark == "]" and frame.parts:
            frame.route = found.add((), frame.parts, last_tables, element=header == "[[")
            frame.parts = []
        elif mark == "}":
            frames = frames[:-1] or frames
        elif word:
            frame.parts.append((_key(word), start))
    return found


def _depth(text: str) -> int:
    """Return how deeply the brackets of a text nest that holds neither strings nor comments."""
    depth = deepest = 0
    for mark in _BRACKET.findall(text):
        depth = depth + 1 if mark in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def find_excess(text: str, most: int) -> int | None:
    """Return the offset of the first bracket that nests more deeply, or of the first dot too many in a key, if any.

    This runs before tomllib, which recurses for each bracket and takes very long for a key of many parts.
    """
    bare = _HIDING.sub("", text)
    if max(line.count(".") for line in bare.split("\n")) <= most and _depth(bare) <= most:
        return None  # nearly always; only what is odd is looked at mark by mark
    depth = dots = 0
    for token in _MARK.finditer(text):
        mark, odd = token.groups()
        if odd:
            break
        dots = dots + 1 if mark == "." else 0
        depth += (mark in "[{") - (mark in "]}" and depth > 0)
        if max(depth, dots) > most:
            return token.end() - 1
    return None


def _key(written: str) -> str:
    """Return the key that one part of a dotted key stands for."""
    if written[0] == '"' and "\\" in written:
        try:
            return str(tomllib.loads(f"key = {written}")["key"])
        except ValueError:
            return written
    return written[1:-1] if written[0] in "\"'" else written
