"""Which column of a table is which parameter of a request."""

from collections.abc import Mapping, Sequence

from hoiio_numbers.mappings import PARAMETERS, meant_by


def columns_of(names: Sequence[str], columns: Mapping[str, str] | None) -> dict[str, str]:
    """By parameter the column that holds it, of a table whose columns have these *names*.

    *columns* tells those that are not called as the API calls them. Raises ValueError when a column is missing, is
    there twice, or is called nearly as the API calls it: what it holds would silently never be checked.
    """
    told = dict(columns or {})
    if unknown := told.keys() - set(PARAMETERS):
        raise ValueError(f"{min(unknown)!r} is no parameter of a request; there are {', '.join(PARAMETERS)}")
    taken = {name: told.get(name, name) for name in PARAMETERS if name in told or name in names}
    for name, column in {"number": "number", **taken}.items():
        if column not in names:
            raise ValueError(
                f"there is no column {column!r} for {name}, only {', '.join(map(str, names)) or 'none at all'}"
            )
        if list(names).count(column) > 1:
            raise ValueError(f"there are several columns {column!r}")
    for column in names:
        meant = meant_by(str(column))
        if meant and meant not in taken and column not in taken.values():
            raise ValueError(f"the column {column!r} is nearly called {meant}: rename it, or tell which one is {meant}")
    return taken
