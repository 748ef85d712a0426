"""A CompreFace elsewhere: old and new releases, and servers that are none, or mean ill."""

from __future__ import annotations

import uuid

import pytest
from moving.conftest import OTHER_KEY as KEY
from moving.conftest import Answer, Answers, Elsewhere, told

from ostiary.errors import BadImage, ImportFailed, TooLarge
from ostiary.moving import remote
from ostiary.moving.remote import Server
from ostiary.settings import LimitSettings

LIMITS = LimitSettings(max_upload_mb=0.1)


def connect(elsewhere: Elsewhere) -> Server:
    return Server(elsewhere.url, KEY, LIMITS)


def faces_of(count: int) -> list[dict[str, str]]:
    return [{"image_id": str(uuid.UUID(int=number)), "subject": f"Катя {number % 3}"} for number in range(count)]


def released(faces: list[dict[str, str]], *, paged: bool = True) -> Answers:
    """As CompreFace answers; the oldest have no pages."""

    def answer(path: str, query: dict[str, list[str]]) -> Answer:
        if path == "/recognition/subjects":
            return told({"subjects": [*{face["subject"] for face in faces}, "nobody yet"]})
        if path == "/recognition/faces" and not paged:
            return told({"faces": faces})
        if path == "/recognition/faces":
            number, size = int(query["page"][0]), int(query["size"][0])
            shown = faces[number * size : (number + 1) * size]
            return told({"faces": shown, "page_number": number, "total_pages": -(-len(faces) // size), "total_elements": len(faces)})
        return 200, f"picture {path}".encode()

    return answer


@pytest.mark.parametrize("paged", [True, False], ids=["with pages", "without"])
def test_all_faces_are_listed_and_their_pictures_come(elsewhere: Elsewhere, paged: bool) -> None:
    elsewhere.answer = released(faces_of(1203), paged=paged)
    server = connect(elsewhere)
    source = server.source()
    assert (len(source.offers), source.left_out, source.names_alone) == (1203, (), ("nobody yet",))
    last = source.offers[-1]
    assert last.name == "Катя 2"
    assert last.read() == f"picture /recognition/faces/{uuid.UUID(int=1202)}/img".encode()
    assert {key for _, key in elsewhere.asked} == {KEY}
    server.close()


@pytest.mark.parametrize("given", ["/", "/api/v1", "/api/v1/"])
def test_an_address_may_be_given_in_several_ways(elsewhere: Elsewhere, given: str) -> None:
    elsewhere.answer = released(faces_of(1))
    elsewhere.url = elsewhere.url.removeprefix("http://") + given
    assert len(connect(elsewhere).source().offers) == 1


def test_faces_that_changed_while_they_were_listed_are_told(elsewhere: Elsewhere) -> None:
    counted = {"faces": faces_of(2), "total_pages": 1, "total_elements": 5}
    elsewhere.answer = lambda path, query: told({"subjects": []} if path.endswith("subjects") else counted)
    assert "import again" in connect(elsewhere).source().left_out[0].reason


def test_ids_that_lead_elsewhere_are_left_out(elsewhere: Elsewhere) -> None:
    faces = [{"image_id": "../../../etc/passwd", "subject": "x"}, {"image_id": str(uuid.UUID(int=1))}, 7, *faces_of(1)]
    elsewhere.answer = lambda path, query: told({"subjects": [None, 3]} if path.endswith("subjects") else {"faces": faces})
    source = connect(elsewhere).source()
    assert (len(source.offers), len(source.left_out)) == (1, 3)


def test_a_server_that_lists_for_ever_is_left(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_MOST_FACES", 100)
    elsewhere.answer = lambda path, query: told(
        {"faces": [{"image_id": str(uuid.uuid4()), "subject": "x"} for _ in range(60)], "total_pages": 10**9}
    )
    with pytest.raises(ImportFailed, match="more than 100 faces"):
        connect(elsewhere).source()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (told({"message": f"Recognition service with API Key {KEY} not found", "code": 10}, 404), "recognition service .code 10"),
        (told({"message": "Service API key should be UUID", "code": 26}, 400), "recognition service .code 26"),
        ((200, b"<html>router</html>"), "no CompreFace"),
        (told([1, 2]), "no CompreFace"),
        ((404, b"nginx"), "no CompreFace"),
        ((302, b""), "sends us elsewhere"),
        ((200, b"[" * 100_000), "no CompreFace"),
    ],
    ids=["unknown key", "no key", "a page", "a list", "nothing", "a redirect", "deep"],
)
def test_what_is_no_compreface_or_knows_no_such_key(elsewhere: Elsewhere, answer: Answer, problem: str) -> None:
    elsewhere.answer = lambda path, query: answer
    with pytest.raises(ImportFailed, match=problem) as caught:
        connect(elsewhere).source()
    assert KEY not in str(caught.value)
    assert len(elsewhere.asked) == 1


@pytest.mark.parametrize(
    ("subjects", "faces"),
    [(5, []), (None, []), ([], 7), ([], {"a": 1})],
)
def test_lists_that_are_none(elsewhere: Elsewhere, subjects: object, faces: object) -> None:
    elsewhere.answer = lambda path, query: told({"subjects": subjects} if path.endswith("subjects") else {"faces": faces})
    with pytest.raises(ImportFailed, match="no CompreFace"):
        connect(elsewhere).source()


def test_counts_that_are_none_are_not_counted_by(elsewhere: Elsewhere) -> None:
    faces = {"faces": faces_of(1), "total_pages": "x", "total_elements": None}
    elsewhere.answer = lambda path, query: told({"subjects": []} if path.endswith("subjects") else faces)
    assert len(connect(elsewhere).source().offers) == 1
    elsewhere.answer = lambda path, query: told({"message": "no", "code": "\x1b]0;title\x07"}, 404)
    with pytest.raises(ImportFailed, match=r"code 0\)"):
        connect(elsewhere).source()


def test_faces_that_are_none_are_told_each_once_however_many(elsewhere: Elsewhere) -> None:
    faces = [{"image_id": "none", "subject": str(number)} for number in range(30_000)]
    elsewhere.answer = lambda path, query: told({"subjects": []} if path.endswith("subjects") else {"faces": faces + faces[:9]})
    assert len(connect(elsewhere).source().left_out) == 30_000


@pytest.mark.parametrize("key", ["secret\nkey", "секрет", "secret\x00"])
def test_a_key_that_no_header_can_hold_is_not_told(key: str) -> None:
    with pytest.raises(ImportFailed, match="key") as caught:
        Server("http://127.0.0.1:1", key, LIMITS)
    assert key[:6] not in str(caught.value)


def test_one_picture_that_cannot_be_had_spoils_no_other(elsewhere: Elsewhere) -> None:
    elsewhere.answer = released(faces_of(4))
    large, empty, refused, good = connect(elsewhere).source().offers
    before = elsewhere.answer
    odd = {str(uuid.UUID(int=0)): (200, bytes(300_000)), str(uuid.UUID(int=1)): (200, b""), str(uuid.UUID(int=2)): (403, b"no")}
    elsewhere.answer = lambda path, query: next((answer for image_id, answer in odd.items() if image_id in path), before(path, query))
    with pytest.raises(TooLarge, match="MAX_UPLOAD_MB"):
        large.read()
    with pytest.raises(BadImage, match="not the picture"):
        empty.read()
    with pytest.raises(BadImage, match="HTTP 403"):
        refused.read()
    assert good.read()


def test_old_releases_have_pictures_elsewhere(elsewhere: Elsewhere) -> None:
    elsewhere.answer = released(faces_of(1))
    offer = connect(elsewhere).source().offers[0]
    elsewhere.answer = lambda path, query: (200, b"old") if path == f"/static/{KEY}/images/{uuid.UUID(int=0)}" else (404, b"")
    assert offer.read() == b"old"


def test_a_server_that_is_gone_is_not_asked_for_every_picture(elsewhere: Elsewhere) -> None:
    elsewhere.answer = released(faces_of(9))
    offers = connect(elsewhere).source().offers
    elsewhere.answer = lambda path, query: (500, b"")
    for offer in offers[:2]:
        with pytest.raises(BadImage):
            offer.read()
    with pytest.raises(ImportFailed, match="any more"):
        offers[2].read()


def test_nobody_there() -> None:
    for url, problem in (("http://127.0.0.1:1", "refused"), ("ftp://nas", "expected an address"), ("http://[", "expected an address")):
        with pytest.raises(ImportFailed, match=problem):
            Server(url, KEY, LIMITS).source()
