"""Wishes for mail by people who are not signed in, addresses to compare by, and links that change an address."""

import unicodedata

import idna
import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give wishes a table, people the address by which they are found, and links the address that they bring."""
    op.create_table(
        "wish",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=300), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wish"),
    )
    op.create_index("ix_wish_created_at", "wish", ["created_at"])
    with op.batch_alter_table("mailed_link") as batch:
        batch.add_column(sa.Column("email", sa.String(length=254), nullable=True))
    with op.batch_alter_table("user") as batch:
        batch.add_column(sa.Column("mailbox", sa.Text(), nullable=True))
    _fill()
    with op.batch_alter_table("user") as batch:
        batch.alter_column("mailbox", existing_type=sa.Text(), nullable=False)
    op.create_index("ix_user_mailbox", "user", ["mailbox"])


def _fill() -> None:
    """Write down how each address is compared."""
    people = sa.table("user", sa.column("id", sa.Integer), sa.column("email", sa.String), sa.column("mailbox", sa.Text))
    connection = op.get_bind()
    found = [
        {"number": row.id, "box": _spelled(row.email)}
        for row in connection.execute(sa.select(people.c.id, people.c.email))
    ]
    if found:
        statement = sa.update(people).where(people.c.id == sa.bindparam("number")).values(mailbox=sa.bindparam("box"))
        connection.execute(statement, found)


def _spelled(address: str) -> str:
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    try:
        domain = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        domain = unicodedata.normalize("NFC", domain.lower())
    return unicodedata.normalize("NFC", local.lower()) + at + domain


def downgrade() -> None:
    """Forget wishes and the links that change an address; addresses stay as they are."""
    op.drop_index("ix_user_mailbox", "user")
    with op.batch_alter_table("user") as batch:
        batch.drop_column("mailbox")
    op.execute("DELETE FROM mailed_link WHERE email IS NOT NULL")
    with op.batch_alter_table("mailed_link") as batch:
        batch.drop_column("email")
    op.drop_table("wish")
