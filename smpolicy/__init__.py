"""smpolicy: a police agency's social-media policy as code.

Load an agency's file, propose an action, and get allow, needs approval or deny, with reasons:

    policy = smpolicy.load("agency.toml")
    decision = policy.decide(action, at=moment)
    decision.outcome, decision.reasons, decision.next
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smpolicy.actions import Action, Attestation
    from smpolicy.adoptions import adoption
    from smpolicy.agencies import Agency
    from smpolicy.approvals import Approval, Delegation, Need, Requirement
    from smpolicy.cases.case import Case, Notification, Release, Submission
    from smpolicy.cases.desk import Desk
    from smpolicy.cases.in_force import policies_in
    from smpolicy.decisions import Decision, PassedOver, Reason
    from smpolicy.directories import Directory, HeldRole, ListedDirectory, Person
    from smpolicy.errors import (
        AmbiguousTruth,
        CaseClosed,
        ClockMovedBack,
        EngineFailed,
        EnginesDisagree,
        EngineUnavailable,
        InvalidAction,
        InvalidApproval,
        InvalidFile,
        InvalidProperty,
        MissingExtra,
        MissingFile,
        NotificationFailed,
        NotPermitted,
        OutsideDates,
        Place,
        PolicyError,
        Problem,
        StoreDamaged,
        StoreUnavailable,
        UnknownCase,
        UnknownPerson,
        UnusableTests,
    )
    from smpolicy.journal import Journal, Recording
    from smpolicy.judge import Outcome
    from smpolicy.kinds import (
        AccessPlatform,
        AdoptPolicy,
        BackgroundSearch,
        Delete,
        Discipline,
        Edit,
        GrantAccess,
        Hide,
        Investigate,
        ModerateForum,
        PersonalPost,
        PublicStatement,
        Publish,
        PublishPage,
        ReportViolation,
        RestrictUser,
        ViewEmployeeContent,
        action,
    )
    from smpolicy.loading.agency_files import agency_from_data, load_agency
    from smpolicy.loading.approval_files import read_approvals, read_delegations
    from smpolicy.loading.ruleset_files import load_ruleset
    from smpolicy.parts.content import Compliance, Content, Incident, Media, Work
    from smpolicy.parts.pages import Account, Moderation, Page, Record, RegisteredAccount, Target
    from smpolicy.parts.people import (
        Access,
        Actor,
        Alias,
        Candidate,
        Member,
        RecognizablePerson,
        RegisteredAlias,
        Suspect,
    )
    from smpolicy.parts.speech import AdverseAction, PersonalAccount, Speech, Viewing, ViolationReport
    from smpolicy.parts.use import CandidatePolicy, Search, Session
    from smpolicy.patterns import Needed, Question
    from smpolicy.policies import Policy, bind_policy, load, load_today
    from smpolicy.replays import Replay, replay
    from smpolicy.rulesets import Ruleset
    from smpolicy.store import Event, Head, Store, Verification
    from smpolicy.vocabulary import NONE, SomeOf, Vocabulary

__version__ = "0.1.0"

__all__ = [
    "NONE",
    "Access",
    "AccessPlatform",
    "Account",
    "Action",
    "Actor",
    "AdoptPolicy",
    "AdverseAction",
    "Agency",
    "Alias",
    "AmbiguousTruth",
    "Approval",
    "Attestation",
    "BackgroundSearch",
    "Candidate",
    "CandidatePolicy",
    "Case",
    "CaseClosed",
    "ClockMovedBack",
    "Compliance",
    "Content",
    "Decision",
    "Delegation",
    "Delete",
    "Desk",
    "Directory",
    "Discipline",
    "Edit",
    "EngineFailed",
    "EngineUnavailable",
    "EnginesDisagree",
    "Event",
    "GrantAccess",
    "Head",
    "HeldRole",
    "Hide",
    "Incident",
    "InvalidAction",
    "InvalidApproval",
    "InvalidFile",
    "InvalidProperty",
    "Investigate",
    "Journal",
    "ListedDirectory",
    "Media",
    "Member",
    "MissingExtra",
    "MissingFile",
    "ModerateForum",
    "Moderation",
    "Need",
    "Needed",
    "NotPermitted",
    "Notification",
    "NotificationFailed",
    "Outcome",
    "OutsideDates",
    "Page",
    "PassedOver",
    "Person",
    "PersonalAccount",
    "PersonalPost",
    "Place",
    "Policy",
    "PolicyError",
    "Problem",
    "PublicStatement",
    "Publish",
    "PublishPage",
    "Question",
    "Reason",
    "RecognizablePerson",
    "Record",
    "Recording",
    "RegisteredAccount",
    "RegisteredAlias",
    "Release",
    "Replay",
    "ReportViolation",
    "Requirement",
    "RestrictUser",
    "Ruleset",
    "Search",
    "Session",
    "SomeOf",
    "Speech",
    "Store",
    "StoreDamaged",
    "StoreUnavailable",
    "Submission",
    "Suspect",
    "Target",
    "UnknownCase",
    "UnknownPerson",
    "UnusableTests",
    "Verification",
    "ViewEmployeeContent",
    "Viewing",
    "ViolationReport",
    "Vocabulary",
    "Work",
    "action",
    "adoption",
    "agency_from_data",
    "bind_policy",
    "load",
    "load_agency",
    "load_ruleset",
    "load_today",
    "policies_in",
    "read_approvals",
    "read_delegations",
    "replay",
]

# Where each name lives: a module is loaded when one of its names is first used (PEP 562).
_MODULES = {
    "actions": "Action Attestation",
    "adoptions": "adoption",
    "agencies": "Agency",
    "loading.agency_files": "load_agency agency_from_data",
    "loading.approval_files": "read_approvals read_delegations",
    "approvals": "Approval Delegation Need Requirement",
    "cases.case": "Case Notification Release Submission",
    "cases.desk": "Desk",
    "cases.in_force": "policies_in",
    "decisions": "Decision PassedOver Reason",
    "directories": "Directory HeldRole ListedDirectory Person",
    "errors": (
        "AmbiguousTruth CaseClosed ClockMovedBack EngineFailed EngineUnavailable EnginesDisagree InvalidAction "
        "InvalidApproval InvalidFile InvalidProperty MissingExtra MissingFile NotPermitted NotificationFailed "
        "OutsideDates Place PolicyError Problem StoreDamaged StoreUnavailable UnknownCase UnknownPerson UnusableTests"
    ),
    "journal": "Journal Recording",
    "judge": "Outcome",
    "kinds": (
        "AccessPlatform AdoptPolicy BackgroundSearch Delete Discipline Edit GrantAccess Hide Investigate "
        "ModerateForum PersonalPost PublicStatement Publish PublishPage ReportViolation RestrictUser "
        "ViewEmployeeContent action"
    ),
    "parts.content": "Compliance Content Incident Media Work",
    "parts.pages": "Account Moderation Page Record RegisteredAccount Target",
    "parts.people": "Access Actor Alias Candidate Member RecognizablePerson RegisteredAlias Suspect",
    "parts.speech": "AdverseAction PersonalAccount Speech Viewing ViolationReport",
    "parts.use": "CandidatePolicy Search Session",
    "patterns": "Needed Question",
    "policies": "Policy bind_policy load load_today",
    "loading.ruleset_files": "load_ruleset",
    "replays": "Replay replay",
    "rulesets": "Ruleset",
    "store": "Event Head Store Verification",
    "vocabulary": "NONE SomeOf Vocabulary",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module `smpolicy` has no attribute `{name}`")
    value = getattr(import_module(f"smpolicy.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
