"""A ZIP's pictures: names, tricks, bombs, and one bad file among good ones. Archives are made here, byte by byte where zipfile won't."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zipfile
import zlib

import pytest

from ostiary.bulk import Picture, Refused, read_pictures
from ostiary.errors import BadImage, BadName, BadZip, InputError, TooLarge
from ostiary.settings import LimitSettings

LIMITS = LimitSettings(max_upload_mb=1, max_zip_mb=4, max_zip_files=50)


def packed(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    buffer.seek(0)
    return buffer


def unpacked(archive: io.BytesIO, limits: LimitSettings = LIMITS) -> list[Picture | Refused]:
    return list(read_pictures(archive, limits))


def people(archive: io.BytesIO) -> list[str]:
    return [found.name for found in unpacked(archive) if isinstance(found, Picture)]


def with_flags(archive: io.BytesIO, flags: int) -> io.BytesIO:
    """The archive with `flags` set on every entry, in local and central headers."""
    data = bytearray(archive.getvalue())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = data.find(signature)
        while at >= 0:
            struct.pack_into("<H", data, at + offset, struct.unpack_from("<H", data, at + offset)[0] | flags)
            at = data.find(signature, at + 1)
    return io.BytesIO(bytes(data))


def raw_named(raw: bytes, extra: bytes = b"") -> io.BytesIO:
    """An archive of one file whose name is `raw`, without the UTF-8 flag."""
    info = zipfile.ZipInfo("x" * len(raw))
    info.extra = extra
    return io.BytesIO(packed((info, b"data")).getvalue().replace(b"x" * len(raw), raw))


def test_a_file_is_named_by_its_stem_or_by_its_folder():
    archive = packed(
        ("katya.jpg", b"1"), ("zero/any.JPG", b"2"), ("people/ema/a.png", b"3"), ("katya/2.jpg", b"4"),
        ("J. R. Tolkien", b"5"), ("katya_2.jpeg", b"6"), ("./dot.jpg", b"7"), ("emptyfolder/", b""),
    )  # fmt: skip
    found = unpacked(archive)
    assert found[1] == Picture("zero/any.JPG", "zero", b"2")
    assert people(archive) == ["katya", "zero", "ema", "katya", "J. R. Tolkien", "katya_2", "dot"]
    assert len(read_pictures(archive, LIMITS)) == 7


def test_leftovers_are_passed_over():
    archive = packed(
        ("__MACOSX/._katya.jpg", b"x"), (".DS_Store", b"x"), ("zero/.hidden.jpg", b"x"), ("zero/Thumbs.db", b"x"),
        (".git/katya.jpg", b"x"), ("katya.jpg", b"1"),
    )  # fmt: skip
    assert people(archive) == ["katya"]


@pytest.mark.parametrize("name", ["Катя", "王芳", "مريم", "Jürgen", "Zo\u0065\u0308", "🙂 Ann"])
def test_names_of_any_script_survive(name: str):
    assert people(packed((f"{name}.jpg", b"1"), (f"{name}/2.jpg", b"2"))) == [name, name]


def test_names_without_the_utf8_flag():
    assert people(raw_named("Jürgen.jpg".encode("cp437"))) == ["Jürgen"]
    assert people(raw_named("Катя.jpg".encode())) == ["Катя"]  # as macOS packs
    raw = "Катя.jpg".encode("cp866")
    field = struct.pack("<BL", 1, zlib.crc32(raw)) + "Катя.jpg".encode()
    assert people(raw_named(raw, struct.pack("<HH", 0x7075, len(field)) + field)) == ["Катя"]  # as Info-ZIP packs


def test_a_name_in_an_unknown_code_page_is_not_guessed():
    [found] = unpacked(raw_named("Катя.jpg".encode("cp866")))
    assert isinstance(found, Refused)
    assert isinstance(found.error, BadName)


@pytest.mark.parametrize("name", ["../katya.jpg", "/etc/katya.jpg", "a/../../katya.jpg", "..\\katya.jpg", "C:\\katya.jpg", "\\katya.jpg"])
def test_a_path_that_leads_out_refuses_the_archive(name: str):
    with pytest.raises(BadZip, match="leads out"):
        read_pictures(packed(("good.jpg", b"1"), (name, b"2")), LIMITS)


def test_a_name_cut_by_a_zero_byte_refuses_the_archive():
    with pytest.raises(BadZip, match="leads out"):
        read_pictures(raw_named(b"katya.jpg\0.exe"), LIMITS)


def test_backslashes_of_windows_packers_separate_folders():
    assert people(packed(("katya\\1.jpg", b"1"))) == ["katya"]


def test_a_link_is_refused_and_the_rest_follows():
    link = zipfile.ZipInfo("katya.jpg")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    found = unpacked(packed((link, b"/etc/passwd"), ("zero.jpg", b"1")))
    assert isinstance(found[0], Refused)
    assert found[1] == Picture("zero.jpg", "zero", b"1")


def test_an_encrypted_archive_is_refused():
    with pytest.raises(BadZip, match="encrypted"):
        read_pictures(with_flags(packed(("katya.jpg", b"1")), 0x1), LIMITS)


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all" * 100, packed(("katya.jpg", b"1" * 5000), method=0).getvalue()[:-30]])
def test_what_is_no_zip_is_refused(data: bytes):
    with pytest.raises(BadZip):
        read_pictures(io.BytesIO(data), LIMITS)


def test_an_archive_without_pictures_is_refused():
    with pytest.raises(BadZip, match="no pictures"):
        read_pictures(packed((".DS_Store", b"1"), ("folder/", b"")), LIMITS)


def test_a_damaged_file_is_refused_and_the_rest_follows():
    data = packed(("katya.jpg", b"A" * 1000), ("zero.jpg", b"B" * 1000), method=zipfile.ZIP_STORED).getvalue()
    found = unpacked(io.BytesIO(data.replace(b"AAAA", b"AAAC", 1)))
    assert isinstance(found[0], Refused)
    assert isinstance(found[0].error, BadImage)
    assert isinstance(found[1], Picture)


def test_more_than_the_zip_may_unpack_to():
    with pytest.raises(TooLarge, match="MAX_ZIP_MB"):
        read_pictures(packed(*((f"{i}.jpg", bytes(900_000)) for i in range(6))), LIMITS)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_picture_of_exactly_its_limit_is_read_whole(method: int):
    data = random.Random(1).randbytes(1 << 20)
    assert unpacked(packed(("katya.jpg", data), method=method)) == [Picture("katya.jpg", "katya", data)]


def test_a_picture_over_its_limit_is_refused_and_the_rest_follows():
    found = unpacked(packed(("katya.jpg", bytes(3 << 20)), ("zero.jpg", b"1")))
    assert isinstance(found[0], Refused)
    assert isinstance(found[0].error, TooLarge)
    assert isinstance(found[1], Picture)


def test_a_bomb_that_declares_little_is_not_unpacked():
    archive = packed(("katya.jpg", bytes(64 << 20)))
    data = bytearray(archive.getvalue())
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<L", data, data.find(signature) + offset, 1000)
    tracemalloc.start()
    [found] = unpacked(io.BytesIO(bytes(data)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found, Refused)
    assert peak < 2 << 20


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_limit_are_refused(method: int):
    [found] = unpacked(packed(("katya.jpg", bytes(1000)), method=method))
    assert isinstance(found, Refused)


def test_too_many_pictures():
    with pytest.raises(TooLarge, match="MAX_ZIP_FILES"):
        read_pictures(packed(*((f"{i}.jpg", b"1") for i in range(51))), LIMITS)
    assert len(read_pictures(packed(*((f"{i}.jpg", b"1") for i in range(50))), LIMITS)) == 50


def test_a_huge_list_of_files_is_refused_before_it_is_read():
    archive = packed(*((f"{i:05}.jpg", b"") for i in range(5000)))
    tracemalloc.start()
    with pytest.raises(TooLarge, match="MAX_ZIP_FILES"):
        read_pictures(archive, LIMITS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_the_file_stays_open_for_whoever_opened_it():
    archive = packed(("katya.jpg", b"1"))
    unpacked(archive)
    assert not archive.closed


def test_no_bytes_make_it_fail_otherwise():
    """Four hundred archives with a few bytes changed: pictures, refusals or an InputError, never anything else."""
    dice = random.Random(7)
    good = packed(("katya.jpg", b"A" * 300), ("Катя/1.jpg", bytes(range(256)) * 4), ("zero.jpg", b"")).getvalue()
    for _ in range(400):
        data = bytearray(good)
        for _ in range(dice.randint(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            unpacked(io.BytesIO(bytes(data)))
        except InputError:
            continue
