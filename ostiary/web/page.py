"""The page, and where its live stream is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flask import Blueprint, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from ostiary.net import host_of
from ostiary.scopes import Scope
from ostiary.web.auth import everybody, needs
from ostiary.web.describe import Model, described

VIEWS = Path(__file__).parent / "static" / "views"
DOCS = "/docs"


@dataclass(frozen=True)
class StreamAddress:
    """Where the page finds the stream: at `public_url`; where that is empty, at this port of the very host that the page was asked from.

    `ticket` makes leave to join it for whoever may; without, everybody is told `token`.
    """

    port: int
    token: str = field(default="", repr=False)
    path: str = "/ws/face-stream"
    ticket: Callable[[], str] | None = None
    public_url: str = ""


class StreamTold(Model):
    url: str | None = Field(description="of the WebSocket; null where nothing is streamed")
    token: str | None = Field(description="to be shown as ?token= within five minutes; empty where none is asked for")


def blueprint(stream: StreamAddress | None) -> Blueprint:
    page = Blueprint("page", __name__)
    views = sorted(file.stem for file in VIEWS.glob("*.js"))  # the navigation shows what there is

    @page.get("/")
    @everybody
    @described("dashboard", media="text/html", common=False)
    def index() -> ResponseReturnValue:
        """The dashboard: one page, which asks for all else."""
        docs = DOCS if any(rule.rule == DOCS for rule in current_app.url_map.iter_rules()) else None
        return render_template("index.html", views=views, docs=docs)

    @page.get("/stream-info")
    @needs(Scope.STREAM)
    @described("stream", answer=StreamTold)
    def stream_info() -> ResponseReturnValue:
        """Where the live stream is, and the token to show there."""
        if stream is None:
            return jsonify({"url": None, "token": None})
        return jsonify({"url": url_of(stream), "token": stream.ticket() if stream.ticket else stream.token})

    return page


def url_of(stream: StreamAddress) -> str:
    """As the current request's browser finds it."""
    if stream.public_url:
        return stream.public_url
    name = host_of(request.host)
    if not re.fullmatch(r"[\w.:-]+", name):  # it goes into a header
        name = "localhost"
    host = f"[{name}]" if ":" in name else name
    return f"{'wss' if request.is_secure else 'ws'}://{host}:{stream.port}{stream.path}"
