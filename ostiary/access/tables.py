"""The tables of `access.db`. No secret is in them: what is high in entropy is kept as its SHA-256, passwords as argon2id."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

state = Table(
    "state",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("secret_hash", String, nullable=False),
    Column("scopes", String, nullable=False),  # comma-separated
    Column("made_at", Float, nullable=False),
    Column("made_by", String, nullable=False),
    Column("expires_at", Float),
    Column("revoked_at", Float),
    Column("used_at", Float),
)

users = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),  # lower-case
    Column("role", String, nullable=False),
    Column("password", String),  # argon2id; none until an invitation was taken up
    Column("disabled", Boolean, nullable=False, default=False),
    Column("made_at", Float, nullable=False),
    Column("seen_at", Float),  # last log-in
)

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("user", String),  # none: whoever takes it up becomes the owner, under a name of their choice
    Column("made_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("kind", String, nullable=False),  # of whom: user, key, setting
    Column("subject", String, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("address", String, nullable=False),
    Index("sessions_subject", "kind", "subject"),
)

grants = Table(  # what a refresh token belongs to; each exchange counts the generation on
    "grants",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("scopes", String, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("rotated_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("revoked_at", Float),
    Index("grants_subject", "kind", "subject"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("who", String, nullable=False),
    Column("action", String, nullable=False),
    Column("target", String, nullable=False),
    Column("details", Text, nullable=False),
    Column("address", String, nullable=False),
    Index("audit_at", "at"),
    sqlite_autoincrement=True,
)
