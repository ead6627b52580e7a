"""Columns of URLs are read as `urls.read()` reads each one, though hardly any is read by itself."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import URLS

from hoiio_numbers import urls
from hoiio_numbers.bulk import links

SCHEMES = ["", "http", "https", "HTTP", "hTTps", "httpss", "ftp", "1http", " https", "\thttp", "ü"]
MARKS = ["", ":", "/", "//", "://", ":///", ":\\\\", "?", "#"]
AUTHORITIES = [
    "", "a.com", "A.Com", "a_b.c-d.com", "a.info", "a.INFO", "a.test", "a.Example", "localhost", "a", "a.b.c.d.e.com",
    "a.com:80", "a.com:", "a.com:0", "a.com:08", "a.com:99999", "a.com:http", "me@a.com", "me:x@a.com", "@a.com",
    ":@a.com",
    "a..com", ".a.com", "a.com.", "-a.com", "a-.com", "a--b.com", "a.c1", "a.1", "1.2.3.4", "127.1", "0x7f.1",
    "300.1.2.3",
    "[::1]", "[2606:4700::1]:80", "[::1", "{{a}}", "%61.com", "a b.com", "a\x00.com", "a\x7f.com",
    "ü.com", "a。com", "\udcff.com",
    "a\\b.com", "a" * 20 + ".com", "a" * 21 + ".com", "a" * 64 + ".com", "a." * 127 + "com", "a." * 2100 + "com",
]  # fmt: skip
TAILS = [
    "", "/", "?", "#", "/x", "//x", "/@x", "?me@b.com", "/:80", "/[x]", "/{x}|^`<>\"", "/'~!*()", "/x y", "/x\ty",
    "/x\\y",
    "/x\x7f", "/x\x85", "/ü", "/\u3000", "/\u200b", "/\udc80", " ", "\n", "\x1c", "\x00", "\x85", "\u2028",
    "/ ", "/x\x1f \r\n",
    *("/" + "x" * length + end for length in (3985, 3991, 4000) for end in ("", " ", "ü")), "/" + "ü" * 2500,
]  # fmt: skip


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column of few texts is read one by one: here are none so few."""
    monkeypatch.setattr(links, "_REMEMBERED", -1)


def column(texts: Sequence[str | None]) -> pa.Array:
    """Texts as a file may hold them, bad UTF-8 included."""
    cells = [None if text is None else text.encode("utf-8", "surrogateescape") for text in texts]
    return pa.array(cells, pa.large_binary()).view(pa.large_string())


def differing(texts: Sequence[str | None]) -> Iterator[tuple[str | None, int, int]]:
    known = links.read(column(texts)).tolist()
    return (it for it in zip(texts, known, map(urls.read, texts), strict=True) if it[1] != it[2])


def test_every_scheme_authority_and_tail_together(record_property: Callable[[str, object], None]) -> None:
    texts = ["".join(parts) for parts in product(SCHEMES, MARKS, AUTHORITIES, ("", "/x"))]
    texts += ["".join(parts) for parts in product(("", " "), ("http://", "HTTPS://", "a://", ""), AUTHORITIES, TAILS)]
    assert [*differing(texts)] == []
    record_property("count", f"bulk: {len(texts):,} URLs of all kinds, 0 read otherwise than one by one")


ODD = st.sampled_from([*SCHEMES, *MARKS, *AUTHORITIES, *TAILS]) | st.text(
    "aA.-:@/?#[]%1x \t\x1c\x85\u3000ü\\\x00", max_size=5
)


@settings(deadline=None)
@given(st.lists(st.none() | st.sampled_from(URLS) | st.lists(ODD, max_size=5).map("".join)), st.integers(0, 5))
def test_whatever_stands_beside_them(texts: list[str | None], skipped: int) -> None:
    assert [*differing(texts)] == []
    assert links.read(column(texts)[skipped:]).tolist() == [*map(urls.read, texts[skipped:])]


@pytest.mark.parametrize("text", ["https://a.cloud/x", " https://a.cloud/x", "https://a.cloud/x ", "", " "])
def test_one_alone(text: str) -> None:
    assert [*differing([text])] == []


def test_what_lies_in_the_place_of_a_null_is_not_read() -> None:
    texts = pa.array(["https://a.com/", "a b", "ü", "https://a.com/x"] * 2, pa.large_string())
    hidden = pa.Array.from_buffers(texts.type, 8, [pa.py_buffer(bytes([0b10010001])), *texts.buffers()[1:]])
    assert links.read(hidden).tolist() == [int(urls.FINE), 0, 0, 0, int(urls.FINE), 0, 0, int(urls.FINE)]
