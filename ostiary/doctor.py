"""`ostiary doctor`: looks at everything a door needs and says what is wrong and what to do."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ostiary.assembly import stores
from ostiary.errors import AddressError, OstiaryError, SourceError
from ostiary.folders import private
from ostiary.net import Lookup, connect, is_loopback, listen
from ostiary.secret_file import is_locked
from ostiary.service import Deadline
from ostiary.settings import Settings

MARKS = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}
FIRST_FRAME_S = 10.0
REACH_S = 3.0


@dataclass(frozen=True)
class Finding:
    """`level` is ok, warn (works, but) or fail (does not work)."""

    level: str
    about: str
    text: str


def report(findings: Iterable[Finding]) -> int:
    """Prints the findings as they come; 1 when anything fails."""
    failed = False
    for finding in findings:
        print(f"{MARKS[finding.level]}  {finding.about:10} {finding.text}", flush=True)
        failed |= finding.level == "fail"
    return 1 if failed else 0


def checks(settings: Settings) -> Iterator[Finding]:
    """Every check in turn. A check that raises one of our own errors has failed with that error's words."""
    table: list[tuple[str, Callable[[Settings], Iterator[Finding]]]] = [
        ("machine", _machine),
        ("folders", _folders),
        ("models", _models),
        ("gallery", _gallery),
        ("camera", _cameras),
        ("ports", _ports),
        ("webhook", _webhooks),
    ]
    for about, check in table:
        try:
            yield from check(settings)
        except OstiaryError as error:
            yield Finding("fail", about, str(error))


def _machine(settings: Settings) -> Iterator[Finding]:
    yield Finding("ok", "machine", f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    if platform.machine() not in {"x86_64", "AMD64", "aarch64", "arm64"}:
        yield Finding("fail", "machine", "a 64-bit system is needed: there are no wheels for this one")
    if time.time() < 1_700_000_000:
        yield Finding("warn", "machine", "the clock is wrong; events and webhook signatures will be too: enable NTP")


def _folders(settings: Settings) -> Iterator[Finding]:
    for knob, folder in (("FACES_DIR", settings.gallery.faces_dir), ("DATA_DIR", settings.data.data_dir)):
        private(folder, knob)
        if folder.stat().st_mode & 0o077:
            yield Finding("warn", "folders", f"{folder} can be read by others: chmod 700 {folder}")
        else:
            yield Finding("ok", "folders", f"{folder} is writable and private")


def _models(settings: Settings) -> Iterator[Finding]:
    engine = stores.open_engine(settings)
    encoder = engine.eyes.encoder
    yield Finding("ok", "models", f"{encoder.id} and its detector are verified and load")
    if settings.liveness.mode != "off":
        from ostiary.vision.liveness import open_liveness

        open_liveness(settings.data.models_dir, settings.vision.provider, settings.vision.threads)
        yield Finding("ok", "models", "the liveness network is verified and loads")
    if settings.liveness.challenge == "blink":
        from ostiary.vision.eyelids import open_eyelids

        open_eyelids(settings.data.models_dir, settings.vision.provider, settings.vision.threads)
        yield Finding("ok", "models", "the networks that see the eyes close are verified and load")


def _gallery(settings: Settings) -> Iterator[Finding]:
    engine = stores.open_engine(settings)
    gallery = engine.store.read()
    if not len(gallery):
        yield Finding("warn", "gallery", "nobody is enrolled yet: ostiary register NAME PHOTO")
        return
    gallery.require(engine.eyes.encoder.id)
    yield Finding("ok", "gallery", f"{len(gallery)} people, encoded with {gallery.encoder_id}")


def _cameras(settings: Settings) -> Iterator[Finding]:
    from ostiary.stream.source import masked, open_source, parse_sources

    for name, spec in parse_sources(settings.camera.video_source):
        if spec == "demo":
            yield Finding("warn", "camera", f"{name}: the built-in demo, not a camera")
            continue
        try:
            source = open_source(spec)
        except SourceError as error:
            yield Finding("fail", "camera", f"{name}: {error}")
            continue
        try:
            yield _first_frame(name, masked(spec), source.read)
        except SourceError as error:
            yield Finding("fail", "camera", f"{name}: {error}")
        finally:
            source.close()


def _first_frame(name: str, shown: str, read: Callable[[], object]) -> Finding:
    until = time.monotonic() + FIRST_FRAME_S
    while time.monotonic() < until:
        image = read()
        if image is not None:
            height, width = image.shape[:2]  # type: ignore[attr-defined]
            return Finding("ok", "camera", f"{name}: {shown} delivers {width}x{height} pictures")
    return Finding("fail", "camera", f"{name}: {shown} opened but delivered no picture")


def _ports(settings: Settings) -> Iterator[Finding]:
    ports = [("API_PORT", settings.api.host, settings.api.port), ("WS_PORT", settings.hub.host, settings.hub.port)]
    if settings.compreface.port:
        ports.append(("COMPREFACE_PORT", settings.api.host, settings.compreface.port))
    for knob, host, port in ports:
        try:
            listen(host, port, knob).close()
            yield Finding("ok", "ports", f"{knob} {port} is free")
        except AddressError as error:
            yield Finding("warn", "ports", f"{error}; a running Ostiary is no fault")
    for knob, host, secret in (("API_KEY", settings.api.host, settings.api.key), ("WS_TOKEN", settings.hub.host, settings.stream.token)):
        if not secret and not is_loopback(host) and not is_locked(settings.data.data_dir):
            remedy = "set it, or make a key or a user first (ostiary keys, ostiary users)"
            yield Finding("fail", "ports", f"without {knob} nothing will listen on {host}, which other machines can reach: {remedy}")
    if settings.stream.token and not settings.stream.publish_token:
        whose = "where the programs run apart, whoever may read the stream may also publish a PASS there"
        yield Finding("warn", "ports", f"WS_TOKEN is set without WS_PUBLISH_TOKEN: {whose}; set it (ostiary up makes its own)")


def _webhooks(settings: Settings) -> Iterator[Finding]:
    """Connects to each receiver and sends nothing: a doctor opens no door."""
    from ostiary.sinks.post import parse_target, signing_key

    if not settings.webhook.urls:
        yield Finding("warn", "webhook", "no WEBHOOK_URL: a PASS opens nothing")
    signing_key(settings.webhook.secret)
    for url in settings.webhook.urls:
        target = parse_target(url)
        try:
            connect(Lookup(target.host, target.port).addresses(REACH_S), Deadline(REACH_S), REACH_S).close()
            yield Finding("ok", "webhook", f"{target.place} answers (nothing was sent)")
        except OSError as error:
            yield Finding(
                "fail", "webhook", f"{target.place} cannot be reached ({error.strerror or 'no answer in time'}): check WEBHOOK_URL"
            )
    if settings.webhook.urls and not settings.webhook.secret:
        yield Finding("warn", "webhook", "no WEBHOOK_SECRET: the receiver cannot tell our webhooks from forged ones")
