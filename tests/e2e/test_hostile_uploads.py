"""Ten thousand pictures and ZIPs that were damaged on purpose: the API refuses each in words, and goes on."""

from __future__ import annotations

import io
import random
import zipfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
from PIL import Image
from support.site import Site
from urllib3 import HTTPConnectionPool

SEED = 20261122
COUNT = 10_000
CLIENTS = 4
BOUNDARY = "ten-thousand"  # one for all: for each new one the API compiles two expressions, a third of its time
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "ICO")


def seeds(portrait: Path) -> list[bytes]:
    """Small, so that thousands are looked at in a minute: a face and a plain picture in each format."""
    face = cv2.cvtColor(cv2.resize(cv2.imread(str(portrait)), (64, 80)), cv2.COLOR_BGR2RGB)
    found = []
    for picture in (Image.fromarray(face), Image.new("RGB", (40, 30), "red"), Image.new("P", (9, 7)), Image.new("I;16", (8, 8))):
        for name in FORMATS:
            data = io.BytesIO()
            try:
                picture.save(data, name)
            except OSError:  # a format that has no such pixels
                continue
            found.append(data.getvalue())
    return found


def zipped(pictures: list[bytes], draw: random.Random) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", draw.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        for number, picture in enumerate(pictures):
            archive.writestr(f"person {number}/{draw.choice(['a.jpg', 'b.png', '../c.jpg', 'd'])}", picture)
    return data.getvalue()


def damaged(data: bytes, draw: random.Random) -> bytes:
    """`data` as a bad disk, a cut line or somebody with ill intent would have it."""
    changed = bytearray(data)
    for _ in range(draw.choice([1, 1, 2, 8, 40])):
        kind, at = draw.randrange(5), draw.randrange(len(changed) or 1)
        if not changed:
            break
        if kind == 0:
            changed[at] = draw.randrange(256)
        elif kind == 1:
            del changed[at:]
        elif kind == 2:
            changed[at : at + 4] = draw.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f"])
        elif kind == 3:
            del changed[at : at + draw.randrange(64)]
        else:
            changed[at:at] = changed[: draw.randrange(256)]
    return bytes(changed)


def uploads(portrait: Path) -> Iterator[tuple[str, bytes]]:
    """(kind, bytes): three in four are pictures, some of them nothing but noise."""
    draw = random.Random(SEED)
    pictures = seeds(portrait)
    for number in range(COUNT):
        if number % 4 == 3:
            whole = zipped([damaged(draw.choice(pictures), draw) for _ in range(draw.randrange(3))], draw)
            yield "zip", whole if number % 8 == 7 else damaged(whole, draw)
        elif number % 16 == 0:
            yield "image", draw.randbytes(draw.randrange(2000))
        else:
            yield "image", damaged(draw.choice(pictures), draw)


def test_no_damaged_upload_ends_or_stops_the_api(site: Site, portraits: dict[str, Path]) -> None:
    process = site.start_api(RATE_LIMIT="", API_THREADS=str(CLIENTS), LOG_LEVEL="ERROR")
    pool = HTTPConnectionPool("127.0.0.1", int(site.env["API_PORT"]), maxsize=CLIENTS, block=True, timeout=60, retries=False)

    def send(numbered: tuple[int, tuple[str, bytes]]) -> int:
        number, (kind, data) = numbered
        path = "/register-faces" if kind == "zip" else "/register"
        form = {"name": f"n{number % 50}", "force": "true", kind: ("x", data)}
        answer = pool.request("POST", path, fields=form, multipart_boundary=BOUNDARY)
        assert answer.headers["content-type"] == "application/json", answer.data
        if answer.status >= 400:
            assert answer.json()["message"], answer.data
        return answer.status

    with pool, ThreadPoolExecutor(CLIENTS) as clients:
        statuses = Counter(clients.map(send, enumerate(uploads(portraits["obama.jpg"]))))
    assert process.poll() is None
    assert set(statuses) <= {200, 400, 413, 415, 422}, statuses
    assert statuses[400] > COUNT / 10, statuses  # they were damaged in earnest
    assert "Traceback" not in site.log(process)
    assert site.register("somebody", portraits["obama.jpg"], force="true").status_code == 200
