"""Links that leave by mail, passwords that their owner called stolen, and sign-ins that ended with wrong codes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep digests of links; a mail's own link is sealed until it leaves."""
    op.create_table(
        "mailed_link",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("notice", sa.String(length=32), nullable=True),
        sa.Column("way", sa.String(length=120), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("authenticator_id", sa.String(length=22), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_mailed_link_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_mailed_link"),
        sa.UniqueConstraint("token_hash", name="uq_mailed_link_token_hash"),
    )
    op.create_index("ix_mailed_link_user_id", "mailed_link", ["user_id"])
    op.create_index("ix_mailed_link_expires_at", "mailed_link", ["expires_at"])
    with op.batch_alter_table("outgoing_mail") as batch:
        batch.add_column(sa.Column("link", sa.Text(), nullable=True))
    with op.batch_alter_table("user") as batch:
        batch.add_column(sa.Column("password_compromised_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("pending_sign_in") as batch:
        batch.add_column(sa.Column("wrong_code_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("wrong_code_from", sa.String(length=45), nullable=True))
        batch.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forget the links; whoever called a password stolen has to have chosen a new one before."""
    with op.batch_alter_table("pending_sign_in") as batch:
        batch.drop_column("told_at")
        batch.drop_column("wrong_code_from")
        batch.drop_column("wrong_code_at")
    with op.batch_alter_table("user") as batch:
        batch.drop_column("password_compromised_at")
    with op.batch_alter_table("outgoing_mail") as batch:
        batch.drop_column("link")
    op.drop_table("mailed_link")
