"""The HTTP API and the page, put together from their blueprints."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Protocol

from flask import Flask, request

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


def create_app(
    engine: Engine,
    api: ApiSettings,
    limits: LimitSettings,
    *,
    stream_page: page.StreamAddress | None = None,
    health_report: health.Report | None = None,
    reception: Reception | None = None,
    access: auth.Access | None = None,
    doors: AccessSettings | None = None,
    album: Album | None = None,
    ledger: Ledger | None = None,
    backups: privacy.Backups | None = None,
    history: History | None = None,
    zone: tzinfo = UTC,
    desk: Desk | None = None,
    keeper: Keeper | None = None,
    compreface_port: int | None = None,
) -> Flask:
    """`access` left out, API_KEY is the only credential there is. `zone` is whose days and hours are meant.

    `keeper` keeps CompreFace's applications, whose API is served on `compreface_port` too where that is not None.
    """
    app = Flask("ostiary.web")
    access, doors = access or auth.Access(api.key), doors or AccessSettings()
    app.wsgi_app = Proxies(app.wsgi_app, doors.trusted_proxies)  # type: ignore[method-assign]
    rate = parse(doors.rate_limit)
    if keeper:
        compreface.install(app)
    careful.install(app)
    problems.install(app, limits)
    headers.install(app, lambda: page.url_of(stream_page) if stream_page else None, doors.cors_origins)
    if rate:
        rates.install_by_address(app, rate)
    auth.install(app, access)
    if rate:
        rates.install_by_principal(app, rate)
    if access.store:
        audit.install(app, access.store.audit)
        app.register_blueprint(keys_and_users.blueprint(access.store))
        app.register_blueprint(tokens.blueprint(access, access.store))

    @app.before_request
    def limit_body() -> None:
        request.max_content_length = most_bytes(request.path, limits)

    app.register_blueprint(people.blueprint(engine, limits, album))
    if album:
        app.register_blueprint(albums.blueprint(album.engine, album, ledger.records if ledger else None))
    app.register_blueprint(privacy.blueprint(engine, backups))
    app.register_blueprint(recognise.blueprint(engine, limits))
    app.register_blueprint(health.blueprint(engine, access, health_report))
    app.register_blueprint(page.blueprint(stream_page))
    app.register_blueprint(session.blueprint(access))
    app.register_blueprint(docs.blueprint())
    for room in desk.blueprints() if desk else ():
        app.register_blueprint(room)
    for room in ledger.blueprints() if ledger else ():
        app.register_blueprint(room)
    if keeper:
        app.register_blueprint(applications.blueprint(keeper.register, keeper.collection, compreface_port))
        app.register_blueprint(demo.blueprint())
    if reception:
        app.register_blueprint(visitors.blueprint(reception))
    if reception and history:
        app.register_blueprint(events.blueprint(history, reception, zone))
    if keeper:
        app.register_blueprint(compreface.blueprint(keeper, limits))
    return app
