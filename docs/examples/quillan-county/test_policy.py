"""What the sheriff of Quillan County wants of the policy on social media, whatever its file says: thirty promises."""

from smpolicy.testing import properties

POSTS = ["publish", "edit"]
MODERATION = ["hide", "delete", "restrict_user", "moderate_forum"]

# Ordinary work goes ahead.
test_ordinary_work_goes_ahead = properties.always_allows(
    kinds=[*POSTS, "hide", "restrict_user", "moderate_forum", "publish_page", "grant_access", "access_platform",
           "background_search", "personal_post", "public_statement", "report_violation"]
)  # fmt: skip
test_searches_for_people_need_nobody = properties.always_allows(
    when="search.purpose in {'missing_person', 'wanted_person', 'posted_crime_media'}"
)
test_routine_subjects_need_no_approval = properties.always_allows(
    when="content.purpose in {'crime_prevention_tips', 'answering_questions', 'tip_solicitation', 'recruitment',"
    " 'road_closure', 'missing_or_endangered_person', 'special_event', 'media_message', 'online_reporting'}",
    kinds=["publish"],
)
test_warnings_do_not_wait = properties.always_allows(
    when="content.purpose == 'weather_emergency' and content.time_sensitive and not content.unverified"
    " and content.audience == 'other' and content.tone == 'informative'",
    kinds=["publish"],
)
test_warnings_are_reviewed_afterwards = properties.always_obliges(
    "IV.3.a",
    when="content.purpose == 'weather_emergency' and content.time_sensitive and not content.unverified"
    " and 'reply' in content.forms",
    kinds=["publish"],
)
test_recent_training_counts = properties.always_allows(
    when="actor.trained and age(actor.training_date) <= 360 and 'content_author' in actor.roles", kinds=["publish"]
)

# What nobody posts.
test_no_word_on_guilt_or_prosecutions = properties.always_denies(
    when="content.guilt_or_innocence or content.pending_prosecution or compliance.breaks_conduct_standards", kinds=POSTS
)
test_nothing_false_or_unlawful = properties.always_denies(
    when="content.known_false or compliance.breaks_law_or_order", kinds=POSTS
)
test_nothing_sealed_or_stolen = properties.always_denies(
    when="('statute' in content.confidential and content.release_authority == 'none')"
    " or ('court_order' in content.confidential and content.release_authority != 'court_order')"
    " or (work.exists and work.basis == 'none')",
    kinds=POSTS,
)
test_no_dead_are_named_before_kin_know = properties.always_denies(
    when="incident.exists and not incident.next_of_kin_notified and person.exists and 'deceased' in person.status"
    " and 'name' in person.details",
    kinds=["publish"],
)
test_every_post_says_whose_it_is = properties.never_allows(
    when="account.id == 'market-cover-1' and within(content.identification, []) and 'reply' in content.forms",
    kinds=["publish"],
)

# What is looked at first, and by whom.
test_grave_news_is_approved = properties.always_needs(
    "approving_authority",
    when="content.purpose in {'wanted_person', 'arrest_or_charge', 'recognition_or_memorial', 'rumor_correction',"
    " 'personal', 'other', 'crime_maps_and_data'} and 'reply' in content.forms",
    kinds=["publish"],
    roles=["chief_or_sheriff", "deputy_chief", "public_information_officer"],
)
test_sensitive_subjects_are_approved = properties.always_needs(
    "approving_authority",
    when="overlaps(content.further_categories, {'booking_photo', 'tactics', 'live_location', 'named_victim'})"
    " or content.humor or 'agency_rule' in content.confidential",
    kinds=["publish"],
)
test_critical_incidents_are_approved = properties.always_needs(
    "critical_incident_approver",
    when="content.purpose == 'critical_incident_information'",
    kinds=["publish"],
    roles=["incident_commander", "chief_or_sheriff"],
)
test_officer_involved_incidents_go_to_the_incident_or_to_counsel = properties.always_needs(
    ["critical_incident_approver", "legal"],
    when="incident.exists and incident.officer_involved and incident.jurisdiction != 'outside'",
    kinds=["publish"],
)
test_grave_news_is_reviewed = properties.always_needs(
    "quality_reviewer",
    when="content.unverified or (content.purpose in {'rumor_correction', 'recognition_or_memorial'}"
    " and 'reply' in content.forms)",
    kinds=["publish"],
)
test_doubtful_law_goes_to_counsel = properties.always_needs(
    "legal", when="compliance.legally_doubtful", kinds=POSTS, roles=["legal_counsel"]
)
test_incidents_of_elsewhere_are_approved = properties.always_needs(
    "approving_authority",
    when="incident.exists and incident.jurisdiction == 'outside' and not content.attributed_reshare"
    " or incident.exists and incident.jurisdiction == 'crosses_boundary' and incident.coordination != 'documented'",
    kinds=["publish"],
)

