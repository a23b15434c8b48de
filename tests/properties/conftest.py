"""How hard the properties are tried: HYPOTHESIS_PROFILE names `properties`, `ci`, `unshrunk` or `thorough`."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, Phase, settings

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
settings.register_profile(
    "properties",
    max_examples=16,
    deadline=None,
    print_blob=True,
    suppress_health_check=SLOW,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
settings.register_profile("ci", parent=settings.get_profile("properties"), derandomize=True, database=None)
settings.register_profile(
    "unshrunk", parent=settings.get_profile("properties"), phases=[Phase.explicit, Phase.generate]
)
settings.register_profile("thorough", parent=settings.get_profile("properties"), max_examples=2_000)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "properties")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,  # noqa: ARG001  (the hook's own name)
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Import the modules of this folder under its profile, and all others under theirs."""
    settings.load_profile(PROFILE)
    try:
        return (yield)
    finally:
        settings.load_profile("smpolicy")
