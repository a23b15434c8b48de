"""A process that works at a desk: `python -m tests.cases.worker URL KEY ROUNDS SEED` submits, approves and releases.

Besides, it tries to release whatever case it finds, as its fellows do with its own. It prints what it did as JSON.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import smpolicy
from tests.builders import AT
from tests.cases.building import policies, post


def main(url: str, key: str, rounds: int, seed: int) -> None:
    """Work for some rounds."""
    pick = random.Random(seed)
    released: list[int] = []
    recorded = 0
    with smpolicy.Desk.open(url, policies, key=Path(key), clock=lambda: AT, wait=120) as desk:
        for number in range(rounds):
            case = desk.submit(post({"humor": True}, f"post {seed}/{number}"), by="author-1").case
            assert case is not None
            desk.approve(case.id, by="counsel-1")
            recorded += 3  # the decision, the submission, the approval
            for other in (case.id, pick.randint(1, case.id)):
                try:
                    done = desk.release(other, by="author-1")
                except (smpolicy.CaseClosed, smpolicy.UnknownCase):
                    continue
                if done.decision.allowed:
                    released.append(other)
                    recorded += 2
    sys.stdout.write(json.dumps({"released": released, "recorded": recorded}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
