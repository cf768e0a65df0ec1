"""Packets as they are on the wire."""

import pytest

from hypgen.machine.gdb.protocol import Reader, Signal, escape, frame, unescape


def events(*pieces):
    reader = Reader()
    return [event for piece in pieces for event in reader.feed(piece)]


def test_a_packet_has_its_checksum():
    assert frame(b"OK") == b"$OK#9a"


@pytest.mark.parametrize("content", [b"", b"plain", b"#$}*", bytes(range(256))])
def test_content_arrives_as_it_was_sent(content):
    assert unescape(escape(content)) == content
    assert events(frame(content)) == [content]


def test_a_packet_may_come_in_pieces():
    packet = frame(b"m4000,4")
    assert events(b"+" + packet[:5], packet[5:-1], packet[-1:]) == [Signal.ACK, b"m4000,4"]


def test_a_damaged_packet_is_seen_as_such():
    assert events(b"$OK#00$OK#9a") == [None, b"OK"]


def test_an_interrupt_comes_between_packets():
    assert events(b"+\x03-$?#3f") == [Signal.ACK, Signal.INTERRUPT, Signal.NACK, b"?"]


def test_what_is_no_packet_is_skipped():
    assert events(b"xyz$?#3f") == [b"?"]
