"""What is kept of each person: pictures and how good they are, who looks like whom; rename, merge, let single pictures go."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field
from werkzeug.exceptions import NotFound

from ostiary.album import Kept, Person
from ostiary.records.values import Record, Standing
from ostiary.scopes import Scope
from ostiary.web.audit import about, audited
from ostiary.web.auth import needs
from ostiary.web.describe import Model, described
from ostiary.web.people import QualityTold


class Keeper(Protocol):
    """What this room needs of the engine. What returned is on disk."""

    def rename(self, name: str, new: str) -> str: ...

    def merge(self, name: str, into: str, *, force: bool = False) -> int: ...

    def drop_example(self, name: str, face_id: str) -> int: ...

    def photo(self, name: str, face_id: str) -> bytes | None: ...


class People(Protocol):
    """What this room needs of the album."""

    def people(self, text: str = "", offset: int = 0, limit: int = 60) -> tuple[int, list[Person]]: ...

    def person(self, name: str) -> Person: ...


class Records(Protocol):
    """Who has a record, by name."""

    def all(self) -> Mapping[str, Record]: ...


class PeopleQuery(Model):
    text: str = Field("", max_length=64, description="only names that contain this")
    offset: int = Field(0, ge=0)
    limit: int = Field(60, ge=1, le=200)


class KeptTold(Model):
    """One example. `at` is when it was enrolled, in ms since 1970, None where not known."""

    face_id: str
    at: int | None
    photo: bool = Field(description="whether its picture was kept")
    quality: QualityTold | None = Field(description="null where the picture was not looked at yet: GET /people/<name> does")
    problem: str | None = Field(description="why it should be replaced, in words")


class AlikeTold(Model):
    name: str
    distance: float
    duplicate: bool = Field(description="so near that both may be one person, enrolled twice")


class PersonTold(Model):
    name: str
    faces: int
    photos: list[KeptTold]
    missing: list[str] = Field(description="the pictures still to be taken, in words; [] where there are enough")
    alike: list[AlikeTold] = Field(description="who may come up as this person")
    standing: Standing = Field(description="whether they may pass now, as far as the dates in their record go")


class PeopleTold(Model):
    total: int = Field(description="people whose names match, of whom `people` are a part")
    people: list[PersonTold]


class RenameBody(Model):
    name: str = Field(description="the new name")


class Renamed(Model):
    success: bool
    name: str


class MergeBody(Model):
    into: str = Field(description="the name under which both are known from now on")
    force: bool = Field(False, description="even where the two do not look like one person")


class Merged(Model):
    success: bool
    name: str
    faces: int


class Dropped(Model):
    success: bool
    faces: int = Field(description="the examples that are left")


def blueprint(engine: Keeper, album: People, records: Records | None = None) -> Blueprint:
    pages = Blueprint("album", __name__)

    def told(people: Iterable[Person]) -> list[dict[str, Any]]:
        written, now = records.all() if records else {}, time.time()
        return [
            person_told(person, written[person.name].valid.standing(now) if person.name in written else Standing.VALID) for person in people
        ]

    @pages.get("/people")
    @needs(Scope.READ)
    @described("people", query=PeopleQuery, answer=PeopleTold)
    def people() -> ResponseReturnValue:
        """People by name, a page at a time, with their pictures, what is missing of three to five, and who looks like them."""
        query = request.context.query  # type: ignore[attr-defined]
        total, found = album.people(query.text, query.offset, query.limit)
        return jsonify({"total": total, "people": told(found)})

    @pages.get("/people/<path:name>")
    @needs(Scope.READ)
    @described("people", answer=PersonTold, errors=("bad_name", "unknown_name"))
    def person(name: str) -> ResponseReturnValue:
        """One person. Pictures that were never looked at are looked at now, up to eight."""
        return jsonify(told([album.person(name)])[0])

    @pages.get("/people/<path:name>/photos/<face_id>.jpg")
    @needs(Scope.READ)
    @described("people", media="image/jpeg", errors=("bad_name", "unknown_name", "unknown_face"))
    def photo(name: str, face_id: str) -> ResponseReturnValue:
        """The picture that somebody was enrolled with, a JPEG."""
        data = engine.photo(name, face_id)
        if data is None:
            raise NotFound("no picture was kept")
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(data, mimetype="image/jpeg", headers=headers)

    @pages.delete("/people/<path:name>/photos/<face_id>")
    @needs(Scope.ENROL)
    @audited("person.drop_photo")
    @described("people", answer=Dropped, errors=("bad_name", "unknown_name", "unknown_face", "last_example"))
    def drop(name: str, face_id: str) -> ResponseReturnValue:
        """Removes one picture of a person and its encoding; the last one goes only with the person."""
        left = engine.drop_example(name, face_id)
        about(name, f"{left} left")
        return jsonify({"success": True, "faces": left})

    @pages.post("/people/<path:name>/rename")
    @needs(Scope.ENROL)
    @audited("person.rename")
    @described("people", json=RenameBody, answer=Renamed, errors=("bad_name", "unknown_name", "name_taken"))
    def rename(name: str) -> ResponseReturnValue:
        """Gives a person another name. Pictures, history and corrections go along."""
        new = engine.rename(name, request.context.json.name)  # type: ignore[attr-defined]
        about(new, f"was {name}")
        return jsonify({"success": True, "name": new})

    @pages.post("/people/<path:name>/merge")
    @needs(Scope.ENROL)
    @audited("person.merge")
    @described("people", json=MergeBody, answer=Merged, errors=("bad_name", "unknown_name", "not_alike"))
    def merge(name: str) -> ResponseReturnValue:
        """Makes somebody who was enrolled under two names one person, with the pictures of both. This cannot be undone."""
        body = request.context.json  # type: ignore[attr-defined]
        faces = engine.merge(name, body.into, force=body.force)
        about(body.into, f"{name} was the same")
        return jsonify({"success": True, "name": body.into, "faces": faces})

    return pages


def person_told(person: Person, standing: Standing) -> dict[str, Any]:
    return {
        "name": person.name,
        "faces": len(person.kept),
        "photos": [_kept_told(kept) for kept in person.kept],
        "missing": list(person.missing),
        "alike": [{"name": one.name, "distance": round(one.distance, 4), "duplicate": one.duplicate} for one in person.alike],
        "standing": standing.value,
    }


def _kept_told(kept: Kept) -> dict[str, Any]:
    return {
        "face_id": kept.face_id,
        "at": round(kept.enrolled_at * 1000) or None,
        "photo": kept.has_photo,
        "quality": None if kept.quality is None else QualityTold.model_validate(kept.quality).model_dump(),
        "problem": kept.problem,
    }
