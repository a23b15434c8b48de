"""The kinds of action, one class each, and the core vocabulary that they make up."""

from __future__ import annotations

from typing import Any, dataclass_transform

import attrs

from smpolicy.actions import PARTS_OF, Action, read_action
from smpolicy.parts.content import Compliance, Content, Incident, Media, Work
from smpolicy.parts.declaring import declared_facts
from smpolicy.parts.pages import (
    Account,
    AgencyFacts,
    Moderation,
    Page,
    Record,
    RegisteredAccount,
    Target,
    Terms,
)
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
from smpolicy.vocabulary import Fact, Kind, PartType, Vocabulary


@dataclass_transform(frozen_default=True, kw_only_default=True)
def _kind(id: str, *, says: str, parts: str, payload: bool = False) -> Any:
    """Make a class a kind of action; `parts` names its parts in order, those of the agency's own file included."""

    def make(cls: Any) -> Any:
        cls.kind = id
        names = tuple(parts.split())
        PARTS_OF[id] = [(name, vars(cls)[name]) for name in names if name in vars(cls)]
        classes = {name: type(empty) for name, empty in PARTS_OF[id]}
        made = attrs.frozen(slots=True, kw_only=True)(cls)
        _KINDS[id] = Kind(id, says, names, made, classes, payload)
        return made

    return make


_KINDS: dict[str, Kind] = {}
_alias, _media, _work = Alias(exists=None), Media(exists=None), Work(exists=None)
_incident, _person, _suspect = Incident(exists=None), RecognizablePerson(exists=None), Suspect(exists=None)


@_kind(
    "publish",
    says="Share content from an agency account, in any form of post (post, reply, share, stream, message).",
    parts="actor account alias agency content compliance media incident person suspect work",
    payload=True,
)
class Publish(Action):
    """Share content from an agency account."""

    actor: Actor = Actor()
    account: Account = Account()
    alias: Alias = _alias
    content: Content = Content()
    compliance: Compliance = Compliance()
    media: Media = _media
    incident: Incident = _incident
    person: RecognizablePerson = _person
    suspect: Suspect = _suspect
    work: Work = _work


@_kind(
    "edit",
    says="Change content already published from an agency account, or someone's comment on it.",
    parts="actor account target record content compliance media incident person suspect work",
    payload=True,
)
class Edit(Action):
    """Change what is already published."""

    actor: Actor = Actor()
    account: Account = Account()
    target: Target = Target()
    record: Record = Record()
    content: Content = Content()
    compliance: Compliance = Compliance()
    media: Media = _media
    incident: Incident = _incident
    person: RecognizablePerson = _person
    suspect: Suspect = _suspect
    work: Work = _work


@_kind(
    "hide",
    says="Take a post or comment out of view without destroying it.",
    parts="actor account agency target moderation terms page record",
)
class Hide(Action):
    """Take a post or comment out of view."""

    actor: Actor = Actor()
    account: Account = Account()
    target: Target = Target()
    moderation: Moderation = Moderation()
    page: Page = Page()
    record: Record = Record()


@_kind(
    "delete",
    says="Remove a post or comment for good.",
    parts="actor account agency target moderation terms page record media person suspect",
)
class Delete(Action):
    """Remove a post or comment for good."""

    actor: Actor = Actor()
    account: Account = Account()
    target: Target = Target()
    moderation: Moderation = Moderation()
    page: Page = Page()
    record: Record = Record()
    media: Media = _media
    person: RecognizablePerson = _person
    suspect: Suspect = _suspect


@_kind(
    "restrict_user",
    says="Mute, restrict, block or unblock a person on an agency page.",
    parts="actor account moderation terms page record",
)
class RestrictUser(Action):
    """Mute, restrict, block or unblock a person."""

    actor: Actor = Actor()
    account: Account = Account()
    moderation: Moderation = Moderation()
    page: Page = Page()
    record: Record = Record()


@_kind(
    "moderate_forum",
    says="Switch a keyword filter on, or limit or close comments, for a whole page or post.",
    parts="actor account moderation terms page record",
)
class ModerateForum(Action):
    """Filter, limit or close comments for everyone."""

    actor: Actor = Actor()
    account: Account = Account()
    moderation: Moderation = Moderation()
    page: Page = Page()
    record: Record = Record()


@_kind(
    "publish_page",
    says="Create an agency page, account or sub-account, or change its profile.",
    parts="actor account alias agency page content compliance terms work",
    payload=True,
)
class PublishPage(Action):
    """Create an agency page or account, or change its profile."""

    actor: Actor = Actor()
    account: Account = Account()
    alias: Alias = _alias
    page: Page = Page()
    content: Content = Content()
    compliance: Compliance = Compliance()
    work: Work = _work


@_kind(
    "grant_access",
    says="Give, change, hand over or withdraw credentials or rights on an agency account.",
    parts="actor account access",
)
class GrantAccess(Action):
    """Give, change, hand over or withdraw rights on an agency account."""

    actor: Actor = Actor()
    account: Account = Account()
    access: Access = Access()


