"""Who may ask: the store of keys and users, and the link that makes the first owner."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

from ostiary.errors import DatabaseUnavailable
from ostiary.secret_file import secret_of
from ostiary.settings import Settings
from ostiary.tickets import Tickets
from ostiary.tls import own_context, server_context

if TYPE_CHECKING:
    from ostiary.assembly.house import House
    from ostiary.web.auth import Access

log = logging.getLogger(__name__)


def open_access(house: House) -> Access:
    from ostiary.access.store import AccessStore
    from ostiary.web.auth import Access

    store = AccessStore(house.settings.data.data_dir, audit_days=house.settings.access.audit_days)
    house.stack.callback(store.close)
    return Access(house.settings.api.key, store)


def tickets(settings: Settings) -> Tickets:
    """Leave to join the stream, as the house's own hub knows it."""
    return Tickets(secret_of(settings.data.data_dir), settings.stream.token)


def publishing_token(settings: Settings) -> str | Callable[[], str]:
    """What the detector shows to the hub: a token of the settings, else a ticket where the hub is the house's own."""
    given = settings.stream.publish_token or settings.stream.token
    return given or (tickets(settings).to_publish if settings.publishes_to_own_hub else "")


def reading_token(settings: Settings) -> str | Callable[[], str]:
    """The same for a program that reads."""
    return settings.stream.token or (tickets(settings).to_read if settings.publishes_to_own_hub else "")


def tls(settings: Settings) -> ssl.SSLContext | None:
    """For the servers, where TLS_CERT and TLS_KEY are set. Raises SettingsError."""
    return server_context(settings.access.tls_cert, settings.access.tls_key)


def trust(settings: Settings) -> ssl.SSLContext | None:
    """What the house's own programs trust when they go to its hub; None where that is the system's business."""
    certificate = settings.access.tls_cert
    return own_context(certificate) if certificate and settings.publishes_to_own_hub else None


def invite_owner(house: House, access: Access) -> None:
    """Prints the link by which somebody becomes the owner, until somebody has. Links of earlier starts are worth nothing then."""
    try:
        invitation = access.store and access.store.users.invite_owner()
    except DatabaseUnavailable as error:
        problem = f"nobody can log in: {error}"
        log.error("%s", problem)
        house.troubles.append(lambda: problem)  # the door works without
        return
    if invitation:
        log.info("nobody owns this house yet: become its owner within 24 hours at %s#/welcome?token=%s", house.page, invitation.token)
