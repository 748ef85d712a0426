"""Who gets another name gets it everywhere, and is barred under both while they are barred under one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from ostiary.assembly.ledger import record_store
from ostiary.assembly.stores import own_data
from ostiary.renamings import Renamings
from ostiary.settings import Settings

if TYPE_CHECKING:
    from ostiary.engine import FaceEngine
    from ostiary.history.history import History


def follow_renaming(engine: FaceEngine, settings: Settings, history: History) -> None:
    """Has `engine` rename so. Call this after everybody else who forgets."""
    renamings = _renamings(engine, settings, history.recorder.flush)  # what waits there is written by the name of now

    def forget(name: str) -> Counter[str]:
        erased, names = Counter[str](), [name]
        for new in names:  # it grows: a former name may have a former one
            for note in renamings.to(new):
                if (former := str(note.told["old"])) not in names:
                    names.append(former)
                    for forget_there in engine.when_forgotten:
                        erased.update(forget_there(former) or {} if forget_there is not forget else {})
                note.done()
        return erased

    engine.renaming = renamings.of
    engine.when_forgotten.append(forget)


def finish_renamings(engine: FaceEngine) -> None:
    """What programs that were killed began. What cannot be finished now is tried again at the next start."""
    _renamings(engine, engine.settings).finish(engine.finish_renaming)


def _renamings(engine: FaceEngine, settings: Settings, prepare: Callable[[], None] = lambda: None) -> Renamings:
    return Renamings(own_data(settings), record_store(settings), lambda: engine.store.read().names, prepare)
