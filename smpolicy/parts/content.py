"""Content: what would be shared, the incident and the works it touches."""

from typing import Literal

from smpolicy.parts.declaring import ALL, OptionalPart, Part, SetOf, fact, part

Purpose = Literal[
    "crime_prevention_tips",
    "online_reporting",
    "answering_questions",
    "crime_maps_and_data",
    "two_way_engagement",
    "tip_solicitation",
    "road_closure",
    "special_event",
    "weather_emergency",
    "missing_or_endangered_person",
    "critical_incident_information",
    "rumor_correction",
    "media_message",
    "recruitment",
    "wanted_person",
    "arrest_or_charge",
    "recognition_or_memorial",
    "personal",
    "other",
]
Audience = Literal[
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
Tone = Literal["informative", "formal", "conversational", "empathetic", "urgent", "celebratory", "other"]
Forms = Literal[
    "reply",
    "share",
    "reaction_with_comment",
    "bare_reaction",
    "supporting_comment",
    "opposing_comment",
    "tag",
    "connection",
    "direct_message",
    "group_message",
    "live_stream",
    "recording_only",
    "on_screen_display",
    "correction",
    "follow_up",
    "retraction",
    "all_clear",
]
Contacts = Literal["minor", "victim", "witness", "suspect", "informant", "person_in_custody"]
InternalMatters = Literal["agency_training", "agency_activities", "work_assignments"]
CaseStatements = Literal[
    "confession",
    "refusal_to_give_statement",
    "possible_plea",
    "test_results",
    "refusal_of_test",
    "witness_credibility",
    "prior_record",
]
Proceedings = Literal["civil_suit", "internal_affairs_matter"]
AgencyRecords = Literal[
    "call_for_service",
    "warrant",
    "incident_report",
    "database_record",
    "other_information_gained_at_work",
]
OperationalDetails = Literal["tactics", "live_location", "geotag", "deployment", "prisoner_transport"]
Insignia = Literal["logo", "badge", "patch", "uniform", "vehicle", "station", "agency_weapon", "personal_weapon"]
OffensiveElements = Literal[
    "slur",
    "disparages_protected_class",
    "glorifies_violence",
    "illegal_drugs",
    "alcohol",
    "sexually_explicit",
    "profanity",
]
PoliticalSubjects = Literal["candidate", "ballot_measure", "campaign"]
Commercial = Literal["testimonial", "paid_content", "advertisement"]
MandatoryFields = Literal[
    "case_number",
    "date_and_place",
    "charge",
    "contact_for_tips",
    "presumption_of_innocence_notice",
    "expiry_date",
    "warning_label",
]
PrivateFactElements = Literal[
    "not_already_public",
    "not_of_public_concern",
    "offensive_to_reasonable_person",
    "given_without_permission",
]
HumorTopics = Literal["death", "officer_involved_incident", "victim", "suspect_or_arrestee"]
Confidential = Literal["agency_rule", "statute", "court_order"]
ReleaseAuthority = Literal["none", "court_order", "statute", "consent_of_protected_person"]
FurtherCategories = Literal[
    "civil_suit",
    "internal_affairs",
    "personnel_matter",
    "call_for_service",
    "warrant",
    "tactics",
    "live_location",
    "prisoner_transport",
    "booking_photo",
    "prior_record",
    "test_result",
    "witness_credibility",
    "named_victim",
    "agency_finances",
]
PublicActivity = Literal[
    "public_event",
    "recruitment_event",
    "award_or_ceremony",
    "announced_training",
    "community_program",
]
Identification = Literal["agency", "member"]
Sources = Literal[
    "booking_photo",
    "body_worn_video",
    "dash_video",
    "emergency_call_audio",
    "surveillance_video",
    "agency_photo",
    "personal_recording",
    "supplied_by_public",
]
Depicts = Literal[
    "scene",
    "incident_in_progress",
    "human_remains",
    "injured_person",
    "evidence",
    "document_or_screen",
    "ceremony",
]
Jurisdiction = Literal["inside", "crosses_boundary", "outside"]
Coordination = Literal["none", "verbal", "documented"]
Death = Literal["none", "death", "line_of_duty_death"]
Kinds = Literal["image", "video", "music", "text", "trademark", "service_mark", "confidential_business_information"]
Basis = Literal["none", "verbal_permission", "written_permission", "license", "documented_exception"]


@part("content")
class Content(Part):
    """What would be shared, said or shown: words, images, sound, links, tags, and for a page its profile."""

    purpose: Purpose | None = fact(
        "What is it for?",
        "IV.2.a",
        also=(
            "IV.2.b",
            "IV.2.c",
            "IV.2.d",
            "IV.2.e",
            "IV.2.f",
            "IV.3.a",
            "IV.3.b",
            "IV.3.c",
            "IV.3.d",
            "IV.4.a",
            "IV.4.b",
            "IV.4.c",
            "IV.5",
        ),
        owner="author",
        harmless="crime_prevention_tips",
    )
    audience: Audience | None = fact("Whom is it mainly meant for?", "V.A.2", owner="author", harmless="general_public")
    tone: Tone | None = fact("Which tone does it take?", "V.A.3.voice", owner="author", harmless="informative")
    offends_expectations: bool | None = fact(
        "Would it offend what the agency has stated the community expects?",
        "V.A.3.expectations",
        owner="author",
        harmless=False,
    )
    unverified: bool | None = fact(
        "Does it state anything that has not been verified?", "V.A.12.accuracy", owner="author", harmless=False
    )
    forms: SetOf[Forms] = fact(
        "Is it, or does it do, any of these?", "III.post", also=("V.A.12.accuracy",), owner="author"
    )
    contacts: SetOf[Contacts] = fact(
        "Does it put you in private contact with any of these?", "practice", owner="author"
    )
    guilt_or_innocence: bool | None = fact(
        "Does it say or imply that a suspect or arrestee is guilty or innocent?",
        "V.A.9.c.i",
        owner="author",
        harmless=False,
    )
    pending_prosecution: bool | None = fact(
        "Does it comment on a pending prosecution?", "V.A.9.c.ii", owner="author", harmless=False
    )
    internal_matters: SetOf[InternalMatters] = fact("Does it tell of any of these?", "V.A.9.c.iv", owner="author")
    case_statements: SetOf[CaseStatements] = fact(
        "Does it state any of these about a case?", "practice", owner="author"
    )
    proceedings: SetOf[Proceedings] = fact("Does it concern any of these?", "practice", owner="author")
    agency_records: SetOf[AgencyRecords] = fact("Does it show or quote any of these?", "practice", owner="author")
    operational_details: SetOf[OperationalDetails] = fact(
        "Does it give away any of these?", "practice", owner="author", sensitive=True
    )
    insignia: SetOf[Insignia] = fact("Which of these does it show?", "V.B.3.b", owner="author")
    offensive_elements: SetOf[OffensiveElements] = fact("Does it contain any of these?", "practice", owner="author")
    political_subjects: SetOf[PoliticalSubjects] = fact(
        "Does it support or oppose any of these?", "practice", owner="author"
    )
    commercial: SetOf[Commercial] = fact("Is it any of these?", "practice", owner="author")
    mandatory_fields: SetOf[MandatoryFields] = fact(
        "Which of these does it carry?", "practice", owner="author", harmless=ALL
    )
    false_and_harmful: bool | None = fact(
        "Does it say anything false that harms the reputation of a person, group or organisation?",
        "V.B.6.a",
        owner="author",
        harmless=False,
    )
    private_fact_elements: SetOf[PrivateFactElements] = fact(
        "Does it give private facts about someone that are ...?", "V.B.6.b", owner="author"
    )
    humor: bool | None = fact("Does it use humour?", "V.A.3.humor", owner="author", harmless=False)
    humor_topics: SetOf[HumorTopics] = fact("Does its humour touch any of these?", "V.A.3.humor", owner="author")
    time_sensitive: bool | None = fact(
        "Is it a notice that cannot wait?",
        "IV.3.a",
        also=(
            "IV.3.b",
            "IV.3.c",
            "IV.3.d",
        ),
        owner="author",
        harmless=False,
    )
    known_false: bool | None = fact(
        "Does it state anything known to be false?", "V.A.12.accuracy", owner="author", harmless=False
    )
    confidential: SetOf[Confidential] = fact(
        "Does it contain information kept confidential by any of these?",
        "V.A.9.c.iii",
        owner="author",
        sensitive=True,
    )
    release_authority: ReleaseAuthority | None = fact(
        "Which documented legal authority permits releasing it?", "V.A.9.c.iii", owner="given", harmless="statute"
    )
    further_categories: SetOf[FurtherCategories] = fact("Does it touch any of these?", "V.A.9.c", owner="author")
    public_activity: SetOf[PublicActivity] = fact(
        "Is all it tells of training, activities or assignments already public as one of these?",
        "V.A.9.c.iv",
        owner="author",
        harmless=ALL,
    )
    identification: SetOf[Identification] = fact(
        "As what does the post itself identify its author?", "V.A.9.b", owner="author", harmless=ALL
    )
    attributed_reshare: bool | None = fact(
        "Is it a share of the responsible agency's own notice that names that agency?",
        "V.A.7.jurisdiction",
        owner="author",
        harmless=False,
    )
    names_employer: bool | None = fact(
        "Does it say that you or someone else works for the agency?", "V.B.3.a", owner="author", harmless=False
    )
    author_recognizable: bool | None = fact(
        "Could a picture or anything else in it let you be recognised as an employee?",
        "V.B.3.c",
        owner="author",
        harmless=False,
    )
    others_recognizable: bool | None = fact(
        "Could a picture or anything else in it let someone else be recognised as an employee?",
        "V.B.3.c",
        owner="author",
        harmless=False,
    )


@part("compliance")
class Compliance(Part):
    """Breaches of other rules that are known of."""

    breaks_it_policy: bool | None = fact(
        "Does it break the information-technology policy?", "V.A.5.it", owner="author", harmless=False
    )
    breaks_platform_terms: bool | None = fact(
        "Does it break the platform's own terms?", "practice", owner="author", harmless=False
    )
    breaks_law_or_order: bool | None = fact(
        "Does it break a law, a court order or a consent decree?", "V.A.5", owner="author", harmless=False
    )
    breaks_conduct_standards: bool | None = fact(
        "Does it break the standards of conduct?", "V.A.9.a", also=("V.B.8.a",), owner="author", harmless=False
    )
    breaks_protocol: bool | None = fact("Does it break accepted protocol?", "V.A.9.a", owner="author", harmless=False)
    breaks_decorum: bool | None = fact("Does it break decorum?", "V.A.9.a", owner="author", harmless=False)
    legally_doubtful: bool | None = fact(
        "Is it doubtful whether a law or regulation allows it?", "V.A.5", owner="author", harmless=False
    )
    only_personal_use: bool | None = fact(
        "Is the only breach that social media is used for personal purposes?", "V.B", owner="author", harmless=False
    )


@part("media", ask="Does it contain an image, a video or a sound recording?")
class Media(OptionalPart):
    """An image, video or sound recording in the content."""

    sources: SetOf[Sources] = fact("Which of these is it?", "practice", owner="author")
    depicts: SetOf[Depicts] = fact("What does it show?", "practice", owner="author")
    recorded_on_duty: bool | None = fact(
        "Was it recorded on duty by the person who wants to share it?", "practice", owner="author", harmless=False
    )


@part(
    "incident",
    ask="Is it about a particular incident or event (a crime, crash, arrest, death, emergency)?",
    always_ask=True,
)
class Incident(OptionalPart):
    """A particular event that the content is about."""

    jurisdiction: Jurisdiction | None = fact(
        "Where did it happen?", "V.A.7.jurisdiction", owner="given", harmless="inside"
    )
    coordination: Coordination | None = fact(
        "Was it coordinated with the neighbouring agency?",
        "V.A.7.coordination",
        owner="author",
        harmless="documented",
    )
    officer_involved: bool | None = fact(
        "Is it an officer-involved incident?", "V.A.7.officer_involved", owner="given", harmless=False
    )
    death: Death | None = fact("Did anyone die?", "V.A.7.officer_involved", owner="given", harmless="none")
    next_of_kin_notified: bool | None = fact(
        "Has the next of kin been told?", "V.A.7.officer_involved", owner="given", harmless=True, always_ask=True
    )
    critical: bool | None = fact("Is it a critical incident?", "IV.4.a", owner="given", harmless=False)
    in_command: bool | None = fact(
        "Is the incident still running, under an incident commander?", "practice", owner="given", harmless=False
    )


@part("work", ask="Does it use music, images, text, logos or business information that belong to someone else?")
class Work(OptionalPart):
    """Someone else's creative work, mark or business secret that the content uses."""

    kinds: SetOf[Kinds] = fact("What of someone else's is used?", "V.A.5.ip", also=("V.B.6.d",), owner="author")
    basis: Basis | None = fact(
        "On what basis may it be used?", "V.A.5.ip", also=("V.B.6.d",), owner="author", harmless="license"
    )
