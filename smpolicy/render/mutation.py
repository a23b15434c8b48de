"""What became of changes, as text for people: what the tests would not notice, by file and line."""

from __future__ import annotations

from collections.abc import Iterator

from smpolicy.testing.mutation import Mutation


def mutation_text(mutation: Mutation) -> str:
    """Return the survivors with their places, then how many changes there were and the score.

    Args:
        mutation: what became of the changes.
    """
    return "\n".join(_lines(mutation))


def _lines(mutation: Mutation) -> Iterator[str]:
    if mutation.survivors:
        yield "NOT NOTICED"
        for each in mutation.survivors:
            mutant = each.mutant
            yield f"  {mutant.place.file}:{mutant.place.line}: {mutant.sort} {mutant.thing} ({mutant.operator})"
            yield f"    {mutant.change}"
        yield ""
    yield "CHANGES"
    counts = {
        "made": len(mutation.results),
        "noticed by tests": mutation.count("noticed"),
        "refused by the loader": mutation.count("refused"),
        "make no difference": mutation.count("equivalent"),
        "not noticed": mutation.count("survived"),
    }
    yield from (f"  {number:>6}  {name}" for name, number in counts.items())
    yield ""
    yield f"SCORE {mutation.score:.1f}% of the changes that make a difference are noticed or refused"
