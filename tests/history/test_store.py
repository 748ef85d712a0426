from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from history.conftest import Make

from ostiary.domain import Status
from ostiary.errors import DatabaseUnavailable, KeyMissing, UnknownEvent
from ostiary.history.store import HistoryStore
from ostiary.history.values import Correction, Count, Entry, Erased, Event, Grounds, Kind, Passed, Place, Query
from ostiary.vault import KeyVault, is_sealed

T0 = 1_700_000_000.0
DAY = 86400.0


def ids(store: HistoryStore, query: Query | None = None) -> list[str]:
    return [record.event.id for record in store.events(query).events]


def test_an_event_comes_back_as_it_was(store: HistoryStore) -> None:
    grounds = Grounds(0.41, "Zero", 0.78, 0.5, 0.05, 3, 3, 0.8, 0.98, True, "blink", "too dark", 7, 2.5, 30)
    event = Event("a" * 32, T0 + 0.125, Kind.REJECT, "spoof", "door", "Катя", grounds, "words", "other", "admin")
    store.add([Entry(event)])
    recorded = store.event("a" * 32)
    assert recorded.event == event
    assert (recorded.seq, recorded.has_face, recorded.has_frame) == (1, False, False)
    assert recorded.event.kind.status is Status.REJECT


def test_pages_go_both_ways_and_never_lose_or_repeat(store: HistoryStore, make: Make) -> None:
    entries = [make() for _ in range(25)]
    same_moment = [Entry(replace(make().event, at=T0 + 10)) for _ in range(5)]
    store.add(entries + same_moment)
    page = store.events(limit=7)
    assert page.newer is None
    assert page.last_seq == 30
    pages = [page]
    while pages[-1].older is not None:
        pages.append(store.events(limit=7, before=pages[-1].older))
    down = [record.place for page in pages for record in page.events]
    assert len(down) == len(set(down)) == 30
    assert down == sorted(down, reverse=True)
    back = [pages[-1] if pages[-1].events else pages[-2]]
    while back[-1].newer is not None:
        back.append(store.events(limit=7, after=back[-1].newer))
    up = [record.place for page in reversed(back) for record in page.events]
    assert up == down


def test_a_place_survives_the_deletion_of_its_event(store: HistoryStore, make: Make) -> None:
    store.add([make() for _ in range(5)])
    page = store.events(limit=2)
    assert page.older is not None
    store.delete(page.events[-1].event.id)
    assert [r.event.id for r in store.events(before=Place.parse(str(page.older))).events] == ["e3", "e2", "e1"]


@pytest.mark.parametrize("text", ["", "1", "_1", "1_", "x_1", "1_x", "nan_1", "-1_1", "1_-1", "1e99_1", "1_" + "9" * 30])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"place|float"):
        Place.parse(text)


def test_queries_ask_for_one_thing_or_several(store: HistoryStore, make: Make) -> None:
    store.add(
        [
            make(person="Катя"),
            make(Kind.REJECT, reason="spoof", person="Катя", camera="gate"),
            make(Kind.REJECT, reason="low_quality", grounds=Grounds(problem="the face is too Dark")),
            make(Kind.VISITOR, reason="unknown"),
            make(Kind.CAMERA, reason="lost", words="no answer from 100% of it", grounds=None),
        ]
    )
    assert ids(store, Query(person="Катя")) == ["e2", "e1"]
    assert ids(store, Query(person="Катя", kinds=(Kind.PASS,))) == ["e1"]
    assert ids(store, Query(camera="gate")) == ["e2"]
    assert ids(store, Query(kinds=(Kind.REJECT, Kind.VISITOR))) == ["e4", "e3", "e2"]
    assert ids(store, Query(kinds=(Kind.REJECT,), reasons=("spoof", "lost"))) == ["e2"]
    assert ids(store, Query(reasons=("spoof", "lost"))) == ["e5", "e2"]
    assert ids(store, Query(start=T0 + 2, end=T0 + 4)) == ["e3", "e2"]
    assert ids(store, Query(text="кАТЯ")) == ["e2", "e1"]
    assert ids(store, Query(text="too dark")) == ["e3"]
    assert ids(store, Query(text="100%")) == ["e5"]
    assert ids(store, Query(text="0%o")) == []  # no wildcard
    assert ids(store, Query(since=3)) == ["e5", "e4"]


def test_passes_are_told_in_the_order_of_time(store: HistoryStore, make: Make) -> None:
    late, early = make(person="Ann"), replace(make(person="Bob").event, at=T0)
    store.add([late, Entry(early), make(Kind.REJECT, person="Ann")])
    assert list(store.passes(T0, T0 + 10)) == [Passed("Bob", "door", T0, "e2"), Passed("Ann", "door", T0 + 1, "e1")]
    assert [passed.person for passed in store.passes(T0, T0 + 10, "Ann")] == ["Ann"]
    assert [passed.person for passed in store.passes(T0, T0 + 1)] == ["Bob"]


