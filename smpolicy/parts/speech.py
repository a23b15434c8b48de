"""Employees' own speech, and what an agency does about it."""

from typing import Literal

from smpolicy.parts.declaring import ALL, Part, SetOf, fact, part

Type = Literal["personal", "mixed", "alias", "campaign", "professional_network"]
Visibility = Literal["public", "limited", "private"]
ProfileShows = Literal[
    "employer",
    "insignia",
    "author_recognizable",
    "others_recognizable",
    "undercover_author",
    "undercover_colleague",
]
Form = Literal[
    "spoken",
    "written",
    "expressive_conduct",
    "symbol",
    "picture",
    "recording",
    "reaction",
    "not_expressive",
]
Occasion = Literal["statement", "speech", "appearance", "endorsement", "publication"]
ProtectedActivities = Literal[
    "union_activity",
    "concerted_activity",
    "whistleblowing",
    "testimony",
    "legally_required_report",
]
UnprotectedCategories = Literal[
    "true_threat",
    "incitement",
    "obscenity",
    "defamation",
    "fraud",
    "solicitation_of_crime",
]
DocumentedInterests = Literal[
    "interferes_with_operation",
    "interferes_with_discipline",
    "impairs_working_relationships",
    "obstructs_duties",
    "abuses_authority",
    "undercover_safety",
]
Disclaimer = Literal["none", "in_profile", "in_content"]
CredibilitySubjects = Literal["cases", "use_of_force", "bias", "truthfulness"]
AboutAgency = Literal[
    "criticizes_agency",
    "criticizes_supervisor_or_peer",
    "discredits_agency",
    "discusses_agency_program",
]
Authorization = Literal["none", "express"]
Means = Literal[
    "public",
    "shared_by_consent",
    "shown_by_recipient",
    "lawful_process",
    "past_privacy_setting",
    "by_password",
    "by_pretext",
    "by_demanding_credentials",
]
Consent = Literal["none", "uncoerced", "coerced"]
Discloser = Literal["nobody", "entitled_unsolicited", "entitled_solicited", "not_entitled"]
Process = Literal["none", "subpoena", "warrant", "court_order"]
Reason = Literal["not_recorded", "recorded"]
Bases = Literal[
    "official_duty_speech",
    "personal_speech",
    "personal_use_as_such",
    "conduct_standards",
    "policy_violation",
    "other_conduct",
]
ReportFaith = Literal["good_faith", "not_known", "documented_knowingly_false"]
Implicates = Literal["usual_recipient", "own_supervisor", "agency_head", "other_employee"]
Discovery = Literal["on_duty", "by_chance_off_duty", "told_by_someone"]


@part("personal_account")
class PersonalAccount(Part):
    """The employee's own account."""

    type: Type | None = fact("What sort of account of your own is it?", "practice", owner="author", harmless="personal")
    visibility: Visibility | None = fact(
        "Who can see what you post there?", "V.B.8.b", owner="author", harmless="private"
    )
    work_email: bool | None = fact(
        "Is the account registered with a work e-mail address?", "practice", owner="author", harmless=False
    )
    profile_shows: SetOf[ProfileShows] = fact(
        "Does your profile there say or show any of these?",
        "III.profile",
        also=(
            "V.B.3.a",
            "V.B.3.b",
            "V.B.3.c",
            "V.B.3.d",
        ),
        owner="author",
    )


@part("speech")
class Speech(Part):
    """An employee's expression, in whatever form, and what decides whether it is protected."""

    form: Form | None = fact("How is it expressed?", "III.speech", owner="given", harmless="written")
    occasion: SetOf[Occasion] = fact("Is it any of these?", "V.B.4", owner="author")
    public_concern: bool | None = fact(
        "Is it on a matter of public concern?", "V.B.1", owner="given", harmless=True, always_ask=True
    )
    official_duties: bool | None = fact(
        "Is it made as part of official duties?", "V.B.2", owner="given", harmless=False, always_ask=True
    )
    protected_activities: SetOf[ProtectedActivities] = fact(
        "Is it any of these?",
        "practice",
        owner="given",
        harmless=ALL,
        always_ask=True,
        sensitive=True,
    )
    unprotected_categories: SetOf[UnprotectedCategories] = fact(
        "Is it any of these, as the law defines them?", "practice", owner="given", always_ask=True
    )
    documented_interests: SetOf[DocumentedInterests] = fact(
        "Which of these effects has the agency documented?",
        "V.B.1.a",
        also=(
            "V.B.1.b",
            "V.B.1.c",
            "V.B.1.d",
            "V.B.1.e",
        ),
        owner="given",
        always_ask=True,
    )
    appears_official: bool | None = fact(
        "Could it reasonably be taken for the agency's view?", "V.B.4", owner="author", harmless=False
    )
    disclaimer: Disclaimer | None = fact(
        "Is there a disclaimer that the views are your own?", "V.B.4", owner="author", harmless="in_content"
    )
    credibility_subjects: SetOf[CredibilitySubjects] = fact("Does it speak of any of these?", "V.B.5", owner="author")
    about_agency: SetOf[AboutAgency] = fact("Does it do any of these?", "practice", owner="author")
    asserted_interests: SetOf[DocumentedInterests] = fact(
        "Which of these effects are claimed, but not documented?", "V.B.1", owner="given"
    )
    authorization: Authorization | None = fact(
        "Was it expressly authorised to speak for the agency?", "V.B.4", owner="given", harmless="express"
    )


@part("viewing")
class Viewing(Part):
    """How an employee's content is or was reached."""

    means: Means | None = fact("How is or was the content reached?", "V.B.8.c", owner="author", harmless="public")
    consent: Consent | None = fact("How was consent given?", "V.B.8.c", owner="given", harmless="none")
    discloser: Discloser | None = fact(
        "Was whoever showed it entitled to see it, and did they do so unasked?",
        "V.B.8.c",
        owner="given",
        harmless="nobody",
    )
    process: Process | None = fact("Which lawful process is there for it?", "V.B.8.c", owner="given", harmless="none")
    reason: Reason | None = fact("Is the reason for looking recorded?", "V.B.8.c", owner="given", harmless="recorded")


@part("adverse_action")
class AdverseAction(Part):
    """The adverse action proposed against an employee."""

    bases: SetOf[Bases] = fact(
        "What is the action based on?",
        "V.B.2",
        also=(
            "V.B",
            "V.B.8.a",
        ),
        owner="author",
        always_ask=True,
    )
    third_party_content: bool | None = fact(
        "Is it for what someone else posted on the employee's page?", "practice", owner="author", harmless=False
    )
    for_reporting: bool | None = fact(
        "Is it in any part because the person reported a violation?",
        "V.B.7",
        owner="given",
        harmless=False,
        always_ask=True,
    )
    report_faith: ReportFaith | None = fact(
        "In what faith was the report made?", "V.B.7", owner="given", harmless="good_faith"
    )
    private_conduct: bool | None = fact(
        "Is the conduct private, away from duty?", "V.B.8.a", owner="given", harmless=False, always_ask=True
    )


@part("report")
class ViolationReport(Part):
    """The report of a suspected violation."""

    implicates: SetOf[Implicates] = fact("Whom does the report concern?", "V.B.7", owner="author", sensitive=True)
    discovery: Discovery | None = fact("How was it found?", "practice", owner="author", harmless="on_duty")
