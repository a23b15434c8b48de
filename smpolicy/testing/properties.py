"""Promises about a policy that pytest holds it to, one line each; a broken one is told with the smallest action.

    from smpolicy.testing import properties

    test_guilt = properties.never_allows(when="content.guilt_or_innocence", kinds=["publish"])

Each function here returns a test that takes `policy`, as the fixture of that name gives it, or as one calls it.
"""

from smpolicy.testing.counterexamples import PromiseBroken
from smpolicy.testing.guarantees import (
    GUARANTEES,
    allowed_stays_allowed,
    answers_settle,
    approvals_never_strengthen,
    demanding_credentials_is_denied,
    disciplining_protected_speech_is_denied,
    doubt_denies_no_speech,
    engines_agree,
    exceptions_only_soften,
    order_changes_nothing,
    plain_personal_posts_are_allowed,
    punishing_reports_is_denied,
    reports_are_allowed,
    settled_stays_settled,
    stricter_choices_never_weaken,
    viewpoint_moderation_is_denied,
)
from smpolicy.testing.promises import Property
from smpolicy.testing.statements import (
    STATEMENTS,
    always_allows,
    always_denies,
    always_needs,
    always_obliges,
    answers_within,
    at_least_as_strict_as,
    denies_only_for,
    never_allows,
    same_as,
)

__all__ = [
    "GUARANTEES",
    "STATEMENTS",
    "PromiseBroken",
    "Property",
    "allowed_stays_allowed",
    "always_allows",
    "always_denies",
    "always_needs",
    "always_obliges",
    "answers_settle",
    "answers_within",
    "approvals_never_strengthen",
    "at_least_as_strict_as",
    "demanding_credentials_is_denied",
    "denies_only_for",
    "disciplining_protected_speech_is_denied",
    "doubt_denies_no_speech",
    "engines_agree",
    "exceptions_only_soften",
    "never_allows",
    "order_changes_nothing",
    "plain_personal_posts_are_allowed",
    "punishing_reports_is_denied",
    "reports_are_allowed",
    "same_as",
    "settled_stays_settled",
    "stricter_choices_never_weaken",
    "viewpoint_moderation_is_denied",
]
