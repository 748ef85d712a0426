"""Whether two pictures show one person: what a verification service's key opens. Nothing is kept."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ostiary.compreface.keeper import Keeper
from ostiary.compreface.seeing import Seeing
from ostiary.compreface.similarity import rounded, similarity
from ostiary.compreface.values import Kind
from ostiary.errors import ManyFaces
from ostiary.settings import LimitSettings
from ostiary.web.audit import audited
from ostiary.web.auth import admits
from ostiary.web.compreface import models, pictures, told
from ostiary.web.compreface.checks import keyholder
from ostiary.web.compreface.parse import Options
from ostiary.web.describe import documented
from ostiary.web.limits import most_file_bytes

described = partial(documented, "compreface verification", problem=models.CompreFaceProblem)


def install(routes: Blueprint, keeper: Keeper, seeing: Seeing, limits: LimitSettings) -> None:
    holder = admits(keyholder(keeper.register, Kind.VERIFICATION))

    @routes.post("/verification/verify")
    @holder
    @audited("")
    @described(query=models.FacesQuery, form=models.PairForm, json=models.PairBody, answer=models.PairsTold)
    def verify_pictures() -> ResponseReturnValue:
        """How much each face of the target looks like the one face of the source."""
        sent, options = pictures.brought(["source_image", "target_image"], most_file_bytes(limits), partial(Options.of, encode=True))
        options.require_valid()
        source, target = [one.opened() for one in sent]
        one = seeing.look(source, options.wish)
        if len(one.faces) > 1:
            raise ManyFaces(len(one.faces))
        face, encoder_id = one.faces[0], keeper.encoder_id
        others = seeing.look(target, options.wish).faces
        matches = [
            told.face(other, options) | {"similarity": rounded(similarity(face.embedding, other.embedding, encoder_id))} for other in others
        ]
        found = {"source_image_face": told.face(face, options), "face_matches": matches, **told.versions(one, options)}
        return jsonify({"result": [found]})
