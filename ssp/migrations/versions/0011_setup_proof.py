"""Codes that prove an address before a first set-up, and phone numbers that come with an account."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give mailed codes a table, and people the phone number that they are known to have."""
    op.create_table(
        "mailed_code",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("pending_id", sa.String(length=22), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("code_made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("last_sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pending_id"], ["pending_sign_in.id"], name="fk_mailed_code_pending_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mailed_code"),
        sa.UniqueConstraint("pending_id", name="uq_mailed_code_pending_id"),
    )
    with op.batch_alter_table("pending_sign_in") as batch:
        batch.add_column(sa.Column("address_proved_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("user") as batch:
        batch.add_column(sa.Column("phone", sa.Text(), nullable=True))
        batch.add_column(sa.Column("phone_fingerprint", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Forget the codes and the numbers."""
    with op.batch_alter_table("user") as batch:
        batch.drop_column("phone_fingerprint")
        batch.drop_column("phone")
    with op.batch_alter_table("pending_sign_in") as batch:
        batch.drop_column("address_proved_at")
    op.drop_table("mailed_code")
