"""The broadcast server: what publishers send reaches every subscriber, and no subscriber can hold up another.

The one asyncio room. Everything here runs in the thread of `Hub.run`, except `open`, `publish` and the properties.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ostiary.errors import AddressError
from ostiary.hub.admission import Gatekeeper, Refused, Wishes
from ostiary.hub.packet import Packet, pack, pack_message
from ostiary.net import is_loopback, listen
from ostiary.outbox import LIFETIME_S, Outbox
from ostiary.settings import HubSettings, StreamSettings
from ostiary.tickets import Tickets
from ostiary.wire import demand_message, dump

log = logging.getLogger(__name__)
_connections_log = logging.getLogger(f"{__name__}.connections")
_connections_log.setLevel(logging.CRITICAL)  # at DEBUG the library writes tokens, at ERROR every port scan

STOP_POLL_S = 0.1
CLOSE_TIMEOUT_S = 0.4
UNSENT_BYTES = 128 * 1024
"""What may wait inside the kernel for one client: what lies there is no longer replaced by newer frames."""
STRANGERS_AT_MOST = 64
"""Lines of those who have not yet said what they want, over and above WS_MAX_CLIENTS."""
SMALL_TALK_BYTES = 64
"""A subscriber may say this much (some send a word to keep the line alive); it is not read."""


class Hub:
    """`run` serves until `stop`; `ready` is set when it does, `port` is then the port taken (0 in the settings: any)."""

    def __init__(
        self,
        hub: HubSettings,
        stream: StreamSettings,
        *,
        tickets: Tickets | None = None,
        locked: Callable[[], bool] = lambda: False,
        tls: ssl.SSLContext | None = None,
        send_timeout_s: float = 10.0,
        lifetime_s: float = LIFETIME_S,
    ):
        """`locked` tells whether the house has keys or users, so that this machine, too, has to show something."""
        self._hub, self._tls = hub, tls
        self._gatekeeper = Gatekeeper(stream.token, stream.publish_token, hub.origins, tickets, locked)
        self._send_timeout_s, self._lifetime_s = send_timeout_s, lifetime_s
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lines: set[asyncio.Transport] = set()
        self._clients: set[_Client] = set()
        self._statuses: dict[object, Packet] = {}
        self._frames_wanted = False
        self.ready = threading.Event()
        self.port = hub.port

    @property
    def clients(self) -> int:
        return len(self._clients)

    @property
    def frames_wanted(self) -> bool:
        """Whether any subscriber asked for pictures."""
        return self._frames_wanted

    def open(self) -> None:
        """Takes the port. Raises AddressError where that fails, or where the address is closed by default."""
        if self._socket is not None:
            return
        if self._gatekeeper.is_open and not is_loopback(self._hub.host):
            raise AddressError(
                self._hub.host,
                self._hub.port,
                "other machines may reach this address: set WS_TOKEN first, or make a key or a user, or WS_HOST=127.0.0.1",
            )
        self._socket = listen(self._hub.host, self._hub.port, "WS_PORT")
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # accepted sockets inherit it
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self.port = self._socket.getsockname()[1]

    def run(self, stop: threading.Event) -> None:
        self.open()
        asyncio.run(self._serve(stop))

    def publish(self, message: dict[str, Any]) -> None:
        """Broadcasts from any thread of this process, without a socket between. Never blocks."""
        packet, loop = pack_message(message), self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop was closed just now: nobody is left to tell
                loop.call_soon_threadsafe(self._broadcast, packet, self)

    async def _serve(self, stop: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        server = await serve(
            self._meet,
            sock=self._socket,
            ssl=self._tls,
            process_request=self._admit,
            compression=None,  # pictures are compressed already
            server_header=None,
            open_timeout=5,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=int(self._hub.max_message_mb * 1e6),
            max_queue=4,
            logger=_connections_log,
            create_connection=_counted(self._lines, self._hub.max_clients + STRANGERS_AT_MOST),
        )
        log.info("the stream is at %s://%s:%d/ws/face-stream", "wss" if self._tls else "ws", self._hub.host, self.port)
        self.ready.set()
        try:
            while not stop.is_set():
                await asyncio.sleep(STOP_POLL_S)
                await self._see_off_the_unproved()
        finally:
            self.ready.clear()
            self._loop, self._socket = None, None
            await _close(server, self._lines)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        try:
            self._gatekeeper.admit(request.path, request.headers)
        except Refused as refused:
            log.info("refused %s: %s", _peer(connection), refused.because)
            return connection.respond(refused.status, refused.because + "\n")
        return None

    async def _see_off_the_unproved(self) -> None:
        """Once the house is locked, who came before with nothing to show has to come again with something."""
        unproved = [client.connection for client in self._clients if client.wishes.unproved]
        if unproved and not self._gatekeeper.is_open:
            await asyncio.gather(*(connection.close(1008, "the house is locked now: show a token") for connection in unproved))

    async def _meet(self, connection: ServerConnection) -> None:
        assert connection.request is not None  # the handshake is over
        wishes = self._gatekeeper.admit(connection.request.path, connection.request.headers)
        if len(self._clients) >= self._hub.max_clients:
            log.warning("turned %s away: WS_MAX_CLIENTS=%d are here", _peer(connection), self._hub.max_clients)
            await connection.close(1013, "too many clients, try again later")
            return
        client = _Client(connection, wishes, self._send_timeout_s, self._lifetime_s)
        self._clients.add(client)
        try:
            await self._attend(client)
        except ConnectionClosed:
            pass
        except Exception:  # the edge: one client's trouble is nobody else's
            log.exception("serving %s failed", _peer(connection))
        finally:
            self._clients.discard(client)
            self._statuses.pop(client, None)
            self._tell_demand()

    async def _attend(self, client: _Client) -> None:
        now = time.monotonic()
        for publisher, packet in self._statuses.items():
            client.offer(packet, publisher, now)
        self._tell_demand()
        feeding = asyncio.create_task(client.feed())
        try:
            async with asyncio.timeout(client.wishes.stays_s):
                await (self._listen(client) if client.wishes.publishes else client.ignore_small_talk())
        except TimeoutError:
            await client.connection.close(1008, "the ticket is over: come again with a new one")
        finally:
            feeding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await feeding

    async def _listen(self, publisher: _Client) -> None:
        log.info("publisher %s came", _peer(publisher.connection))
        try:
            async for text in publisher.connection:
                packet = pack(text)
                if packet is not None:
                    self._broadcast(packet, publisher)
        finally:
            log.info("publisher %s went", _peer(publisher.connection))

    def _broadcast(self, packet: Packet, publisher: object) -> None:
        now = time.monotonic()
        if packet.kind == "status":
            self._statuses[publisher] = packet
        for client in self._clients:
            client.offer(packet, publisher, now)

    def _tell_demand(self) -> None:
        self._frames_wanted = any(client.wishes.frames and not client.wishes.publishes for client in self._clients)
        text, now = dump(demand_message(self._frames_wanted)).encode(), time.monotonic()
        for client in self._clients:
            if client.wishes.publishes:
                client.put("demand", text, now)


class _Client:
    """One connection. Its outbox is filled by `offer` and `put`, which never wait, and emptied by `feed`."""

    def __init__(self, connection: ServerConnection, wishes: Wishes, send_timeout_s: float, lifetime_s: float):
        self.connection = connection
        self.wishes = wishes
        self._send_timeout_s = send_timeout_s
        self._outbox: Outbox[bytes] = Outbox(lifetime_s=lifetime_s, interval_s=wishes.interval_s)
        self._offered = asyncio.Event()

    def offer(self, packet: Packet, publisher: object, now: float) -> None:
        wishes = self.wishes
        if wishes.publishes:
            return
        if packet.kind == "status":
            if not wishes.status:
                return
        elif wishes.cameras and packet.camera not in wishes.cameras:
            return
        key = ("status", id(publisher)) if packet.kind == "status" else ("camera", packet.camera)
        self.put(key, packet.full if wishes.frames else packet.light, now, kept=packet.kept)

    def put(self, key: Hashable, text: bytes, now: float, *, kept: bool = False) -> None:
        self._outbox.put(key, text, now, kept=kept)
        self._offered.set()

    async def feed(self) -> None:
        """Sends what is offered, for ever; cuts the line where a message does not get through in time."""
        try:
            while True:
                text = self._outbox.take(time.monotonic())
                if text is None:
                    await self._wait()
                    continue
                async with asyncio.timeout(self._send_timeout_s):
                    await self.connection.send(text, text=True)
        except TimeoutError:
            log.info("dropped %s: it does not read", _peer(self.connection))
        finally:
            self.connection.transport.abort()

    async def _wait(self) -> None:
        self._offered.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._outbox.wait_s(time.monotonic())):
                await self._offered.wait()

    async def ignore_small_talk(self) -> None:
        """Until the line is closed. Who tries to say more than a word is sent away: subscribers do not publish."""
        async for message in self.connection:
            if len(message) > SMALL_TALK_BYTES:
                await self.connection.close(1008, "subscribers do not publish: a publisher says ?role=publish")
            await asyncio.sleep(0.05)  # a babbler is slowed down by its own full line


def _counted(lines: set[asyncio.Transport], at_most: int) -> type[ServerConnection]:
    """Connections that keep `lines` up to date from the first byte on; one too many is cut at once."""

    class Counted(ServerConnection):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            lines.add(self.transport)
            if len(lines) > at_most:
                self.transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            lines.discard(self.transport)
            super().connection_lost(exc)

    return Counted


async def _close(server: Server, lines: set[asyncio.Transport]) -> None:
    """Says good-bye to all; who does not answer in time is cut off, as is who never said what they want."""
    server.close()
    closing = asyncio.create_task(server.wait_closed())
    await asyncio.wait({closing}, timeout=CLOSE_TIMEOUT_S)
    for line in list(lines):
        line.abort()
    await closing


def _peer(connection: ServerConnection) -> str:
    address = connection.remote_address
    return f"{address[0]}:{address[1]}" if address else "a client that left"
