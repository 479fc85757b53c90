"""Names of MFA options, which one a new one replaces, and when the offer of a second one was settled."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column each; nobody has a name for anything yet."""
    with op.batch_alter_table("authenticator") as batch:
        batch.add_column(sa.Column("name", sa.String(length=40), nullable=True))
    with op.batch_alter_table("pending_sign_in") as batch:
        batch.add_column(sa.Column("replaces_id", sa.String(length=22), nullable=True))
    with op.batch_alter_table("user") as batch:
        batch.add_column(sa.Column("second_way_settled_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forget them."""
    with op.batch_alter_table("user") as batch:
        batch.drop_column("second_way_settled_at")
    with op.batch_alter_table("pending_sign_in") as batch:
        batch.drop_column("replaces_id")
    with op.batch_alter_table("authenticator") as batch:
        batch.drop_column("name")
