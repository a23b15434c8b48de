"""Use of platforms: sessions, searches, and a candidate policy."""

from typing import Literal

from smpolicy.parts.declaring import ALL, Part, SetOf, fact, part

Device = Literal["agency_computer", "agency_phone_or_tablet", "personal"]
Authorized = Literal["none", "standing", "for_this_occasion"]
Duty = Literal["off_duty", "on_duty", "authorized_break"]
Reason = Literal["work", "personal"]
SiteFeatures = Literal["user_content", "user_participation", "user_profiles", "information_sharing", "socializing"]
AccountHolder = Literal["own", "agency", "other"]
Purpose = Literal[
    "missing_person",
    "wanted_person",
    "online_crime",
    "posted_crime_media",
    "found_by_chance",
    "threat_or_event_monitoring",
    "other",
]
Mode = Literal["overt", "discreet", "covert"]
Predicate = Literal["none", "reasonable_suspicion", "open_case", "warrant"]
Means = Literal[
    "login",
    "non_agency_network",
    "third_party_account",
    "monitoring_tool",
    "connection_request",
    "direct_message",
    "comment_or_reaction",
]
AccountOwnerPermission = Literal["none", "verbal", "written"]
Safeguards = Literal["corroboration", "documentation", "secure_storage", "purge_date", "periodic_review"]
Protections = Literal["private_citizen_on_public_concern", "union_activity", "concerted_activity", "whistleblowing"]
PagePractices = Literal[
    "edits_public_comments",
    "deletes_without_archive",
    "hides_without_log",
    "never_deletes_without_exception",
    "blocks_for_conduct_elsewhere",
    "keyword_filters",
    "routine_booking_photos",
    "unlabeled_mixed_accounts",
    "blocks_without_process",
    "never_blocks_users",
]
OversightPractices = Literal[
    "candidate_credential_demands",
    "access_to_nonpublic_content",
    "covert_accounts_without_predicate",
    "covert_accounts_without_approval",
    "covert_accounts_without_training",
    "covert_accounts_without_review",
]
LegalReview = Literal["not_done", "under_way", "recorded"]
BargainingReview = Literal["not_done", "under_way", "recorded", "no_agreement"]
PersonalLimits = Literal[
    "all_personal_use",
    "naming_the_employer",
    "insignia",
    "recognition",
    "undercover_identification",
    "speaking_for_the_agency",
    "conduct_standards",
    "false_or_private_matter",
    "criticism_of_agency",
    "discrediting_speech",
    "any_information_gained_at_work",
    "prior_approval_of_agency_speech",
    "any_mention_of_employer",
    "policing_third_party_posts",
]

State = Literal[
    "not_stated",
    "alabama",
    "alaska",
    "arizona",
    "arkansas",
    "california",
    "colorado",
    "connecticut",
    "delaware",
    "district_of_columbia",
    "florida",
    "georgia",
    "guam",
    "hawaii",
    "idaho",
    "illinois",
    "indiana",
    "iowa",
    "kansas",
    "kentucky",
    "louisiana",
    "maine",
    "maryland",
    "massachusetts",
    "michigan",
    "minnesota",
    "mississippi",
    "missouri",
    "montana",
    "nebraska",
    "nevada",
    "new_hampshire",
    "new_jersey",
    "new_mexico",
    "new_york",
    "north_carolina",
    "north_dakota",
    "northern_mariana_islands",
    "ohio",
    "oklahoma",
    "oregon",
    "pennsylvania",
    "puerto_rico",
    "rhode_island",
    "south_carolina",
    "south_dakota",
    "tennessee",
    "texas",
    "utah",
    "vermont",
    "virgin_islands",
    "virginia",
    "washington",
    "west_virginia",
    "wisconsin",
    "wyoming",
]
Circuit = Literal[
    "not_stated",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "district_of_columbia",
]


