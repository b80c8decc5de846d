"""A history and two versions of a policy to what the new one decides otherwise, and how often.

First it is told what of the history can be replayed at all. Then the version that decided must
decide again what was recorded, every time: where it does not, the history is not what it seems, and
nothing that is counted on it would mean anything.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.decision import Decision, Fault
from engine.language.values import write_instant
from engine.program.differing import Decided, Direction, Kind
from engine.program.nodes import Program
from engine.verbs.comparing.models import Changes, Version
from engine.verbs.decide import EVALUATOR, evaluator, named
from engine.verbs.replaying.judging import Judge, decided, judge
from engine.verbs.replaying.models import (
    Beside,
    By,
    Differing,
    Replay,
    Row,
    Sample,
    Traffic,
)
from engine.verbs.replaying.tally import Tally, ordered
from engine.verbs.replaying.unsaid import Unsaid, UnsaidError

MISSING = "missing"
"""Stands in a cohort for what a case does not give."""
REFUSED_THEN = "the case was refused"


@dataclass(frozen=True)
class Outcome:
    """What became of one row: replayed where both decided, or left out with a cause. `refused`
    says that it is the new version that does not take the case, and `new` what it gives then;
    `values` are those of the columns
    by which cases are counted."""

    row: Row
    cause: str | None = None
    old: Decided | None = None
    new: Decided | None = None
    now: int | None = None
    refused: bool = False
    checked: bool = False
    differing: Differing | None = None
    kind: Kind | None = None
    direction: Direction | None = None
    values: tuple[str, ...] = ()


Finder = Callable[[By], Program | None]
Watch = Callable[[Outcome], None]


def replay(
    old: Program,
    new: Program,
    rows: Iterable[Row | None],
    decision: str | None = None,
    *,
    now: int | None = None,
    by: Sequence[str] = (),
    version: Finder = lambda _: None,
    watch: Watch = lambda _: None,
) -> Replay:
    """A row that is None is of another decision. `now` is the instant of rows that have none of
    their own, `by` names facts or other columns by which cases are counted, `version` finds what
    decided a row where that is not `old`, and `watch` sees what became of each row."""
    replaying = Replaying(old, new, decision, now=now, by=by, version=version)
    tally = Tally(by)
    for row in rows:
        if row is None:
            tally.others += 1
            continue
        outcome = replaying.row(row)
        replaying.count(outcome, tally)
        watch(outcome)
    return replaying.told(tally)


class Replaying:
    """All that is made once, for however many rows."""

    def __init__(
        self,
        old: Program,
        new: Program,
        decision: str | None,
        *,
        now: int | None = None,
        by: Sequence[str] = (),
        version: Finder = lambda _: None,
    ) -> None:
        self.old, self.new = old, new
        self.name = named(old, decision)
        named(new, self.name)
        self.judge: Judge = judge(old, new, self.name)
        self.now = now
        self._paths = [(each, each.split(".")) for each in by]
        self._before, self._after = evaluator(old), evaluator(new)
        self._version = version
        self._versions: dict[By, Program | None] = {}
        self._unsaid: dict[str, Unsaid] = {}

    def row(self, row: Row) -> Outcome:
        if row.gone is not None:
            return Outcome(row, row.gone)
        if row.said is not None and row.said.basis == "refused":
            return Outcome(row, REFUSED_THEN)
        recording = self._recording(row.by)
        if recording is None:
            return Outcome(row, _not_here(self.old.name, row.by))
        try:
            case = self._case(row, recording)
        except UnsaidError as unsaid:
            return Outcome(row, str(unsaid))
        now = self.now if row.now is None else row.now
        made = self._before.decide(case, self.name, now)
        if made.faults:
            return Outcome(row, refusal(self.old, made))
        before = decided(made)
        differing = self._differing(row, case, recording, before, now)
        case = case if row.other is None else row.other
        other = self._after.decide(case, self.name, now)
        after = decided(other)
        kind = None if other.faults else self.judge.kind(before, after)
        return Outcome(
            row,
            refusal(self.new, other) if other.faults else None,
            before,
            after,
            now,
            refused=bool(other.faults),
            checked=row.said is not None,
            differing=differing,
            kind=kind,
            direction=None if kind is None else self.judge.direction(kind),
            values=tuple(said(_at(row, column, path)) for column, path in self._paths),
        )

    def count(self, of: Outcome, tally: Tally) -> None:
        tally.recorded += 1
        tally.checked += of.checked
        if of.differing is not None:
            tally.differ(of.differing)
        if of.cause is not None:
            tally.leave_out(of.cause)
            tally.refused += of.refused
        elif of.old is not None and of.new is not None:
            tally.add(of.kind, of.values)
            tally.unsaid += of.row.mentioned is not None
            self.sample(of, tally)

    def sample(self, of: Outcome, tally: Tally) -> None:
        """Where it is one that changes, and would be kept."""
        row = of.row
        if (
            of.kind is None
            or of.old is None
            or of.new is None
            or not tally.wants(of.kind, row.name)
        ):
            return
        other = row.case if row.other is None else row.other
        kept = row.mentioned is None
        tally.sample(of.kind, Sample(row.name, row.case, other, of.now, of.old, of.new, kept))

    def told(self, tally: Tally, by: str = EVALUATOR) -> Replay:
        """`by` is what decided."""
        return Replay(
            _version(self.old),
            _version(self.new),
            self.name,
            self.judge.fields,
            tally.recorded,
            tally.others,
            ordered(tally.causes),
            tally.refused,
            tally.checked,
            tally.differing,
            tuple(tally.differences),
            tally.same,
            tally.changed(self.judge.direction),
            tally.cohorts(),
            by,
            tally.aside,
            unsaid=tally.unsaid,
        )

    def _recording(self, by: By | None) -> Program | None:
        """The version that decided; `old` where that is not recorded."""
        if by is None or by.is_of(self.old):
            return self.old
        if by not in self._versions:
            self._versions[by] = self._version(by)
        return self._versions[by]

    def _case(self, row: Row, recording: Program) -> Any:
        """Where hashes stand for texts, with others that mention the same."""
        if row.mentioned is None:
            return row.case
        key = recording.content_hash
        if key not in self._unsaid:
            self._unsaid[key] = Unsaid(recording, (recording, self.old, self.new), self.name)
        return self._unsaid[key].case(row.case, row.mentioned)

    def _differing(
        self, row: Row, case: Any, recording: Program, before: Decided, now: int | None
    ) -> Differing | None:
        """Where the version that decided does not decide so again."""
        if row.said is None:
            return None
        again = before
        if recording is not self.old:
            again = decided(evaluator(recording).decide(case, self.name, now))
        if row.said.is_of(again):
            return None
        as_of = None if now is None else write_instant(now)
        return Differing(row.name, as_of, recording.version, row.said, again)


def beside(of: Replay, changes: Changes) -> Beside | None:
    """The kinds of cases that `compare` found, each with its traffic; None where it did not look at
    the decision."""
    found = next((each for each in changes.decisions if each.name == of.decision), None)
    if found is None:
        return None
    cases = {each.kind: each.cases for each in of.changed}
    regions = tuple(Traffic(each, cases.pop(each.kind, 0)) for each in found.regions)
    return Beside(changes, regions, sum(cases.values()), found.complete)


def refusal(by: Program, made: Decision) -> str:
    """Why a version does not take a case, so that many cases have the same."""
    return f"{by.version} does not take the case: {_fault(made.faults[0])}"


def _fault(of: Fault) -> str:
    steps = ["…" if step.isdecimal() else step for step in of.pointer.split("/")[1:]]
    place = f"`/{'/'.join(steps)}`" if steps else "the case"
    if of.code == "missing":
        return f"{place} is missing"
    return f"{place} is not {of.expected.partition(', perhaps ')[0]}"


def _not_here(policy: str, by: By | None) -> str:
    named = by.version if by is not None and by.version else "a version"
    return f"{policy} {named}, which decided it, is not here"


def _at(row: Row, column: str, path: Sequence[str]) -> Any:
    if column in row.more:
        return row.more[column]
    at = row.case
    for step in path:
        if isinstance(at, Mapping):
            at = at.get(step)
        elif isinstance(at, list) and step.isdecimal() and int(step) < len(at):
            at = at[int(step)]
        else:
            return None
    return at


def said(value: Any) -> str:
    match value:
        case None | "":
            return MISSING
        case True | False:
            return "yes" if value else "no"
        case str():
            return value
        case list() | dict():
            return f"{len(value)} of them" if isinstance(value, list) else "given"
        case _:
            return str(value)


def _version(of: Program) -> Version:
    return Version(of.name, of.version, of.content_hash)
