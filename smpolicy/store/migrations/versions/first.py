"""The first schema: events, the keys of single events, the list of cases, and the head of the chain."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "events",
        Column("number", BIG, primary_key=True, autoincrement=False),
        Column("kind", Text, nullable=False),
        Column("case_id", BigInteger),
        Column("step", Integer, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("by", Text),
        Column("data", Text, nullable=False),
        Column("sealed", LargeBinary),
        Column("hash", String(64), nullable=False),
    )
    op.create_index("events_case", "events", ["case_id", "step"], unique=True)
    op.create_table(
        "keys",
        Column("event", BIG, primary_key=True, autoincrement=False),
        Column("wrapped", LargeBinary, nullable=False),
    )
    op.create_table(
        "cases",
        Column("id", BIG, primary_key=True, autoincrement=False),
        Column("kind", Text, nullable=False),
        Column("agency", Text, nullable=False),
        Column("author", Text),
        Column("submitted_by", Text, nullable=False),
        Column("status", String(20), nullable=False),
        Column("opened_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        Column("wakes_at", BigInteger),
        Column("steps", Integer, nullable=False),
    )
    op.create_index("cases_status", "cases", ["status", "id", "expires_at"])
    op.create_index("cases_kind", "cases", ["kind", "status", "id"])
    op.create_index("cases_author", "cases", ["author", "status", "id"])
    op.create_index("cases_wakes", "cases", ["wakes_at"])
    head = op.create_table(
        "head",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("count", BigInteger, nullable=False),
        Column("hash", String(64), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "count": 0, "hash": "0" * 64}])


def downgrade() -> None:
    """Refuse: events are never taken away."""
    raise NotImplementedError("the first schema has none before it")
