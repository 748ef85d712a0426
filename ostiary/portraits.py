"""Real portraits that may be shown to anybody: United States government photographs, in the public domain.

They come from the source distribution of the `face_recognition` package and are used by the demo and the tests.
"""

from __future__ import annotations

from ostiary.assets import Asset, InPackage


def _portrait(name: str, size: int, sha256: str) -> Asset:
    source = InPackage("face_recognition==1.3.0", "sdist", f"tests/test_images/{name}")
    return Asset(name, sha256, size, "public domain", "United States government photograph", (source,))


PORTRAITS: dict[str, Asset] = {
    asset.name: asset
    for asset in (
        _portrait("obama.jpg", 279922, "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6"),
        _portrait("obama2.jpg", 184455, "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6"),
        _portrait("obama3.jpg", 595944, "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3"),
        _portrait("biden.jpg", 353723, "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c"),
        _portrait("obama_partial_face.jpg", 423060, "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117"),
        _portrait("obama_partial_face2.jpg", 478346, "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028"),
    )
}
