"""Subjects, their faces, and who is in a picture: what a recognition service's key opens."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from ostiary.compreface.collection import Collection
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.seeing import Seeing, Wish
from ostiary.compreface.similarity import rounded, similarity
from ostiary.compreface.values import Kind, KnownFace
from ostiary.errors import ManyFaces, UnknownImage, UnknownService
from ostiary.settings import LimitSettings
from ostiary.web.audit import about, audited
from ostiary.web.auth import admits, everybody
from ostiary.web.compreface import models, parse, told
from ostiary.web.compreface.checks import is_uuid, keyholder, service
from ostiary.web.compreface.parse import Given, Options
from ostiary.web.compreface.problems import EMPTY_SUBJECT, Refused, invalid, wrong
from ostiary.web.describe import documented
from ostiary.web.limits import most_file_bytes

_UNNAMED = ""  # subjects are in no log: whoever deletes them would have to be sure that it forgets them too
_FOR_EVER = "public, max-age=31536000"

described = partial(documented, "compreface recognition", problem=models.CompreFaceProblem)


def install(routes: Blueprint, keeper: Keeper, seeing: Seeing, limits: LimitSettings) -> None:
    holder = admits(keyholder(keeper.register, Kind.RECOGNITION))

    def collection() -> Collection:
        return keeper.collection(service())

    _install_subjects(routes, holder, collection)
    _install_faces(routes, holder, collection, seeing, limits)
    _install_pictures(routes, holder, collection, keeper)
    _install_questions(routes, holder, collection, seeing, limits)


_Holder = Callable[[Callable[..., ResponseReturnValue]], Callable[..., ResponseReturnValue]]
_Of = Callable[[], Collection]


def _install_subjects(routes: Blueprint, holder: _Holder, collection: _Of) -> None:
    @routes.post("/recognition/subjects")
    @holder
    @audited("compreface.subject.create")
    @described(json=models.SubjectBody, answer=models.SubjectTold, status=201)
    def create_subject() -> ResponseReturnValue:
        """A subject without faces."""
        subject = collection().create(parse.subject_in_body())
        about(_UNNAMED)
        return jsonify({"subject": subject}), 201

    @routes.get("/recognition/subjects")
    @holder
    @described(answer=models.SubjectsTold)
    def list_subjects() -> ResponseReturnValue:
        """All subjects, those without faces too."""
        return jsonify({"subjects": collection().subjects()})

    @routes.put("/recognition/subjects/<subject>")
    @holder
    @audited("compreface.subject.rename")
    @described(json=models.SubjectBody, answer=models.RenamedTold)
    def rename_subject(subject: str) -> ResponseReturnValue:
        """Renames a subject; where there is one of the new name, the two become one."""
        new = parse.subject_in_body()
        _require_path(subject)
        about(_UNNAMED)
        return jsonify({"updated": collection().rename(subject, new)})

    @routes.delete("/recognition/subjects/<subject>")
    @holder
    @audited("compreface.subject.delete")
    @described(answer=models.SubjectTold)
    def delete_subject(subject: str) -> ResponseReturnValue:
        """Deletes a subject with its faces."""
        _require_path(subject)
        about(_UNNAMED)
        return jsonify({"subject": collection().delete(subject)})

    @routes.delete("/recognition/subjects")
    @holder
    @audited("compreface.subjects.delete")
    @described(answer=models.DeletedTold)
    def delete_subjects() -> ResponseReturnValue:
        """Deletes all subjects with all faces; tells how many subjects those were."""
        return jsonify({"deleted": collection().delete_all()})


def _install_faces(routes: Blueprint, holder: _Holder, collection: _Of, seeing: Seeing, limits: LimitSettings) -> None:
    @routes.post("/recognition/faces")
    @holder
    @audited("compreface.face.add")
    @described(query=models.AddQuery, form=models.FileForm, json=models.FileBody, answer=models.StoredFaceTold, status=201)
    def add_face() -> ResponseReturnValue:
        """Another example of a subject: a picture with exactly one face."""
        if not parse.is_form_or_json():
            raise wrong()
        bind = lambda given: (parse.subject_option(given), given.number("det_prob_threshold"))  # noqa: E731
        [sent], (subject, threshold) = parse.pictures(["file"], most_file_bytes(limits), bind)
        subject, image = parse.require_subject(subject), sent.opened()
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
        return jsonify([told.stored(face) for face in collection().remove_many(parse.image_ids())])


def _install_pictures(routes: Blueprint, holder: _Holder, collection: _Of, keeper: Keeper) -> None:
    @routes.get("/recognition/faces/<image_id>/img")
    @holder
    @described(media="application/octet-stream")
    def image(image_id: str) -> ResponseReturnValue:
        """The picture of a stored face as it was sent; empty where there is none."""
        return _picture(collection().image(parse.image_id(image_id)))

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


def _install_questions(routes: Blueprint, holder: _Holder, collection: _Of, seeing: Seeing, limits: LimitSettings) -> None:
    @routes.post("/recognition/recognize")
    @holder
    @audited("")
    @described(query=models.RecognizeQuery, form=models.FileForm, json=models.FileBody, answer=models.RecognizedTold)
    def recognize() -> ResponseReturnValue:
        """Which stored faces look most like each face of a picture."""
        bind = partial(Options.of, encode=True, recognising=True)
        [sent], options = parse.pictures(["file"], most_file_bytes(limits), bind)
        options.require_valid()
        seen, known = seeing.look(sent.opened(), options.wish), collection()
        faces = [told.face(one, options) | {"subjects": told.near(known.nearest(one.embedding, options.count))} for one in seen.faces]
        return jsonify(told.result(faces, seen, options))

    @routes.post("/recognition/faces/<image_id>/verify")
    @holder
    @audited("")
    @described(query=models.FacesQuery, form=models.FileForm, json=models.FileBody, answer=models.VerifiedTold)
    def verify(image_id: str) -> ResponseReturnValue:
        """How much each face of a picture looks like a stored one."""
        image_id = parse.image_id(image_id)
        [sent], options = parse.pictures(["file"], most_file_bytes(limits), partial(Options.of, encode=True))
        options.require_valid()
        seen, known = seeing.look(sent.opened(), options.wish), collection()
        face = _known(known, image_id)
        faces = [
            told.face(one, options)
            | {"subject": face.subject, "similarity": rounded(similarity(one.embedding, face.embedding, known.encoder_id))}
            for one in seen.faces
        ]
        return jsonify(told.result(faces, seen, options))

    @routes.post("/recognition/embeddings/recognize")
    @holder
    @audited("")
    @described(query=models.CountQuery, json=models.EmbeddingsBody, answer=models.EmbeddingsTold)
    def recognize_embeddings() -> ResponseReturnValue:
        """Which stored faces are most like each embedding."""
        sent, count, known = parse.embeddings(parse.json_object(), "embeddings"), parse.count(Given()), collection()
        found = [{"embedding": told.numbers(one), "similarities": told.near(known.nearest(one, count))} for one in sent]
        return jsonify({"result": found})

    @routes.post("/recognition/embeddings/faces/<image_id>/verify")
    @holder
    @audited("")
    @described(json=models.EmbeddingsBody, answer=models.SimilarEmbeddings)
    def verify_embeddings(image_id: str) -> ResponseReturnValue:
        """How much each embedding is like a stored face."""
        image_id = parse.image_id(image_id)
        sent, known = parse.embeddings(parse.json_object(), "embeddings"), collection()
        return jsonify(told.ranked(sent, _known(known, image_id).embedding, known.encoder_id))


def _known(known: Collection, image_id: str) -> KnownFace:
    try:
        return known.known(image_id)
    except UnknownImage:
        raise Refused(404, 44, "Image Id is incorrect") from None


def _require_path(subject: str) -> None:
    if not subject.strip():
        raise invalid(EMPTY_SUBJECT)


def _picture(data: bytes | None) -> Response:
    response = Response(data or b"", content_type="application/octet-stream")
    response.headers["Cache-Control"] = _FOR_EVER if data else "no-store"
    return response
