"""What can be adopted by name, in words and as data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smpolicy.errors import shorten
from smpolicy.loading.locations import Offer
from smpolicy.render.words import wrapped

SHIPPED = "smpolicy"


def rulesets_text(offers: Iterable[Offer]) -> str:
    """Return the rulesets that can be adopted, with who offers each, and why where one cannot.

    Args:
        offers: what is offered.
    """
    return "\n".join("\n".join(_lines(each)) for each in offers)


def rulesets_to_list(offers: Iterable[Offer]) -> list[dict[str, Any]]:
    """Return the rulesets that can be adopted as JSON-ready data.

    Args:
        offers: what is offered.
    """
    return [_to_dict(each) for each in offers]


def _to_dict(offer: Offer) -> dict[str, Any]:
    data = {
        "name": offer.name,
        "offered_by": offer.distribution or SHIPPED,
        "title": _said(offer, "title"),
        "version": _said(offer, "version"),
        "folder": None if offer.folder is None else str(offer.folder),
        "problem": None if offer.problem is None else offer.problem.to_dict(),
    }
    return {key: value for key, value in data.items() if value is not None}


def _said(offer: Offer, key: str) -> str | None:
    value = offer.header.get(key)
    return shorten(value) if isinstance(value, str) else None


def _lines(offer: Offer) -> list[str]:
    title = " ".join(filter(None, (_said(offer, "title"), _said(offer, "version"))))
    lines = [offer.name, *wrapped(title, "  "), *wrapped(f"offered by {offer.distribution or SHIPPED}", "  ")]
    return lines if offer.problem is None else [*lines, *wrapped(f"CANNOT BE USED: {offer.problem}", "  ")]
