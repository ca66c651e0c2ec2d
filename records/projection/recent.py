"""Whose open rows are at hand? Those of the cases that moved last, so that their next step need not load them."""

from collections import OrderedDict
from datetime import datetime

from records.projection.rows import CaseRows

MOST = 256
"""Cases at hand in one process: about 10 kB each."""


class RecentCases:
    """Open rows of cases as this process saved them last; the database says whether they are what it has."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._rows: OrderedDict[str, tuple[datetime, CaseRows]] = OrderedDict()

    def take(self, case_id: str, *, last_seq: int, told_at: datetime | None) -> CaseRows | None:
        """Give the rows of a case that stands at this fact, told at this moment; they are no longer at hand.

        A fact that was told anew has another moment (`facts.strike_facts`), so what was taken back is not given.
        """
        at, rows = self._rows.pop(case_id, (None, None))
        fits = rows is not None and rows.case is not None and rows.case.last_seq == last_seq and at == told_at
        return rows if fits else None

    def put(self, rows: CaseRows, told_at: datetime) -> None:
        """Have these rows at hand. Should their transaction fail, they are at a fact that the database has not."""
        if rows.case is None or rows.case.status != "running":
            return
        self._rows[rows.case_id] = (told_at, rows)
        while len(self._rows) > self._most:
            self._rows.popitem(last=False)
