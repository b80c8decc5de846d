"""Issues that may take spans, and complaints that wait, by subcode: read from the store once and
kept for as long as the store is as this book left it."""

from bisect import insort
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from service.desks.book.issue import COLUMNS, Issue, Newest, issue_of
from service.desks.book.rules import Rules, Values
from service.desks.book.sheet import Sheet
from service.vault import Vault

MOST_KEPT = 8_000
"""Issues with their newest spans, between two jobs."""

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM issues"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A complaint in the buffer."""

    at: int
    span_id: str
    seq: int
    span: Values
    mark: str


@dataclass(slots=True)
class Shelf:
    """Of one subcode: the issues that may take its spans, and the newest complaints that wait.
    `whole` says that there are no more of either in the store."""

    issues: dict[int, Issue]
    waiting: list[Waiting]
    whole: bool


class Memory:
    """`fits` tells whether it is of the store as it is; `forget` must follow where it is not."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._shelves: OrderedDict[str, Shelf] = OrderedDict()
        self._issues: dict[int, Issue] = {}
        self._again: set[str] = set()
        self._of: tuple[str, int] | None = None

    def begin(self, rules: Rules, turn: int) -> None:
        """What was read is of no use to another version, nor where something else has written."""
        if self._of != (rules.program.content_hash, turn):
            self.forget()

    def end(self, rules: Rules, turn: int) -> None:
        self._of = rules.program.content_hash, turn
        self._again.clear()
        while len(self._issues) > MOST_KEPT and self._shelves:
            _, shelf = self._shelves.popitem(last=False)
            for number in shelf.issues:
                self._issues.pop(number, None)

    def forget(self) -> None:
        self._shelves.clear()
        self._issues.clear()
        self._again.clear()
        self._of = None

    def shelf(self, subcode: str, sheet: Sheet) -> Shelf:
        found = self._shelves.get(subcode)
        if found is not None:
            self._shelves.move_to_end(subcode)
            return found
        if subcode in self._again:
            sheet.flush()
            self._again.remove(subcode)
        rules = sheet.rules
        rows = sheet.db.conn.execute(
            f"{_SELECT} WHERE subcode = ? AND takes ORDER BY newest_at DESC, number DESC LIMIT ?",
            (subcode, rules.most_candidates),
        ).fetchall()
        issues = [self._known(row, sheet) for row in rows]
        for issue in issues:
            if issue.newest is None:
                issue.newest = self._newest(issue, sheet)
        taking = {each.number: each for each in issues if each.takes(rules)}
        self._issues |= taking
        waiting = self._waiting(subcode, sheet)
        made = Shelf(taking, waiting, len(rows) < rules.most_candidates)
        self._shelves[subcode] = made
        return made

    def issues(self, numbers: Iterable[int], sheet: Sheet) -> list[Issue]:
        """In the order asked for."""
        wanted = list(numbers)
        known = self._issues | sheet.changed
        unread = [each for each in wanted if each not in known]
        read: dict[int, Issue] = {}
        if unread:
            places = ", ".join("?" * len(unread))
            rows = sheet.db.conn.execute(f"{_SELECT} WHERE number IN ({places})", unread)
            read = {row[0]: issue_of(row, sheet.rules, sheet.clock.at) for row in rows}
        return [known.get(each) or read[each] for each in wanted]

    def find(self, number: int, sheet: Sheet) -> Issue | None:
        """Where it is known already."""
        return sheet.changed.get(number) or self._issues.get(number)

    def named(self, issue_id: str, sheet: Sheet) -> Issue | None:
        row = sheet.db.conn.execute(
            "SELECT number FROM issues WHERE issue_id = ?", (issue_id,)
        ).fetchone()
        return None if row is None else self.issues([row[0]], sheet)[0]

    def opened(self, issue: Issue, shelf: Shelf, sheet: Sheet) -> None:
        """One more that takes spans; of too many the one that was quiet longest gives way."""
        shelf.issues[issue.number] = self._issues[issue.number] = issue
        if len(shelf.issues) > sheet.rules.most_candidates:
            quiet = min(shelf.issues.values(), key=lambda each: (each.newest_at, each.number))
            self._drop(quiet, shelf)
            shelf.whole = False

    def settle(self, issue: Issue, sheet: Sheet) -> None:
        """After a change: what takes no spans any more leaves; what does again is read anew."""
        shelf = self._shelves.get(issue.subcode)
        if shelf is None:
            return
        there, takes = issue.number in shelf.issues, issue.takes(sheet.rules)
        if there and not takes:
            self._drop(issue, shelf)
        if there != takes and not (there and shelf.whole):
            self._read_again(issue.subcode)

    def wait(self, waiting: Waiting, subcode: str, sheet: Sheet) -> None:
        shelf = self._shelves[subcode]
        insort(shelf.waiting, waiting, key=_by_age)
        del shelf.waiting[: -sheet.rules.most_buffered]

    def leave(self, gone: Iterable[Waiting], subcode: str, sheet: Sheet) -> None:
        """Out of the buffer; where more wait in the store they are read."""
        shelf = self._shelves[subcode]
        full = len(shelf.waiting) >= sheet.rules.most_buffered
        left = set(gone)
        shelf.waiting = [each for each in shelf.waiting if each not in left]
        if full and left:
            self._read_again(subcode)

    def reread(self, subcode: str) -> None:
        if subcode in self._shelves:
            self._read_again(subcode)

    def _read_again(self, subcode: str) -> None:
        """At its next use, when all that changed is written."""
        shelf = self._shelves.pop(subcode)
        self._again.add(subcode)
        for number in shelf.issues:
            self._issues.pop(number, None)

    def _drop(self, issue: Issue, shelf: Shelf) -> None:
        shelf.issues.pop(issue.number, None)
        self._issues.pop(issue.number, None)

    def _known(self, row: tuple[Any, ...], sheet: Sheet) -> Issue:
        """As the sheet or the memory has it, where it changed since it was written."""
        return self.find(row[0], sheet) or issue_of(row, sheet.rules, sheet.clock.at)

    def _newest(self, issue: Issue, sheet: Sheet) -> list[Newest]:
        rows = sheet.db.conn.execute(
            "SELECT at, span_id, sealed FROM spans WHERE seq IN (SELECT seq FROM issue_spans"
            " WHERE issue = ? ORDER BY at DESC, span_id DESC LIMIT ?) ORDER BY at, span_id",
            (issue.number, sheet.rules.most_newest),
        )
        read = sheet.rules.read_span
        return [(at, span_id, read(self._opened(sealed, span_id))) for at, span_id, sealed in rows]

    def _waiting(self, subcode: str, sheet: Sheet) -> list[Waiting]:
        rows = sheet.db.conn.execute(
            "SELECT at, span_id, seq, sealed, mark FROM spans WHERE seq IN (SELECT seq FROM buffer"
            " WHERE subcode = ? ORDER BY at DESC, span_id DESC LIMIT ?) ORDER BY at, span_id",
            (subcode, sheet.rules.most_buffered),
        )
        read = sheet.rules.read_span
        return [
            Waiting(at, span_id, seq, read(self._opened(sealed, span_id)), mark)
            for at, span_id, seq, sealed, mark in rows
        ]

    def _opened(self, sealed: bytes, span_id: str) -> Any:
        return open_span(self._vault, sealed, span_id)


def open_span(vault: Vault, sealed: bytes, span_id: str) -> Any:
    """A span as it was written; `sealed` opens by the store's secret alone."""
    written = vault.seal_of_nobody(span_id).open(sealed, "span", span_id)
    if written is None:
        raise ValueError(f"the span `{span_id}` does not open: it was changed")
    return msgspec.json.decode(written)


def _by_age(waiting: Waiting) -> tuple[int, str]:
    return waiting.at, waiting.span_id
