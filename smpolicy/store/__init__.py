"""The store: events that are only ever appended, chained by a keyed hash, in SQLite or PostgreSQL.

It is the extra `desk`; the approval desk and the journal keep their events in it.
"""

from smpolicy.errors import MissingExtra, Problem

try:
    import cryptography as _cryptography
    import sqlalchemy as _sqlalchemy
except ImportError as error:
    raise MissingExtra(
        Problem(
            "missing_extra",
            f"the store needs a library that is not installed: {error}",
            help="install the extra `desk`: pip install 'smpolicy[desk]'",
        )
    ) from error

from smpolicy.store.events import REDACTED, Event, Head, Redacted
from smpolicy.store.store import NEW, Store
from smpolicy.store.tables import CaseRow
from smpolicy.store.verification import Flaw, Verification
from smpolicy.store.writing import Writer

__all__ = [
    "NEW",
    "REDACTED",
    "CaseRow",
    "Event",
    "Flaw",
    "Head",
    "Redacted",
    "Store",
    "Verification",
    "Writer",
]

del _cryptography, _sqlalchemy
