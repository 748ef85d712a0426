"""`ostiary doctor`: looks at everything a door needs and says what is wrong and what to do."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ostiary.assembly import stores
from ostiary.assembly.restoring import being_restored
from ostiary.errors import AddressError, DatabaseUnavailable, OstiaryError, SourceError
from ostiary.folders import private
from ostiary.keyring import State, vault_of
from ostiary.net import Lookup, connect, is_loopback, listen
from ostiary.scopes import Role
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
        ("key", _key),
        ("data", _databases),
        ("access", _access),
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


def _key(settings: Settings) -> Iterator[Finding]:
    vault = vault_of(settings)
    vault.check()
    mark = vault.mark()
    if mark.state is State.PLAIN:
        yield Finding("ok", "key", "faces are not encrypted on the disk; 'ostiary encrypt' with a KEY_FILE does that")
        return
    file, _ = vault.keys()
    if file.stat().st_mode & 0o077:
        yield Finding("warn", "key", f"{file} can be read by others: chmod 600 {file}")
    if mark.state is not State.SEALED:
        yield Finding("warn", "key", "the keys were being changed: run the same command again to finish that")
    else:
        yield Finding("ok", "key", f"faces are encrypted with the key {mark.key_id}")


def _databases(settings: Settings) -> Iterator[Finding]:
    """A damaged one says what becomes of the door: it works without, but for the dates that people have."""
    from ostiary.assembly.backups import DATABASES
    from ostiary.database import require_whole

    data = stores.own_data(settings)
    if problem := being_restored(settings):
        yield Finding("fail", "data", f"{problem}: start any program to finish that")
    for name in DATABASES:
        if not (path := data / name).exists():
            if name == "people.db":
                yield from _lost_dates(settings)
            continue
        try:
            require_whole(path)
            yield Finding("ok", "data", f"{name} is whole, {path.stat().st_size / 1e6:.1f} MB")
        except DatabaseUnavailable as error:
            effect = "nobody can pass" if name == "people.db" else "the door works without"
            yield Finding("fail", "data", f"{error}: {effect}; put it back from a backup, or move it away to begin anew")


def _lost_dates(settings: Settings) -> Iterator[Finding]:
    from ostiary.assembly.ledger import record_store

    try:
        record_store(settings).calendar()
    except DatabaseUnavailable as error:
        yield Finding("fail", "data", f"{error}; until then nobody can pass")


def _access(settings: Settings) -> Iterator[Finding]:
    from ostiary.access.store import AccessStore

    data = settings.data.data_dir
    if not (data / "access.db").exists():
        yield Finding("ok", "access", "nobody has a key or a password yet: open to programs of this machine")
        return
    store = AccessStore(data)
    try:
        owners = [user.name for user in store.users.list() if user.role is Role.OWNER and not user.disabled]
        if not owners:
            yield Finding("warn", "access", "nobody owns this house yet: the API prints a link for that when it starts")
        else:
            yield Finding("ok", "access", f"{len(owners)} owner{'s' * (len(owners) != 1)}, {len(store.keys.list())} keys")
    finally:
        store.close()


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
