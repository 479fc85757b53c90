"""The first schema: people, authenticators, sign-ins, codes, devices, sessions, counters, events, mail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("authenticator_type", sa.String(length=16), nullable=True),
        sa.Column("authenticator_id", sa.String(length=22), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=300), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_index("ix_event_at", "event", ["at"])
    op.create_index("ix_event_user_id", "event", ["user_id"])

    op.create_table(
        "throttle",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_throttle"),
    )
    op.create_index("ix_throttle_updated_at", "throttle", ["updated_at"])

    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("selector", sa.String(length=22), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("security_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_signed_in_how", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
        sa.UniqueConstraint("selector", name="uq_user_selector"),
        sa.UniqueConstraint("username", name="uq_user_username"),
    )
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("to", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_outgoing_mail_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing_mail"),
    )
    op.create_index("ix_outgoing_mail_user_id", "outgoing_mail", ["user_id"])

    op.create_table(
        "trusted_device",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("verifier_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_because", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_trusted_device_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_trusted_device"),
    )
    op.create_index("ix_trusted_device_expires_at", "trusted_device", ["expires_at"])
    op.create_index("ix_trusted_device_user_id", "trusted_device", ["user_id"])

    op.create_table(
        "pending_sign_in",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("origin_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_path", sa.Text(), nullable=False),
        sa.Column("password_verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authenticator_id", sa.String(length=22), nullable=True),
        sa.Column("device_id", sa.String(length=22), nullable=True),
        sa.Column("device_trusted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_because", sa.String(length=16), nullable=False),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_factor_amr", sa.String(length=16), nullable=True),
        sa.Column("deferred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("change_wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["trusted_device.id"], name="fk_pending_sign_in_device_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_pending_sign_in_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_pending_sign_in"),
        sa.UniqueConstraint("token_hash", name="uq_pending_sign_in_token_hash"),
    )
    op.create_index("ix_pending_sign_in_expires_at", "pending_sign_in", ["expires_at"])
    op.create_index("ix_pending_sign_in_origin_hash", "pending_sign_in", ["origin_hash"])
    op.create_index("ix_pending_sign_in_user_id", "pending_sign_in", ["user_id"])

    op.create_table(
        "authenticator",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("pending_id", sa.String(length=22), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("preference_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("barred_step", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["pending_id"], ["pending_sign_in.id"], name="fk_authenticator_pending_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_authenticator_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_authenticator"),
    )
    op.create_index("ix_authenticator_fingerprint", "authenticator", ["fingerprint"])
    op.create_index("ix_authenticator_pending_id", "authenticator", ["pending_id"])
    op.create_index("ix_authenticator_user_id", "authenticator", ["user_id"])

    op.create_table(
        "session",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("pending_id", sa.String(length=22), nullable=True),
        sa.Column("device_id", sa.String(length=22), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amr", sa.String(length=64), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(length=32), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=300), nullable=False),
        sa.Column("previous_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("previous_how", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["trusted_device.id"], name="fk_session_device_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["pending_id"], ["pending_sign_in.id"], name="fk_session_pending_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_session_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("pending_id", name="uq_session_pending_id"),
        sa.UniqueConstraint("token_hash", name="uq_session_token_hash"),
    )
    op.create_index("ix_session_expires_at", "session", ["expires_at"])
    op.create_index("ix_session_user_id", "session", ["user_id"])

    op.create_table(
        "challenge",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("pending_id", sa.String(length=22), nullable=False),
        sa.Column("authenticator_id", sa.String(length=22), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("code_made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("last_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivery_status", sa.String(length=16), nullable=False),
        sa.Column("delivery_reason", sa.String(length=32), nullable=True),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["authenticator_id"], ["authenticator.id"], name="fk_challenge_authenticator_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["pending_id"], ["pending_sign_in.id"], name="fk_challenge_pending_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_challenge"),
        sa.UniqueConstraint("pending_id", "authenticator_id", name="uq_challenge_pending_id_authenticator_id"),
    )
    op.create_index("ix_challenge_authenticator_id", "challenge", ["authenticator_id"])
    op.create_index("ix_challenge_provider_id", "challenge", ["provider_id"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("challenge")
    op.drop_table("session")
    op.drop_table("authenticator")
    op.drop_table("pending_sign_in")
    op.drop_table("trusted_device")
    op.drop_table("outgoing_mail")
    op.drop_table("user")
    op.drop_table("throttle")
    op.drop_table("event")
