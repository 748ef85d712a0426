"""What would keep the next start from succeeding, found out while the dashboard is still there to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostiary import folders
from ostiary.assembly.liveness import require_landmarks
from ostiary.assembly.stores import is_demo
from ostiary.errors import AddressError, OstiaryError, SettingsError
from ostiary.keyring import vault_of
from ostiary.net import is_loopback, listen
from ostiary.settings import Settings
from ostiary.tls import server_context

if TYPE_CHECKING:
    from ostiary.web.auth import Access


def rehearse(after: Settings, now: Settings, access: Access, encoder: str) -> None:
    """Raises SettingsError naming what of `after` cannot be used. What is as `now` was tried already; nothing is left open."""
    is_demo(after.camera)
    if after.vision != now.vision or after.liveness != now.liveness:
        require_landmarks(after, encoder)
    for knob, folder, before in (
        ("DATA_DIR", after.data.data_dir, now.data.data_dir),
        ("FACES_DIR", after.gallery.faces_dir, now.gallery.faces_dir),
    ):
        if folder != before:
            folders.private(folder, knob)
    _require_address("API_PORT", (after.api.host, after.api.port), (now.api.host, now.api.port))
    if after.compreface.port:
        _require_address("COMPREFACE_PORT", (after.api.host, after.compreface.port), (now.api.host, now.compreface.port))
    _require_address("WS_PORT", (after.hub.host, after.hub.port), (now.hub.host, now.hub.port))
    _require_credential(after, now, access)
    server_context(after.access.tls_cert, after.access.tls_key)
    if after.privacy != now.privacy or after.data != now.data:
        _require_key(after)


def _require_address(knob: str, after: tuple[str, int], now: tuple[str, int]) -> None:
    if after == now:
        return
    host, port = after
    try:
        if port != now[1]:
            listen(host, port, knob).close()
        else:  # held by this program itself: any other port tells whether the machine has the address
            listen(host, 0, knob).close()
    except AddressError as error:
        raise SettingsError(knob if port != now[1] else knob.replace("PORT", "HOST"), f"{host}:{port}", error.problem) from None


def _require_credential(after: Settings, now: Settings, access: Access) -> None:
    """An API that everybody reaches starts only where somebody must show something."""
    from ostiary.web.auth import Access

    store = access.store if after.data == now.data else None  # in another folder nobody is known
    if not is_loopback(after.api.host) and Access(after.api.key, store).is_open:
        raise SettingsError(
            "API_HOST", after.api.host, "other machines are served only once there is a key, a user or API_KEY: make one first"
        )


def _require_key(after: Settings) -> None:
    try:
        vault_of(after).check()
    except SettingsError:
        raise
    except OstiaryError as error:
        raise SettingsError("KEY_FILE", str(after.privacy.key_file or ""), str(error)) from None
