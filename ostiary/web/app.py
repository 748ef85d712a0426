"""The HTTP API and the page, put together from their blueprints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Protocol

from flask import Blueprint, Flask, request

from ostiary.album import Album
from ostiary.compreface.keeper import Keeper
from ostiary.history.history import History
from ostiary.proxies import Proxies
from ostiary.rates import parse
from ostiary.settings import AccessSettings, ApiSettings, LimitSettings
from ostiary.visitors.reception import Reception
from ostiary.web import access as keys_and_users
from ostiary.web import album as albums
from ostiary.web import (
    applications,
    audit,
    auth,
    careful,
    demo,
    docs,
    events,
    headers,
    health,
    page,
    people,
    privacy,
    problems,
    rates,
    recognise,
    session,
    tokens,
    visitors,
)
from ostiary.web.compreface import blueprint as compreface
from ostiary.web.desk import Desk
from ostiary.web.ledger import Ledger
from ostiary.web.limits import most_bytes


class Engine(people.Enroller, privacy.Forgetter, recognise.Recogniser, health.Watched, Protocol):
    """What the API needs of the engine: a `FaceEngine` has it."""


@dataclass(frozen=True)
class Rooms:
    """What the API serves beside people and pictures; None where a house has none.

    `access` left out, API_KEY is the only credential there is. `zone` is whose days and hours are meant. `keeper` keeps
    CompreFace's applications, whose API is served on `compreface_port` too where that is not None.
    """

    stream_page: page.StreamAddress | None = None
    health_report: health.Report | None = None
    reception: Reception | None = None
    access: auth.Access | None = None
    doors: AccessSettings = field(default_factory=AccessSettings)
    album: Album | None = None
    ledger: Ledger | None = None
    backups: privacy.Backups | None = None
    history: History | None = None
    zone: tzinfo = UTC
    desk: Desk | None = None
    keeper: Keeper | None = None
    compreface_port: int | None = None


def create_app(engine: Engine, api: ApiSettings, limits: LimitSettings, rooms: Rooms | None = None) -> Flask:
    rooms = rooms or Rooms()
    app = Flask("ostiary.web")
    access = rooms.access or auth.Access(api.key)
    _guard(app, access, limits, rooms)
    for blueprint in _blueprints(engine, access, limits, rooms):
        app.register_blueprint(blueprint)
    return app


def _guard(app: Flask, access: auth.Access, limits: LimitSettings, rooms: Rooms) -> None:
    """What every request passes before a view sees it, and every answer after. The order counts."""
    proxies = Proxies(app.wsgi_app, rooms.doors.trusted_proxies)
    app.wsgi_app = proxies  # type: ignore[method-assign]
    rate, stream = parse(rooms.doors.rate_limit), rooms.stream_page
    if rooms.keeper:
        compreface.install(app)
    careful.install(app)
    problems.install(app, limits)
    headers.install(app, lambda: page.url_of(stream) if stream else None, rooms.doors.cors_origins)
    if rate:
        rates.install_by_address(app, rates.ByAddress(rate, proxies.address_of))
    auth.install(app, access)
    if rate:
        rates.install_by_principal(app, rate)
    if access.store:
        audit.install(app, access.store.audit)

    @app.before_request
    def limit_body() -> None:
        request.max_content_length = most_bytes(request.path, limits)


def _blueprints(engine: Engine, access: auth.Access, limits: LimitSettings, rooms: Rooms) -> Iterator[Blueprint]:
    yield people.blueprint(engine, limits, rooms.album)
    yield privacy.blueprint(engine, rooms.backups)
    yield recognise.blueprint(engine, limits)
    yield health.blueprint(engine, access, rooms.health_report)
    yield page.blueprint(rooms.stream_page)
    yield session.blueprint(access)
    yield docs.blueprint()
    if access.store:
        yield keys_and_users.blueprint(access.store)
        yield tokens.blueprint(access, access.store)
    if rooms.album:
        yield albums.blueprint(rooms.album.engine, rooms.album, rooms.ledger.records if rooms.ledger else None)
    if rooms.desk:
        yield from rooms.desk.blueprints()
    if rooms.ledger:
        yield from rooms.ledger.blueprints()
    if rooms.reception:
        yield visitors.blueprint(rooms.reception)
    if rooms.reception and rooms.history:
        yield events.blueprint(rooms.history, rooms.reception, rooms.zone)
    if rooms.keeper:
        yield applications.blueprint(rooms.keeper.register, rooms.keeper.collection, rooms.compreface_port)
        yield demo.blueprint()
        yield compreface.blueprint(rooms.keeper, limits)
