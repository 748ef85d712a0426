"""The history's tables. Pictures lie apart, so that searching the events reads none; so do corrections, which are few."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

METADATA = MetaData()

EVENTS = Table(
    "events",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("reason", String),
    Column("camera", String),
    Column("person", String),
    Column("words", String),
    Column("about", String),
    Column("by", String),
    Column("grounds", String),  # JSON of Grounds, but for the runner-up
    Column("runner_up", String),  # apart, so that a name is found and forgotten
    Column("sought", String, nullable=False),  # everything that a search for text looks at, in lower case
    Index("events_at", "at"),
    Index("events_of_person", "person", "at"),
    Index("events_of_camera", "camera", "at"),
    Index("events_of_kind", "kind", "at"),
    sqlite_autoincrement=True,  # a number is never given twice, whatever is deleted
)

PICTURES = Table(
    "pictures",
    METADATA,
    Column("event", Integer, ForeignKey("events.seq", ondelete="CASCADE"), primary_key=True),
    Column("face", LargeBinary),
    Column("frame", LargeBinary),
)

CORRECTIONS = Table(
    "corrections",
    METADATA,
    Column("event", String, primary_key=True),  # its id: the event itself may not be written yet
    Column("person", String),
    Column("at", Float, nullable=False),
    Column("by", String),
    Column("change", Integer, nullable=False),
)
