"""Text of an answer: whole characters, and nothing of a stop string."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.worker.text import AnswerText


def _streamed(pieces: list[bytes], *stop: str) -> tuple[list[str], bool]:
    text = AnswerText(stop)
    shown = [text.push(piece) for piece in pieces]
    return ["".join(part.text for part in parts) for parts in (*shown, text.finish())], text.stopped


def test_characters_spread_over_tokens_come_whole() -> None:
    pieces = [bytes([byte]) for byte in "é€🦜".encode()]
    shown, _ = _streamed(pieces)
    assert shown == ["", "é", "", "", "€", "", "", "", "🦜", ""]


def test_half_a_character_at_the_end_is_dropped() -> None:
    assert _streamed([b"ok ", "🦜".encode()[:3]])[0] == ["ok ", "", ""]


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert "".join(_streamed([b"a\xffb"])[0]) == "a\ufffdb"


def test_a_stop_string_within_a_token_ends_the_text_before_it() -> None:
    shown, stopped = _streamed([b"one END two", b"three"], "END")
    assert (shown, stopped) == (["one ", "", ""], True)


def test_a_stop_string_across_tokens_is_never_shown_in_part() -> None:
    shown, stopped = _streamed([b"one E", b"N", b"D two"], "END")
    assert (shown, stopped) == (["one ", "", "", ""], True)


def test_what_only_looked_like_a_stop_string_is_shown() -> None:
    shown, stopped = _streamed([b"one E", b"N", b"Z"], "END")
    assert (shown, stopped) == (["one ", "", "ENZ", ""], False)


def test_what_was_held_back_at_the_end_is_shown() -> None:
    assert _streamed([b"one EN"], "END")[0] == ["one ", "EN"]


def test_the_first_of_several_stop_strings_counts() -> None:
    assert "".join(_streamed([b"a###b\n\nc"], "\n\n", "###")[0]) == "a"


def test_overlapping_beginnings_are_not_lost() -> None:
    assert "".join(_streamed([b"aa", b"ab", b"x"], "aab")[0]) == "a"


def test_a_stop_string_of_one_emoji_across_its_bytes() -> None:
    shown, stopped = _streamed([b"hi " + "🛑".encode()[:2], "🛑".encode()[2:] + b" more"], "🛑")
    assert (shown, stopped) == (["hi ", "", ""], True)


@given(
    st.text(alphabet="ab€🦜\n", max_size=40), st.lists(st.text(alphabet="ab€", min_size=1, max_size=4)), st.data()
)
def test_the_shown_text_ends_at_the_first_stop_string_however_it_was_cut(
    whole: str, stop: list[str], data: st.DataObject
) -> None:
    encoded = whole.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(encoded)), max_size=10)))
    pieces = [encoded[a:b] for a, b in zip([0, *cuts], [*cuts, len(encoded)], strict=True)]
    shown, stopped = _streamed(pieces, *stop)
    ends = [at for text in stop if (at := whole.find(text)) >= 0]
    if len({len(text) for text in stop}) > 1 and ends:
        # A shorter stop string can be complete in one token before a longer one that began earlier is.
        assert stopped
        assert whole.startswith("".join(shown))
        return
    assert stopped == bool(ends)
    assert "".join(shown) == whole[: min(ends, default=len(whole))]
