"""An instant to all that time alone causes up to then: every deadline at its own instant, issue
after issue as they come due, and however long the step is, the same."""

from collections import Counter
from heapq import heappop, heappush

from service.desks.book.decisions import Keeping
from service.desks.book.issue import Issue
from service.desks.book.memory import Memory
from service.desks.book.sheet import Sheet
from service.desks.book.steps import happenings

_MOST = 500
"""Issues that are read together."""

_Due = tuple[int, int]
"""An instant, and the number of an issue."""


class Agenda:
    """What is due up to `end`, and what becomes due while the job goes on; `times` counts what
    happened. What changes by anything but the clock must be told to it (`note`)."""

    def __init__(self, sheet: Sheet, memory: Memory, keeping: Keeping, end: int) -> None:
        self._sheet, self._memory, self._keeping = sheet, memory, keeping
        self._end = end
        self._heap: list[_Due] = []
        self._read: dict[int, Issue] = {}
        self._bound: _Due | None = None
        self.times: Counter[str] = Counter()
        self._fill()

    def note(self, issue: Issue) -> None:
        due = issue.due()
        if due is not None and due <= self._end:
            heappush(self._heap, (due, issue.number))

    def look(self, until: int, most: int | None = None) -> bool:
        """Whether all up to `until` is done; `most` ends it after so many happenings."""
        clock = self._sheet.clock
        last = None if most is None else self.times.total() + most
        while self._carry_out(until, last):
            bound = self._bound
            if bound is None or bound[0] > until:
                clock.at = max(clock.at, until)
                return True
            clock.at = max(clock.at, bound[0])
            self._sheet.flush()
            self._fill()
        return False

    def _fill(self) -> None:
        """The first that are due; those behind `_bound` wait in the store."""
        sheet = self._sheet
        rows = sheet.db.conn.execute(
            "SELECT due, number FROM issues WHERE due <= ? ORDER BY due, number LIMIT ?",
            (self._end, _MOST),
        ).fetchall()
        self._bound = rows[-1] if len(rows) == _MOST else None
        issues = self._memory.issues([number for _, number in rows], sheet)
        self._read = {each.number: each for each in issues}
        for row in rows:
            heappush(self._heap, row)

    def _carry_out(self, until: int, last: int | None) -> bool:
        """What was read of it; False where there were enough happenings before its end."""
        heap, bound, clock = self._heap, self._bound, self._sheet.clock
        while heap and heap[0][0] <= until and (bound is None or heap[0] <= bound):
            at, number = heappop(heap)
            issue = self._memory.find(number, self._sheet) or self._read.get(number)
            if issue is None:
                (issue,) = self._memory.issues([number], self._sheet)
            if issue.due() != at:
                continue  # it has changed since, and stands there anew
            self.times.update(happenings(self._sheet, self._keeping, issue, at))
            self._memory.settle(issue, self._sheet)
            self.note(issue)
            clock.at = max(clock.at, at)
            if last is not None and self.times.total() >= last:
                return False
        return True
