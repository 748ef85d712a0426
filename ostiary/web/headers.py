"""What every answer says to browsers: own scripts only, no frames, nothing kept, and which other web pages may ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask, Response, request

StreamUrl = Callable[[], str | None]

_PAGES = {"static", "page.index", "demo.page"}
_PREFLIGHT_S = 600

_GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ON_REFUSALS = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store", **_GUARDS}
"""For answers that are given before the app is asked: they have nothing that a browser should run or keep."""


def install(app: Flask, stream_url: StreamUrl, origins: Sequence[str]) -> None:
    """`stream_url` tells where the page may open the stream; pages of `origins` may ask with a key, never with a cookie."""
    allowed = {origin.lower().rstrip("/") for origin in origins}

    @app.before_request
    def preflight() -> Response | None:
        """A browser asks thus before it lets another page send a key."""
        asked = request.headers.get("access-control-request-method")
        if request.method != "OPTIONS" or not asked or _origin() not in allowed:
            return None
        response = Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
        response.headers["Access-Control-Allow-Headers"] = "authorization, content-type, x-api-key"
        response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_S)
        return response

    @app.after_request
    def guard(response: Response) -> Response:
        # Own scripts and styles only, pictures from the stream, of files and the webcam; nobody may frame the page.
        stream = stream_url() if request.endpoint == "page.index" else None
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
            f"connect-src 'self'{f' {stream}' if stream else ''}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        response.headers.update(_GUARDS)
        response.headers.setdefault("Cache-Control", "no-cache" if request.endpoint in _PAGES else "no-store")
        if allowed:
            response.vary.add("Origin")
        if _origin() in allowed:
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        return response


def _origin() -> str:
    return request.headers.get("Origin", "").lower().rstrip("/")
