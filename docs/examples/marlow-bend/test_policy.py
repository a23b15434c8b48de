"""What the city of Marlow Bend wants of its social-media policy, whatever its file says: thirty promises."""

from smpolicy.testing import properties

POSTS = ["publish", "edit"]
MODERATION = ["hide", "delete", "restrict_user", "moderate_forum"]

# Ordinary work goes ahead.
test_ordinary_work_goes_ahead = properties.always_allows(
    kinds=[*POSTS, "hide", "restrict_user", "moderate_forum", "publish_page", "grant_access", "access_platform",
           "background_search", "personal_post", "public_statement", "report_violation"]
)  # fmt: skip
test_routine_subjects_need_no_approval = properties.always_allows(
    when="content.purpose in {'crime_prevention_tips', 'answering_questions', 'tip_solicitation', 'recruitment',"
    " 'road_closure', 'missing_or_endangered_person', 'weather_emergency', 'special_event', 'media_message'}",
    kinds=["publish"],
)
test_victims_are_spoken_to = properties.always_allows(
    when="content.audience in {'victims', 'local_residents', 'media'} and content.tone in"
    " {'celebratory', 'empathetic'}",
    kinds=["publish"],
)
test_comments_may_be_closed = properties.always_allows(
    when="moderation.method == 'close_comments_for_all'", kinds=["moderate_forum"]
)
test_recent_training_counts = properties.always_allows(
    when="actor.trained and age(actor.training_date) <= 700 and 'content_author' in actor.roles", kinds=["publish"]
)
test_public_events_have_standing_approval = properties.always_allows(
    when="'agency_activities' in content.internal_matters and 'community_program' in content.public_activity"
    " and 'spokesperson' in actor.roles",
    kinds=["publish"],
)

# What nobody posts.
test_no_word_on_prosecutions = properties.always_denies(when="content.pending_prosecution", kinds=POSTS)
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

# What is looked at first, and by whom.
test_guilt_is_approved = properties.always_needs(
    "approving_authority",
    when="content.guilt_or_innocence",
    kinds=POSTS,
    roles=["chief_or_sheriff", "deputy_chief", "public_information_officer"],
)
test_humor_is_approved = properties.always_needs("approving_authority", when="content.humor", kinds=["publish"])
test_grave_news_is_approved = properties.always_needs(
    "approving_authority",
    when="content.purpose in {'wanted_person', 'arrest_or_charge', 'recognition_or_memorial', 'rumor_correction',"
    " 'personal', 'other'} and 'reply' in content.forms",
    kinds=["publish"],
)
test_critical_incidents_are_approved = properties.always_needs(
    "critical_incident_approver",
    when="content.purpose == 'critical_incident_information' or (incident.exists and incident.officer_involved"
    " and incident.jurisdiction == 'inside')",
    kinds=["publish"],
    roles=["incident_commander", "deputy_chief", "chief_or_sheriff"],
)
test_grave_news_is_reviewed = properties.always_needs(
    "quality_reviewer",
    when="content.unverified or (content.purpose in {'rumor_correction', 'critical_incident_information'}"
    " and 'reply' in content.forms)",
    kinds=["publish"],
    roles=["content_reviewer"],
)
test_doubtful_law_goes_to_counsel = properties.always_needs(
    "legal", when="compliance.legally_doubtful or (work.exists and work.basis == 'none')", kinds=POSTS,
    roles=["legal_counsel"],
)  # fmt: skip
test_incidents_of_elsewhere_are_approved = properties.always_needs(
    "approving_authority",
    when="incident.exists and incident.jurisdiction == 'outside' and not content.attributed_reshare"
    " or incident.exists and incident.jurisdiction == 'crosses_boundary' and incident.coordination != 'documented'",
    kinds=["publish"],
)

# Comments and people on the pages.
test_no_comment_is_taken_down_for_criticism = properties.always_denies(
    when="target.author != 'agency' and (moderation.viewpoint_based or moderation.ground == 'criticism'"
    " or moderation.conduct_elsewhere)",
    kinds=["hide", "delete"],
)
test_nobody_is_filtered_or_shut_out_for_a_view = properties.always_denies(
    when="moderation.method == 'keyword_filter' or moderation.viewpoint_based",
    kinds=["restrict_user", "moderate_forum"],
)
test_counsel_sees_each_block = properties.always_needs(
    "legal", when="moderation.method == 'block_user'", kinds=["restrict_user"], roles=["legal_counsel"]
)
test_nothing_is_deleted_on_hold_or_without_a_copy = properties.never_allows(
    when="not includes(record.captured, {'content', 'time', 'user', 'reason'})"
    " or overlaps(record.holds, {'records_request', 'legal_hold', 'evidence_hold'})",
    kinds=["delete"],
)
test_only_moderators_moderate = properties.always_denies(
    when="within(actor.roles, {'supervisor', 'investigator', 'legal_counsel', 'content_reviewer'})", kinds=MODERATION
)

# Training, devices, candidates.
test_nobody_untrained_works_on_the_pages = properties.always_denies(
    when="not actor.trained or age(actor.training_date) > 731", kinds=POSTS
)
test_nobody_untrained_gets_access = properties.always_denies(
    when="access.change != 'withdraw' and (not access.holder_trained or age(access.holder_training_date) > 731)",
    kinds=["grant_access"],
)
test_platforms_on_duty_need_a_supervisor = properties.always_needs(
    "supervisor",
    when="session.duty == 'on_duty' and session.authorized == 'none' and includes(session.site_features,"
    " {'user_content', 'user_participation'})",
    kinds=["access_platform"],
)
test_candidates_are_searched_fairly = properties.always_denies(
    when="candidate.notice != 'written_consent' or candidate.stage != 'conditional_offer'"
    " or candidate.nonpublic_content or candidate.protected_traits_passed_on"
    " or candidate.searcher not in {'trained_screener', 'background_investigator'}"
    " or overlaps(candidate.demands, {'password', 'supervised_login'})",
    kinds=["background_search"],
)

# Employees' own speech.
test_undercover_colleagues_are_protected = properties.always_needs(
    "legal",
    when="person.exists and overlaps(person.undercover, {'author', 'colleague'}) and 'reply' in content.forms"
    " and not speech.public_concern",
    kinds=["personal_post"],
)
test_the_department_speaks_for_itself = properties.always_needs(
    "approving_authority",
    when="speech.form == 'written' and speech.appears_official and speech.authorization != 'express'"
    " and speech.disclaimer == 'none' and speech.official_duties",
    kinds=["public_statement"],
)
test_speech_and_reports_are_protected = properties.always_denies(
    when="adverse_action.for_reporting and adverse_action.report_faith != 'documented_knowingly_false'"
    " or 'personal_use_as_such' in adverse_action.bases or ('personal_speech' in adverse_action.bases"
    " and speech.form != 'not_expressive' and speech.public_concern and not speech.official_duties"
    " and within(speech.documented_interests, []))",
    kinds=["discipline"],
)
test_nothing_else_is_denied = properties.denies_only_for(
    ["V.A.3.humor/sensitive", "V.A.4.maintain/moderation", "V.A.5", "V.A.6",
     "V.A.7.officer_involved/naming_before_kin_told",
     "V.A.9.c.ii", "V.A.9.c.iii", "V.A.10", "V.A.11", "V.A.12.accuracy/false", "V.B", "V.B.1", "V.B.7", "V.B.8.c"],
)  # fmt: skip
