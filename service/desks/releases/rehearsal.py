"""A release rehearsed: a store of its own, made-up cases, and a clock that is set by hand, to the
story of what happened. What decides are the policies themselves.

A candidate is proposed, its author's approval refused, approved by whom the policy names, live in
its window, rolled back by worsening figures, released again, and ended by the clock while nobody
served; what was before is restored each time, and the audit chain is verified at the end.
"""

import asyncio
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

import engine
from engine import Library, Program
from service.desks import audit, policies
from service.desks.checkpoint import hold, sign
from service.desks.journal import Journal, Made, between
from service.desks.releases import desk as doing
from service.desks.releases import kept, told
from service.desks.releases.clock import look_at_releases
from service.desks.releases.desk import Person
from service.desks.releases.evidence import Gathered, gather
from service.desks.releases.kept import Release
from service.desks.releases.rules import Facts, rules
from service.desks.releases.shown import evidence_rows, manifest_rows
from service.desks.releases.steps import Desk, NotAllowedError, RefusedError
from service.desks.replays import finder
from service.ids import first_id
from service.records import written
from service.shelf import Shelf
from service.store.sqlite import Database
from service.store.store import Store
from service.store.writer import Writer
from service.vault import Vault, open_vault

T = TypeVar("T")
POLICY, BEFORE, AFTER, PROGRAM = "review_scoring", "1.0.0", "1.1.0", "enterprise_review"
_DAY = 86_400_000_000
_CASES = 25
"""A day."""
_COHORTS = ("privacy_sensitive", "executive_reopen", "outage_recovery", "routine_closure")
_LEAD = Person("quality-lead")
_DIRECTOR = Person("director", ("Director of Support Quality",))
_AGENT = Person("release-agent")
_WELL: Facts = {
    "override_rate": 0.04,
    "baseline_override_rate": 0.05,
    "complaint_rate": 0.02,
    "baseline_complaint_rate": 0.02,
    "coverage": {"privacy_sensitive": 0.97, "executive_reopen": 0.94, "outage_recovery": 0.90},
    "privacy_miss_rate": 0.01,
    "fairness_gap": 0.02,
    "escaped_defects": 3,
    "specialist_load": 0.85,
}


def rehearse(folder: Path, library: Library) -> Iterator[str]:
    """The story, line by line, as it happens; the store is made in the folder."""
    stage = _Stage(folder, library)
    yield from _opening(stage)
    window = "2026-03-03T00:00:00Z", "2026-03-31T00:00:00Z"
    first = yield from _proposed(stage, "2026-03-02T09:30:00Z", *window)
    yield from _refused(stage, first)
    seen = "the replay shows what 1.0.0 leaves unread"
    yield from _approved(stage, first, "2026-03-02T14:00:00Z", seen)
    yield from _too_early(stage, first)
    first = yield from _live(stage, first, "2026-03-03T08:00:00Z")
    yield from _watched(stage, first, "2026-03-04T07:00:00Z", {})
    yield from _watched(stage, first, "2026-03-05T06:30:00Z", {"override_rate": 0.09})
    stage.decide_cases("2026-03-05T12:00:00Z", 10)
    window = "2026-03-17T00:00:00Z", "2026-03-20T00:00:00Z"
    second = yield from _proposed(stage, "2026-03-16T09:00:00Z", *window)
    seen = "the overrides came from a training that is over"
    yield from _approved(stage, second, "2026-03-16T15:00:00Z", seen)
    second = yield from _live(stage, second, "2026-03-17T08:00:00Z")
    yield from _watched(stage, second, "2026-03-18T07:00:00Z", {})
    yield from _watched(stage, second, "2026-03-19T06:30:00Z", {})
    yield from _ended(stage, second, "2026-03-20T02:10:00Z")
    yield from _verified(stage)


