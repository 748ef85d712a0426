"""Who comes in by a ticket: without a database, not for publishing unless made for it, and not for ever."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack

import pytest
from support.clock import Clock
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ostiary import tickets as leaves
from ostiary.hub import admission
from ostiary.hub.admission import Gatekeeper, Refused
from ostiary.hub.client import Publisher, subscribe
from ostiary.tickets import Tickets

SECRET = b"s" * 32
PATH = "/ws/face-stream"


def status_of(gatekeeper: Gatekeeper, query: str, host: str = "door.lan:3001") -> int:
    try:
        gatekeeper.admit(PATH + query, Headers([("Host", host)]))
    except Refused as refused:
        return refused.status
    return 101


@pytest.mark.parametrize("token", ["", "sesame"])
def test_a_ticket_opens_a_locked_house_for_its_use_alone(token: str) -> None:
    clock = Clock()
    tickets = Tickets(SECRET, token, clock=clock)
    gatekeeper = Gatekeeper(token, tickets=tickets, locked=lambda: True)
    read, publish = tickets.to_read(), tickets.to_publish()
    assert status_of(gatekeeper, "") == 401
    assert status_of(gatekeeper, "", "localhost") == 401
    assert status_of(gatekeeper, f"?token={read}") == 101
    assert status_of(gatekeeper, f"?token={publish}") == 401
    assert status_of(gatekeeper, f"?role=publish&token={publish}") == 101
    assert status_of(gatekeeper, f"?role=publish&token={read}") == 401
    assert status_of(gatekeeper, f"?token={read[:-3]}") == 401
    clock.now += leaves.LASTS_S
    assert status_of(gatekeeper, f"?token={read}") == 401


def test_who_knows_ws_token_makes_up_no_leave_to_publish() -> None:
    gatekeeper = Gatekeeper("sesame", "chalk", tickets=Tickets(SECRET, "sesame"))
    forger = Tickets(b"f" * 32, "sesame")
    assert status_of(gatekeeper, f"?token={forger.to_read()}") == 101  # a hub elsewhere shares WS_TOKEN alone
    assert status_of(gatekeeper, f"?role=publish&token={forger.to_publish()}") == 401


def test_an_open_house_stays_open_to_this_machine() -> None:
    gatekeeper = Gatekeeper(tickets=Tickets(SECRET))
    assert status_of(gatekeeper, "", "localhost") == 101
    assert status_of(gatekeeper, f"?token={Tickets(SECRET).to_read()}", "door.lan") == 403


def test_the_house_publishes_and_reads_with_tickets(start_hub, event, eventually) -> None:
    tickets = Tickets(SECRET)
    hub = start_hub(tickets=tickets, locked=lambda: True)
    with pytest.raises(InvalidStatus):
        hub.connect()
    stop, seen = threading.Event(), []
    with ExitStack() as stack:
        publisher = stack.enter_context(Publisher(hub.url, tickets.to_publish))

        def publish() -> None:
            while not stop.is_set():
                publisher.step()

        def read() -> None:
            for message in subscribe(hub.url, tickets.to_read, stop):
                seen.append(message["frame_id"])
                stop.set()

        threads = [threading.Thread(target=turn) for turn in (publish, read)]
        for thread in threads:
            thread.start()
        try:
            eventually(lambda: hub.hub.clients == 2)
            publisher.publish(event(7))
            eventually(lambda: seen)
        finally:
            stop.set()
            for thread in threads:
                thread.join(5)
    assert seen == [7]


def test_who_came_by_a_ticket_must_come_again(start_hub, monkeypatch) -> None:
    monkeypatch.setattr(admission, "STAYS_S", 0.2)
    tickets = Tickets(SECRET)
    hub = start_hub(tickets=tickets, locked=lambda: True)
    with pytest.raises(ConnectionClosed) as closed:
        hub.connect(f"?token={tickets.to_read()}").recv(5)
    assert "ticket" in closed.value.rcvd.reason


def test_who_came_while_nothing_was_locked_must_come_again_with_something(start_hub, event, eventually) -> None:
    tickets, locked = Tickets(SECRET), threading.Event()
    hub = start_hub(tickets=tickets, locked=locked.is_set)
    publish = hub.publisher(f"?role=publish&token={tickets.to_publish()}")
    forger, listener, guest = hub.connect("?role=publish"), hub.subscriber(), hub.subscriber(f"?token={tickets.to_read()}")
    eventually(lambda: hub.hub.clients == 4)
    locked.set()
    for unproved in (forger, listener):
        with pytest.raises(ConnectionClosed) as closed:
            list(unproved)
        assert "locked" in closed.value.rcvd.reason
    eventually(lambda: hub.hub.clients == 2)
    publish(event(7))
    assert json.loads(guest.recv(5))["frame_id"] == 7
