"""Who is in a picture: what a recognition service is asked."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ostiary.compreface.collection import Collection
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.seeing import Seeing
from ostiary.compreface.similarity import rounded, similarity
from ostiary.compreface.values import Kind
from ostiary.settings import LimitSettings
from ostiary.web.audit import audited
from ostiary.web.auth import admits
from ostiary.web.compreface import models, parse, pictures, told
from ostiary.web.compreface.checks import keyholder, known_to, nearest, service
from ostiary.web.compreface.parse import Options
from ostiary.web.describe import documented
from ostiary.web.limits import most_file_bytes

described = partial(documented, "compreface recognition", problem=models.CompreFaceProblem)


def install(routes: Blueprint, keeper: Keeper, seeing: Seeing, limits: LimitSettings) -> None:
    holder = admits(keyholder(keeper.register, Kind.RECOGNITION))

    def collection() -> Collection:
        return keeper.collection(service())

    @routes.post("/recognition/recognize")
    @holder
    @audited("")
    @described(query=models.RecognizeQuery, form=models.FileForm, json=models.FileBody, answer=models.RecognizedTold)
    def recognize() -> ResponseReturnValue:
        """Which stored faces look most like each face of a picture."""
        bind = partial(Options.of, encode=True, recognising=True)
        [sent], options = pictures.brought(["file"], most_file_bytes(limits), bind)
        options.require_valid()
        seen, known = seeing.look(sent.opened(), options.wish), collection()
        similar = nearest(known, [one.embedding for one in seen.faces], options.count)
        faces = [told.face(one, options) | {"subjects": told.near(found)} for one, found in zip(seen.faces, similar, strict=True)]
        return jsonify(told.result(faces, seen, options))

    @routes.post("/recognition/faces/<image_id>/verify")
    @holder
    @audited("")
    @described(query=models.FacesQuery, form=models.FileForm, json=models.FileBody, answer=models.VerifiedTold)
    def verify(image_id: str) -> ResponseReturnValue:
        """How much each face of a picture looks like a stored one."""
        image_id = parse.image_id(image_id)
        [sent], options = pictures.brought(["file"], most_file_bytes(limits), partial(Options.of, encode=True))
        options.require_valid()
        seen, known = seeing.look(sent.opened(), options.wish), collection()
        face = known_to(known, image_id)
        faces = [
            told.face(one, options)
            | {"subject": face.subject, "similarity": rounded(similarity(one.embedding, face.embedding, known.encoder_id))}
            for one in seen.faces
        ]
        return jsonify(told.result(faces, seen, options))
