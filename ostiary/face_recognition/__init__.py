"""Stands in for the package `face_recognition` 1.3.0: the same functions, boxes and encodings, on faster networks.

    import ostiary.face_recognition as face_recognition

Images are RGB here, as there. Importing this loads no network and no library that runs one; each comes when it is needed.
dlib's 68-point landmark file may not be used commercially (iBUG 300-W, which it was trained on, excludes that): it is loaded,
and fetched if need be, only when `face_landmarks` or `face_encodings` is asked for the large model.
"""

from ostiary.face_recognition.api import (
    batch_face_locations,
    compare_faces,
    face_distance,
    face_encodings,
    face_landmarks,
    face_locations,
    load_image_file,
)

__version__ = "1.3.0"  # what this stands in for

__all__ = [
    "batch_face_locations",
    "compare_faces",
    "face_distance",
    "face_encodings",
    "face_landmarks",
    "face_locations",
    "load_image_file",
]
