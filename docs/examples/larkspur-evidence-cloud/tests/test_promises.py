"""What the sharing terms promise, whatever else an action says."""

from smpolicy.testing import properties

test_footage_without_a_record_is_denied = properties.always_denies(
    when="larkspur.footage and not larkspur.export_recorded",
    kinds=["publish", "edit"],
    examples=50,
)
test_footage_is_always_told_to_the_record = properties.always_obliges(
    "LEC.1/name_the_record",
    when="larkspur.footage",
    kinds=["publish", "edit"],
    examples=50,
)
test_recognizable_faces_are_never_shown_unseen = properties.never_allows(
    when="larkspur.footage and 'faces' in larkspur.recognizable",
    kinds=["publish", "edit"],
    examples=50,
)
test_nothing_is_deleted_that_nobody_holds = properties.never_allows(
    when="not includes(record.captured, {'content', 'time', 'user'}) and not larkspur.archived",
    kinds=["delete"],
    examples=50,
)
