"""Pages and accounts of the agency: the register, moderation, records and terms."""

from datetime import datetime
from typing import Literal

from smpolicy.parts.declaring import ALL, DaysAgo, Part, SetOf, fact, part, record

Type = Literal["official", "sub_unit", "mixed", "alias", "campaign"]
Identifies = Literal["agency", "member"]
CredentialHolder = Literal["agency", "individual", "vendor"]
RegisteredEmail = Literal["agency", "personal"]
OverridingStatutes = Literal[
    "booking_photos",
    "credential_demands",
    "victim_confidentiality",
    "juvenile_records",
    "employee_speech",
    "labor_relations",
    "public_records",
    "surveillance",
]
Author = Literal["agency", "public", "employee"]
DeletionCircumstances = Literal[
    "statutory_takedown",
    "court_order",
    "removal_request_granted",
    "posting_error",
    "victim_safety",
    "person_found",
    "security_risk",
]
Captured = Literal["content", "time", "user", "reason"]
Holds = Literal["records_request", "legal_hold", "evidence_hold"]
Ground = Literal[
    "true_threat",
    "incitement",
    "obscenity",
    "defamation",
    "fraud",
    "illegal_conduct",
    "copyright",
    "personal_information",
    "commercial_spam",
    "profanity",
    "off_topic",
    "offensive",
    "hate_speech",
    "criticism",
    "inappropriate",
    "none",
]
Method = Literal[
    "mute_user",
    "restrict_user",
    "block_user",
    "unblock_user",
    "keyword_filter",
    "close_comments_for_all",
    "limit_comments_for_some",
]
StepsTaken = Literal["warning", "notice_with_reason", "lesser_measure", "appeal_offered"]
Compulsion = Literal["none", "statute", "court_order"]
Way = Literal["person", "automated_filter", "prior_screening"]
RemovalGrounds = Literal[
    "true_threat",
    "incitement",
    "obscenity",
    "defamation",
    "fraud",
    "illegal_conduct",
    "copyright",
    "personal_information",
    "commercial_spam",
    "profanity",
    "off_topic",
    "offensive",
    "hate_speech",
    "criticism",
    "negativity",
    "inappropriate",
    "any_reason",
]
BlockProcess = Literal["notice", "graduated_steps", "appeal"]
MonitoringTimes = Literal["not_stated", "not_moderated", "on_complaint", "at_intervals", "continuous"]
Change = Literal["new_account", "new_sub_account", "new_page_on_account", "profile_change", "setting_change"]
Items = Literal[
    "purpose_and_scope",
    "maintained_by_agency",
    "not_monitored_at_all_times",
    "emergency_contact",
    "visitor_opinions_not_agency",
    "subject_to_public_disclosure",
    "official_website_link",
    "contact_information",
]
Comments = Literal["open", "limited", "closed"]
DeclaredForum = Literal["not_declared", "public_forum", "limited_public_forum", "not_a_public_forum"]
Administration = Literal["agency", "others"]
Audience = Literal[
    "none_named",
    "general_public",
    "local_residents",
    "youth",
    "potential_recruits",
    "victims",
    "businesses",
    "media",
    "employees",
    "other",
]
Monitoring = Literal["around_the_clock", "not_at_all_times"]


@part("account")
class Account(Part):
    """The agency account the action is done from or on, as kept in the agency's account register."""

    id: str | None = fact("Which account?", "V.A.4.maintain", owner="given")
    unauthorized_equipment: bool | None = fact(
        "Is it done on equipment that is not authorised for this account?",
        "practice",
        owner="author",
        harmless=False,
    )


@record
class RegisteredAccount(Part):
    """What the agency's register says of an account."""

    type: Type | None = fact("What sort of account is it?", "practice", owner="account", harmless="official")
    identifies: SetOf[Identifies] = fact(
        "Whom does the account openly identify?", "V.A.9.b", owner="account", harmless=ALL
    )
    labeled: bool | None = fact(
        "If the account mixes official and personal use, is each use labelled as such?",
        "practice",
        owner="account",
        harmless=True,
    )
    credential_holder: CredentialHolder | None = fact(
        "Who holds the passwords?", "practice", owner="account", harmless="agency"
    )
    registered_email: RegisteredEmail | None = fact(
        "Which e-mail address is the account registered with?", "practice", owner="account", harmless="agency"
    )
    archived: bool | None = fact(
        "Is everything on the account archived automatically?", "V.A.5.records", owner="account", harmless=True
    )
    records_producible: bool | None = fact(
        "Can public records be produced from this account?", "V.A.5.public_records", owner="account", harmless=True
    )


@part("agency")
class AgencyFacts(Part):
    """The agency itself."""

    state: str | None = fact(
        "In which state is the agency (the federal circuit follows from it)?", "practice", owner="agency"
    )
    consent_decree: bool | None = fact(
        "Is the agency under a consent decree that touches social media or speech?",
        "practice",
        owner="agency",
        harmless=False,
    )
    overriding_statutes: SetOf[OverridingStatutes] = fact(
        "On which subjects does a state statute override the agency's own rule?", "practice", owner="agency"
    )
    strategy_adopted: bool | None = fact(
        "Has the agency adopted a social media strategy?", "V.A", owner="agency", harmless=True
    )
    policy_adopted: bool | None = fact(
        "Has the agency adopted a social media policy?", "V.A", owner="agency", harmless=True
    )


