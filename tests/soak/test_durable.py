"""The soak of the engine `durable`: a million decisions in a process of their own, without a crash and in flat memory.

Run it with `pytest -m soak tests/soak/test_durable.py`: some minutes. SOAK_DURABLE sets another number of decisions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.usable import needs_durable

DECISIONS = int(os.environ.get("SOAK_DURABLE", "1000000"))
MOST_GROWTH = 8 * 2**20
"""By how many bytes the process may grow after the first fifth: far less than what leaks would add up to."""

RUN = """
import json, random, resource, sys
from pathlib import Path
import smpolicy
from smpolicy.engines import make_engine
from smpolicy.policies import bind_policy
from tests.soak.test_engines import Soak, AT

decisions = int(sys.argv[1])
policy = smpolicy.load(Path("docs/examples/quillan-county/agency.toml"), engine="compiled")
soak = Soak(policy, 1)
kinds = [kind for kind, rules in policy.kinds.items() if rules.rules]
engines = {kind: [make_engine(name, policy.kinds[kind]) for name in ("durable", "compiled")] for kind in kinds}
pool = [(kind, (None,) * len(policy.kinds[kind].terms)) for kind in kinds]
while len(pool) < 3_000:
    action = soak.action()
    if action.kind in engines:
        rules = policy.kinds[action.kind]
        pool.append((action.kind, rules.read(action, policy.records(action, AT), AT, policy.agency.time_zone)))
chance, grown, different = random.Random(2), 0, 0
sizes = []
for number in range(decisions):
    kind, facts = chance.choice(pool)
    durable, compiled = engines[kind]
    different += durable(facts) != compiled(facts)
    if number in (decisions // 5, decisions - 1):
        sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
print(json.dumps({"decided": number + 1, "different": different, "growth": sizes[1] - sizes[0], "size": sizes[1]}))
"""


@pytest.mark.soak
@needs_durable
def test_a_million_decisions() -> None:
    """They end, each finds what the compiled engine finds, and the process does not grow."""
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", RUN, str(DECISIONS)], cwd=root, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    found = json.loads(run.stdout)
    assert (found["decided"], found["different"]) == (DECISIONS, 0)
    assert found["growth"] <= MOST_GROWTH, found
