"""Jurisdictions: the states and territories, each with its postal code and the federal circuit that it lies in."""

from __future__ import annotations

from collections.abc import Mapping

CIRCUITS: Mapping[str, str] = {
    "first": "Maine ME, Massachusetts MA, New Hampshire NH, Puerto Rico PR, Rhode Island RI",
    "second": "Connecticut CT, New York NY, Vermont VT",
    "third": "Delaware DE, New Jersey NJ, Pennsylvania PA, Virgin Islands VI",
    "fourth": "Maryland MD, North Carolina NC, South Carolina SC, Virginia VA, West Virginia WV",
    "fifth": "Louisiana LA, Mississippi MS, Texas TX",
    "sixth": "Kentucky KY, Michigan MI, Ohio OH, Tennessee TN",
    "seventh": "Illinois IL, Indiana IN, Wisconsin WI",
    "eighth": "Arkansas AR, Iowa IA, Minnesota MN, Missouri MO, Nebraska NE, North Dakota ND, South Dakota SD",
    "ninth": (
        "Alaska AK, Arizona AZ, California CA, Guam GU, Hawaii HI, Idaho ID, Montana MT, Nevada NV, "
        "Northern Mariana Islands MP, Oregon OR, Washington WA"
    ),
    "tenth": "Colorado CO, Kansas KS, New Mexico NM, Oklahoma OK, Utah UT, Wyoming WY",
    "eleventh": "Alabama AL, Florida FL, Georgia GA",
    "district_of_columbia": "District of Columbia DC",
}
"""For each federal circuit the names and postal codes of its states (28 U.S.C. 41)."""

NOT_STATED = "not_stated"

_CIRCUIT_OF: dict[str, str] = {}
_NAMES: dict[str, str] = {}
for _circuit, _states in CIRCUITS.items():
    for _each in _states.split(", "):
        _name, _, _code = _each.rpartition(" ")
        _id = _name.lower().replace(" ", "_")
        _CIRCUIT_OF[_id] = _circuit
        _NAMES[_name.lower()] = _NAMES[_code.lower()] = _id


def state_of(stated: str | None) -> str:
    """Return the member of `policy.state` for a state as a file names it, or `not_stated` where it is none we know.

    Args:
        stated: its name or its postal code, in any case.
    """
    return _NAMES.get(" ".join((stated or "").lower().split()), NOT_STATED)


def circuit_of(state: str) -> str:
    """Return the member of `policy.circuit` for a member of `policy.state`."""
    return _CIRCUIT_OF.get(state, NOT_STATED)
