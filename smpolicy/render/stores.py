"""What verifying a store found, and what a replay came to, in words."""

from __future__ import annotations

from smpolicy.render.words import counted, wrapped
from smpolicy.replays import Change, Replay
from smpolicy.store import Verification

FLAWS = {
    "changed": "the event {} was changed, or stands in another place",
    "missing": "the event {} is missing",
    "head": "the head of the chain does not name the last event",
    "key": "what is sealed in the event {} cannot be opened, or can be although it was redacted",
    "list": "the list of cases does not fit the events of the case {}",
}
TAILS = {
    "proved": "The end is there: the chain contains the head that was given.",
    "cut off": "THE END WAS CUT OFF: the chain ends before the head that was given.",
    "another": "ANOTHER CHAIN: the event that the head names is another one.",
    "cannot tell": "Whether events were cut off at the end cannot be told without a head that was exported before: "
    "give it with `--head COUNT:HASH`.",
}
OUTCOMES = {"allow": "allow", "needs_approval": "needs approval", "deny": "deny"}


def verification_text(found: Verification) -> str:
    """Return what verifying found as plain text."""
    lines = ["SOUND" if found.sound else "NOT SOUND"]
    lines += wrapped(f"{counted(found.head.count, 'event')}, each with the hash that it must have.", "  ") * (
        not found.count
    )
    lines += [f"  {FLAWS[each.what].format(each.number)}" for each in found.flaws]
    more = found.count - len(found.flaws)
    lines += [f"  and {more} more"] if more else []
    lines += wrapped(TAILS[found.tail], "  ")
    lines += ["  Export this head, and keep it where whoever can change the store cannot change it:", f"  {found.head}"]
    return "\n".join(lines) + "\n"


def change_text(change: Change) -> str:
    """Return a decision that comes out otherwise as plain text."""
    before = OUTCOMES[change.before] + ("" if change.settled_before else ", unsettled")
    after = OUTCOMES[change.after] + ("" if change.settled_after else ", unsettled")
    what = f"{before} becomes {after}" if before != after else f"stays {before}"
    parts = [
        f"{word} {', '.join(cited)}"
        for word, cited in (
            ("speaks now:", change.speaks),
            ("speaks no more:", change.silent),
            ("open now:", change.opens),
            ("open no more:", change.closes),
        )
        if cited
    ]
    when = f"{change.at:%Y-%m-%d %H:%M} UTC"
    return "\n".join(wrapped("; ".join([f"{change.number}  {when}  {change.kind}: {what}", *parts]), "", "    "))


def replay_text(found: Replay) -> str:
    """Return what a replay came to as plain text."""
    failed = sum(found.failed.values())
    lines = [
        f"{counted(found.total, 'decision')} recorded: {found.same} the same, {found.changed} changed, {failed} failed"
    ]
    for (before, after), count in sorted(found.outcomes.items()):
        what = f"{OUTCOMES[before]} becomes {OUTCOMES[after]}" if before != after else f"stay {OUTCOMES[before]}"
        lines.append(f"  {count}  {what}")
    if found.considerations:
        lines += ["", "BY CONSIDERATION"]
        ordered = sorted(found.considerations.items(), key=lambda each: (-each[1], each[0]))
        lines += [f"  {count}  {cited}" for cited, count in ordered]
    if found.failed:
        lines += ["", "NOT REPLAYED"]
        lines += [f"  {count}  {code}" for code, count in sorted(found.failed.items())]
    return "\n".join(lines) + "\n"
