"""Files of millions of requests from a seed: distinct numbers, URLs of a pool or all of them distinct.

The clean portfolio is accepted whole. Of the dirty one 40 % are refused, evenly for each of the reasons below. Rows
come in random order.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.inputs import COUNTRIES, NOT_SOLD, REFUSED, SEED, WITH_FAX, WITH_SMS, Draw, bad_url
from hoiio_numbers.numberplan import ranges_of

POOL = 1000
ROW_GROUP = 250_000


class Portfolio:
    """Draws columns of requests."""

    def __init__(self, *, distinct_urls: bool) -> None:
        self._random = np.random.default_rng(SEED)
        self._drawn = 0
        self._distinct_urls = distinct_urls
        draw = Draw()
        self._good = pa.array([draw.url() for _ in range(POOL)])
        self._bad = pa.array([bad_url(draw) for _ in range(POOL // 5)])
        self._long = pa.array([f"{draw.url()}/{'x' * 4000}" for _ in range(POOL // 50)])

    def numbers(self, rows: int, *regions: str) -> pa.Array:
        """Valid numbers of the regions, evenly spread over these and over each one's ranges."""
        parts = np.array_split(np.arange(rows), len(regions))
        found = [self._of(region, len(part)) for region, part in zip(regions, parts, strict=True)]
        texts = pa.array(np.concatenate(found)).cast(pa.string())
        return pc.binary_join_element_wise("+", texts, "")

    def _of(self, region: str, rows: int) -> npt.NDArray[np.int64]:
        bounds = np.array(ranges_of(region), np.int64).reshape(-1, 2)
        sizes = bounds[:, 1] - bounds[:, 0]
        ends = np.cumsum(sizes)
        found = np.zeros(0, np.int64)
        while len(found) < rows:
            drawn = self._random.integers(0, ends[-1], rows + 1000)
            found = self._random.permutation(np.unique(np.append(found, drawn)))
        ranges = np.searchsorted(ends, found[:rows], "right")
        numbers: npt.NDArray[np.int64] = bounds[ranges, 0] + found[:rows] - (ends[ranges] - sizes[ranges])
        return numbers

    def urls(self, rows: int, pool: pa.Array | None = None) -> pa.Array:
        """URLs of a pool, by default of good ones; each is made distinct where that is wanted."""
        pool = self._good if pool is None else pool
        chosen = pool.take(pa.array(self._random.integers(0, len(pool), rows)))
        if not self._distinct_urls:
            return chosen
        self._drawn += rows
        suffixes = pa.array(np.arange(self._drawn - rows, self._drawn)).cast(pa.string())
        return pc.binary_join_element_wise(chosen, suffixes, "/")

    def clean(self, rows: int) -> pa.Table:
        """Accepted requests: half of them with two URLs, of the US alone; the others of the six countries."""
        two = self.table(self.numbers(rows // 2, WITH_SMS), forward_sms_to=self.urls(rows // 2))
        return pa.concat_tables([two, self.table(self.numbers(rows - rows // 2, *COUNTRIES))])

    def dirty(self, rows: int) -> pa.Table:
        """Requests of which 40 % are refused, each reason as often as any other."""
        refused = round(rows * REFUSED)
        parts = np.array_split(np.arange(refused), len(_FAULTS))
        faulty = [fault(self, len(part)) for fault, part in zip(_FAULTS, parts, strict=True)]
        return pa.concat_tables([self.clean(rows - refused), *faulty])

    def table(self, number: pa.Array, **others: pa.Array) -> pa.Table:
        """Requests with one URL, of which one in four names its mode; *others* are columns in the place of these."""
        rows = len(number)
        modes = pa.array(["voice", None, None, None], pa.string())
        columns = {
            "number": number,
            "forward_to": self.urls(rows),
            "forward_sms_to": pa.nulls(rows, pa.string()),
            "mode": self.any_of(rows, modes),
        }
        return pa.table({**columns, **others})

    def any_of(self, rows: int, choices: pa.Array) -> pa.Array:
        """One of the *choices* for each row."""
        return choices.take(pa.array(self._random.integers(0, len(choices), rows)))

    def malformed_number(self, rows: int) -> pa.Table:
        """A number with something behind it."""
        behind = self.any_of(rows, pa.array([" ext 3", "abc", "/68", ", +65"]))
        return self.table(pc.binary_join_element_wise(self.numbers(rows, *COUNTRIES), behind, ""))

    def impossible_number(self, rows: int) -> pa.Table:
        """A number with too few digits, or with too many."""
        number = self.numbers(rows, *COUNTRIES)
        short, long = pc.utf8_slice_codeunits(number, 0, -3), pc.binary_join_element_wise(number, "999999", "")
        return self.table(pc.if_else(pa.array(self._random.random(rows) < 1 / 2), short, long))

    def not_sold(self, rows: int) -> pa.Table:
        """A number of another country."""
        return self.table(self.numbers(rows, *NOT_SOLD))

    def without_sms(self, rows: int) -> pa.Table:
        """SMS asked of a country that has none."""
        others = [country for country in COUNTRIES if country != WITH_SMS]
        return self.table(self.numbers(rows, *others), forward_sms_to=self.urls(rows))

    def without_fax(self, rows: int) -> pa.Table:
        """Fax asked of a country that has none."""
        others = [country for country in COUNTRIES if country != WITH_FAX]
        return self.table(self.numbers(rows, *others), mode=pa.repeat("fax", rows))

    def conflict(self, rows: int) -> pa.Table:
        """Voice and fax at once."""
        modes = self.any_of(rows, pa.array(["voice+fax", "voice, fax", "fax voice"]))
        return self.table(self.numbers(rows, WITH_FAX), mode=modes)

    def unknown_mode(self, rows: int) -> pa.Table:
        """A mode that is none."""
        modes = self.any_of(rows, pa.array(["both", "sms", "voicemail", "none", "1"]))
        return self.table(self.numbers(rows, *COUNTRIES), mode=modes)

    def malformed_url(self, rows: int) -> pa.Table:
        """A URL that cannot be called."""
        return self.table(self.numbers(rows, *COUNTRIES), forward_to=self.urls(rows, self._bad))

    def long_url(self, rows: int) -> pa.Table:
        """A URL of more than 4000 characters."""
        return self.table(self.numbers(rows, *COUNTRIES), forward_to=self.urls(rows, self._long))

    def nothing_asked(self, rows: int) -> pa.Table:
        """A number alone."""
        nothing = pa.nulls(rows, pa.string())
        return self.table(self.numbers(rows, *COUNTRIES), forward_to=nothing, mode=nothing)

    def several(self, rows: int) -> pa.Table:
        """Everything at once."""
        number = pc.binary_join_element_wise("call", self.numbers(rows, *COUNTRIES), " ")
        bad = {name: self.urls(rows, self._bad) for name in ("forward_to", "forward_sms_to")}
        return self.table(number, **bad, mode=pa.repeat("phone", rows))

    def write(self, path: Path, rows: int, *, dirty: bool) -> None:
        """A portfolio as a Parquet file."""
        table = (self.dirty if dirty else self.clean)(rows)
        order = pa.array(self._random.permutation(rows))
        with pq.ParquetWriter(path, table.schema) as writer:
            for start in range(0, rows, ROW_GROUP):
                writer.write_table(table.take(order[start : start + ROW_GROUP]), row_group_size=ROW_GROUP)


_FAULTS: tuple[Callable[[Portfolio, int], pa.Table], ...] = (
    *(Portfolio.malformed_number, Portfolio.impossible_number, Portfolio.not_sold, Portfolio.without_sms),
    *(Portfolio.without_fax, Portfolio.conflict, Portfolio.unknown_mode, Portfolio.malformed_url, Portfolio.long_url),
    *(Portfolio.nothing_asked, Portfolio.several),
)
