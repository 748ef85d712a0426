"""The library's front door.

from face_engine import FaceEngine

engine = FaceEngine(faces_dir="faces")
engine.register("katya", "katya.jpg")
for found in engine.recognize("door.jpg"):
    print(found.name or "a stranger", found.distance, found.box)
"""

from ostiary.engine import FaceEngine

__all__ = ["FaceEngine"]
