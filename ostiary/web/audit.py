"""Notes every change that the API makes: one hook, and a word from the views that know better what they did."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, g, request

from ostiary.access.audit import Audit
from ostiary.errors import DatabaseUnavailable
from ostiary.scopes import Principal
from ostiary.web.auth import SAFE

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])


def audited(action: str) -> Callable[[View], View]:
    """Gives a view's change a name such as `person.enrol`; empty for a view that changes nothing, which is not noted.

    Without it a change is noted by its endpoint. A view that only reads is noted where it is marked.
    """

    def mark(view: View) -> View:
        view.audited = action  # type: ignore[attr-defined]
        return view

    return mark


def about(target: str, details: str = "") -> None:
    """Says, within a view, whom or what its change is about. No secrets."""
    g.about = (target, details)


def done_by(principal: Principal) -> None:
    """Says, within an open view, who it turned out to be that asked."""
    g.principal = principal


def install(app: Flask, audit: Audit) -> None:
    @app.after_request
    def note(response: Response) -> Response:
        action = _action(app)
        principal: Principal | None = g.get("principal")
        if action and principal and response.status_code < 400:
            target, details = g.get("about") or (" ".join(str(value) for value in (request.view_args or {}).values()), "")
            try:
                audit.note(principal, action, target, details, request.remote_addr or "")
            except DatabaseUnavailable as error:  # the change was made: whoever asked for it shall know
                log.error("%s by %s could not be noted: %s", action, principal.name, error)
        return response


def _action(app: Flask) -> str:
    if request.endpoint is None:
        return ""
    marked: str | None = getattr(app.view_functions[request.endpoint], "audited", None)
    if marked is None:
        return "" if request.method in SAFE else request.endpoint
    return marked if request.method not in {"HEAD", "OPTIONS"} else ""
