"""The tables of `compreface.db`. Keys, embeddings and pictures are sealed; pictures lie apart, so that a search reads none."""

from __future__ import annotations

import secrets

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, UniqueConstraint

METADATA = MetaData()

APPLICATIONS = Table(
    "applications",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("made_at", Float, nullable=False),
    sqlite_autoincrement=True,
)

SERVICES = Table(
    "services",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("application", Integer, ForeignKey("applications.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("trace", String, nullable=False, unique=True),  # SHA-256 of the key, by which it is found
    Column("key", LargeBinary, nullable=False),
    Column("first", Boolean, nullable=False),  # the one of its kind that COMPREFACE_DOOR and the given keys are about
    Column("revision", String, nullable=False),  # drawn anew with each change, so that a restored file tells, too
    Column("upheaval", String, nullable=False),  # the same, but for faces that were only added
    Column("made_at", Float, nullable=False),
    UniqueConstraint("application", "name"),
    sqlite_autoincrement=True,  # the number of a deleted service is never another's
)

SUBJECTS = Table(
    "subjects",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("service", Integer, ForeignKey("services.id", ondelete="CASCADE"), nullable=False),
    Column("name", String, nullable=False),
    Column("folded", String, nullable=False),  # by which it is found
    UniqueConstraint("service", "folded"),
)

FACES = Table(
    "faces",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("image_id", String, nullable=False, unique=True),
    Column("service", Integer, ForeignKey("services.id", ondelete="CASCADE"), nullable=False),
    Column("subject", Integer, ForeignKey("subjects.id", ondelete="CASCADE"), nullable=False),
    Column("encoder", String, nullable=False),
    Column("embedding", LargeBinary, nullable=False),  # float32
    Index("faces_of_service", "service", "id"),
    Index("faces_of_subject", "subject", "id"),
    Index("encoders_of_service", "service", "encoder"),
    sqlite_autoincrement=True,
)

IMAGES = Table(
    "images",
    METADATA,
    Column("image_id", String, primary_key=True),
    Column("service", Integer, ForeignKey("services.id", ondelete="CASCADE"), nullable=False),
    Column("image", LargeBinary, nullable=False),
    Index("images_of_service", "service"),
)

RETIRED = Table(
    "retired_keys",
    METADATA,
    Column("trace", String, primary_key=True),  # of a key that nothing brings back: it was changed, or its service was deleted
)

DOOR_SUBJECTS = Table(
    "door_subjects",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("folded", String, nullable=False, unique=True),
)

DOOR_IMAGES = Table(
    "door_images",
    METADATA,
    Column("image_id", String, primary_key=True),
    Column("image", LargeBinary, nullable=False),
)


def new_revision() -> str:
    return secrets.token_hex(8)
