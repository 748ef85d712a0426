"""Who may ask: the store of keys and users, and the link that makes the first owner."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ostiary.assembly.house import House

if TYPE_CHECKING:
    from ostiary.web.auth import Access

log = logging.getLogger(__name__)


def open_access(house: House) -> Access:
    from ostiary.access.store import AccessStore
    from ostiary.web.auth import Access

    store = AccessStore(house.settings.data.data_dir, audit_days=house.settings.access.audit_days)
    house.stack.callback(store.close)
    return Access(house.settings.api.key, store)


def invite_owner(house: House, access: Access) -> None:
    """Prints the link by which somebody becomes the owner, until somebody has. Links of earlier starts are worth nothing then."""
    invitation = access.store and access.store.users.invite_owner()
    if invitation:
        log.info("nobody owns this house yet: become its owner within 24 hours at %s#/welcome?token=%s", house.page, invitation.token)
