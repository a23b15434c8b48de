"""Adopting a policy: the one maker of an `adopt_policy` action, whose facts are computed from the candidate file."""

from __future__ import annotations

from pathlib import Path

from smpolicy.agencies import Agency
from smpolicy.kinds import AdoptPolicy
from smpolicy.loading.agency_files import load_agency
from smpolicy.parts.people import Actor
from smpolicy.parts.use import CandidatePolicy


def adoption(candidate: Agency | str | Path, by: str | None = None) -> AdoptPolicy:
    """Return the action of adopting a candidate, to be decided under the candidate itself.

    Its facts are computed from the candidate's file and cannot be given. The decision gates nothing at run time:
    it tells those who adopt the file what a careful adoption would still need.

    Args:
        candidate: a loaded agency, or the path of its file.
        by: the id of the person who would adopt it.

    Raises:
        InvalidFile: the candidate's file cannot be used.
    """
    agency = candidate if isinstance(candidate, Agency) else load_agency(candidate)
    return AdoptPolicy(actor=Actor(id=by), policy=candidate_policy(agency))


def candidate_policy(candidate: Agency) -> CandidatePolicy:
    """Return what adopting a candidate depends on, computed from its file."""
    return CandidatePolicy(**{path.partition(".")[2]: value for path, value in candidate.candidate_facts.items()})
