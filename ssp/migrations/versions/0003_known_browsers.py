"""Browsers in which a person has signed in before, and counters with room of their own for them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COUNTS = ("known_count", "turned_away")


def upgrade() -> None:
    """Know no browser yet; what was counted so far came from browsers that nobody knew."""
    op.create_table(
        "known_browser",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("verifier_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_known_browser_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_known_browser"),
    )
    op.create_index("ix_known_browser_user_id", "known_browser", ["user_id"])
    op.create_index("ix_known_browser_last_seen_at", "known_browser", ["last_seen_at"])
    with op.batch_alter_table("pending_sign_in") as batch:
        batch.add_column(sa.Column("known_browser_id", sa.String(length=22), nullable=True))
        batch.create_foreign_key(
            "fk_pending_sign_in_known_browser_id", "known_browser", ["known_browser_id"], ["id"], ondelete="SET NULL"
        )
    with op.batch_alter_table("throttle") as batch:
        for name in COUNTS:
            batch.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("known_held_until", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("bucket", sa.String(length=24), nullable=True))
        batch.create_index("ix_throttle_bucket", ["bucket"])
    with op.batch_alter_table("throttle") as batch:
        for name in COUNTS:
            batch.alter_column(name, existing_type=sa.Integer(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    """Forget the browsers, and count all alike."""
    with op.batch_alter_table("throttle") as batch:
        batch.drop_index("ix_throttle_bucket")
        for name in ("bucket", "known_held_until", *COUNTS):
            batch.drop_column(name)
    with op.batch_alter_table("pending_sign_in") as batch:
        batch.drop_constraint("fk_pending_sign_in_known_browser_id", type_="foreignkey")
        batch.drop_column("known_browser_id")
    op.drop_table("known_browser")
