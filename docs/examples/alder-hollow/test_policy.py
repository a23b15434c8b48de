"""What the village of Alder Hollow wants of its social-media policy, whatever its file says: thirty promises."""

from smpolicy.testing import properties

POSTS = ["publish", "edit"]
MODERATION = ["hide", "delete", "restrict_user", "moderate_forum"]

# Ordinary work goes ahead.
test_ordinary_work_goes_ahead = properties.always_allows(
    kinds=["publish", "edit", "publish_page", "grant_access", "access_platform", "personal_post", "public_statement"]
)
test_missing_people_are_looked_for_at_once = properties.always_allows(when="search.purpose == 'missing_person'")
test_routine_subjects_need_no_approval = properties.always_allows(
    when="content.purpose in {'crime_prevention_tips', 'answering_questions', 'tip_solicitation', 'recruitment',"
    " 'missing_or_endangered_person', 'weather_emergency', 'special_event'}",
    kinds=["publish"],
)
test_an_urgent_closure_goes_out_first = properties.always_allows(
    when="content.purpose == 'road_closure' and content.time_sensitive and not content.unverified", kinds=["publish"]
)
test_an_urgent_closure_is_reviewed_afterwards = properties.always_obliges(
    "IV.3.a",
    when="content.purpose == 'road_closure' and content.time_sensitive and not content.unverified"
    " and not overlaps(content.forms, {'bare_reaction', 'connection', 'recording_only', 'on_screen_display'})",
    kinds=["publish"],
)
test_news_of_elsewhere_may_be_passed_on = properties.always_allows(
    when="incident.exists and incident.jurisdiction == 'outside' and not incident.officer_involved"
    " and incident.death == 'none' and content.attributed_reshare",
    kinds=["publish"],
)

# What nobody posts.
test_no_hint_of_guilt = properties.always_denies(
    when="content.guilt_or_innocence or content.pending_prosecution", kinds=POSTS
)
test_no_crime_of_elsewhere = properties.always_denies(
    when="incident.exists and incident.jurisdiction == 'outside' and not content.attributed_reshare", kinds=["publish"]
)
test_nothing_false_or_unlawful = properties.always_denies(
    when="content.known_false or compliance.breaks_law_or_order", kinds=POSTS
)
test_nothing_sealed = properties.always_denies(
    when="('statute' in content.confidential and content.release_authority == 'none')"
    " or ('court_order' in content.confidential and content.release_authority != 'court_order')",
    kinds=POSTS,
)
test_no_dead_are_named_before_kin_know = properties.always_denies(
    when="incident.exists and not incident.next_of_kin_notified and person.exists and 'deceased' in person.status"
    " and 'name' in person.details",
    kinds=["publish"],
)
test_no_jokes_on_victims = properties.always_denies(
    when="content.humor and 'victim' in content.humor_topics", kinds=["publish"]
)

# What the chief or the senior officer sees first.
test_jokes_are_approved = properties.always_needs(
    "approving_authority", when="content.humor", kinds=["publish"], roles=["chief_or_sheriff", "supervisor"]
)
test_grave_news_is_approved = properties.always_needs(
    "approving_authority",
    when="content.purpose in {'wanted_person', 'arrest_or_charge', 'rumor_correction', 'media_message', 'personal'}"
    " and 'reply' in content.forms",
    kinds=["publish"],
)
test_critical_incidents_are_approved_by_the_chief = properties.always_needs(
    "critical_incident_approver",
    when="content.purpose == 'critical_incident_information' or (incident.exists and incident.officer_involved"
    " and incident.jurisdiction == 'inside')",
    kinds=["publish"],
    roles=["chief_or_sheriff"],
)
test_doubtful_law_goes_to_the_attorney = properties.always_needs(
    "legal", when="compliance.legally_doubtful or (work.exists and work.basis == 'none')", kinds=POSTS,
    roles=["legal_counsel"],
)  # fmt: skip
test_internal_matters_are_approved = properties.always_needs(
    "approving_authority",
    when="overlaps(content.internal_matters, {'agency_training', 'work_assignments'})"
    " or 'agency_rule' in content.confidential",
    kinds=POSTS,
)

# Comments and people on the page.
test_nobody_is_blocked_or_filtered = properties.always_denies(
    when="moderation.method in {'block_user', 'keyword_filter'}", kinds=["restrict_user", "moderate_forum"]
)
test_no_comment_is_taken_down_for_criticism = properties.always_denies(
    when="target.author != 'agency' and (moderation.viewpoint_based or moderation.ground == 'criticism')",
    kinds=["hide", "delete"],
)
test_taking_down_waits_for_the_attorney = properties.always_needs(
    "legal", when="target.author != 'agency'", kinds=["hide"], roles=["legal_counsel"]
)
test_nothing_is_deleted_without_a_copy_or_on_hold = properties.never_allows(
    when="not includes(record.captured, {'content', 'time', 'user', 'reason'})"
    " or overlaps(record.holds, {'records_request', 'legal_hold', 'evidence_hold'})",
    kinds=["delete"],
)
test_what_is_done_is_kept = properties.always_obliges("V.A.5.records", kinds=["publish", "edit", "hide"])

# People, devices, candidates.
test_nobody_untrained_works_on_the_page = properties.never_allows(when="not actor.trained", kinds=[*POSTS, *MODERATION])
test_nobody_untrained_gets_the_password = properties.always_denies(
    when="access.change != 'withdraw' and not access.holder_trained", kinds=["grant_access"]
)
test_only_those_in_charge_maintain_the_page = properties.never_allows(
    when="not overlaps(actor.roles, {'chief_or_sheriff', 'page_administrator', 'content_author', 'moderator'})",
    kinds=[*POSTS, "publish_page"],
)
test_candidates_are_not_looked_up = properties.always_denies(when="True", kinds=["background_search"])
test_private_use_off_duty_is_free = properties.always_allows(
    when="session.duty == 'off_duty' and session.device == 'personal' and session.account_holder == 'own'"
    " and session.reason == 'personal'",
    kinds=["access_platform"],
)
test_undercover_colleagues_are_protected = properties.always_needs(
    "legal",
    when="person.exists and overlaps(person.undercover, {'author', 'colleague'}) and 'reply' in content.forms"
    " and not speech.public_concern",
    kinds=["personal_post"],
)
test_speech_is_protected = properties.disciplining_protected_speech_is_denied()
test_nothing_else_is_denied = properties.denies_only_for(
    ["V.A.3.humor", "V.A.4.maintain/moderation", "V.A.5", "V.A.6", "V.A.7", "V.A.9", "V.A.10",
     "V.A.11/access_untrained", "V.A.12.accuracy/false", "V.B", "V.B.1", "V.B.7", "V.B.8.c"],
)  # fmt: skip
