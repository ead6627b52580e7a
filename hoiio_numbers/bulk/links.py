"""What is known of columns of notify URLs, as `urls.read()` has it, mostly without a look at each one in Python.

Texts in ASCII are trimmed; with a forbidden character in them, or without `http://` or `https://` before them, they are
malformed. Of all others the authority decides: what stands behind it counts for nothing but the length. Most
authorities are ordinary, one pattern tells that; the rest are read once each. So is what is not in ASCII.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hoiio_numbers import urls
from hoiio_numbers.bulk.cells import as_texts, at, buffers, has_short_dictionary, indices, is_text, values

Known = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool]
Bytes = npt.NDArray[np.uint8]

_REMEMBERED = 4096
_BLOCK = 1 << 17  # bytes at a time, so that what is worked out on the way stays in the processor's cache

# What `urls` takes for ordinary too, as far as can be told without looking ahead: some last labels are reserved.
_ORDINARY = (
    r"^https?://(?:[A-Za-z0-9_]{1,20}(?:-[A-Za-z0-9_]{1,12}){0,3}\.){1,4}(?:[A-Za-z]{2,3}|info)"
    r"(?::[1-9][0-9]{0,3})?(?:[/?#]|$)"
)
_CALLED = r"^[Hh][Tt][Tt][Pp][Ss]?://"
_UP_TO_PATH = r"^(?P<it>[^/?#]*//[^/?#]*)"
_OUTER_SPACE = r"^[\t-\r\x1c-\x20]+|[\t-\r\x1c-\x20]+$"
_IS_SPACE = np.isin(np.arange(256), [*range(0x09, 0x0E), *range(0x1C, 0x21)])


def read(column: pa.Array) -> Known:
    """What is known of each URL, as the bits of `Url`."""
    if not is_text(column.type):
        return np.array([urls.read(it) for it in values(column)], np.int32)
    if has_short_dictionary(column):
        return at(np.append(_of_texts(as_texts(column.dictionary)), urls.ABSENT), indices(column))
    return _of_texts(as_texts(column))


@lru_cache(_REMEMBERED)  # the same few come in batch after batch
def _read(text: bytes | None) -> int:
    return int(urls.read(None if text is None else text.decode("utf-8", "surrogateescape")))


def _one_by_one(texts: pa.Array) -> Known:
    return np.fromiter(map(_read, texts.to_numpy(zero_copy_only=False)), np.int32, len(texts))


def _of_texts(texts: pa.Array) -> Known:
    if len(texts) <= _REMEMBERED:
        return _one_by_one(texts)
    known = _by_length(texts)
    is_settled = ~_has(_is_not_plain, texts) & _matches(texts, _ORDINARY)
    if texts.null_count:
        is_null = np.asarray(texts.is_null())
        known[is_null] = urls.ABSENT
        is_settled |= is_null
    (rest,) = np.nonzero(~is_settled)
    if len(rest):
        known[rest] = _unusual(texts.take(pa.array(rest)))
    return known


def _unusual(texts: pa.Array) -> Known:
    is_ascii = ~_has(_is_not_ascii, texts)
    known = np.empty(len(texts), np.int32)
    known[is_ascii] = _of_ascii(_trimmed(texts.filter(pa.array(is_ascii))))
    known[~is_ascii] = _one_by_one(texts.filter(pa.array(~is_ascii)))
    return known


def _of_ascii(texts: pa.Array) -> Known:
    known = _by_length(texts)
    is_called = _matches(texts, _CALLED) & ~_has(_is_not_plain, texts)
    known[~is_called & (known != urls.ABSENT)] |= urls.Url.MALFORMED
    authorities = pc.extract_regex(texts.filter(pa.array(is_called)), _UP_TO_PATH).field(0).dictionary_encode()
    known[is_called] |= at(_one_by_one(authorities.dictionary), np.asarray(authorities.indices))
    return known


def _trimmed(texts: pa.Array) -> pa.Array:
    data, offsets = buffers(texts)
    ends = (at(data, places) for places in (offsets[:-1], offsets[1:] - 1)) if len(data) else ()
    if any(_IS_SPACE[some].any() for some in ends):
        return pc.replace_substring_regex(texts, _OUTER_SPACE, "")
    return texts


def _by_length(texts: pa.Array) -> Known:
    """What is known of texts in ASCII, by their length, unless there is something wrong with them."""
    lengths = np.diff(buffers(texts)[1])
    known = np.where(lengths > urls.LONGEST, np.int32(urls.FINE_BUT_TOO_LONG), np.int32(urls.FINE))
    known[lengths == 0] = urls.ABSENT
    return known


def _matches(texts: pa.Array, pattern: str) -> Marks:
    found: Marks = np.asarray(pc.fill_null(pc.match_substring_regex(texts, pattern), False))
    return found


def _has(is_it: Callable[[Bytes], Marks], texts: pa.Array) -> Marks:
    """Which texts have a byte of some kind. It may be found in the place of a null, too."""
    data, offsets = buffers(texts)
    have = np.zeros(len(texts), bool)
    for start in range(int(offsets[0]), int(offsets[-1]), _BLOCK):
        (places,) = np.nonzero(is_it(data[start : min(start + _BLOCK, offsets[-1])]))
        have[np.searchsorted(offsets, places + start, "right") - 1] = True
    return have


def _is_not_plain(some: Bytes) -> Marks:
    """White space, control characters, backslashes, and what is not in ASCII."""
    marks: Marks = (some - np.uint8(0x21) > 0x7E - 0x21) | (some == 0x5C)
    return marks


def _is_not_ascii(some: Bytes) -> Marks:
    marks: Marks = some >= 0x80
    return marks
