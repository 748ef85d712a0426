"""Closed by default: each route, with a key and without, for pages of other origins and names that were rebound."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
import requests
from support.attendance import Door

from ostiary.album import Album
from ostiary.calibrations import Calibrations
from ostiary.cameras import Cameras
from ostiary.compreface.keeper import Keeper
from ostiary.compreface.register import Register
from ostiary.compreface.values import Kind
from ostiary.engine import FaceEngine
from ostiary.errors import ForeignOrigin
from ostiary.history.history import History
from ostiary.history.recorder import Recorder
from ostiary.history.store import HistoryStore
from ostiary.machine import Machine, disk_of
from ostiary.records.book import RecordBook
from ostiary.records.store import RecordStore
from ostiary.scopes import ALL, Scope
from ostiary.settings import ApiSettings, LimitSettings, load
from ostiary.settings_file import SettingsFile
from ostiary.stream.source import SourceOptions
from ostiary.stream.trial import Trials
from ostiary.system import System
from ostiary.telemetry import Doing, Telemetry
from ostiary.visitors.reception import Reception
from ostiary.visitors.store import VisitorStore
from ostiary.web.app import Rooms, create_app
from ostiary.web.auth import Access, Need, needed
from ostiary.web.desk import Desk
from ostiary.web.docs import document
from ostiary.web.ledger import Ledger
from ostiary.web.page import StreamAddress

KEY = "a key of some length"

# Served to anybody: the page, which has no secrets and asks for the key, whether all is well, in one word, what the API
# takes, and logging in, which sees to it itself.
OPEN = {"page.index", "static", "health.healthz", "health.readyz", "docs.page", "docs.openapi", "docs.asset", "demo.page"}
OPEN |= {"compreface.config", "compreface.status", "compreface.preflight", "compreface.image_by_address"}
OPEN |= {"session.log_in", "session.log_out", "session.welcome", "tokens.issue", "tokens.refresh", "tokens.revoke"}


class Resting(Calibrations):
    """Starts nothing: its route is only knocked at."""

    def start(self) -> None:
        pass


def a_desk(folder: Path) -> Desk:
    file, stop = SettingsFile(folder, {}, load({}, folder), lambda after: None), threading.Event()
    telemetry = Telemetry(Machine(), lambda: disk_of(folder), lambda: Doing(1.0, 1.0), stop)
    system = System(
        telemetry, Machine(), {"DATA_DIR": folder}, frozenset({"api"}), dict, {}, lambda: [], file.require_startable, lambda: None
    )  # fmt: skip
    cameras = Cameras(file, lambda: [], Trials(SourceOptions()), [folder], "0")
    return Desk(file, cameras, system, Resting({}, stop), folder / "proof")


@pytest.fixture
def register(tmp_path):
    register = Register(tmp_path / "compreface")
    register.open()
    yield register
    register.close()


@pytest.fixture
def make_app(engine, store, register, tmp_path):
    """An app with every route there is; what a new blueprint needs is given here, so that none can be forgotten."""

    def make(key: str = ""):
        return create_app(
            engine,
            ApiSettings(key=key),
            LimitSettings(),
            Rooms(
                stream_page=StreamAddress(3001, "secret"),
                reception=Reception(VisitorStore(Path("/dev/null/visitors")), engine),
                access=Access(key, store),
                album=Album(FaceEngine(faces_dir=tmp_path)),
                history=History(events := HistoryStore(Path("/dev/null/history.db")), Recorder(events, 1)),
                desk=a_desk(tmp_path),
                ledger=Ledger(RecordBook(RecordStore(tmp_path), engine.names), Door(tmp_path).book, engine.names),
                keeper=Keeper(register, FaceEngine(faces_dir=tmp_path)),
            ),
        )

    return make


def routes(app, own_keys=False):
    """(path, method, endpoint) of every route of `app`: of those that ask for keys of their own, or of the others."""
    for rule in app.url_map.iter_rules():
        if callable(needed(app, rule.endpoint)) is not own_keys:
            continue
        for method in sorted(rule.methods or ()):
            yield re.sub("<[^>]*>", "1", rule.rule.replace("<path:filename>", "app.css")), method, rule.endpoint


def asked(app, path, method, **shown):
    """(status, error code) of an answer."""
    answer = app.test_client().open(path, method=method, buffered=True, **shown)
    told = answer.get_json(silent=True)
    return answer.status_code, told.get("error") if isinstance(told, dict) else None


def test_every_route_asks_for_a_key_but_for_the_open_ones(make_app):
    app, met = make_app(KEY), set()
    for path, method, endpoint in routes(app):
        status, error = asked(app, path, method)
        refused = status == 401 and (method == "HEAD" or error == "unauthorized")
        assert refused == (endpoint not in OPEN) or (endpoint in OPEN and status == 400), (method, path, status)
        met.add(endpoint)
    assert met >= OPEN
    assert len(met) >= 60


def test_compreface_s_routes_ask_for_the_key_of_a_service_of_their_kind(make_app, register):
    keys = {service.kind: service.key for service in register.services()}
    app, met = make_app(KEY), set()
    for path, method, endpoint in routes(app, own_keys=True):
        if endpoint == "compreface.nowhere":
            assert asked(app, path, method)[0] == 404
            continue
        kind = Kind(path.split("/")[3])
        wrong = [
            {},
            {"x-api-key": KEY},
            {"Authorization": f"Bearer {keys[kind]}"},
            *({"x-api-key": keys[k]} for k in Kind if k is not kind),
        ]
        codes = []
        for shown in wrong:
            answer = app.test_client().open(path, method=method, headers=shown)
            codes.append((answer.status_code, None if method == "HEAD" else answer.json["code"]))
        told = [20, 26, 20, 10, 10] if method != "HEAD" else [None] * 5
        assert codes == list(zip([400, 400, 400, 404, 404], told, strict=True)), (method, path)
        answer = app.test_client().open(path, method=method, headers={"x-api-key": keys[kind]})
        assert "key" not in answer.text.lower(), (method, path)
        met.add(endpoint)
    assert len(met) >= 20


def test_every_view_says_what_it_needs(make_app):
    app = make_app(KEY)
    assert {name for name in app.view_functions if needed(app, name) is None} == OPEN
    assert [name for name, view in app.view_functions.items() if name != "static" and not hasattr(view, "needs")] == []


def test_every_route_opens_with_its_scope_and_with_no_other(make_app, store):
    app = make_app()
    keys = {scope: store.keys.create(f"only {scope}", frozenset({scope}), by="test").secret for scope in Scope}
    short = {scope: store.keys.create(f"all but {scope}", ALL - {scope, Scope.ADMIN}, by="test").secret for scope in Scope}
    met = set()
    for path, method, endpoint in routes(app):
        need = needed(app, endpoint)
        if need is None or method == "OPTIONS":  # which of a path's views stands for that is anybody's guess
            continue
        if need is Need.SOMEBODY:
            for secret in keys.values():
                assert asked(app, path, method, headers={"x-api-key": secret})[0] not in {401, 403}, (method, path)
            continue
        met.add(need)
        status, error = asked(app, path, method, headers={"x-api-key": short[need]})
        assert status == 403, (method, path, status)
        assert method == "HEAD" or error == "out_of_scope", (method, path, error)
        for scope in (need, Scope.ADMIN):
            status, error = asked(app, path, method, headers={"x-api-key": keys[scope]})
            assert status not in {401, 403}, (method, path, scope, status, error)
    assert met >= {Scope.ADMIN, Scope.ENROL, Scope.READ, Scope.STREAM}


def test_every_route_opens_with_the_key(make_app):
    app = make_app(KEY)
    for path, method, endpoint in routes(app):
        if endpoint not in OPEN:
            assert asked(app, path, method, headers={"x-api-key": KEY})[0] not in {401, 403}, (method, path)


def test_without_a_key_every_route_refuses_other_machines(make_app):
    app = make_app()
    for path, method, endpoint in routes(app):
        status, _ = asked(app, path, method, environ_base={"REMOTE_ADDR": "192.168.1.7"})
        assert (status == 403) == (endpoint not in OPEN), (method, path, status)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example:5000"},
        {"Host": "[not an address"},
        {"Host": "192.168.1.5:5000"},
        {"X-Forwarded-For": "192.168.1.7"},
        {"Forwarded": "for=192.168.1.7"},
        {"X-Real-IP": "192.168.1.7"},
        {"Via": "1.1 proxy"},
        {"X-Forwarded-Host": "door.example"},
        {"CF-Connecting-IP": "192.0.2.1"},
    ],
)
def test_without_a_key_other_pages_may_not_enrol(site, engine, headers: dict[str, str]):
    base = site(engine)
    answer = requests.post(f"{base}/register", data={"name": "evil"}, files={"image": ("a.jpg", b"1")}, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
    assert engine.people == {}
    assert requests.get(f"{base}/faces", headers=headers).status_code == 403


def test_without_a_key_the_own_page_and_programs_may(site, engine):
    base = site(engine)
    for headers in ({}, {"Origin": base, "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Host": "localhost:5000"}):
        assert requests.get(f"{base}/faces", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", [{"x-api-key": KEY}, {"Authorization": f"Bearer {KEY}"}, {"authorization": f"bearer  {KEY} "}])
def test_the_key_opens_for_any_host_and_origin(site, engine, headers: dict[str, str]):
    answer = requests.get(f"{site(engine, key=KEY)}/faces", headers={**headers, "Host": "door.example", "Origin": "https://other.example"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"x-api-key": KEY[:-1]}, {"x-api-key": ""}, {"Authorization": f"Basic {KEY}"}, {"Authorization": "Bearer"}]
)
def test_a_missing_or_wrong_key(site, engine, headers: dict[str, str]):
    base = site(engine, key=KEY)
    for path in ("/faces", "/stream-info", "/nowhere"):
        answer = requests.get(f"{base}{path}", headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert KEY not in answer.text


def test_a_key_beyond_ascii(site, engine):
    base = site(engine, key="ключ")
    assert requests.get(f"{base}/faces", headers={"x-api-key": "ключ".encode()}).status_code == 200
    assert requests.get(f"{base}/faces", headers={"x-api-key": "ключа".encode()}).status_code == 401


def test_a_client_that_names_no_host_is_no_browser():
    Access("").principal({}.get, "127.0.0.1")
    with pytest.raises(ForeignOrigin):
        Access("").principal({}.get, "")


# Pages and their files; the rest is for programs, and is described.
PAGES = {"static", "page.index", "demo.page", "docs.page", "docs.asset", "docs.openapi"}


def test_every_route_is_in_the_document(make_app):
    app = make_app()
    described = {(nameless(path), method.upper()) for path, methods in document(app)["paths"].items() for method in methods}
    asked = {
        (nameless(rule.rule), method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint not in PAGES and "nowhere" not in rule.endpoint
    }
    assert asked - described == set()
    assert len(asked) > 100


def nameless(path: str) -> str:
    """A path without the names of what varies in it, and without the slash that may end it."""
    return re.sub("<[^>]*>|{[^}]*}", "*", path).rstrip("/")
