"""Who is enrolled: forgets, renames and merges people, and has everybody else who knows them do so too. Needs no eyes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

import numpy as np

from ostiary.domain import GalleryChange
from ostiary.encoders import info_of
from ostiary.errors import LastExample, NameTaken, NotAlike, OstiaryError, UnknownFace
from ostiary.gallery.gallery import Gallery
from ostiary.gallery.lessons import Face, Lessons, TakenBack
from ostiary.gallery.names import clean_name, new_name
from ostiary.gallery.photos import PhotoStore
from ostiary.gallery.store import GalleryStore
from ostiary.gallery.watcher import Watcher
from ostiary.judge import Rule
from ostiary.keyring import vault_of
from ostiary.settings import Settings

Erased = Mapping[str, Counter[str]]
"""How many of what there was of each of those who were forgotten."""


class Roster:
    """The gallery with its photos. Safe to use from several threads.

    Whoever knows people by name follows: `when_forgotten` and `when_renamed` are told after the gallery, and what fails
    there is finished at the next start, for which `erasing` and `renaming` keep in mind what was begun.
    """

    def __init__(self, settings: Settings):
        self.settings = settings
        vault = vault_of(settings)
        self.store = GalleryStore(settings.gallery.db_path, vault=vault)
        self.watcher = Watcher(self.store)
        self._photos = PhotoStore(settings.gallery.faces_dir / "photos", vault=vault)
        self._lessons = Lessons(self.store, self._photos, keep_photos=settings.gallery.keep_photos)
        # Around all of a forgetting; gives what is filled with how much there was, by name and kind.
        self.erasing: Callable[[Sequence[str]], AbstractContextManager[Erased]] = lambda names: nullcontext({n: Counter() for n in names})
        # Around a rename or merge; what it gives is called just before the gallery changes, and what that raises prevents it.
        self.renaming: Callable[[str, str], AbstractContextManager[Callable[[], None]]] = lambda old, new: nullcontext(lambda: None)
        # Told the name of whoever was forgotten, to forget them too; each may answer how many of what there was.
        self.when_forgotten: list[Callable[[str], Counter[str] | None]] = []
        self.after_forgetting: list[Callable[[], None]] = []  # called once when they all know, however many were forgotten together
        self.when_renamed: list[Callable[[str, str], None]] = []  # told whose name became which, that somebody else may have had already
        self.when_changed: list[Callable[[GalleryChange], None]] = []  # told of every change made here, after it

    @property
    def gallery(self) -> Gallery:
        """The people known now: those on disk, or the last good ones where the file is damaged (see `gallery_problem`)."""
        return self.watcher.refresh()

    @property
    def gallery_problem(self) -> str | None:
        self.watcher.refresh()
        return self.watcher.problem

    def names(self) -> list[str]:
        """Who is enrolled. Raises GalleryDamaged where neither the file nor the generation before it was ever readable."""
        gallery = self.gallery
        return list(gallery.names if len(gallery) or not self.watcher.problem else self.store.read().names)

    def judging(self, gallery: Gallery) -> Gallery:
        """The gallery as `rule` judges by it: TH_ACCEPT is a distance as it is told."""
        return gallery if self.settings.decision.th_accept is None else gallery.as_told()

    def unregister(self, name: str) -> int:
        """As `forget`; how many examples there were."""
        return self.forget(name)["examples"]

    def forget(self, name: str) -> Counter[str]:
        """Erases a person: rows, photos, snapshot, and what everybody in `when_forgotten` knows. How much there was, by kind.

        Raises UnknownName. What else is raised left something over, which is erased at the next start.
        """
        name = clean_name(name)
        with self.erasing([name]) as erased:
            self._let_go([name], erased)
            self._forget_elsewhere([name], erased)
        self._tell(GalleryChange("removed"))
        return erased[name]

    def forget_all(self, names: Sequence[str]) -> Erased:
        """Erases several people as `forget` does one, by a single change of the gallery; who is not enrolled is forgotten elsewhere."""
        gallery = self.gallery
        enrolled = [name for name in names if name in gallery]
        with self.erasing(names) as erased:
            if enrolled:
                self._let_go(enrolled, erased, missing_ok=True)
            for name in names:
                if name not in gallery:
                    erased[name]["not enrolled"] = 1
            self._forget_elsewhere(names, erased)
        if enrolled:
            self._tell(GalleryChange("removed", words=None if len(enrolled) == 1 else f"{len(enrolled)} people"))
        return erased

    def finish_forgetting(self, name: str, begun_at: float) -> None:
        """What a program that was killed began; somebody who was enrolled by that name since then stays, with all that is theirs.

        Raises GalleryDamaged, and as `forget` does.
        """
        gallery = self.store.read()
        if name in gallery and any(example.enrolled_at >= begun_at for example in gallery.examples(name)):
            return
        with self.erasing([name]) as erased:
            if name in gallery:
                self._let_go([name], erased)
            erased[name]["finished later"] = 1
            self._forget_elsewhere([name], erased)

    def _let_go(self, names: Sequence[str], erased: Erased, *, missing_ok: bool = False) -> None:
        gone: set[str] = set()
        counted: dict[str, Counter[str]] = {}

        def check(gallery: Gallery) -> None:
            for name in names:
                if name in gallery:
                    face_ids = gallery.face_ids_of(name)
                    gone.update(face_ids)
                    counted[name] = Counter(examples=len(gallery.examples(name)), photos=sum(map(self._photos.has, face_ids)))
            self._photos.unsettle(gone)

        self.store.remove(*names, missing_ok=missing_ok, check=check)
        for name, count in counted.items():
            erased[name].update(count)
        self._photos.delete(gone)
        self._photos.sweep(self.gallery.all_face_ids)

    def _forget_elsewhere(self, names: Sequence[str], erased: Erased) -> None:
        def ask(forget: Callable[[str], Counter[str] | None], name: str) -> None:
            erased[name].update(forget(name) or {})

        with _going_on() as attempt:
            for forget in self.when_forgotten:
                for name in names:
                    attempt(partial(ask, forget, name))
            for finish in self.after_forgetting:
                attempt(finish)

    def rename(self, name: str, new: str) -> str:
        """Gives a person another name, photos and all; the name as it is spelt.

        Raises UnknownName, BadName and NameTaken, and what `renaming` raises. What else is raised left somebody who was not
        told, who is at the next start.
        """
        name, new = clean_name(name), new_name(new)

        def check(gallery: Gallery) -> None:
            if new in gallery and new != name:
                raise NameTaken(new)

        self._give(name, new, check)
        self._tell(GalleryChange("renamed", new, f"was {name}"))
        return new

    def merge(self, name: str, into: str, *, force: bool = False) -> int:
        """Makes two people one, called `into`; how many examples there are of them now.

        Raises UnknownName, NotAlike unless `force`, and as `rename` does.
        """
        name, into = clean_name(name), clean_name(into)

        def check(gallery: Gallery) -> None:
            gallery.examples(into)
            if not force:
                _require_alike(gallery, name, into, self.rule_of(gallery))

        faces = len(self._give(name, into, check).examples(into))
        self._tell(GalleryChange("merged", into, f"{name} was the same"))
        return faces

    def _give(self, name: str, new: str, check: Callable[[Gallery], None]) -> Gallery:
        if name == new:
            return self.store.rename(name, new, check=check)
        with self.renaming(name, new) as prepare:

            def prepared(gallery: Gallery) -> None:
                check(gallery)
                prepare()

            gallery = self.store.rename(name, new, check=prepared)
            self.watcher.refresh()
            self._tell_renamed(name, new)
        return gallery

    def finish_renaming(self, name: str, new: str) -> bool:
        """What a program that was killed left, or somebody who could not follow; whether it is done, or never was begun.

        Whoever was forgotten since then is forgotten everywhere. Raises GalleryDamaged, and as `rename` does.
        """
        gallery = self.store.read()  # one that cannot be read must not make everybody forget
        if name in gallery:
            return True
        if new in gallery:
            self._tell_renamed(name, new)
        elif len(gallery):
            self._forget_elsewhere([name], {name: Counter()})
        return len(gallery) > 0  # an empty one is rather a disk that is not there

    def _tell_renamed(self, name: str, new: str) -> None:
        with _going_on() as attempt:
            for rename in self.when_renamed:
                attempt(partial(rename, name, new))

    def drop_example(self, name: str, face_id: str) -> int:
        """Removes one of a person's examples and its photo; how many are left. Raises UnknownName, UnknownFace and LastExample."""
        name = clean_name(name)
        left: list[int] = []

        def check(gallery: Gallery) -> None:
            examples = gallery.examples(name)
            if all(example.face_id != face_id for example in examples):
                raise UnknownFace(name, face_id)
            left.append(sum(example.face_id != face_id for example in examples))
            if not left[0]:
                raise LastExample(name)

        self._lessons.take_back([face_id], check=check)
        self.watcher.refresh()
        self._tell(GalleryChange("dropped", name, f"{left[0]} left"))
        return left[0]

    def photo(self, name: str, face_id: str) -> bytes | None:
        """The JPEG kept of one of a person's examples, None where none was. Raises UnknownName and UnknownFace."""
        name = clean_name(name)
        if all(example.face_id != face_id for example in self.gallery.examples(name)):
            raise UnknownFace(name, face_id)
        return self._photos.load(face_id)

    def has_photo(self, face_id: str) -> bool:
        """Whether a JPEG of that example was kept."""
        return self._photos.has(face_id)

    def keep_out(self, label: str, faces: Sequence[Face], *, encoder_id: str) -> tuple[str, ...]:
        """Makes such faces negatives: who looks like them is unknown. Their face ids. Raises EncoderMismatch."""
        face_ids = self._lessons.keep_out(label, faces, encoder_id=encoder_id)
        self.watcher.refresh()
        self._tell(GalleryChange("kept_out"))
        return face_ids

    def negatives_of(self, label: str) -> tuple[str, ...]:
        """The face ids of the negatives with that label."""
        negatives = self.gallery.negatives
        return tuple(example.face_id for example in negatives.examples(label)) if label in negatives else ()

    def take_back(self, face_ids: Sequence[str]) -> TakenBack:
        """Removes single examples, of people or negatives, with their photos; those that are still there."""
        taken = self._lessons.take_back(face_ids)
        self.watcher.refresh()
        self._tell(GalleryChange("taken_back"))
        return taken

    def _tell(self, change: GalleryChange) -> None:
        for tell in self.when_changed:
            tell(change)

    def rule_of(self, gallery: Gallery) -> Rule:
        """What is accepted of faces seen as those of `gallery`, which has some, were; loads no network."""
        return self._rule_of(str(gallery.encoder_id), len(gallery))

    def _rule_of(self, encoder_id: str, people: int) -> Rule:
        decision, (_, info) = self.settings.decision, info_of(encoder_id)
        threshold = info.threshold(people, decision.fpir_target) if decision.th_accept is None else decision.th_accept
        return Rule(threshold, info.margin if decision.margin is None else decision.margin)


@contextmanager
def _going_on() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Gives a function that calls others, whatever becomes of them; what went wrong first is raised in the end."""
    problems: list[OstiaryError | OSError] = []

    def attempt(do: Callable[[], object]) -> None:
        try:
            do()
        except (OstiaryError, OSError) as error:
            problems.append(error)

    yield attempt
    if problems:
        raise problems[0]


def _require_alike(gallery: Gallery, one: str, other: str, rule: Rule) -> None:
    """That the two could be one person: taken for one, the door would let in either as the other."""
    rows = np.stack([example.encoding for example in gallery.examples(one)])
    others = gallery.examples(other)
    only_other = Gallery.of(str(gallery.encoder_id), [other] * len(others), np.stack([example.encoding for example in others]))
    nearest = min(candidate.distance for match in only_other.match_all(rows, 1) for candidate in match.candidates)
    if nearest > rule.threshold:
        raise NotAlike(one, other, nearest)
