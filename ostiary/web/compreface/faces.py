"""The stored faces of a recognition service and their pictures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from ostiary.compreface.collection import Collection
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.seeing import Seeing, Wish
from ostiary.compreface.values import Kind
from ostiary.errors import ManyFaces, UnknownService
from ostiary.settings import LimitSettings
from ostiary.web.audit import about, audited
from ostiary.web.auth import admits, everybody
from ostiary.web.compreface import bodies, models, parse, pictures, told
from ostiary.web.compreface.checks import KEY_HEADER, is_uuid, keyholder, service
from ostiary.web.compreface.parse import Given
from ostiary.web.compreface.problems import EMPTY_SUBJECT, invalid, wrong
from ostiary.web.describe import documented
from ostiary.web.limits import most_file_bytes

_FOR_EVER = "public, max-age=31536000"

described = partial(documented, "compreface recognition", problem=models.CompreFaceProblem)


def install(routes: Blueprint, keeper: Keeper, seeing: Seeing, limits: LimitSettings) -> None:
    holder = admits(keyholder(keeper.register, Kind.RECOGNITION))

    def collection() -> Collection:
        return keeper.collection(service())

    _install_pictures(routes, holder, collection, keeper)

    @routes.post("/recognition/faces")
    @holder
    @audited("compreface.face.add")
    @described(query=models.AddQuery, form=models.FileForm, json=models.FileBody, answer=models.StoredFaceTold, status=201)
    def add_face() -> ResponseReturnValue:
        """Another example of a subject: a picture with exactly one face."""
        if not pictures.is_form_or_json():
            raise wrong()
        bind = lambda given: (parse.subject_option(given), given.number("det_prob_threshold"))  # noqa: E731
        [sent], (subject, threshold) = pictures.brought(["file"], most_file_bytes(limits), bind)
        subject, image = parse.require_subject(subject), sent.opened()
        keeper.require_room()
        seen = seeing.look(image, Wish(threshold=threshold, encode=True))
        if len(seen.faces) > 1:
            raise ManyFaces(len(seen.faces))
        added = collection().add(subject, image, seen.faces[0])
        about(added.image_id)
        return jsonify(told.stored(added)), 201

    @routes.get("/recognition/faces")
    @holder
    @described(query=models.ListQuery, answer=models.PageTold)
    def list_faces() -> ResponseReturnValue:
        """The stored faces, page by page."""
        given = Given()
        return jsonify(told.page(collection().page(*parse.page(given), given.text("subject"))))

    @routes.delete("/recognition/faces")
    @holder
    @audited("compreface.faces.delete")
    @described(query=models.SubjectQuery, answer=models.DeletedTold)
    def delete_faces() -> ResponseReturnValue:
        """Deletes a subject with its faces, or all subjects; tells how many faces those were."""
        subject = Given().text("subject")
        if subject is not None and not subject.strip():
            raise invalid(EMPTY_SUBJECT)
        return jsonify({"deleted": collection().remove_of(subject)})

    @routes.delete("/recognition/faces/<image_id>")
    @holder
    @audited("compreface.face.delete")
    @described(answer=models.StoredFaceTold)
    def delete_face(image_id: str) -> ResponseReturnValue:
        """Deletes one face; its subject stays."""
        return jsonify(told.stored(collection().remove(parse.image_id(image_id))))

    @routes.post("/recognition/faces/delete")
    @holder
    @audited("compreface.faces.delete")
    @described(answer=list[models.StoredFaceTold])
    def delete_several() -> ResponseReturnValue:
        """Deletes the faces whose ids are sent as a JSON list; tells those that were there."""
        return jsonify([told.stored(face) for face in collection().remove_many(bodies.image_ids())])


_Holder = Callable[[Callable[..., ResponseReturnValue]], Callable[..., ResponseReturnValue]]


def _install_pictures(routes: Blueprint, holder: _Holder, collection: Callable[[], Collection], keeper: Keeper) -> None:
    @routes.get("/recognition/faces/<image_id>/img")
    @holder
    @described(media="application/octet-stream")
    def image(image_id: str) -> ResponseReturnValue:
        """The picture of a stored face as it was sent; empty where there is none."""
        response = _picture(collection().image(parse.image_id(image_id)))
        response.vary.add(KEY_HEADER)  # else a cache between would show it to whoever knows the address
        return response

    @routes.get("/static/<key>/images/<image_id>")
    @everybody
    @described(media="application/octet-stream")
    def image_by_address(key: str, image_id: str) -> ResponseReturnValue:
        """The same for whoever cannot send headers: the service's key is in the address."""
        try:
            its = keeper.register.service_of(key, Kind.RECOGNITION)
        except UnknownService:
            return _picture(None)
        return _picture(keeper.collection(its).image(image_id.lower()) if is_uuid(image_id) else None)


def _picture(data: bytes | None) -> Response:
    response = Response(data or b"", content_type="application/octet-stream")
    response.headers["Cache-Control"] = _FOR_EVER if data else "no-store"
    return response
