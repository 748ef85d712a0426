"""The demos as a page of their own, for whoever has nothing but the key of one of CompreFace's services."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ostiary.web.auth import everybody
from ostiary.web.describe import described


def blueprint() -> Blueprint:
    routes = Blueprint("demo", __name__)

    @routes.get("/demo")
    @everybody
    @described("compreface", media="text/html", common=False)
    def page() -> ResponseReturnValue:
        """The demos: a service tells who is in pictures, or before the webcam, to whoever shows its key."""
        return render_template("demo.html")

    return routes
