"""Subjects: made, renamed, deleted with their faces."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ostiary.compreface.collection import Collection
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.seeing import Seeing
from ostiary.compreface.values import Kind
from ostiary.settings import LimitSettings
from ostiary.web.audit import about, audited
from ostiary.web.auth import admits
from ostiary.web.compreface import bodies, models
from ostiary.web.compreface.checks import keyholder, service
from ostiary.web.compreface.problems import EMPTY_SUBJECT, invalid
from ostiary.web.describe import documented

_UNNAMED = ""  # subjects are in no log: whoever deletes them would have to be sure that it forgets them too

described = partial(documented, "compreface recognition", problem=models.CompreFaceProblem)


def install(routes: Blueprint, keeper: Keeper, seeing: Seeing, limits: LimitSettings) -> None:
    holder = admits(keyholder(keeper.register, Kind.RECOGNITION))

    def collection() -> Collection:
        return keeper.collection(service())

    @routes.post("/recognition/subjects")
    @holder
    @audited("compreface.subject.create")
    @described(json=models.SubjectBody, answer=models.SubjectTold, status=201)
    def create_subject() -> ResponseReturnValue:
        """A subject without faces."""
        subject = collection().create(bodies.subject_in_body())
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
        new = bodies.subject_in_body()
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


def _require_path(subject: str) -> None:
    if not subject.strip():
        raise invalid(EMPTY_SUBJECT)