def test_a_corrected_decision_says_so_and_its_pass_is_of_whom_it_was(store: HistoryStore, make: Make) -> None:
    store.add([make(person=person) for person in ("katya", "zero", "katya", "katya")] + [make(Kind.VISITOR)])
    said = {"e1": Correction("ema", 5e9, "anna", 1), "e3": Correction(None, 5e9, None, 2), "e5": Correction("ema", 5e9, "anna", 3)}
    for event, correction in said.items():
        store.correct(event, correction)
    assert {record.event.id: record.correction for record in store.walk() if record.correction} == said
    assert store.event("e1").event.person == "katya", "what was decided stays"

    def passes(person: str | None = None, start: float = 0) -> list[tuple[str, str]]:
        return [(passed.person, passed.event_id) for passed in store.passes(start, 2e9, person)]

    assert passes() == [("ema", "e1"), ("zero", "e2"), ("katya", "e4")], "nobody passed whom nobody names, nor who was refused"
    assert (passes("katya"), passes("ema")) == ([("katya", "e4")], [("ema", "e1")])
    assert passes("ema", start=1_700_000_002.0) == []
    store.rename_person("ema", "emma")
    assert passes("emma") == [("emma", "e1")]
    assert store.forget_person("emma").mentions == 2
    assert store.event("e1").correction == Correction(None, 5e9, "anna", 1), "it was wrong all the same"
    assert passes() == [("zero", "e2"), ("katya", "e4")]
    for event in said:
        store.uncorrect(event)
    assert passes("katya") == [("katya", "e1"), ("katya", "e3"), ("katya", "e4")]


def test_a_correction_may_come_before_its_event_and_goes_with_it(store: HistoryStore, make: Make) -> None:
    for event in ("e1", "e2"):
        store.correct(event, Correction("ema", 1_700_000_100.0, None, 1))
    assert list(store.passes(0, 2e9)) == []
    entry = make(person="katya")
    store.add([entry])
    assert [passed.person for passed in store.passes(0, 2e9)] == ["ema"]
    store.delete("e1")
    store.add([entry])
    assert store.event("e1").correction is None
    store.prune(1_700_000_100.0 + 91 * 86400)
    store.add([make()])
    assert store.event("e2").correction is None


def test_a_walk_sees_more_than_a_part_at_a_time(store: HistoryStore, make: Make) -> None:
    store.add([make() for _ in range(1203)])
    assert [record.event.id for record in store.walk()] == [f"e{i}" for i in range(1, 1204)]


def test_counts_fall_between_edges(store: HistoryStore) -> None:
    hours = [T0 - T0 % 3600 + 3600 * i for i in range(4)]
    times = [hours[0] - 1, hours[0], hours[0] + 3599, hours[2] + 1, hours[3]]
    store.add([Entry(Event(f"{at}", at, Kind.PASS)) for at in times] + [Entry(Event("v", hours[2], Kind.VISITOR, "unknown"))])
    assert store.counts(Query(), hours) == [
        Count(hours[0], Kind.PASS, 2),
        Count(hours[2], Kind.PASS, 1),
        Count(hours[2], Kind.VISITOR, 1),
    ]
    assert store.counts(Query(kinds=(Kind.VISITOR,)), hours) == [Count(hours[2], Kind.VISITOR, 1)]
    assert store.counts(Query(), hours[:1]) == []


