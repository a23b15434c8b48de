"""JSON texts: read strictly, with the line and column of what is wrong."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from math import isfinite
from typing import Any, NoReturn

from smpolicy.errors import InvalidFile, Place, Problem, shorten

MOST_BYTES = 1024 * 1024
MOST_NESTING = 32
MOST_DIGITS = 19

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_NUMBER = re.compile(
    r"(?:NaN|-?Infinity|-?(?P<digits>0|[1-9][0-9]*)(?P<fraction>(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?))", re.ASCII
)
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Refused(Exception):
    """Something that JSON readers take in different ways; the scan for its place says what."""


def _refuse(_: str) -> NoReturn:
    raise _Refused


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise _Refused
    return table


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= MOST_DIGITS else _refuse(digits)


def _number(digits: str) -> float:
    value = float(digits)
    return value if isfinite(value) else _refuse(digits)


def parse_json(raw: bytes, name: str) -> Any:
    """Return the value of a JSON text.

    Args:
        raw: the text, in UTF-8.
        name: what messages call it.

    Raises:
        InvalidFile: the text is too large, nests too deeply, gives a key twice, holds a number that is none, or is not
            valid JSON.
    """
    if len(raw) > MOST_BYTES:
        help_ = 'give large content as its digest: {"payload": {"sha256": "..."}}'
        raise _invalid("too_large", f"the text is larger than {MOST_BYTES // 1024} KiB", Place(name), help_)
    raw = raw.removeprefix(BOM_UTF8)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode()
        raise _invalid(
            "not_utf8", "the text is not UTF-8", _place(before, len(before), name), "save the file as UTF-8"
        ) from None
    if not text.strip():
        raise _invalid("not_json", "the text is empty", Place(name), "give a JSON object")
    _check_nesting(text, name)
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_refuse, parse_int=_integer, parse_float=_number
        )
    except json.JSONDecodeError as error:
        message = f"this is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise _invalid("not_json", message, Place(name, error.lineno, error.colno), "correct the text here") from None
    except _Refused:
        raise _refusal(text, name) from None
    if _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        message = "an escape sequence stands for half a character"
        raise _invalid("not_utf8", message, Place(name), "write the character itself, or both halves")
    return value


def _check_nesting(text: str, name: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token[0] in ("{", "[")) - (token[0] in ("}", "]"))
        if depth > MOST_NESTING:
            message = f"the text nests more than {MOST_NESTING} levels deep"
            raise _invalid("too_deep", message, _place(text, token.start(), name), "nest it less deeply")


def _refusal(text: str, name: str) -> InvalidFile:
    """Return what was refused, at its place: a key given twice, or a number that is none or too large."""
    found = [each for each in (next(_doubled(text), None), next(_numbers(text), None)) if each is not None]
    start, first, token = min(found)
    place = _place(text, start, name)
    if first is not None:
        help_ = f"keep one of the two: the first is on line {_place(text, first, name).line}"
        return _invalid("duplicate_key", f"the key `{shorten(token)}` stands here a second time", place, help_)
    return _invalid("wrong_number", f"`{shorten(token)}` is no usable number", place, "write an ordinary number")


def _doubled(text: str) -> Iterator[tuple[int, int | None, str]]:
    """Yield where a key stands a second time in its object, where it stood first, and the key."""
    open_: list[dict[str, int]] = []
    last: re.Match[str] | None = None
    for token in _TOKEN.finditer(text):
        if token[0] in ("{", "["):
            open_.append({})
        elif token[0] in ("}", "]"):
            open_.pop()
        elif token[0] == ":" and last is not None:
            key = json.loads(last[0])
            if key in open_[-1]:
                yield last.start(), open_[-1][key], key
            open_[-1][key] = last.start()
        last = token


def _numbers(text: str) -> Iterator[tuple[int, int | None, str]]:
    for token in _TOKEN.finditer(text):
        number = _NUMBER.match(token[0])
        if number is None:
            continue
        whole = number["fraction"] == ""
        if number["digits"] is None or (len(number[0]) > MOST_DIGITS if whole else not isfinite(float(number[0]))):
            yield token.start(), None, number[0]


def _place(text: str, start: int, name: str) -> Place:
    return Place(name, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))


def _invalid(code: str, message: str, place: Place, help_: str) -> InvalidFile:
    return InvalidFile(Problem(code, message, place=place, help=help_))