@_kind(
    "access_platform",
    says="Open a social media platform on an agency or personal device.",
    parts="actor session compliance",
)
class AccessPlatform(Action):
    """Open a social media platform."""

    actor: Actor = Actor()
    session: Session = Session()
    compliance: Compliance = Compliance()


@_kind(
    "investigate",
    says="Search, monitor, engage or store social media for an investigation.",
    parts="actor agency session search alias compliance person",
)
class Investigate(Action):
    """Use social media for an investigation."""

    actor: Actor = Actor()
    session: Session = Session()
    search: Search = Search()
    alias: Alias = _alias
    compliance: Compliance = Compliance()
    person: RecognizablePerson = _person


@_kind(
    "background_search",
    says="Look at a job candidate's social media during hiring.",
    parts="actor agency candidate",
)
class BackgroundSearch(Action):
    """Look at a job candidate's social media."""

    actor: Actor = Actor()
    candidate: Candidate = Candidate()


@_kind(
    "view_employee_content",
    says="Look at what an employee created or discussed online.",
    parts="actor viewing",
)
class ViewEmployeeContent(Action):
    """Look at what an employee created or discussed online."""

    actor: Actor = Actor()
    viewing: Viewing = Viewing()


@_kind(
    "personal_post",
    says="An employee shares content from an account of their own.",
    parts="actor session personal_account agency content compliance speech media incident person suspect work",
    payload=True,
)
class PersonalPost(Action):
    """Share content from an account of one's own."""

    actor: Actor = Actor()
    session: Session = Session()
    personal_account: PersonalAccount = PersonalAccount()
    content: Content = Content()
    compliance: Compliance = Compliance()
    speech: Speech = Speech()
    media: Media = _media
    incident: Incident = _incident
    person: RecognizablePerson = _person
    suspect: Suspect = _suspect
    work: Work = _work


@_kind(
    "public_statement",
    says="An employee makes a statement, speech, appearance, endorsement or publication outside official channels.",
    parts="actor agency content compliance speech incident person suspect",
    payload=True,
)
class PublicStatement(Action):
    """Speak, appear, endorse or publish outside official channels."""

    actor: Actor = Actor()
    content: Content = Content()
    compliance: Compliance = Compliance()
    speech: Speech = Speech()
    incident: Incident = _incident
    person: RecognizablePerson = _person
    suspect: Suspect = _suspect


@_kind(
    "discipline",
    says="Take adverse action against an employee over speech, a post or a report.",
    parts="actor agency adverse_action content compliance speech viewing",
)
class Discipline(Action):
    """Take adverse action against an employee."""

    actor: Actor = Actor()
    adverse_action: AdverseAction = AdverseAction()
    content: Content = Content()
    compliance: Compliance = Compliance()
    speech: Speech = Speech()
    viewing: Viewing = Viewing()


@_kind(
    "report_violation",
    says="Report a suspected breach of the social media policy.",
    parts="actor report",
)
class ReportViolation(Action):
    """Report a suspected breach of the social media policy."""

    actor: Actor = Actor()
    report: ViolationReport = ViolationReport()


@_kind(
    "adopt_policy",
    says="Adopt or change the agency's social media policy or configuration.",
    parts="actor agency policy terms",
)
class AdoptPolicy(Action):
    """Adopt or change the agency's policy; made by `smpolicy.adoption` alone."""

    actor: Actor = Actor()
    policy: CandidatePolicy = CandidatePolicy()


PART_CLASSES: tuple[Any, ...] = (
    *(Actor, Account, PersonalAccount, AgencyFacts, Content, Compliance, Media, Incident, RecognizablePerson, Suspect),
    *(Work, Speech, Target, Record, Moderation, Terms, Page, Access, Session, Search, Alias, Candidate, Viewing),
    *(AdverseAction, ViolationReport, CandidatePolicy),
)
RECORDS: tuple[tuple[str, str, Any], ...] = (
    ("actor", "", Member),
    ("access", "holder_", Member),
    ("alias", "", RegisteredAlias),
    ("account", "", RegisteredAccount),
)
"""For each part whose facts are looked up by id: the prefix of their names, and the class of the record."""


def _core() -> Vocabulary:
    parts: dict[str, PartType] = {each.__part__.id: each.__part__ for each in PART_CLASSES}
    for name, prefix, record in RECORDS:
        looked_up = declared_facts(record, name, prefix)
        parts[name] = attrs.evolve(parts[name], facts={**parts[name].facts, **looked_up})
    facts: dict[str, Fact] = {fact.path: fact for part in parts.values() for fact in part.facts.values()}
    return Vocabulary(kinds=dict(_KINDS), parts=parts, facts=facts)


CORE = _core()
"""The core vocabulary."""

Action.vocabulary = CORE


def action(data: object) -> Action:
    """Return the action that JSON-ready data describes, in the core vocabulary; see also `Policy.action`.

    Args:
        data: an object with `kind`, a key for each part (an object of facts; `"none"` for an optional part that does
            not exist), and perhaps `payload` and `attestation`. Missing and null are unknown.

    Raises:
        InvalidAction: with every problem found.
    """
    return read_action(data, CORE)
