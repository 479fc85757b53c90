"""Fresh second factors before changes, and sessions that go on from an earlier one and end with it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give step-ups a table, and half-done sign-ins the end of the session that they go on from."""
    op.create_table(
        "step_up",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("session_id", sa.String(length=22), nullable=False),
        sa.Column("pending_id", sa.String(length=22), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=22), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proved_amr", sa.String(length=16), nullable=True),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["pending_id"], ["pending_sign_in.id"], name="fk_step_up_pending_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_step_up_session_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_step_up"),
        sa.UniqueConstraint("pending_id", name="uq_step_up_pending_id"),
    )
    op.create_index("ix_step_up_session_id", "step_up", ["session_id"])
    with op.batch_alter_table("pending_sign_in") as batch:
        batch.add_column(sa.Column("session_ends_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forget the step-ups."""
    with op.batch_alter_table("pending_sign_in") as batch:
        batch.drop_column("session_ends_at")
    op.drop_table("step_up")