def test_pictures_lie_sealed_and_come_back(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "history.db"
    store = HistoryStore(path, vault=KeyVault([b"k" * 32]))
    store.add([make(face=b"the face", frame=b"the frame"), make()])
    assert (store.picture("e1", "face"), store.picture("e1", "frame"), store.picture("e2", "face")) == (b"the face", b"the frame", None)
    assert (store.event("e1").has_face, store.event("e2").has_face) == (True, False)
    store.close()
    assert not any(b"the face" in file.read_bytes() for file in tmp_path.iterdir())
    without_key = HistoryStore(path)
    with pytest.raises(KeyMissing):
        without_key.picture("e1", "face")
    without_key.close()


def test_pictures_are_sealed_anew_and_leave_nothing_as_it_was(tmp_path: Path, make: Make) -> None:
    key = KeyVault([b"k" * 32], plain=True)
    store = HistoryStore(tmp_path / "history.db", vault=key)
    plain = HistoryStore(tmp_path / "history.db")
    plain.add([make(face=b"the face", frame=b"the frame") if i % 2 else make() for i in range(500)])
    assert store.reseal(lambda data: None if is_sealed(data) else key.seal(data)) == 500
    assert store.reseal(lambda data: None if is_sealed(data) else key.seal(data)) == 0
    assert store.picture("e2", "frame") == b"the frame"
    for one in (store, plain):
        one.close()
    assert not any(b"the f" in file.read_bytes() for file in tmp_path.iterdir())


def test_what_is_not_there_is_an_error_of_its_own(store: HistoryStore) -> None:
    for ask in (store.event, store.delete, lambda key: store.picture(key, "face")):
        with pytest.raises(UnknownEvent, match="'nothing'"):
            ask("nothing")


def test_an_event_told_twice_is_kept_once(store: HistoryStore, make: Make) -> None:
    first, second = make(face=b"1"), make()
    store.add([first])
    store.add([first, second, second])
    assert ids(store) == ["e2", "e1"]


def test_deleting_leaves_no_bytes(store: HistoryStore, tmp_path: Path, make: Make) -> None:
    store.add([make(person="Katya", face=b"secret face" * 3000), make()])
    store.delete("e1")
    store.close()
    assert not any(b"secret face" in file.read_bytes() or b"Katya" in file.read_bytes() for file in tmp_path.iterdir())
    assert ids(store) == ["e2"]


def test_forgetting_leaves_that_somebody_came_and_no_more(store: HistoryStore, tmp_path: Path, make: Make) -> None:
    store.add(
        [
            make(person="Katya", face=b"her face", frame=b"her frame"),
            make(
                Kind.REJECT, reason="ambiguous", person="Bob", face=b"his face", grounds=Grounds(runner_up="Katya", runner_up_distance=0.5)
            ),
            make(Kind.VISITOR, reason="unknown", grounds=Grounds(runner_up="not Katya")),
            make(Kind.GALLERY, reason="renamed", person="Bob", words="was Katya's friend", grounds=None),
            make(Kind.WEBHOOK, reason="delivered", person="Katya", grounds=None),
        ]
    )
    erased = store.forget_person("Katya")
    assert (erased.events, erased.pictures, erased.mentions) == (2, 1, 3)
    assert ids(store) == ["e5", "e4", "e3", "e2", "e1"]
    assert store.event("e1").event.person is None
    assert store.event("e2").event.grounds == Grounds(runner_up_distance=0.5)
    assert store.picture("e2", "face") == b"his face"
    assert ids(store, Query(text="katya")) == []
    store.close()
    assert not any(b"atya" in file.read_bytes() or b"her f" in file.read_bytes() for file in tmp_path.iterdir())


def test_forgetting_one_person_takes_nothing_from_others(store: HistoryStore, make: Make) -> None:
    store.add(
        [
            make(person="Anna", grounds=Grounds(runner_up="Joanna"), words="Ann's friend"),
            make(Kind.CAMERA, reason="lost", words="it cannot be opened", grounds=None),
        ]
    )
    before = list(store.walk())
    assert store.forget_person("Ann") == Erased()
    assert list(store.walk()) == before


def test_a_new_name_holds_for_the_past(store: HistoryStore, make: Make) -> None:
    store.add([make(person="Ann"), make(Kind.REJECT, reason="ambiguous", person="Bob", grounds=Grounds(runner_up="Ann"))])
    store.rename_person("Ann", "Anna")
    assert ids(store, Query(person="Anna", text="anna")) == ["e1"]
    grounds = store.event("e2").event.grounds
    assert grounds is not None
    assert grounds.runner_up == "Anna"
    assert store.people() == {"Anna", "Bob"}


def test_the_old_go_after_their_days(tmp_path: Path, make: Make) -> None:
    store = HistoryStore(tmp_path / "history.db", days=1)
    store.add([make(face=b"x") for _ in range(10)])
    assert store.prune(T0 + DAY) == 0
    assert store.prune(T0 + DAY + 4.5) == 4
    assert ids(store) == ["e10", "e9", "e8", "e7", "e6", "e5"]
    store.close()


def test_the_oldest_go_when_it_is_too_much_and_the_disk_gets_the_room(tmp_path: Path, make: Make) -> None:
    store = HistoryStore(tmp_path / "history.db", most_mb=1)
    store.add([make(face=bytes(20_000)) for _ in range(100)])
    assert store.extent().used_bytes > 1.9e6
    gone = store.prune(T0)
    extent = store.extent()
    assert 50 <= gone <= 65
    assert extent.used_bytes <= 1e6
    assert extent.file_bytes <= 1.1e6
    assert (extent.events, extent.first_at) == (100 - gone, T0 + gone + 1)
    store.close()


def test_a_number_is_never_given_twice(store: HistoryStore, make: Make) -> None:
    store.add([make(), make()])
    store.delete("e2")
    store.add([make()])
    assert store.event("e3").seq == 3


def test_several_threads_write_and_read(store: HistoryStore, make: Make) -> None:
    entries = [make() for _ in range(200)]
    threads = [threading.Thread(target=lambda part=part: [store.add([entry]) for entry in entries[part::4]]) for part in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        store.events()
    assert store.extent().events == 200


def test_a_damaged_file_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(b"not a database" * 1000)
    store = HistoryStore(path)
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        store.events()
    store.close()
