"""Points 28 to 35 of the contract's checklist: who looks like whom, by picture and by embedding."""

from __future__ import annotations

import base64
import io
import math
import uuid
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ostiary.compreface.similarity import scale_of

NO_FACE = (400, {"message": "No face is found in the given image", "code": 28})


def result(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def told(answer: Any) -> tuple[int, Any]:
    return answer.status_code, answer.json()


def of_stored(known: Any, picture: bytes, **options: Any) -> list[tuple[str, float]]:
    [face] = result(known.recognize(picture, **options))
    return [(one["subject"], one["similarity"]) for one in face["subjects"]]


def in_five_places(value: float) -> bool:
    return round(value, 5) == value


def test_28_who_somebody_is(known: Any, pictures: Any) -> None:
    [(subject, similarity)] = of_stored(known, pictures.obama)
    assert subject == "Barack"
    assert similarity >= 0.999
    found = of_stored(known, pictures.obama3, prediction_count=3)
    assert [subject for subject, _ in found] == ["Barack", "Barack", "Joe"]
    assert found[1][1] > 0.5 > found[2][1]
    assert all(in_five_places(similarity) for _, similarity in found)
    [face] = result(known.recognize(pictures.obama3))
    assert in_five_places(face["box"]["probability"])
    assert set(face) == {"box", "subjects"}


def test_28_everybody_in_a_picture_the_largest_first(known: Any, pictures: Any) -> None:
    assert [face["subjects"][0]["subject"] for face in result(known.recognize(pictures.two))] == ["Joe", "Barack"]
    assert [face["subjects"][0]["subject"] for face in result(known.recognize(pictures.two, limit=1))] == ["Joe"]
    assert told(known.recognize(pictures.nobody)) == NO_FACE


def test_29_as_many_candidates_as_asked_for(service: Any, pictures: Any) -> None:
    for picture in (pictures.obama, pictures.obama2, pictures.obama3):
        service.added("Barack", picture)
    found = of_stored(service, pictures.obama2, prediction_count=3)
    assert [subject for subject, _ in found] == ["Barack"] * 3
    assert [similarity for _, similarity in found] == sorted((similarity for _, similarity in found), reverse=True)
    assert of_stored(service, pictures.obama2, prediction_count=99) == found
    assert of_stored(service, pictures.obama2) == of_stored(service, pictures.obama2, prediction_count="") == found[:1]
    few = {"message": "prediction_count should be equal or greater than 1; ", "code": 26}
    assert told(service.recognize(pictures.obama, prediction_count=0)) == (400, few)
    both = service.recognize(pictures.obama, prediction_count=0, limit=-1).json()
    assert both["code"] == 26
    assert "Limit should be" in both["message"]
    assert "prediction_count should be" in both["message"]


def test_30_a_tight_crop_needs_no_detector(known: Any, pictures: Any) -> None:
    [face] = result(known.site.detect(pictures.obama))
    box = face["box"]
    image = Image.open(io.BytesIO(pictures.obama)).crop((box["x_min"], box["y_min"], box["x_max"], box["y_max"]))
    image.save(file := io.BytesIO(), "PNG")
    [face] = result(known.recognize(file.getvalue(), detect_faces="False", face_plugins="calculator,landmarks"))
    assert face["box"] == {"probability": 1.0, "x_min": 0, "y_min": 0, "x_max": image.width, "y_max": image.height}
    assert face["subjects"][0]["subject"] == "Barack"
    assert face["subjects"][0]["similarity"] > 0.5
    assert len(face["landmarks"]) == 5
    [nothing] = result(known.recognize(pictures.nobody, detect_faces="false", det_prob_threshold="1.0"))
    assert len(nothing["subjects"]) == 1


def test_30_what_a_crop_does_not_show_is_not_told(known: Any, pictures: Any, looks: None) -> None:
    answer = known.recognize(pictures.obama, detect_faces="no", face_plugins="age,gender,mask,pose", status="true")
    [face] = result(answer)
    assert set(face) == {"box", "subjects", "age", "gender", "execution_time"}
    assert set(face["execution_time"]) == {"calculator", "age", "gender"}


def test_31_how_much_faces_look_like_a_stored_one(known: Any, pictures: Any) -> None:
    stored = {face["subject"]: face["image_id"] for face in known.faces()["faces"]}

    def verify(picture: bytes, image_id: str, **options: Any) -> Any:
        return known.ask("POST", f"/faces/{image_id}/verify", params=options, files={"file": ("a.jpg", picture)})

    joe, barack = result(verify(pictures.two, stored["Joe"], status=True))
    assert set(joe) == {"box", "subject", "similarity", "execution_time"}
    assert (joe["subject"], barack["subject"]) == ("Joe", "Joe")
    assert joe["similarity"] > 0.9
    assert barack["similarity"] < 0.5
    assert told(verify(pictures.obama, str(uuid.uuid4()))) == (404, {"message": "Image Id is incorrect", "code": 44})
    assert told(verify(pictures.nobody, str(uuid.uuid4()))) == NO_FACE
    assert verify(pictures.obama, "no-uuid").json()["code"] == 0
    encoded = known.ask("POST", f"/faces/{stored['Joe']}/verify", json={"file": base64.b64encode(pictures.biden).decode()})
    assert result(encoded)[0]["similarity"] >= 0.999


def test_32_two_pictures_of_one_person(server: Any, pictures: Any) -> None:
    [pair] = result(server.verify(pictures.obama, pictures.four))
    assert set(pair) == {"source_image_face", "face_matches"}
    assert set(pair["source_image_face"]) == {"box"}
    assert [set(match) for match in pair["face_matches"]] == [{"box", "similarity"}] * 4
    assert sorted(match["similarity"] > 0.5 for match in pair["face_matches"]) == [False, True, True, True]
    areas = [(box["x_max"] - box["x_min"]) * (box["y_max"] - box["y_min"]) for box in (match["box"] for match in pair["face_matches"])]
    assert areas == sorted(areas, reverse=True)
    assert told(server.verify(pictures.two, pictures.obama)) == (400, {"message": "More than one face in the source image", "code": 31})
    assert told(server.verify(pictures.two, b"garbage"))[1]["code"] == 31
    [pair] = result(server.verify(pictures.two, pictures.four, limit=1))
    assert len(pair["face_matches"]) == 1
    for source, target in ((pictures.nobody, pictures.obama), (pictures.obama, pictures.nobody), (b"", pictures.obama)):
        assert told(server.verify(source, target)) == NO_FACE


def test_32_both_parts_are_needed(server: Any, pictures: Any) -> None:
    def sent(files: Any) -> tuple[int, Any]:
        return told(server.ask("POST", "/verification/verify", server.verification, files=files))

    photo = ("a.jpg", pictures.obama)
    assert sent({"source_image": photo}) == (400, {"message": "Required part target_image is missing", "code": 34})
    assert sent({"target_image": photo}) == (400, {"message": "Required part source_image is missing", "code": 34})
    wrong = {"source_image": photo, "target_image": ("a.txt", pictures.obama)}
    assert sent(wrong) == (400, {"message": "File [a.txt] has an unavailable extension", "code": 21})

    def encoded(body: Any) -> tuple[int, Any]:
        return told(server.ask("POST", "/verification/verify", server.verification, json=body))

    assert encoded({"target_image": ""}) == (400, {"message": "Field sourceImageBase64 cannot be empty", "code": 5})
    assert encoded({"source_image": ""}) == (400, {"message": "Field targetImageBase64 cannot be empty", "code": 5})


def test_33_base64_is_answered_as_files_are(server: Any, pictures: Any) -> None:
    options = {"face_plugins": "landmarks,calculator"}
    body = {name: base64.b64encode(data).decode() for name, data in (("source_image", pictures.obama), ("target_image", pictures.two))}
    encoded = server.ask("POST", "/verification/verify", server.verification, params=options, json=body)
    assert result(encoded) == result(server.verify(pictures.obama, pictures.two, **options))
    with_status = server.verify(pictures.obama, pictures.two, status="True").json()
    assert set(with_status) == {"result"}
    assert set(with_status["result"][0]["plugins_versions"]) == {"detector", "calculator"}
    assert "execution_time" in with_status["result"][0]["face_matches"][0]


def test_34_embeddings_are_as_alike_as_their_pictures(known: Any, server: Any, pictures: Any) -> None:
    def embedding(picture: bytes) -> list[float]:
        return list(result(server.detect(picture, face_plugins="calculator"))[0]["embedding"])

    obama, biden = embedding(pictures.obama3), embedding(pictures.biden)
    times_ten = [10 * number for number in obama]

    answer = known.ask("POST", "/embeddings/recognize", params={"prediction_count": 3}, json={"embeddings": [biden, times_ten, obama]})
    found = result(answer)
    assert [one["embedding"] for one in found] == [biden, times_ten, obama]
    of_picture = [{"subject": subject, "similarity": value} for subject, value in of_stored(known, pictures.obama3, prediction_count=3)]
    assert found[1]["similarities"] == found[2]["similarities"] == of_picture
    assert len(result(known.ask("POST", "/embeddings/recognize", json={"embeddings": [obama]}))[0]["similarities"]) == 1

    joe = next(face["image_id"] for face in known.faces()["faces"] if face["subject"] == "Joe")
    verified = result(known.ask("POST", f"/embeddings/faces/{joe}/verify", json={"embeddings": [obama, biden]}))
    assert [one["embedding"] for one in verified] == [biden, obama]
    by_picture = result(known.ask("POST", f"/faces/{joe}/verify", files={"file": ("a.jpg", pictures.obama3)}))
    assert verified[1]["similarity"] == by_picture[0]["similarity"]

    def pairs(source: Any, targets: Any) -> Any:
        return server.ask("POST", "/verification/embeddings/verify", server.verification, json={"source": source, "targets": targets})

    compared = result(pairs(obama, [biden, times_ten]))
    assert [one["embedding"] for one in compared] == [times_ten, biden]
    assert compared[0]["similarity"] >= 0.999
    [pair] = result(server.verify(pictures.obama3, pictures.biden))
    assert compared[1]["similarity"] == pair["face_matches"][0]["similarity"]


@pytest.mark.parametrize("path", ["/embeddings/recognize", "/embeddings/faces/{image_id}/verify"])
def test_34_embeddings_that_cannot_be(known: Any, path: str) -> None:
    image_id = known.faces()["faces"][0]["image_id"]

    def sent(rows: Any) -> tuple[int, Any]:
        return told(known.ask("POST", path.format(image_id=image_id), json={"embeddings": rows}))

    for missing in ([], None):
        assert sent(missing) == (400, {"message": "Field embeddings cannot be empty", "code": 5})
    went_wrong = (400, {"message": "Something went wrong, please try again", "code": 0})
    for wrong in ([[1.0] * 127], [[]], [[0.0] * 128], [[10**400] * 128]):
        assert sent(wrong)[1]["code"] == 0
    assert sent([[1.0] * 127]) == went_wrong
    for number in ("1e999", "NaN", "-Infinity"):
        body = f'{{"embeddings": [[{", ".join([number] * 128)}]]}}'
        answer = known.ask("POST", path.format(image_id=image_id), data=body, headers={"Content-Type": "application/json"})
        assert told(answer)[1]["code"] == 0
    for wrong in ("a", [1.0], [["1"] * 128], [[True] * 128], [[None] * 128], {"a": 1}):
        assert (sent(wrong)[0], sent(wrong)[1]["code"]) == (400, 0)
    assert sent([[1.0] + [0.0] * 127] * 1001)[1]["code"] == 0
    unknown = known.ask("POST", f"/embeddings/faces/{uuid.uuid4()}/verify", json={"embeddings": [[1.0] * 128]})
    assert told(unknown) == (404, {"message": "Image Id is incorrect", "code": 44})


def test_34_no_answer_grows_without_end(known: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ostiary.web.compreface.checks.MOST_CANDIDATES", 5)
    rows = [[1.0] + [0.0] * 127] * 2
    assert told(known.ask("POST", "/embeddings/recognize", params={"prediction_count": 2}, json={"embeddings": rows}))[0] == 200
    answer = known.ask("POST", "/embeddings/recognize", params={"prediction_count": 3}, json={"embeddings": rows})
    assert (answer.status_code, answer.json()["code"]) == (400, 0)


def test_34_what_is_missing_of_a_pair(server: Any) -> None:
    def sent(body: Any) -> tuple[int, Any]:
        return told(server.ask("POST", "/verification/embeddings/verify", server.verification, json=body))

    row = [1.0] * 128
    assert sent({"targets": [row]}) == (400, {"message": "Field source cannot be empty", "code": 5})
    assert sent({"source": row, "targets": []}) == (400, {"message": "Field targets cannot be empty", "code": 5})
    assert sent({"source": row[1:], "targets": [row]})[1]["code"] == 0


def test_35_similarity_follows_the_formula(server: Any) -> None:
    c0, c1 = scale_of(server.keeper.encoder_id)
    source = np.eye(1, 128)[0]
    cosines = [1.0, 0.9, 0.7, 0.5, 0.35, 0.3, 0.2, 0.0, -1.0]
    targets = [[cosine, math.sqrt(1 - cosine * cosine), *[0.0] * 126] for cosine in cosines]
    body = {"source": (source * 3).tolist(), "targets": targets}
    found = result(server.ask("POST", "/verification/embeddings/verify", server.verification, json=body))
    assert [one["embedding"][0] for one in found] == cosines
    for one, cosine in zip(found, cosines, strict=True):
        expected = (math.tanh((c0 - math.sqrt(2 - 2 * cosine)) * c1) + 1) / 2
        assert one["similarity"] == pytest.approx(expected, abs=5.1e-6)
        assert in_five_places(one["similarity"])
