"""From the tables of a file to classes: strict, by cattrs, with every problem at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError

from smpolicy.errors import Problem, Report, nearest, shorten, some
from smpolicy.loading.toml_files import Document

T = TypeVar("T")


class WrongValue(ValueError):
    """A value is not of the type that its key takes.

    Attributes:
        found: the value.
        expected: what would have been right.
    """

    def __init__(self, found: object, expected: str) -> None:
        super().__init__(expected)
        self.found, self.expected = found, expected


def _strict(kind: type, expected: str) -> Callable[[Any, Any], Any]:
    def check(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise WrongValue(value, expected)
        return value

    return check


def _literal(value: Any, annotation: Any) -> Any:
    options = get_args(annotation)
    if not isinstance(value, str) or value not in options:
        raise WrongValue(value, f"one of {some(map(str, options))}")
    return value


def _is_tuple(annotation: Any) -> bool:
    origin: Any = get_origin(annotation)
    return origin is tuple and get_args(annotation)[1:] == (...,)


def _tuple(value: Any, annotation: Any) -> Any:
    if not isinstance(value, list):
        raise WrongValue(value, f'a list, such as ["{shorten(value)}"]' if isinstance(value, str) else "a list")
    (item, _) = get_args(annotation)
    errors, items = [], []
    for index, each in enumerate(value):
        try:
            items.append(CONVERTER.structure(each, item))
        except Exception as error:
            error.__notes__ = [*getattr(error, "__notes__", []), cattrs.IterableValidationNote("item", index, item)]
            errors.append(error)
    if errors:
        raise IterableValidationError("list", errors, annotation)
    return tuple(items)


CONVERTER = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
_EXPECTED: dict[Any, str] = {
    str: "text in quotation marks",
    int: "a whole number",
    bool: "true or false",
    date: "a date, such as 2026-01-01",
    datetime: "a date and time with its offset, such as 2026-03-01T09:30:00-05:00",
}
for _kind, _expected in _EXPECTED.items():
    CONVERTER.register_structure_hook(_kind, _strict(_kind, _expected))
CONVERTER.register_structure_hook_func(lambda annotation: "Literal" in str(get_origin(annotation)), _literal)
CONVERTER.register_structure_hook_func(_is_tuple, _tuple)


def structure(cls: type[T], data: object, document: Document, path: tuple[str | int, ...], report: Report) -> T | None:
    """Return an object of a class from a table, or None after reporting every problem.

    Args:
        cls: an attrs class whose fields are the table's keys.
        data: the table.
        document: the file, for places.
        path: where in the file the table stands.
        report: takes the problems.
    """
    if not isinstance(data, dict):
        report.problems.append(_problem(document, path, WrongValue(data, "a table"), cls))
        return None
    try:
        return CONVERTER.structure(data, cls)
    except Exception as error:
        report.problems.extend(_problems(error, document, path, cls))
        return None


def _problems(error: BaseException, document: Document, path: tuple[str | int, ...], cls: Any) -> Iterator[Problem]:
    if isinstance(error, (ClassValidationError, IterableValidationError)):
        noted, bare = error.group_exceptions()
        for inner, note in noted:
            step = note.name if isinstance(note, cattrs.AttributeValidationNote) else note.index
            yield from _problems(inner, document, (*path, step), note.type)
        for inner in bare:
            yield from _problems(inner, document, path, error.cl)
    elif isinstance(error, ForbiddenExtraKeysError):
        keys = [field.metadata.get("key", field.name) for field in attrs.fields(error.cl)]
        for key in sorted(map(str, error.extra_fields)):
            yield Problem(
                "unknown_key",
                f"`{shorten(key)}` is no key here",
                place=document.place(*path, key),
                path=_shown((*path, key)),
                expected=some(keys, most=20),
                nearest=nearest(key, keys),
                help=None if key.isascii() else "it has letters that only look like those of the key that is meant",
            )
    else:
        yield _problem(document, path, error, cls)


def _problem(document: Document, path: tuple[str | int, ...], error: BaseException, cls: Any) -> Problem:
    if isinstance(error, KeyError):
        key = str(error.args[0])
        return Problem(
            "missing_key",
            f"the key `{key}` is missing",
            place=document.place(*path[:-1]),
            path=_shown(path[:-1]),
            expected=_EXPECTED.get(cls, "a list" if get_origin(cls) is tuple else None),
        )
    if isinstance(error, WrongValue):
        return Problem(
            "wrong_type",
            f"`{shorten(error.found)}` is no value for `{path[-1] if path else '$'}`",
            place=document.place(*path),
            path=_shown(path),
            found=shorten(error.found),
            expected=error.expected,
            nearest=_nearest_option(error, cls),
        )
    return Problem(
        "wrong_type", f"the value is not usable: {shorten(error)}", place=document.place(*path), path=_shown(path)
    )


def _nearest_option(error: WrongValue, cls: Any) -> str | None:
    return nearest(error.found, (option for option in get_args(cls) if isinstance(option, str)))


def _shown(path: tuple[str | int, ...]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{shorten(step)}" for step in path)
