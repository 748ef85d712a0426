"""What anybody may send, read with care: what cannot be read is the sender's fault, never a failure of ours."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import MultiDict
from werkzeug.http import parse_cookie

_MOST_BRACKETS, _MOST_COMMAS = 10_000, 100_000


def require_few_parts(sent: str | bytes, most_commas: int = _MOST_COMMAS) -> None:
    """Raises ValueError for JSON that would become very many objects: ten megabytes of empty ones take two hundred in memory."""
    brackets, comma = (("[", "{"), ",") if isinstance(sent, str) else ((b"[", b"{"), b",")
    if sum(map(sent.count, brackets)) > _MOST_BRACKETS or sent.count(comma) > most_commas:  # type: ignore[arg-type]
        raise ValueError("it has too many parts")


class CarefulJson(DefaultJSONProvider):
    """JSON both ways. What is nested or goes on without end, or holds halves of characters, which nothing can write, is none."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Raises ValueError."""
        require_few_parts(s)
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
