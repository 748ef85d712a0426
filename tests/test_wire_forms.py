"""Whatever is decided, its message is JSON that reads back as it was sent; whatever comes in, reading it never fails."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ostiary.domain import Decision, Detection, Frame, Outcome, PassEvent, Reason, Status
from ostiary.wire import dump, parse_stream, stream_message, webhook_body

numbers = st.floats(allow_nan=True, allow_infinity=True)
names = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
boxes = st.tuples(*[st.integers(-5000, 50000)] * 4)
times = st.floats(0, 4e9)

decisions = st.builds(
    Decision,
    track_id=st.integers(1),
    status=st.sampled_from(Status),
    reason=st.none() | st.sampled_from(Reason),
    person=st.none() | names,
    distance=st.none() | numbers,
    runner_up=st.none() | names,
    runner_up_distance=st.none() | numbers,
    votes=st.integers(0, 99),
    usable=st.integers(0, 99),
    quality=st.none() | numbers,
    fresh=st.booleans(),
    detection=st.builds(Detection, boxes, numbers),
    liveness=st.none() | numbers,
    spoof=st.booleans(),
    challenge=st.none() | names,
    problem=st.none() | names,
)
passes = st.builds(
    PassEvent, event_id=names, person=names, distance=numbers, camera=names, at=times, captured_at=times, liveness=st.none() | numbers
)
frames = st.builds(Frame, camera=names, id=st.integers(0), at=times, captured_at=times, image=st.just(np.zeros((2, 2, 3), np.uint8)))
outcomes = st.builds(
    Outcome, frame=frames, decisions=st.lists(decisions, max_size=3).map(tuple), passes=st.lists(passes, max_size=2).map(tuple)
)


@given(outcomes, st.none() | st.binary(max_size=50), st.booleans())
def test_a_stream_message_reads_back_as_it_was_sent(outcome: Outcome, jpeg: bytes | None, drawn: bool) -> None:
    message = stream_message(outcome, jpeg, drawn=drawn)
    text = dump(message)
    assert text.isascii()
    assert parse_stream(text) == message
    assert parse_stream(text.encode()) == message
    assert [face["name"] for face in message["faces"]] == [decision.person for decision in outcome.decisions]
    assert ("frame" in message) == (jpeg is not None)


@given(passes)
def test_a_webhook_is_json_whatever_the_event(event: PassEvent) -> None:
    body = webhook_body(event)
    assert json.loads(dump(body)) == body
    assert (body["name"], body["event_id"]) == (event.person, event.event_id)


@given(st.binary(max_size=200) | st.text(max_size=200) | st.recursive(st.none() | numbers | names, st.lists, max_leaves=20).map(json.dumps))
def test_what_is_no_message_is_none(text: bytes | str) -> None:
    message = parse_stream(text)
    assert message is None or isinstance(message["type"], str)