@part("session")
class Session(Part):
    """How and when a platform is reached: device, duty, site."""

    device: Device | None = fact("On which device?", "V.A.8.agency_device", owner="given", harmless="personal")
    authorized: Authorized | None = fact(
        "Which authorisation is there for this access?", "V.A.8.agency_device", owner="given", harmless="standing"
    )
    duty: Duty | None = fact(
        "Is the person on duty, off duty or on an authorised break?",
        "V.A.8.personal_device",
        also=("V.B",),
        owner="given",
        harmless="off_duty",
    )
    reason: Reason | None = fact("Is it for work or personal?", "practice", owner="author", harmless="personal")
    site_features: SetOf[SiteFeatures] = fact(
        "Which of these does the site offer?",
        "III.social_media",
        also=("III.social_networks",),
        owner="given",
        always_ask=True,
    )
    account_holder: AccountHolder | None = fact(
        "Whose account is used?", "V.A.8.personal_device", also=("V.B",), owner="given", harmless="own"
    )


@part("search")
class Search(Part):
    """The investigative use of social media."""

    purpose: Purpose | None = fact(
        "What is being looked for?",
        "IV.1.a",
        also=(
            "IV.1.b",
            "IV.1.c",
            "IV.1.d",
        ),
        owner="author",
        harmless="missing_person",
    )
    mode: Mode | None = fact("How openly is it done?", "practice", owner="author", harmless="overt")
    predicate: Predicate | None = fact(
        "What criminal predicate is documented?", "practice", owner="given", harmless="warrant"
    )
    first_amendment_activity: bool | None = fact(
        "Does it look at protest, worship, press, political or similar protected activity?",
        "practice",
        owner="author",
        harmless=False,
        always_ask=True,
    )
    means: SetOf[Means] = fact("Which of these does it use?", "practice", owner="author")
    account_owner_permission: AccountOwnerPermission | None = fact(
        "If someone else's account is used, did its owner permit it?",
        "practice",
        owner="author",
        harmless="written",
    )
    stores_material: bool | None = fact("Will material be stored?", "practice", owner="author", harmless=False)
    safeguards: SetOf[Safeguards] = fact("Which of these are in place?", "practice", owner="author", harmless=ALL)
    retention: int | None = fact(
        "For how long will the material be kept?",
        "practice",
        owner="author",
        harmless=0,
        unit="days",
        least=0,
        most=36500,
    )


@part("policy")
class CandidatePolicy(Part):
    """The policy or configuration to be adopted."""

    agency_use_statement: bool | None = fact(
        "Does it state what agency use of social media is for?", "II.agency", owner="candidate", harmless=True
    )
    protections: SetOf[Protections] = fact(
        "Which working exceptions (not mere declarations) does it have?", "V.B.1", owner="candidate", harmless=ALL
    )
    page_practices: SetOf[PagePractices] = fact(
        "Which of these does it provide for on agency pages?", "practice", owner="candidate"
    )
    oversight_practices: SetOf[OversightPractices] = fact(
        "Which of these does it provide for?", "practice", owner="candidate"
    )
    participation_respected: bool | None = fact(
        "Does it state that employees may take part in social media?",
        "II.personal",
        owner="candidate",
        harmless=True,
    )
    conduct_standards_stated: bool | None = fact(
        "Does it state that conduct standards bind employees there too?",
        "II.personal",
        owner="candidate",
        harmless=True,
    )
    strategy_adopted: bool | None = fact(
        "Does it rest on an adopted strategy?", "V.A", owner="candidate", harmless=True
    )
    legal_review: LegalReview | None = fact(
        "Has counsel reviewed it against local law?",
        "notice.counsel",
        also=("V.B.note2",),
        owner="candidate",
        harmless="recorded",
    )
    bargaining_review: BargainingReview | None = fact(
        "Was it checked against collective bargaining agreements?",
        "V.B.note2",
        owner="candidate",
        harmless="recorded",
    )
    personal_limits: SetOf[PersonalLimits] = fact(
        "Which of these does it forbid or demand of employees' own speech?",
        "V.B",
        also=("V.B.note2",),
        owner="candidate",
    )
    state: State | None = fact(
        "In which state is the agency whose policy it is?", "practice", owner="candidate", harmless="not_stated"
    )
    circuit: Circuit | None = fact(
        "In which federal circuit is the agency whose policy it is?",
        "practice",
        owner="candidate",
        harmless="not_stated",
    )
