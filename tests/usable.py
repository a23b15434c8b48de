"""The engines that tests run on: `durable` only where its library can be imported.

With REQUIRE_DURABLE=1 in the environment its absence is a failure (see tests/engines/test_durable.py): so the full run
of .ci/run leaves nothing out.
"""

from __future__ import annotations

import os

import pytest

from smpolicy.forward import available

DURABLE = available()
REQUIRED = bool(os.environ.get("REQUIRE_DURABLE"))
ENGINES = ("reference", "compiled", "durable") if DURABLE else ("reference", "compiled")
needs_durable = pytest.mark.skipif(not DURABLE, reason="durable-rules cannot be imported here")
