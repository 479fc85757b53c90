"""Texts and calls, one row each, for what the provider says about them and for the operator's report."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give each text and call a row; codes on their way name the newest."""
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("challenge_id", sa.String(length=22), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("spoken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["challenge_id"], ["challenge.id"], name="fk_delivery_challenge_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
    )
    op.create_index("ix_delivery_challenge_id", "delivery", ["challenge_id"])
    op.create_index("ix_delivery_sent_at", "delivery", ["sent_at"])
    with op.batch_alter_table("challenge") as batch:
        batch.add_column(sa.Column("delivery_id", sa.String(length=22), nullable=True))
        batch.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
        batch.drop_index("ix_challenge_provider_id")
        batch.drop_column("provider_id")


def downgrade() -> None:
    """Forget the texts and calls."""
    with op.batch_alter_table("challenge") as batch:
        batch.add_column(sa.Column("provider_id", sa.String(length=64), nullable=True))
        batch.create_index("ix_challenge_provider_id", ["provider_id"])
        batch.drop_column("left_at")
        batch.drop_column("delivery_id")
    op.drop_table("delivery")
