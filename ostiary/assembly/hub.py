"""The broadcast server."""

from __future__ import annotations

import threading

from ostiary.assembly.house import House


def open_hub(house: House) -> None:
    from ostiary.hub.server import Hub

    hub = Hub(house.settings.hub, house.settings.stream)
    hub.open()
    publishers_left = threading.Event()  # the hub closes last, so that nobody of this house loses it
    house.serve(lambda: hub.run(publishers_left), "hub")
    house.stack.callback(publishers_left.set)
