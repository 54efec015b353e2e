"""AMQP values and messages as bytes."""

import contextlib
import uuid
from typing import Any

import pytest
from azure.servicebus._pyamqp._decode import decode_payload
from hypothesis import given
from hypothesis import strategies as st

from sandbox.servicebus.codec import encode
from sandbox.servicebus.codec.content import (
    APPLICATION,
    DATA,
    PROPERTIES,
    batched,
    cut,
    text_of,
    with_properties,
)
from sandbox.servicebus.codec.decode import Described, Malformed, decode, raw_items, skip
from sandbox.servicebus.engine.message import Message, State
from sandbox.servicebus.refused import Refused

INT64 = st.integers(-(2**63), 2**63 - 1)
# Each example is a value and its bytes.
SCALARS = st.one_of(
    st.just((None, encode.NULL)),
    st.booleans().map(lambda v: (v, encode.boolean(v))),
    st.integers(0, 255).map(lambda v: (v, encode.ubyte(v))),
    st.integers(0, 2**32 - 1).map(lambda v: (v, encode.uint(v))),
    st.integers(-(2**31), 2**31 - 1).map(lambda v: (v, encode.int32(v))),
    st.integers(0, 2**64 - 1).map(lambda v: (v, encode.ulong(v))),
    INT64.map(lambda v: (v, encode.long(v))),
    INT64.map(lambda v: (v, encode.timestamp(v))),
    st.uuids().map(lambda v: (v, encode.uuid(v))),
    st.binary(max_size=600).map(lambda v: (v, encode.binary(v))),
    st.text(max_size=300).map(lambda v: (v, encode.string(v))),
    st.text("abc-:", max_size=300).map(lambda v: (v, encode.symbol(v))),
)


def compounds(inner: st.SearchStrategy[tuple[Any, bytes]]) -> st.SearchStrategy[tuple[Any, bytes]]:
    keys = st.text(max_size=5)
    return st.one_of(
        st.lists(inner).map(lambda v: ([a for a, _ in v], encode.sequence(*[b for _, b in v]))),
        st.dictionaries(keys, inner).map(lambda v: (
            {key: a for key, (a, _) in v.items()},
            encode.mapping(*[(encode.string(key), b) for key, (_, b) in v.items()]),
        )),
        inner.map(lambda v: (Described(0x24, v[0]), encode.described(0x24, v[1]))),
    )  # fmt: skip


VALUES = st.recursive(SCALARS, compounds, max_leaves=20)


@given(VALUES, st.binary(max_size=5))
def test_a_value_reads_back_as_it_was_written(example: tuple[Any, bytes], rest: bytes) -> None:
    value, raw = example

    assert decode(raw + rest) == (value, len(raw))
    assert skip(raw + rest, 0) == len(raw)


@given(st.lists(INT64))
def test_an_array_reads_back_as_a_list(numbers: list[int]) -> None:
    raw = encode.array([encode.long(number) for number in numbers])

    assert decode(raw) == (numbers, len(raw))


@given(st.binary(min_size=1, max_size=200))
def test_rubbish_is_malformed_and_nothing_worse(rubbish: bytes) -> None:
    with contextlib.suppress(Malformed, Refused):
        cut(rubbish)


@given(VALUES, st.integers(1, 10))
def test_a_value_cut_short_is_malformed(example: tuple[Any, bytes], less: int) -> None:
    raw = example[1][:-less]
    if len(raw) < len(example[1]) and raw:
        with pytest.raises(Malformed):
            decode(raw)


def test_the_items_of_a_list_keep_their_types() -> None:
    items = [encode.uuid(uuid.UUID(int=1)), encode.int32(5), encode.long(5)]

    assert raw_items(encode.sequence(*items)) == items


def test_sections_are_found_by_code_and_not_by_place() -> None:
    late = encode.described(0x71, encode.mapping())
    raw = message(properties=[encode.string("id")], body=b"hello") + late

    content = cut(raw)
    assert (content.message_id, text_of(content)) == ("id", "hello")


def test_the_session_and_the_time_are_read_from_their_fields() -> None:
    at = encode.symbol("x-opt-scheduled-enqueue-time"), encode.timestamp(77)
    ours = encode.symbol("x-opt-sequence-number"), encode.long(1)
    properties = [encode.string("id"), *[encode.NULL] * 9, encode.string("session")]
    raw = encode.described(0x72, encode.mapping(at, ours)) + message(properties=properties)

    content = cut(raw)
    assert (content.session_id, content.scheduled) == ("session", 77)
    assert content.annotations == (at,)


@pytest.mark.parametrize(("length", "taken"), [(128, True), (129, False)])
def test_a_message_id_takes_128_characters(length: int, taken: bool) -> None:
    raw = message(properties=[encode.string("x" * length)])
    if taken:
        assert cut(raw).message_id == "x" * length
    else:
        with pytest.raises(Refused):
            cut(raw)


@pytest.mark.parametrize(("sizes", "taken"), [
    ([31_000, 31_000], True), ([33_000], False), ([31_000, 31_000, 31_000], False),
])  # fmt: skip
def test_properties_take_32_kilobytes_each_and_64_together(sizes: list[int], taken: bool) -> None:
    pairs = [(encode.string(f"{n}"), encode.string("x" * size)) for n, size in enumerate(sizes)]
    raw = encode.described(APPLICATION, encode.mapping(*pairs)) + message()
    if taken:
        assert cut(raw).application
    else:
        with pytest.raises(Refused):
            cut(raw)


def test_texts_are_set_in_a_map_and_its_other_values_stay() -> None:
    kept = encode.string("n"), encode.long(1)
    old = encode.string("DeadLetterReason"), encode.string("old")
    added = with_properties(encode.mapping(kept, old), {"DeadLetterReason": encode.string("new")})

    assert decode(added)[0] == {"n": 1, "DeadLetterReason": "new"}
    assert added.count(kept[1]) == 1


def test_a_batch_holds_one_message_in_each_data_section() -> None:
    inner = [message(body=b"a"), message(body=b"b")]
    envelope = message(properties=[encode.string("a")])[: -len(data(b""))]

    assert batched(envelope + b"".join(data(each) for each in inner)) == inner


def test_the_sdk_reads_what_we_deliver() -> None:
    content = cut(message(properties=[encode.string("id")], body=b"hello"))
    stored = Message(7, content, 1000, State.DEFERRED, failures=2, original=3)
    read: Any = decode_payload(memoryview(stored.encoded(peeked=True)))

    assert read.header.delivery_count == 2
    assert read.message_annotations == {
        b"x-opt-sequence-number": 7, b"x-opt-enqueued-time": 1000, b"x-opt-message-state": 1,
        b"x-opt-enqueue-sequence-number": 3,
    }  # fmt: skip
    assert (read.properties.message_id, read.data) == (b"id", [b"hello"])


def message(properties: list[bytes] | None = None, body: bytes = b"") -> bytes:
    first = encode.described(PROPERTIES, encode.sequence(*properties)) if properties else b""
    return first + data(body)


def data(body: bytes) -> bytes:
    return encode.described(DATA, encode.binary(body))
