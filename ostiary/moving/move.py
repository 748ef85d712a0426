"""The move itself: one picture after the other, each of them whole and noted before the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ostiary.errors import CollectionError, InputError, SubjectExists
from ostiary.moving.ledger import Ledger
from ostiary.moving.values import Home, Offer, Refused, Report, Source

Progress = Callable[[Sequence[Offer]], Iterable[Offer]]


def move(source: Source, home: Home, ledger: Ledger, report: Report, progress: Progress = iter) -> None:
    """Everything that `source` offers. Whatever ends it early leaves what was taken until then; a second move goes on there.

    Where a program is killed between taking a picture and noting it, a second move takes that one picture again.
    """
    report.refused += source.left_out
    for name in source.names_alone:
        try:
            home.take_name(name)
        except SubjectExists:
            continue
        except (InputError, CollectionError) as error:
            report.refused.append(Refused(name, str(error)))
    for offer in progress(source.offers):
        try:
            _move_one(offer, home, ledger, report)
        except (InputError, CollectionError) as error:
            report.refused.append(Refused(offer.origin, str(error)))


def _move_one(offer: Offer, home: Home, ledger: Ledger, report: Report) -> None:
    key = offer.key()
    if key in ledger:
        report.there_already += 1
        return
    kept = home.take(offer.name, offer.read())
    ledger.note(key, kept.image_id)
    report.taken += 1
    if kept.doubt:
        report.doubtful.append(Refused(offer.origin, kept.doubt))
