"""The HTTP API and the dashboard."""

from __future__ import annotations

from ostiary.assembly.access import invite_owner, open_access, tickets, tls
from ostiary.assembly.compreface import open_keeper
from ostiary.assembly.desk import open_desk
from ostiary.assembly.history import correcting
from ostiary.assembly.house import House, asking
from ostiary.assembly.ledger import open_ledger
from ostiary.assembly.stores import is_demo, visitor_store

_COMPREFACE = ("/api/v1/", "/demo", "/static/")  # with the demos and what they are made of


def open_api(house: House) -> None:
    from ostiary.album import Album
    from ostiary.assembly.backups import Backups
    from ostiary.visitors.reception import Reception
    from ostiary.web.app import Rooms, create_app
    from ostiary.web.page import StreamAddress
    from ostiary.web.server import Only, serve

    settings = house.settings
    hub, stream = settings.hub, None
    if settings.stream.enable:
        stream = StreamAddress(hub.port, ticket=tickets(settings).to_read, public_url=hub.public_url)
    engine = house.engine
    reception = Reception(visitor_store(settings), engine, corrected=correcting(house.history, settings, asking))
    access = open_access(house)
    app = create_app(
        engine,
        settings.api,
        settings.limits,
        Rooms(
            stream_page=stream,
            health_report=house.health,
            reception=reception,
            backups=None if is_demo(settings.camera) else Backups(settings),
            album=Album(engine),
            access=access,
            doors=settings.access,
            history=house.history,
            zone=settings.clock.zone,
            desk=open_desk(house, access),
            ledger=open_ledger(house),
            keeper=open_keeper(house),
            compreface_port=settings.compreface.port or None,
        ),
    )
    server = serve(app, settings.api, settings.limits, tls(settings))
    house.serve(server.run, "api")
    house.stack.callback(server.close)
    if port := settings.compreface.port:
        part = serve(app, settings.api, settings.limits, tls(settings), only=Only(_COMPREFACE, port, "COMPREFACE_PORT"))
        house.serve(part.run, "compreface")
        house.stack.callback(part.close)
    host = f"[{settings.api.host}]" if ":" in settings.api.host else settings.api.host
    house.page = f"{'https' if settings.access.tls_cert else 'http'}://{host}:{server.port}/"
    invite_owner(house, access)
