"""The broadcast server."""

from __future__ import annotations

import threading

from ostiary.assembly.access import tickets, tls
from ostiary.assembly.house import House
from ostiary.secret_file import is_locked


def open_hub(house: House) -> None:
    from ostiary.hub.server import Hub

    settings = house.settings
    data_dir = settings.data.data_dir
    hub = Hub(settings.hub, settings.stream, tickets=tickets(settings), locked=lambda: is_locked(data_dir), tls=tls(settings))
    hub.open()
    publishers_left = threading.Event()  # the hub closes last, so that nobody of this house loses it
    house.serve(lambda: hub.run(publishers_left), "hub")
    house.stack.callback(publishers_left.set)
