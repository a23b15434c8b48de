"""Adopting a policy: the one maker of an `adopt_policy` action, whose facts are computed from the candidate file."""

from __future__ import annotations

from pathlib import Path

from smpolicy.actions import read_part
from smpolicy.agencies import Agency
from smpolicy.errors import InvalidAction, Report
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


def read_adoption(actor: object, candidate: Agency) -> AdoptPolicy:
    """Return the adoption of a candidate, proposed by whom JSON-ready data names.

    Args:
        actor: the facts given of the actor, or None.
        candidate: a loaded agency.

    Raises:
        InvalidAction: with every problem found.
    """
    report, vocabulary = Report(), candidate.vocabulary
    kind, part = vocabulary.kinds[AdoptPolicy.kind], vocabulary.parts["actor"]
    person = None if actor is None else read_part(kind, part, actor, vocabulary, report)
    report.raise_as(InvalidAction)
    return AdoptPolicy(actor=person or Actor(), policy=candidate_policy(candidate))


def candidate_policy(candidate: Agency) -> CandidatePolicy:
    """Return what adopting a candidate depends on, computed from its file."""
    return CandidatePolicy(**{path.partition(".")[2]: value for path, value in candidate.candidate_facts.items()})
