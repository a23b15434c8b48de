"""Events: what happened, each bound by a keyed hash to everything that happened before it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import rfc8785
from attrs import field, frozen

from smpolicy.errors import InvalidFile, Problem, shorten

START: Final = "0" * 64
"""What stands for the hash before the first event."""

MOST_BYTES = 1024 * 1024
"""How large what one event says may be, as JSON."""
MOST_CHARACTERS = 500
"""How long the id of a person may be, and the name of a kind of event."""


class Redacted:
    """The type of `REDACTED`."""

    def __repr__(self) -> str:
        return "REDACTED"


REDACTED: Final = Redacted()
"""Stands for what was sealed, once the key to it has been deleted."""


@frozen(slots=True)
class Head:
    """The end of the chain: how many events there are, and the hash of the last one.

    Attributes:
        count: how many events.
        hash: the hash of the last one, as 64 hexadecimal digits.
    """

    count: int
    hash: str

    def __str__(self) -> str:
        return f"{self.count}:{self.hash}"


def read_head(text: str) -> Head:
    """Return the head that `str(head)` wrote.

    Raises:
        InvalidFile: it is none.
    """
    count, _, digest = text.strip().partition(":")
    if count.isascii() and count.isdigit() and len(digest) == 64 and set(digest) <= set("0123456789abcdef"):
        return Head(int(count), digest)
    raise InvalidFile(
        Problem(
            "wrong_head",
            f"`{shorten(text)}` is no head of a chain of events",
            expected="COUNT:HASH, a whole number and 64 hexadecimal digits",
            help="give what `smpolicy cases verify` or `smpolicy journal export` printed",
        )
    )


@frozen(slots=True)
class Event:
    """Something that happened.

    Attributes:
        number: its number, from 1 without gaps.
        kind: what happened.
        case: the number of the case that it belongs to, or None.
        step: its place within its case, from 1; 0 without a case.
        at: when, to the second.
        by: the person who did it, or None.
        data: what everybody may read of it who can read the store.
        secret: what was sealed; `REDACTED` once its key was deleted; None where nothing was.
        hash: its keyed hash, which covers all this and the hash of the event before.
    """

    number: int
    kind: str
    case: int | None
    step: int
    at: datetime
    by: str | None
    data: Mapping[str, Any] = field(repr=False)
    secret: Any = field(repr=False)
    hash: str = field(repr=False)


def to_bytes(value: object, what: str) -> bytes:
    """Return JSON-ready data as JSON, the same for the same data.

    Args:
        value: the data.
        what: what messages call it.

    Raises:
        InvalidFile: it has no such form, or is too large.
    """
    try:
        text = json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        problem = Problem("not_json", f"{what} cannot be kept: {error}", help="give texts, numbers, lists and objects")
        raise InvalidFile(problem) from None
    if len(text) > MOST_BYTES:
        message = f"{what} has {len(text)} bytes, more than {MOST_BYTES}"
        raise InvalidFile(Problem("too_large", message, help="say less, or keep it elsewhere and name it here"))
    return text


def check_name(text: object, what: str) -> None:
    """Refuse a name that no database keeps as it is.

    Args:
        text: the name.
        what: what messages call it.

    Raises:
        InvalidFile: it is no text, is empty, too long, or holds characters that cannot be seen.
    """
    if not isinstance(text, str) or not text or len(text) > MOST_CHARACTERS or not text.isprintable():
        raise InvalidFile(
            Problem(
                "wrong_type",
                f"`{shorten(text)}` is no {what}",
                expected=f"text of 1 to {MOST_CHARACTERS} characters that can be seen",
            )
        )


def chain_hash(
    key: bytes,
    number: int,
    previous: str,
    kind: str,
    case: int | None,
    step: int,
    at: int,
    by: str | None,
    data: str,
    sealed: bytes | None,
) -> str:
    """Return the keyed hash of an event: HMAC-SHA256 over all that it says and the hash of the event before.

    Args:
        key: the key of the chain.
        number: the event's number.
        previous: the hash of the event before.
        kind: what happened.
        case: the case that it belongs to.
        step: its place within its case.
        at: when, in seconds.
        by: who did it.
        data: what anybody may read of it, as JSON.
        sealed: what is sealed, as it is kept.
    """
    digests = [
        hashlib.sha256(data.encode()).hexdigest(),
        None if sealed is None else hashlib.sha256(sealed).hexdigest(),
    ]
    said = rfc8785.dumps([number, previous, kind, case, step, at, by, *digests])
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def moment(seconds: int) -> datetime:
    """Return whole seconds as a moment."""
    return datetime.fromtimestamp(seconds, UTC)