@dataclass
class _Stage:
    """`now` is in microseconds since 1970."""

    folder: Path
    library: Library
    store: Store = field(init=False)
    vault: Vault = field(init=False)
    shelf: Shelf = field(init=False)
    now: int = 0

    def __post_init__(self) -> None:
        self.store = Store(self.folder / "bylaw.db").create()
        with self.store.writing() as db:
            self.vault = open_vault(self.folder / "bylaw.db.secret", db)
            policies.seed(db, self.library)
        self.shelf = policies.shelve(self.store.reader(), self.library)

    def at(self, instant: str) -> str:
        """Sets the clock; what time alone brings is carried out."""
        now = engine.parse_instant(instant)
        assert now is not None
        self.now = now
        with self.store.writing() as db:
            look_at_releases(db, self.shelf, now)
        return instant

    def do(self, work: Callable[[Desk], T]) -> T:
        with self.store.writing() as db:
            asked = rules(db, self.shelf, self.now)
            assert asked is not None
            done = work(Desk(db, asked, self.shelf))
        self.shelf = policies.shelve(self.store.reader(), self.library, self.shelf)
        return done

    def refused(self, work: Callable[[Desk], Release]) -> list[str]:
        """What objects."""
        try:
            self.do(work)
        except RefusedError as refused:
            return list(dict.fromkeys(str(each["text"]) for each in refused.violations))
        except NotAllowedError as refused:
            return [refused.why]
        raise AssertionError("it was to be refused")

    def gathered(self, desk: Desk) -> Gathered:
        since, until = self.now - 28 * _DAY, self.now
        made = between(desk.db, self.vault, since, until, policy=POLICY)
        window = engine.write_instant(since), engine.write_instant(until)
        live = self.shelf.active(POLICY)
        version = finder(desk.db, POLICY, lambda of: self.shelf.hashed(POLICY, of))
        return gather(desk.rules, PROGRAM, self.version(AFTER), live, made, window, version)

    def found(self, release: Release) -> Release:
        return _again(self.store.reader(), release)

    def whole(self, release: Release) -> Facts:
        return told.whole(self.store.reader(), self.found(release))

    def live(self) -> str:
        hash = kept.live_hash(self.store.reader(), POLICY)
        found = None if hash is None else self.shelf.hashed(POLICY, hash)
        return "nothing" if found is None else f"{POLICY} {found.version}"

    def version(self, number: str) -> Program:
        found = self.shelf.version(POLICY, number)
        if found is None:
            raise engine.LibraryError(
                f"`{POLICY}@{number}`, which is rehearsed, is not in the folder",
                "`--policies` names another folder",
            )
        return found

    def decide_cases(self, since: str, days: int) -> None:
        """So many days of made-up cases, decided by what was live first, and kept."""
        start = engine.parse_instant(since)
        assert start is not None
        asyncio.run(_write(self.store, self.vault, list(_cases(self.version(BEFORE), start, days))))


Lines = Generator[str, None, None]


def _opening(stage: _Stage) -> Lines:
    stage.version(AFTER)
    stage.decide_cases("2026-02-02T00:00:00Z", 28)
    stage.at("2026-03-02T09:00:00Z")
    yield f"Rehearsal: {POLICY} {BEFORE} → {AFTER} in the program {PROGRAM}"
    yield "The cases are made up and the clock is set by hand; the rest is as it would really be."
    yield from _says(stage, f"{stage.live()} is live. In 28 days it decided {28 * _CASES} cases.")


def _proposed(stage: _Stage, at: str, since: str, until: str) -> Generator[str, None, Release]:
    stage.at(at)
    asked = {"policy": POLICY, "version": AFTER, "valid_from": since, "valid_until": until}
    manifest = stage.do(lambda desk: doing.filled(desk, asked))
    gathered = stage.do(stage.gathered)
    release: Release = stage.do(lambda desk: doing.propose(desk, _LEAD, manifest, gathered))
    whole = stage.whole(release)
    yield from _says(stage, f"{_LEAD.name} proposes {POLICY} {AFTER}; it becomes {release.id}.")
    yield from _rows([*manifest_rows(whole), *evidence_rows(whole)])
    return release


def _refused(stage: _Stage, release: Release) -> Lines:
    asked = _approval(release, "I know best")
    refused = stage.refused(
        lambda desk: doing.approve(desk, _LEAD, _again(desk.db, release), asked)
    )
    yield from _says(stage, f"{_LEAD.name} wants to approve it. Refused:")
    yield from _listed(refused)


def _approved(stage: _Stage, release: Release, at: str, reason: str) -> Lines:
    stage.at(at)
    asked = _approval(release, reason)
    stage.do(lambda desk: doing.inspect(desk, _DIRECTOR, _again(desk.db, release)))
    yield from _says(stage, f"{_DIRECTOR.name} opens it: it is {stage.found(release).state}.")
    stage.do(lambda desk: doing.approve(desk, _DIRECTOR, _again(desk.db, release), asked))
    yield from _says(stage, f"{_DIRECTOR.name} approves exactly this manifest: {reason}.")


def _too_early(stage: _Stage, release: Release) -> Lines:
    early = stage.refused(lambda desk: doing.activate(desk, _AGENT, _again(desk.db, release)))
    yield from _says(stage, f"{_AGENT.name} wants to make it live at once. Refused:")
    yield from _listed(early)


def _approval(release: Release, reason: str) -> Facts:
    hashes = {"content_hash": release.hash, "manifest_hash": release.manifest_hash}
    return {**hashes, "reason": reason}


