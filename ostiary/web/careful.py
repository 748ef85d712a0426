"""What anybody may send, read with care: what cannot be read is the sender's fault, never a failure of ours."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import MultiDict
from werkzeug.http import parse_cookie


class CarefulJson(DefaultJSONProvider):
    """JSON both ways. What is nested without end, or holds halves of characters, which nothing can write, is none."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Raises ValueError."""
        try:
            read = super().loads(s, **kwargs)
            self.dumps(read).encode()  # a UnicodeEncodeError is a ValueError
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        return read


def cookies_of(header: str | None) -> MultiDict[str, str]:
    """A request's cookies. Other programs on this host may have set some that are no UTF-8."""
    return parse_cookie(_readable(header or ""))


def install(app: Flask) -> None:
    app.json = CarefulJson(app)

    @app.before_request
    def readable_cookies() -> None:
        if sent := request.environ.get("HTTP_COOKIE"):
            request.environ["HTTP_COOKIE"] = _readable(sent)


def _readable(sent: str) -> str:
    """WSGI's spelling of bytes, a character each, of which none is left that cannot be read."""
    return sent.encode("latin-1", "replace").decode("utf-8", "replace").encode().decode("latin-1")