@part("target")
class Target(Part):
    """The existing post or comment acted upon."""

    author: Author | None = fact("Who wrote it?", "V.A.6.b", owner="given", harmless="agency")
    posted_at: datetime | None = fact("When was it posted?", "V.A.5.records", owner="given", harmless=DaysAgo(0))
    removal_requested: bool | None = fact(
        "Has a person shown or named in it asked for removal?", "practice", owner="given", harmless=False
    )
    deletion_circumstances: SetOf[DeletionCircumstances] = fact(
        "Which of these circumstances is documented?", "V.A.6.note1", owner="given", harmless=ALL
    )


@part("record")
class Record(Part):
    """The records position of what is acted upon."""

    captured: SetOf[Captured] = fact("What has been recorded?", "V.A.5.records", owner="author", harmless=ALL)
    retention_ends: datetime | None = fact(
        "When does its retention period end?", "V.A.5.records", owner="given", harmless=DaysAgo(36500)
    )
    holds: SetOf[Holds] = fact("Is it under any of these?", "V.A.5.public_records", owner="given", always_ask=True)


@part("moderation")
class Moderation(Part):
    """The limiting of what others say on an agency page."""

    ground: Ground | None = fact(
        "On what ground would it be limited or removed?", "V.A.6.b", owner="author", harmless="true_threat"
    )
    viewpoint_based: bool | None = fact(
        "Is the viewpoint any part of the reason?", "V.A.6.b", owner="author", harmless=False, always_ask=True
    )
    method: Method | None = fact(
        "How would the person or the comments be limited?", "practice", owner="author", harmless="unblock_user"
    )
    conduct_elsewhere: bool | None = fact(
        "Is it for something done outside the agency's page?", "practice", owner="author", harmless=False
    )
    steps_taken: SetOf[StepsTaken] = fact("Which steps were taken before?", "practice", owner="author", harmless=ALL)
    compulsion: Compulsion | None = fact(
        "Does a documented law or court order compel it?", "V.A.6.b", owner="given", harmless="none"
    )
    way: Way | None = fact("How was the comment found?", "V.A.6.a", owner="author", harmless="person")


@part("terms")
class Terms(Part):
    """The agency's terms of use for public comments."""

    counsel_vetted: bool | None = fact(
        "Have the terms of use been vetted by counsel?", "V.A.6", owner="agency", harmless=True
    )
    published: bool | None = fact("Have the terms of use been published?", "V.A.6", owner="agency", harmless=True)
    removal_grounds: SetOf[RemovalGrounds] = fact(
        "Which grounds for hiding or deleting do the terms list?", "V.A.6.b", owner="agency", harmless=ALL
    )
    objective_standards: bool | None = fact(
        "Do the terms define their grounds by objective standards (off topic, hate speech, obscenity)?",
        "practice",
        owner="agency",
        harmless=True,
    )
    profanity_limited_to_obscenity: bool | None = fact(
        "Do the terms allow the removal of profanity only where it is obscene, as the law defines that?",
        "practice",
        owner="agency",
        harmless=True,
    )
    comments: Comments | None = fact(
        "May the public comment on the agency's pages?", "practice", owner="agency", harmless="closed"
    )
    declared_forum: DeclaredForum | None = fact(
        "What forum do the terms declare the pages to be?", "practice", owner="agency", harmless="not_declared"
    )
    block_process: SetOf[BlockProcess] = fact(
        "Which of these do the terms promise before or after a block?", "practice", owner="agency", harmless=ALL
    )
    monitoring_ways: SetOf[Way] = fact(
        "Which ways of monitoring comments do the terms describe?", "V.A.6.a", owner="agency", harmless=ALL
    )
    monitoring_times: MonitoringTimes | None = fact(
        "When do the terms say comments are monitored?", "V.A.6.a", owner="agency", harmless="continuous"
    )


@part("page")
class Page(Part):
    """A space on a platform that shows the agency's content."""

    change: Change | None = fact(
        "What is done to the page?", "III.page", also=("III.profile",), owner="given", harmless="setting_change"
    )
    items: SetOf[Items] = fact(
        "Which standard items does the page carry?",
        "V.A.1.a",
        also=(
            "V.A.1.b",
            "V.A.1.c",
            "V.A.1.d",
            "V.A.1.e",
            "V.A.1.f",
            "V.A.1.g",
            "V.A.1.h",
        ),
        owner="author",
        harmless=ALL,
    )
    comments: Comments | None = fact(
        "May the public comment on the page?", "practice", owner="given", harmless="closed"
    )
    declared_forum: DeclaredForum | None = fact(
        "What forum is the page declared to be?", "practice", owner="given", harmless="not_declared"
    )
    administration: Administration | None = fact(
        "Who holds administrator rights over the space?", "III.page", owner="given", harmless="others"
    )
    audience: Audience | None = fact(
        "Whom is the page designed for?", "V.A.2", owner="author", harmless="general_public"
    )
    monitoring: Monitoring | None = fact(
        "When is the page monitored?", "V.A.1.c", owner="author", harmless="around_the_clock"
    )
