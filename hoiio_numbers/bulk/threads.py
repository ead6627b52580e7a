"""Work on many things at once, their order kept."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa

In = TypeVar("In")
Out = TypeVar("Out")


def in_order(work: Callable[[In], Out], items: Iterable[In]) -> Iterator[Out]:
    """What *work* makes of each item, in their order; each core has one, and the next for each is there already."""
    cores = pa.cpu_count()
    with ThreadPoolExecutor(cores) as pool:
        begun: deque[Future[Out]] = deque()
        for item in items:
            begun.append(pool.submit(work, item))
            if len(begun) > 2 * cores:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
