"""People: the proposer, those shown or sought, and what the directory knows of them."""

from datetime import datetime
from typing import Literal

from smpolicy.parts.declaring import ALL, DaysAgo, OptionalPart, Part, SetOf, fact, part, record

Roles = Literal[
    "chief_or_sheriff",
    "deputy_chief",
    "bureau_chief",
    "commanding_officer",
    "unit_lieutenant",
    "supervisor",
    "incident_commander",
    "public_information_officer",
    "spokesperson",
    "legal_counsel",
    "page_administrator",
    "content_author",
    "content_reviewer",
    "moderator",
    "investigator",
    "background_investigator",
    "internal_affairs",
    "union_officer",
]
Status = Literal["sworn", "civilian", "contractor", "volunteer", "ride_along_guest"]
Rank = Literal[
    "none",
    "officer",
    "sergeant",
    "lieutenant",
    "captain",
    "commander",
    "deputy_chief",
    "chief_or_sheriff",
]
HasNotified = Literal[
    "chief_or_sheriff",
    "chain_of_command",
    "supervisor",
    "public_information_officer",
    "legal_counsel",
    "prosecutor",
    "other_agency",
]
PersonStatus = Literal[
    "victim",
    "sex_crime_victim",
    "witness",
    "informant",
    "juvenile",
    "juvenile_charged_as_adult",
    "deceased",
    "missing",
    "found",
    "colleague",
]
Details = Literal[
    "name",
    "image",
    "tag",
    "birth_date",
    "home_address",
    "contact_details",
    "off_duty_whereabouts",
    "medical_information",
]
Permission = Literal["none", "verbal", "written"]
PermissionGiver = Literal["nobody", "the_person", "guardian", "next_of_kin", "account_owner"]
Undercover = Literal["author", "colleague"]
Stage = Literal["suspected", "wanted", "arrested", "charged", "convicted", "cleared"]
IdentifiedBy = Literal["name", "image", "birth_date"]
OffenseClass = Literal[
    "infraction",
    "nonviolent_misdemeanor",
    "violent_misdemeanor",
    "nonviolent_felony",
    "violent_felony",
]
PublicationGrounds = Literal["fugitive", "imminent_threat", "court_order"]
Change = Literal["grant", "change", "hand_over_credentials", "withdraw"]
Level = Literal["administrator", "editor", "moderator", "viewer"]
Login = Literal["individual_login", "shared_password", "personal_account"]
CandidateStage = Literal["application", "interview", "conditional_offer", "hired"]
Notice = Literal["none", "notice", "verbal_consent", "written_consent"]
Demands = Literal["password", "supervised_login", "connection", "settings_change"]
Searcher = Literal["trained_screener", "background_investigator", "decision_maker", "vendor"]


@record
class Member(Part):
    """What the directory knows of a person."""

    roles: SetOf[Roles] = fact(
        "Which roles does this person hold?",
        "V.A.4.maintain",
        also=("V.A.4.approve",),
        owner="directory",
        harmless=ALL,
    )
    status: Status | None = fact("What is this person to the agency?", "V.B.5", owner="directory", harmless="civilian")
    rank: Rank | None = fact("What is this person's rank?", "practice", owner="directory", harmless="none")
    unit: str | None = fact(
        "Which unit is this person assigned to (some units are exempt)?", "practice", owner="directory"
    )
    testifies: bool | None = fact(
        "Does this person testify, or may they be called to?", "V.B.5", owner="directory", harmless=False
    )
    undercover: bool | None = fact(
        "Does this person work undercover, or may they reasonably be expected to?",
        "V.B.3.d",
        owner="directory",
        harmless=False,
        always_ask=True,
    )
    training_date: datetime | None = fact(
        "When did this person last complete social media training?",
        "V.A.11",
        owner="directory",
        harmless=DaysAgo(0),
    )
    investigative_training_date: datetime | None = fact(
        "When did this person last complete training in investigative use of social media?",
        "practice",
        owner="directory",
        harmless=DaysAgo(0),
    )
    privacy_educated: bool | None = fact(
        "Has this person been taught about privacy settings?", "V.B.8.b", owner="directory", harmless=True
    )
    trained: bool | None = fact(
        "Has this person completed social media training?", "V.A.11", owner="directory", harmless=True
    )


@part("actor")
class Actor(Part):
    """The person who proposes the action."""

    has_notified: SetOf[HasNotified] = fact(
        "Whom have you told beforehand (telling is not approval)?", "practice", owner="author", harmless=ALL
    )
    id: str | None = fact("Who proposes it?", "V.A.4.maintain", owner="given")


