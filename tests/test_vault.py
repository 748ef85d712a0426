"""What is sealed is opened with the right key only, and never taken for what it is not."""

from __future__ import annotations

import os
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.errors import KeyMissing, NotSealed, SealBroken, WrongKey
from ostiary.vault import KEY_BYTES, KeyVault, PlainVault, is_sealed, key_id

OLD, NEW = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)


@given(st.binary(max_size=2000))
def test_what_was_sealed_is_opened_as_it_was(data: bytes) -> None:
    vault = KeyVault([NEW])
    assert vault.open(vault.seal(data)) == data
    if not is_sealed(data):
        assert PlainVault().open(PlainVault().seal(data)) == data


def test_sealed_bytes_hold_nothing_of_what_they_were_and_are_never_the_same_twice() -> None:
    vault, face = KeyVault([NEW]), b"the face of Katya" * 10
    one, other = vault.seal(face), vault.seal(face)
    assert one != other
    assert b"Katya" not in one
    assert NEW not in one
    assert [is_sealed(each) for each in (one, pickle.dumps({}), b"\xff\xd8\xff\xe0")] == [True, False, False]


def test_after_a_change_of_keys_the_old_one_still_opens_and_the_new_one_seals() -> None:
    sealed = KeyVault([OLD]).seal(b"face")
    both = KeyVault([NEW, OLD])
    assert both.open(sealed) == b"face"
    assert KeyVault([NEW]).open(both.seal(b"face")) == b"face"


def test_without_the_right_key_it_stays_shut_and_says_which_one_is_needed() -> None:
    sealed = KeyVault([OLD]).seal(b"face")
    with pytest.raises(KeyMissing, match=key_id(OLD)):
        PlainVault().open(sealed)
    with pytest.raises(WrongKey, match=f"{key_id(OLD)}.*{key_id(NEW)}"):
        KeyVault([NEW]).open(sealed)


def test_plain_bytes_pass_for_sealed_ones_only_while_they_are_being_changed() -> None:
    with pytest.raises(NotSealed):
        KeyVault([NEW]).open(b"face")
    assert KeyVault([NEW], plain=True).open(b"face") == b"face"


@pytest.mark.parametrize("place", [12, 20, 30, -1])
def test_a_single_changed_byte_is_noticed(place: int) -> None:
    sealed = bytearray(KeyVault([NEW]).seal(b"the face of Katya"))
    sealed[place] ^= 1
    with pytest.raises((SealBroken, WrongKey)):
        KeyVault([NEW]).open(bytes(sealed))


@pytest.mark.parametrize("length", [9, 15, 20, 29, 40])
def test_what_is_cut_off_is_noticed(length: int) -> None:
    with pytest.raises((SealBroken, WrongKey)):
        KeyVault([NEW]).open(KeyVault([NEW]).seal(b"the face of Katya")[:length])
