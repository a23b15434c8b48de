"""Eight processes at one desk: none of what they record is lost or doubled, and no case is released twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from smpolicy.store import Store

PROCESSES = 8
ROOT = Path(__file__).parents[2]


def work_together(url: str, folder: Path, events: int) -> int:
    """Let eight processes record about so many events, check what is there, and return how many there are.

    Args:
        url: the database.
        folder: where the key is kept.
        events: about how many events.
    """
    key = folder / "crowd.key"
    Store.open(url, key=key).close()
    rounds = max(1, events // (5 * PROCESSES))
    command = [sys.executable, "-m", "tests.cases.worker", url, str(key), str(rounds)]
    running = [
        subprocess.Popen([*command, str(seed)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for seed in range(PROCESSES)
    ]
    told = [process.communicate() for process in running]
    assert all(process.returncode == 0 for process in running), told
    done = [json.loads(output) for output, _ in told]
    with Store.open(url, key=key) as store:
        found = store.verify()
        assert found.sound
        assert found.head.count == sum(each["recorded"] for each in done)
        kinds = Counter(event.kind for event in store.events())
        letting_go = Counter(event.case for event in store.events(kind="released"))
    said = Counter(case for each in done for case in each["released"])
    assert max(letting_go.values()) == 1
    assert said == letting_go
    assert kinds["submitted"] == kinds["approved"] == rounds * PROCESSES
    return found.head.count
