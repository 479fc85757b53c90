"""The reference by which Web Support finds a sign-in in the log."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let half-done sign-ins know the request that began them; those from before do not."""
    with op.batch_alter_table("pending_sign_in") as batch:
        batch.add_column(sa.Column("reference", sa.String(length=22), nullable=True))


def downgrade() -> None:
    """Forget the references."""
    with op.batch_alter_table("pending_sign_in") as batch:
        batch.drop_column("reference")
