"""smpolicy: a police agency's social-media policy as code.

Load an agency's file, propose an action, and get allow, needs approval or deny, with reasons:

    policy = smpolicy.load("agency.toml")
    decision = policy.decide(action, at=moment)
    decision.outcome, decision.reasons, decision.next
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smpolicy.actions import Action, Attestation
    from smpolicy.adoptions import adoption
    from smpolicy.agencies import Agency
    from smpolicy.agency_files import load_agency
    from smpolicy.approvals import Approval, Need, Requirement
    from smpolicy.decisions import Decision, Needed, Question, Reason
    from smpolicy.directories import Directory, ListedDirectory, Person
    from smpolicy.errors import (
        EngineUnavailable,
        InvalidAction,
        InvalidApproval,
        InvalidFile,
        MissingFile,
        NotPermitted,
        OutsideDates,
        Place,
        PolicyError,
        Problem,
        UnknownPerson,
    )
    from smpolicy.judge import Outcome
    from smpolicy.kinds import (
        Access,
        AccessPlatform,
        Account,
        Actor,
        AdoptPolicy,
        AdverseAction,
        Alias,
        BackgroundSearch,
        Candidate,
        CandidatePolicy,
        Compliance,
        Content,
        Delete,
        Discipline,
        Edit,
        GrantAccess,
        Hide,
        Incident,
        Investigate,
        Media,
        Member,
        ModerateForum,
        Moderation,
        Page,
        PersonalAccount,
        PersonalPost,
        PublicStatement,
        Publish,
        PublishPage,
        RecognizablePerson,
        Record,
        RegisteredAccount,
        RegisteredAlias,
        ReportViolation,
        RestrictUser,
        Search,
        Session,
        Speech,
        Suspect,
        Target,
        ViewEmployeeContent,
        Viewing,
        ViolationReport,
        Work,
        action,
    )
    from smpolicy.policies import Policy, load, load_today
    from smpolicy.ruleset_files import load_ruleset
    from smpolicy.rulesets import Ruleset
    from smpolicy.vocabulary import NONE, SomeOf, Vocabulary

__version__ = "0.1.0"

_MODULES = {
    "actions": "Action Attestation",
    "adoptions": "adoption",
    "agencies": "Agency",
    "agency_files": "load_agency",
    "approvals": "Approval Need Requirement",
    "decisions": "Decision Needed Question Reason",
    "directories": "Directory ListedDirectory Person",
    "errors": "EngineUnavailable InvalidAction InvalidApproval InvalidFile MissingFile NotPermitted OutsideDates Place "
    "PolicyError Problem UnknownPerson",
    "judge": "Outcome",
    "kinds": "Access AccessPlatform Account Actor AdoptPolicy AdverseAction Alias BackgroundSearch Candidate "
    "CandidatePolicy Compliance Content Delete Discipline Edit GrantAccess Hide Incident Investigate Media Member "
    "ModerateForum Moderation Page PersonalAccount PersonalPost PublicStatement Publish PublishPage RecognizablePerson "
    "Record RegisteredAccount RegisteredAlias ReportViolation RestrictUser Search Session Speech Suspect Target "
    "ViewEmployeeContent Viewing ViolationReport Work action",
    "policies": "Policy load load_today",
    "ruleset_files": "load_ruleset",
    "rulesets": "Ruleset",
    "vocabulary": "NONE SomeOf Vocabulary",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = [*_HOMES, "__version__"]  # noqa: PLE0604  (names only: loaded when first used, PEP 562)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"smpolicy.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module `smpolicy` has no attribute `{name}`")


def __dir__() -> list[str]:
    return sorted(__all__)
