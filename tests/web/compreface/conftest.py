"""A server of CompreFace's API with real networks, pictures with known faces, and a client that writes as its SDKs do."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image, ImageOps

from ostiary.compreface.keeper import Keeper
from ostiary.compreface.register import Register
from ostiary.compreface.values import Kind
from ostiary.engine import FaceEngine
from ostiary.settings import ApiSettings, DataSettings, GallerySettings, LimitSettings, Settings
from ostiary.web.app import Rooms, create_app
from ostiary.web.server import serve

NUMBERS = count(1)


def as_jpeg(image: Image.Image, **options: Any) -> bytes:
    image.convert("RGB").save(file := io.BytesIO(), "JPEG", **options)
    return file.getvalue()


@dataclass(frozen=True)
class Pictures:
    """JPEGs: one man three times, another man, all of these together, two of them, and nobody."""

    obama: bytes
    obama2: bytes
    obama3: bytes
    biden: bytes
    two: bytes
    four: bytes
    nobody: bytes


@dataclass
class Site:
    """A running server. `timeout` is for each request."""

    base: str
    keeper: Keeper
    detection: str = field(init=False)
    verification: str = field(init=False)

    def __post_init__(self) -> None:
        self.detection, self.verification = self.key(Kind.DETECTION), self.key(Kind.VERIFICATION)

    def key(self, kind: Kind = Kind.RECOGNITION) -> str:
        """Of a new service."""
        return self.keeper.register.create_service(1, kind, f"{kind} {next(NUMBERS)} of the test").key

    def ask(self, method: str, path: str, key: str | None, **request: Any) -> requests.Response:
        headers = {**({} if key is None else {"x-api-key": key}), **request.pop("headers", {})}
        return requests.request(method, f"{self.base}/api/v1{path}", headers=headers, timeout=30, **request)

    def detect(self, picture: bytes, **options: Any) -> requests.Response:
        return self.ask("POST", "/detection/detect", self.detection, params=options, files={"file": ("a.jpg", picture)})

    def verify(self, source: bytes, target: bytes, **options: Any) -> requests.Response:
        files = {"source_image": ("a.jpg", source), "target_image": ("b.jpg", target)}
        return self.ask("POST", "/verification/verify", self.verification, params=options, files=files)


@dataclass
class Service:
    """A recognition service of its own on a running server."""

    site: Site
    key: str

    def ask(self, method: str, path: str, **request: Any) -> requests.Response:
        return self.site.ask(method, f"/recognition{path}", self.key, **request)

    def add(self, subject: str, picture: bytes, name: str = "a.jpg", **options: Any) -> requests.Response:
        return self.ask("POST", "/faces", params={"subject": subject, **options}, files={"file": (name, picture)})

    def added(self, subject: str, picture: bytes) -> str:
        """The image id."""
        answer = self.add(subject, picture)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["image_id"])

    def recognize(self, picture: bytes, **options: Any) -> requests.Response:
        return self.ask("POST", "/recognize", params=options, files={"file": ("a.jpg", picture)})

    def subjects(self) -> list[str]:
        return sorted(self.ask("GET", "/subjects").json()["subjects"])

    def faces(self, **options: Any) -> dict[str, Any]:
        return dict(self.ask("GET", "/faces", params=options).json())


@pytest.fixture(scope="session")
def pictures(portraits: dict[str, Path]) -> Pictures:
    def face(name: str) -> Image.Image:
        return ImageOps.fit(Image.open(portraits[name]).convert("RGB"), (320, 360), centering=(0.5, 0.1))

    def side_by_side(*names: str) -> bytes:
        """Each next face a little smaller."""
        whole = Image.new("RGB", (320 * len(names), 360), "grey")
        for place, name in enumerate(names):
            whole.paste(face(name).resize((320 - 32 * place, 360 - 36 * place)), (320 * place, 0))
        return as_jpeg(whole)

    single = [as_jpeg(face(name)) for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")]
    two, four = side_by_side("biden.jpg", "obama.jpg"), side_by_side("biden.jpg", "obama.jpg", "obama2.jpg", "obama3.jpg")
    return Pictures(*single, two, four, as_jpeg(Image.new("RGB", (320, 240), "#336699")))


@pytest.fixture(scope="session")
def server(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all tests; each test makes itself a service on it."""
    folder = tmp_path_factory.mktemp("compreface")
    (folder / "data").mkdir(mode=0o700)
    (folder / "data" / "models").symlink_to(models_dir)
    settings = Settings(data=DataSettings(folder / "data"), gallery=GallerySettings(folder / "faces"))
    register = Register(folder / "data")
    register.open()
    engine, api, limits = FaceEngine(settings=settings), ApiSettings(port=0, key="the key of the house"), LimitSettings()
    keeper = Keeper(register, engine)
    server = serve(create_app(engine, api, limits, Rooms(keeper=keeper)), api, limits)
    thread = threading.Thread(target=server.run, name="compreface")
    thread.start()
    site = Site(f"http://127.0.0.1:{server.port}", keeper)
    assert site.ask("GET", "/config", None).status_code == 200  # all its threads are there
    yield site
    server.close()
    thread.join(5)
    register.close()


@pytest.fixture
def service(server: Site) -> Service:
    return Service(server, server.key())


@pytest.fixture
def another(server: Site) -> Service:
    return Service(server, server.key())


@pytest.fixture(scope="session")
def known(server: Site, pictures: Pictures) -> Service:
    """A service that knows two people, for tests that only ask."""
    service = Service(server, server.key())
    for subject, picture in (("Barack", pictures.obama), ("Barack", pictures.obama2), ("Joe", pictures.biden)):
        service.added(subject, picture)
    return service
