"""The same questions for whoever has embeddings instead of pictures."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ostiary.compreface.collection import Collection
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.seeing import Seeing
from ostiary.compreface.values import Kind
from ostiary.settings import LimitSettings
from ostiary.web.audit import audited
from ostiary.web.auth import admits
from ostiary.web.compreface import bodies, models, parse, told
from ostiary.web.compreface.checks import keyholder, known_to, nearest, service
from ostiary.web.compreface.parse import Given
from ostiary.web.describe import documented

described = partial(documented, problem=models.CompreFaceProblem)


def install(routes: Blueprint, keeper: Keeper, seeing: Seeing, limits: LimitSettings) -> None:
    holder = admits(keyholder(keeper.register, Kind.RECOGNITION))

    def collection() -> Collection:
        return keeper.collection(service())

    @routes.post("/recognition/embeddings/recognize")
    @holder
    @audited("")
    @described("compreface recognition", query=models.CountQuery, json=models.EmbeddingsBody, answer=models.EmbeddingsTold)
    def recognize_embeddings() -> ResponseReturnValue:
        """Which stored faces are most like each embedding."""
        sent, count, known = bodies.embeddings(bodies.json_object(), "embeddings"), parse.count(Given()), collection()
        found = zip(sent, nearest(known, sent, count), strict=True)
        return jsonify({"result": [{"embedding": told.numbers(one), "similarities": told.near(faces)} for one, faces in found]})

    @routes.post("/recognition/embeddings/faces/<image_id>/verify")
    @holder
    @audited("")
    @described("compreface recognition", json=models.EmbeddingsBody, answer=models.SimilarEmbeddings)
    def verify_embeddings(image_id: str) -> ResponseReturnValue:
        """How much each embedding is like a stored face."""
        image_id = parse.image_id(image_id)
        sent, known = bodies.embeddings(bodies.json_object(), "embeddings"), collection()
        return jsonify(told.ranked(sent, known_to(known, image_id).embedding, known.encoder_id))

    @routes.post("/verification/embeddings/verify")
    @admits(keyholder(keeper.register, Kind.VERIFICATION))
    @audited("")
    @described("compreface verification", json=models.EmbeddingPairBody, answer=models.SimilarEmbeddings)
    def verify_embedding_pairs() -> ResponseReturnValue:
        """How much each target is like the source."""
        content = bodies.json_object()
        source, targets = bodies.embedding(content, "source"), bodies.embeddings(content, "targets")
        return jsonify(told.ranked(targets, source, keeper.encoder_id))
