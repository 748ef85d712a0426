"""Where people move in: the door's gallery, or a collection of CompreFace's API."""

from __future__ import annotations

from ostiary.compreface.collection import Collection
from ostiary.compreface.door_collection import image_id_of
from ostiary.compreface.seeing import Seeing, Wish
from ostiary.engine import FaceEngine
from ostiary.errors import BadImage, BadName, ManyFaces
from ostiary.moving.values import Kept

_PAGE = 2000
_LONGEST_SUBJECT = 255
_SEE = Wish(encode=True)


class Door:
    """People are enrolled by the door's rules, which ask for a clear face that is nobody else's."""

    def __init__(self, engine: FaceEngine):
        self._engine = engine

    def take(self, name: str, picture: bytes) -> Kept:
        enrolled = self._engine.register(name, picture, leniently=True)
        return Kept(image_id_of(enrolled.face_id), enrolled.doubt)

    def take_name(self, name: str) -> None:
        raise BadImage("there is none, and nobody is enrolled without")

    def image_ids(self) -> frozenset[str]:
        return frozenset(map(image_id_of, self._engine.store.read().all_face_ids))


class InCollection:
    """Subjects are added as CompreFace's API does it."""

    def __init__(self, collection: Collection, seeing: Seeing):
        self._collection, self._seeing = collection, seeing

    def take(self, name: str, picture: bytes) -> Kept:
        faces = self._seeing.look(picture, _SEE).faces
        if len(faces) > 1:
            raise ManyFaces(len(faces))
        return Kept(self._collection.add(_subject(name), picture, faces[0]).image_id)

    def take_name(self, name: str) -> None:
        self._collection.create(_subject(name))

    def image_ids(self) -> frozenset[str]:
        found: set[str] = set()
        number, pages = 0, 1
        while number < pages:
            page = self._collection.page(number, _PAGE)
            found.update(face.image_id for face in page.faces)
            number, pages = number + 1, page.pages
        return frozenset(found)


def _subject(name: str) -> str:
    if not name.strip() or len(name) > _LONGEST_SUBJECT:
        raise BadName(f"a subject has 1 to {_LONGEST_SUBJECT} characters")
    if any("\ud800" <= letter <= "\udfff" for letter in name):  # as a folder that is no UTF-8 has them
        raise BadName("it contains half a character (a lone surrogate)")
    return name
