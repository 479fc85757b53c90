"""The security log says who acted, is sealed in blocks, and refuses to be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

REFUSAL = "the security log is append-only"
# What may go: events and blocks that an anchor covers, and anchors that a newer one has replaced. SQLite drops the
# triggers of a table that a later migration makes anew; such a one has to add them again with `guard`.
COVERED = {
    "event": "EXISTS (SELECT 1 FROM event_anchor WHERE last_id >= OLD.id)",
    "event_block": "EXISTS (SELECT 1 FROM event_anchor WHERE number >= OLD.number)",
    "event_anchor": "EXISTS (SELECT 1 FROM event_anchor WHERE number > OLD.number)",
}


def guard(table: str) -> None:
    """Let the database refuse to change rows of a table, and to drop those that are not pruned."""
    if op.get_bind().dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT {COVERED[table]} {refuse}")
        return
    op.execute(
        f"CREATE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF {COVERED[table]} THEN RETURN OLD; END IF; END IF; "
        f"RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for deed, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = f"{table}_no_{deed.lower().replace(' or ', '_')}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH {each} EXECUTE FUNCTION {table}_guard()")


def upgrade() -> None:
    """Say of each event who acted; make the tables of seals; guard all three."""
    with op.batch_alter_table("event") as batch:
        batch.add_column(sa.Column("actor", sa.String(length=80), nullable=True))
    op.execute("UPDATE event SET actor = CASE agent WHEN 'command line' THEN 'operator' ELSE 'visitor' END")
    with op.batch_alter_table("event") as batch:
        batch.alter_column("actor", existing_type=sa.String(length=80), nullable=False)
    op.create_table(
        "event_block",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_event_block"),
    )
    op.create_table(
        "event_anchor",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("pruned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_event_anchor"),
    )
    for table in COVERED:
        guard(table)


def downgrade() -> None:
    """Let the log be as it was: without seals and guards."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in COVERED:
        for deed in ("update_delete", "truncate") if postgresql else ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{deed}" + (f" ON {table}" if postgresql else ""))
        if postgresql:
            op.execute(f"DROP FUNCTION {table}_guard()")
    op.drop_table("event_anchor")
    op.drop_table("event_block")
    with op.batch_alter_table("event") as batch:
        batch.drop_column("actor")
