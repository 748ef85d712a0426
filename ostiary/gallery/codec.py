"""The gallery as bytes: the current format written and read, the shapes that users of `face_recognition` have read.

The current format is a pickle of a dict: `format`, `revision`, `encoder`, and four columns of equal length with one
entry for each example: `names`, `face_ids`, `enrolled_at` and the float32 matrix `encodings`. `pickle.load` reads it
too, so the columns `encodings` and `names` serve scripts written for one of the older shapes. Where there are negatives,
`negatives` holds the same four columns of them, and the format is the second: a program that knows only the first would
let in whom they keep out.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np

from ostiary.encoders import ENCODERS
from ostiary.errors import BadName
from ostiary.gallery.gallery import Gallery
from ostiary.gallery.names import clean_name
from ostiary.gallery.pickled_arrays import Unreadable
from ostiary.gallery.unpickle import loads

FORMAT = "ostiary gallery 1"
FORMAT_WITH_NEGATIVES = "ostiary gallery 2"
OLDER_ENCODER = ENCODERS["dlib"].id


def encode(gallery: Gallery) -> bytes:
    content: dict[str, Any] = {"format": FORMAT, "revision": gallery.revision, "encoder": gallery.encoder_id, **_columns(gallery)}
    if len(gallery.negatives):
        content |= {"format": FORMAT_WITH_NEGATIVES, "negatives": _columns(gallery.negatives)}
    return pickle.dumps(content, protocol=5)


def _columns(gallery: Gallery) -> dict[str, Any]:
    return {
        "names": gallery.row_names,
        "face_ids": list(gallery.face_ids),
        "enrolled_at": gallery.enrolled_at,
        "encodings": gallery.encodings,
    }


def decode(data: bytes) -> Gallery:
    """The gallery of a file's content. Raises Unreadable."""
    content = loads(data)
    if not isinstance(content, dict):
        raise Unreadable(f"it holds a {type(content).__name__}, not a gallery")
    try:
        return _current(content) if "format" in content else _older(content)
    except BadName as error:
        raise Unreadable(f"a name in it cannot be used: {error.problem}") from None
    except KeyError as error:
        raise Unreadable(f"it lacks {error}") from None
    except (ValueError, TypeError) as error:
        raise Unreadable(str(error)) from None


def _current(content: dict[str, Any]) -> Gallery:
    if content["format"] not in (FORMAT, FORMAT_WITH_NEGATIVES):
        raise Unreadable(f"it is of the format {str(content['format'])[:40]!r}, and this version reads {FORMAT_WITH_NEGATIVES!r}")
    if type(content["revision"]) is not int:
        raise Unreadable("its revision is no number")
    gallery = _from_columns(content["encoder"], content)
    if content["format"] == FORMAT_WITH_NEGATIVES:
        gallery = gallery.with_negatives(_from_columns(content["encoder"], content["negatives"]))
    return gallery.numbered(content["revision"])


def _from_columns(encoder: object, columns: dict[str, Any]) -> Gallery:
    names, face_ids = columns["names"], columns["face_ids"]
    if not _are_texts(names) or not _are_texts(face_ids) or len(face_ids) != len(names):
        raise Unreadable("its columns do not fit together")
    enrolled_at = np.asarray(columns["enrolled_at"], float)
    if enrolled_at.shape != (len(names),):
        raise Unreadable("its columns do not fit together")
    if names and encoder not in {info.id for info in ENCODERS.values()}:
        raise Unreadable(f"it was encoded with {str(encoder)[:40]!r}, which this version does not know")
    return Gallery.of(str(encoder), names, columns["encodings"], face_ids=face_ids, enrolled_at=enrolled_at)


def _older(content: dict[str, Any]) -> Gallery:
    """All of dlib's 128 numbers."""
    rows = [(clean_name(name), _vector(value)) for name, value in older_rows(content)]
    names, encodings = [name for name, _ in rows], [encoding for _, encoding in rows]
    face_ids = [_made_up_id(name, row) for name, row in rows]
    return Gallery.of(OLDER_ENCODER, names, np.array(encodings, np.float32), face_ids=face_ids)


def older_rows(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Name and encoding, unchecked, one by one, of `{name: ndarray}`, `{name: [ndarray, ...]}` or `{"encodings": [...], "names": [...]}`.

    Raises Unreadable.
    """
    if content.keys() == {"encodings", "names"} and _are_texts(content["names"]):
        names, encodings = content["names"], _sequence(content["encodings"])
        if len(names) != len(encodings):
            raise Unreadable(f"it has {len(names)} names for {len(encodings)} encodings")
        yield from zip(names, encodings, strict=True)
    else:
        for name, value in content.items():
            yield from ((name, row) for row in _sequence(value))


def _sequence(value: Any) -> list[Any]:
    """Several encodings as a list of them, and one, or whatever else it is, as a list of one."""
    several = value.ndim > 1 if isinstance(value, np.ndarray) else isinstance(value, list | tuple)
    return list(value) if several else [value]


def _vector(value: object) -> np.ndarray:
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        raise Unreadable("it is of no known shape: no encoding, a list of encodings, or the lists 'encodings' and 'names'")
    return value


def _made_up_id(name: str, encoding: np.ndarray) -> str:
    """An id for an example that has none, the same at every reading."""
    return hashlib.blake2s(encoding.tobytes(), key=name.encode()[:32], digest_size=16).hexdigest()


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