# Pages, comments and people on them.
test_pages_say_that_they_are_not_watched = properties.always_denies(
    when="page.administration == 'agency' and page.change == 'new_account' and page.monitoring == 'not_at_all_times'"
    " and not includes(page.items, {'emergency_contact', 'not_monitored_at_all_times'})",
    kinds=["publish_page"],
)
test_no_comment_is_taken_down_for_criticism = properties.always_denies(
    when="target.author != 'agency' and (moderation.viewpoint_based or moderation.ground == 'criticism'"
    " or moderation.conduct_elsewhere)",
    kinds=["hide", "delete"],
)
test_blocks_follow_the_steps = properties.always_denies(
    when="moderation.method == 'keyword_filter' or moderation.method == 'block_user' and not includes("
    "moderation.steps_taken, {'warning', 'notice_with_reason', 'lesser_measure', 'appeal_offered'})",
    kinds=["restrict_user"],
)
test_nothing_is_deleted_on_hold_or_without_a_copy = properties.never_allows(
    when="not includes(record.captured, {'content', 'time', 'user', 'reason'})"
    " or overlaps(record.holds, {'records_request', 'legal_hold', 'evidence_hold'})",
    kinds=["delete"],
)
test_what_is_done_is_kept = properties.always_obliges("V.A.5.records", kinds=["publish", *MODERATION])

# Training, devices, candidates.
test_nobody_untrained_works_on_the_accounts = properties.always_denies(
    when="not actor.trained or age(actor.training_date) > 366", kinds=[*POSTS, *MODERATION]
)
test_platforms_on_duty_need_a_supervisor = properties.always_needs(
    "supervisor",
    when="session.duty == 'on_duty' and session.authorized == 'none' and includes(session.site_features,"
    " {'user_content', 'user_participation'}) and not compliance.breaks_it_policy",
    kinds=["access_platform"],
)
test_candidates_are_searched_fairly = properties.always_denies(
    when="candidate.notice != 'written_consent' or candidate.stage != 'conditional_offer'"
    " or candidate.searcher != 'trained_screener' or candidate.singled_out"
    " or candidate.nonpublic_content or candidate.protected_traits_passed_on"
    " or overlaps(candidate.demands, {'password', 'supervised_login'})",
    kinds=["background_search"],
)

# Employees' own speech.
test_undercover_deputies_are_protected = properties.always_needs(
    "legal",
    when="person.exists and overlaps(person.undercover, {'author', 'colleague'}) and 'reply' in content.forms"
    " and not speech.public_concern",
    kinds=["personal_post"],
)
test_private_content_stays_private = properties.always_denies(
    when="viewing.means in {'by_password', 'by_pretext', 'by_demanding_credentials'}"
    " or viewing.means == 'public' and viewing.reason == 'not_recorded'",
    kinds=["view_employee_content"],
)
test_speech_and_reports_are_protected = properties.always_denies(
    when="adverse_action.for_reporting and adverse_action.report_faith != 'documented_knowingly_false'"
    " or 'personal_use_as_such' in adverse_action.bases or ('personal_speech' in adverse_action.bases"
    " and speech.form != 'not_expressive' and speech.public_concern and not speech.official_duties"
    " and within(speech.documented_interests, []))",
    kinds=["discipline"],
)
test_nothing_else_is_denied = properties.denies_only_for(
    ["V.A.1", "V.A.3.humor/sensitive", "V.A.4.maintain/moderation", "V.A.5", "V.A.6", "V.A.7.officer_involved",
     "V.A.9.a/conduct", "V.A.9.b", "V.A.9.c.i", "V.A.9.c.ii", "V.A.9.c.iii", "V.A.10", "V.A.11",
     "V.A.12.accuracy/false", "V.B", "V.B.1", "V.B.7", "V.B.8.c"],
)  # fmt: skip