def _live(stage: _Stage, release: Release, at: str) -> Generator[str, None, Release]:
    stage.at(at)
    active = stage.do(lambda desk: doing.activate(desk, _AGENT, _again(desk.db, release)))
    yield from _says(stage, f"The window is open, and {_AGENT.name} makes it live.")
    yield from _stands(stage, active)
    return active


def _watched(stage: _Stage, release: Release, at: str, figures: Facts) -> Lines:
    stage.at(at)
    signals = {**_WELL, **figures, "at": at}
    observed = stage.do(lambda desk: doing.observe(desk, _AGENT, PROGRAM, signals))
    assert observed is not None
    after, verdict = observed
    act = verdict.outcome["act"].replace("_", " ")
    why = "; ".join(each.text for each in verdict.reasons)
    yield from _says(stage, f"Live figures come. The policy says {act}: {why}.")
    if after.state != release.state:
        yield from _stands(stage, release)


def _ended(stage: _Stage, release: Release, at: str) -> Lines:
    stage.at(at)
    found = stage.found(release)
    due, done = found.facts["end_due_at"], found.facts["carried_out_at"]
    yield from _says(
        stage,
        "Nobody renewed it, and nobody served when its window ended. The service starts again.",
    )
    yield from _rows([("had to end", _short(due)), ("carried out", _short(done))])
    yield from _stands(stage, found)


def _verified(stage: _Stage) -> Lines:
    db = stage.store.reader()
    broken = [*audit.verify(db), *hold(db, sign(db, stage.vault))]
    last, _ = audit.head(db)
    said = "is whole" if not broken else f"is broken at entry {broken[0].seq}"
    yield from _says(stage, f"The audit chain of {last} entries {said}. It keeps of the releases:")
    for entry in audit.entries(db, 0, 1_000):
        if entry["event"].startswith("release-") and entry["event"] != "release-inspect":
            detail = entry["detail"]
            live = detail.get("live_version")
            stands = f", {POLICY} {live} is live" if live else ""
            what = f"{detail['release']} {entry['event'].removeprefix('release-')}"
            yield f"    {what}, by {entry['actor']}: {detail['state']}{stands}"


def _stands(stage: _Stage, release: Release) -> Lines:
    found = stage.found(release)
    yield f"    {found.id} is {found.state}; live in {PROGRAM}: {stage.live()}"


def _says(stage: _Stage, text: str) -> Lines:
    yield ""
    yield f"{_short(engine.write_instant(stage.now))}  {text}"


def _rows(rows: Sequence[tuple[str, str]]) -> Lines:
    wide = max(len(name) for name, _ in rows) + 2
    for name, text in rows:
        first, *others = text.split("\n")
        yield f"    {name:<{wide}}{first}"
        yield from (f"    {'':<{wide}}{other}" for other in others)


def _listed(violations: Sequence[str]) -> Lines:
    for each in violations:
        yield f"    - {each}"


def _short(instant: str) -> str:
    return f"{instant[:10]} {instant[11:16]}"


def _again(db: Database, release: Release) -> Release:
    """As it is by now."""
    found = kept.find(db, release.id)
    assert found is not None
    return found


def _cases(program: Program, start: int, days: int) -> Iterator[Made]:
    """Of each cohort as many; every third comes while specialists are short of time, and the
    protected ones of those are read less often than their floor asks."""
    for number in range(days * _CASES):
        at = start + number * (_DAY // _CASES)
        cohort = _COHORTS[number % len(_COHORTS)]
        tight = number % 3 == 0
        share = 0.8 if tight else 0.97
        case: Facts = {
            "case_id": f"C-{number}",
            "cohorts": [cohort],
            "capacity": 0.1 if tight else 0.6,
            "complaint": number % 7 == 0,
            "coverage": {each: share for each in _COHORTS if each != "routine_closure"},
        }
        points = engine.decide(program, case, "score", at).outcome
        yield _made(program, {"case": case, "points": points}, at, number)


def _made(program: Program, input: Facts, at: int, number: int) -> Made:
    id = f"{first_id(at)[:-12]}{number:012x}"
    decided = engine.decide(program, input, POLICY, at)
    asked = msgspec.json.encode({"input": input})
    return Made(id, at, program, POLICY, input, None, written(id, program, decided), asked)


async def _write(store: Store, vault: Vault, made: Sequence[Made]) -> None:
    writer = Writer(store, _unmeasured)
    await Journal(store, writer, vault, "sealed").keep(made)
    await writer.close()


def _unmeasured(entries: int, seconds: float) -> None:
    """Nobody asks how long it took to write."""