@part("person", ask="Is any person named, shown, tagged or otherwise recognisable in it?", always_ask=True)
class RecognizablePerson(OptionalPart):
    """A person, the author included in personal use, who is named, shown, tagged or otherwise recognisable."""

    status: SetOf[PersonStatus] = fact(
        "Is any of the people any of these?", "practice", owner="given", always_ask=True, sensitive=True
    )
    details: SetOf[Details] = fact(
        "Which of these does it give about them?", "practice", owner="author", sensitive=True
    )
    permission: Permission | None = fact(
        "Did everyone recognisable permit this use (if not all, the weakest answer)?",
        "V.B.6.c",
        also=("V.B.6.b",),
        owner="author",
        harmless="written",
    )
    permission_giver: PermissionGiver | None = fact(
        "Who gave that permission?", "practice", owner="author", harmless="the_person"
    )
    likeness_exploited: bool | None = fact(
        "Is someone's name, likeness or other attribute used for gain or advantage?",
        "V.B.6.c",
        owner="author",
        harmless=False,
    )
    undercover: SetOf[Undercover] = fact(
        "Does it identify any of these who works undercover, or may reasonably be expected to?",
        "V.B.3.d",
        owner="given",
        always_ask=True,
        sensitive=True,
    )


@part("suspect", ask="Is it about someone suspected, wanted, arrested, charged or convicted?")
class Suspect(OptionalPart):
    """A person suspected, wanted, arrested, charged or convicted whom the content is about, named or not."""

    stage: Stage | None = fact("How far has the case come?", "practice", owner="given", harmless="convicted")
    identified_by: SetOf[IdentifiedBy] = fact(
        "By which of these is the suspect identified?",
        "practice",
        owner="author",
        sensitive=True,
    )
    offense_class: OffenseClass | None = fact(
        "What is the gravest offence at issue?", "practice", owner="given", harmless="violent_felony"
    )
    publication_grounds: SetOf[PublicationGrounds] = fact(
        "Does any of these apply?", "practice", owner="given", harmless=ALL
    )


@part("access")
class Access(Part):
    """The right to use or administer an agency account, and the person who is to hold it."""

    change: Change | None = fact("What is done with the access?", "III.page", owner="author", harmless="withdraw")
    level: Level | None = fact("Which rights?", "III.page", owner="author", harmless="viewer")
    login: Login | None = fact("How would the person sign in?", "practice", owner="author", harmless="individual_login")
    holder_id: str | None = fact("Who is to hold the access?", "V.A.4.maintain", owner="given")


@part("alias", ask="Is an alias or a covert account used?")
class Alias(OptionalPart):
    """A name or account that hides who is behind it."""

    real_person: bool | None = fact(
        "Does it use a real person's name or likeness?",
        "practice",
        owner="author",
        harmless=False,
        sensitive=True,
    )
    real_person_consent: Permission | None = fact(
        "Did that person consent?", "practice", owner="author", harmless="written"
    )
    id: str | None = fact("Which alias?", "V.A.9.b", owner="given", sensitive=True)


@record
class RegisteredAlias(Part):
    """What the directory knows of an alias."""

    last_reviewed: datetime | None = fact(
        "When was the alias last reviewed?", "practice", owner="directory", harmless=DaysAgo(0)
    )


@part("candidate")
class Candidate(Part):
    """The job candidate, and how their social media is searched."""

    stage: CandidateStage | None = fact(
        "Which stage of hiring is it?", "V.A.10", owner="given", harmless="conditional_offer"
    )
    notice: Notice | None = fact(
        "Was the candidate told, or did they consent?", "V.A.10", owner="author", harmless="written_consent"
    )
    nonpublic_content: bool | None = fact(
        "Does it reach anything that is not public?",
        "V.A.10",
        owner="author",
        harmless=False,
        sensitive=True,
    )
    demands: SetOf[Demands] = fact("Is the candidate asked for any of these?", "V.A.10", owner="author")
    searcher: Searcher | None = fact("Who searches?", "V.A.10", owner="author", harmless="trained_screener")
    protected_traits_passed_on: bool | None = fact(
        "Would protected traits reach the person who decides?",
        "V.A.10",
        owner="author",
        harmless=False,
        sensitive=True,
    )
    singled_out: bool | None = fact(
        "Is this candidate searched differently from others?", "V.A.10", owner="author", harmless=False
    )
