"""The gallery's file: shared by several processes, never half-written, never overwritten while it cannot be read."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ostiary.durable import replace_whole, sync_folder, write_through
from ostiary.errors import GalleryDamaged, GalleryUnavailable, SealBroken, VaultError
from ostiary.gallery import codec
from ostiary.gallery.gallery import Example, Gallery
from ostiary.gallery.pickled_arrays import Unreadable
from ostiary.vault import PLAIN, Again, Vault, reseal_file

Signature = tuple[int, int, int]
Check = Callable[[Gallery], None]

_LOCK_POLL_S = 0.005


class GalleryStore:
    """Reads and changes the gallery at `path`; safe to use from several threads and several processes.

    A change that returned is on the disk. The generation before it stays as `<path>.prev`, except after a removal:
    then both are without the person, for forgetting means forgetting. Both are sealed by `vault`.
    """

    def __init__(self, path: Path, lock_wait_s: float = 30.0, *, vault: Vault = PLAIN):
        self.path = Path(os.path.realpath(path))  # a link stays a link: what it points to is replaced
        self._vault = vault
        self._lock = FileLock(f"{self.path}.lock", timeout=lock_wait_s, mode=0o600)
        self._last_read: tuple[Signature | None, Gallery] = (None, Gallery())
        self._reading = threading.Lock()

    @property
    def previous(self) -> Path:
        return self.path.with_name(f"{self.path.name}.prev")

    def signature(self) -> Signature | None:
        """Something that differs between any two states of the file; None where there is none."""
        try:
            return _signature(self.path.stat())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise GalleryUnavailable(self.path, f"it cannot be read ({error.strerror})") from None

    def read(self) -> Gallery:
        """The gallery on disk, empty where there is no file. Cheap while the file stays as it is. Raises GalleryDamaged."""
        with self._reading:
            known, gallery = self._last_read
            if self.signature() != known:
                self._last_read = known, gallery = self._load()
            return gallery

    def read_previous(self) -> Gallery | None:
        """The generation before the one on disk; None where there is none that can be read."""
        try:
            return codec.decode(self._vault.open(self.previous.read_bytes()))
        except (OSError, Unreadable, VaultError):
            return None

    def change(self, edit: Callable[[Gallery], Gallery], *, forget: bool = False) -> Gallery:
        """Replaces the gallery by what `edit` makes of the one on disk, with all other writers held off.

        What `edit` raises leaves everything as it was. With `forget`, the previous generation goes too.
        """
        with self.locked():
            old = self.read()
            new = edit(old).numbered(old.revision + 1)
            self._write(self._sealed(codec.encode(new)), forget)
            with self._reading:
                self._last_read = self.signature(), new
            return new

    def add(self, name: str, examples: Sequence[Example], *, encoder_id: str, replace: bool = False, check: Check | None = None) -> Gallery:
        """Adds examples of a person. `check` sees the gallery just before and may raise. Raises EncoderMismatch."""

        def edit(gallery: Gallery) -> Gallery:
            gallery.require(encoder_id)
            if check:
                check(gallery)
            old = gallery.removing(name) if replace and name in gallery else gallery
            return old.adding([(name, example) for example in examples], encoder_id)

        return self.change(edit)

    def add_many(self, additions: Sequence[tuple[str, Example]], *, encoder_id: str) -> Gallery:
        """Adds examples of several people in one write."""
        return self.change(lambda gallery: gallery.adding(additions, encoder_id))

    def remove(self, *names: str, missing_ok: bool = False, check: Check | None = None) -> tuple[Example, ...]:
        """Forgets people, all in one write; what was known of them. `check` sees the gallery just before.

        Raises UnknownName unless `missing_ok`.
        """
        removed: list[Example] = []

        def edit(gallery: Gallery) -> Gallery:
            there = [name for name in names if not missing_ok or name in gallery]
            for name in there:
                removed.extend(gallery.examples(name))
            if check:
                check(gallery)
            return gallery.removing(*there)

        self.change(edit, forget=True)
        return tuple(removed)

    def rename(self, old: str, new: str, *, check: Check | None = None) -> Gallery:
        """Gives a person's examples to `new`, who may have some already. `check` sees the gallery just before. Raises UnknownName."""

        def edit(gallery: Gallery) -> Gallery:
            gallery.examples(old)
            if check:
                check(gallery)
            return gallery.renaming(old, new)

        return self.change(edit)

    def reseal(self, again: Again) -> int:
        """Passes both generations through `again`; how many had to be changed. What killed programs left is removed."""
        with self.locked():
            for name in (f".{self.path.name}.new", f".{self.path.name}.link", f".{self.previous.name}.new"):
                self.path.with_name(name).unlink(missing_ok=True)
            return sum(reseal_file(file, again) for file in (self.previous, self.path))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds off all other writers, those of other processes too. Raises GalleryUnavailable."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self._lock.acquire(poll_interval=_LOCK_POLL_S)
        except Timeout:
            raise GalleryUnavailable(self.path, f"another process has kept it locked for {self._lock.timeout:g} s") from None
        except OSError as error:
            raise GalleryUnavailable(self.path, f"its folder cannot be written ({error.strerror}): give this user the right to") from None
        with lock:
            yield

    def _load(self) -> tuple[Signature | None, Gallery]:
        try:
            with self.path.open("rb") as file:
                signature = _signature(os.fstat(file.fileno()))  # of the very file that is read
                data = file.read()
        except FileNotFoundError:
            return None, Gallery()
        except OSError as error:
            raise GalleryUnavailable(self.path, f"it cannot be read ({error.strerror})") from None
        try:
            return signature, codec.decode(self._vault.open(data))
        except (Unreadable, SealBroken) as error:
            raise GalleryDamaged(self.path, str(error)) from None
        except VaultError as error:  # a matter of keys: the file is whole
            raise GalleryUnavailable(self.path, str(error)) from None

    def _sealed(self, data: bytes) -> bytes:
        try:
            return self._vault.seal(data)
        except VaultError as error:
            raise GalleryUnavailable(self.path, str(error)) from None

    def _write(self, data: bytes, forget: bool) -> None:
        """Wherever this is interrupted, there is a whole gallery at `path`."""
        new, link = (self.path.with_name(f".{self.path.name}.{end}") for end in ("new", "link"))
        try:
            link.unlink(missing_ok=True)  # of a program that was killed; it may hold whom we forget
            write_through(new, data)
            if forget:
                replace_whole(self.previous, data)
            else:
                self._keep_previous(link)
            new.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise GalleryUnavailable(self.path, f"it cannot be written ({error.strerror}); nothing was changed") from None

    def _keep_previous(self, link: Path) -> None:
        if not self.path.exists():
            return
        try:
            link.hardlink_to(self.path)
            link.chmod(0o600)  # a file that came from elsewhere may be open to all
        except OSError:  # FAT and some network shares have no hard links
            replace_whole(self.previous, self.path.read_bytes())
        else:
            link.replace(self.previous)


def _signature(stat: os.stat_result) -> Signature:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
