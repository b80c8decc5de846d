"""Settings to the application that serves them."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from types import SimpleNamespace
from typing import cast

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, ExceptionHandlersMap
from watchfiles import awatch

import engine
from engine import Library
from service import problems
from service.api import audit as audit_api
from service.api import (
    batches,
    changes,
    clock,
    decisions,
    events,
    health,
    issues,
    journal,
    metrics,
    policies,
    proofs,
    releases,
    replays,
    reports,
    schema,
    spans,
    whynot,
)
from service.auth import Keys
from service.desks import audit
from service.desks import policies as policy_desk
from service.desks.answers import Answers, drop_old
from service.desks.book.decisions import Keeping
from service.desks.book.desk import Desk
from service.desks.book.rules import rules_of
from service.desks.book.simulation import hold_to
from service.desks.deciding import Deciding
from service.desks.journal import Journal, drop_older
from service.desks.releases.clock import look_at_releases, releases_due
from service.desks.releases.kept import Release
from service.desks.replays import Replays, give_up
from service.desks.shadow import Shadow, save
from service.entrance import Service
from service.ids import micros
from service.log import Log
from service.metrics import Metrics
from service.opa.behind import Behind
from service.opa.door import OpaDoor
from service.settings import Settings
from service.shelf import Shelf
from service.solving import Solving
from service.store.sqlite import Database
from service.store.store import Store
from service.store.writer import Writer
from service.vault import open_vault

_LOG = logging.getLogger("bylaw")
_ON_ERROR: ExceptionHandlersMap = {HTTPException: problems.answer, Exception: problems.answer}
_DIRECT = {"/v1/decisions/": decisions.decide, "/v1/batches/": batches.decide_all}
_HANDLERS = [
    journal.decision,
    journal.explanation,
    reports.sla,
    events.events,
    whynot.whynot,
    policies.policies,
    policies.policy,
    policies.version,
    policies.upload,
    policies.shadow,
    changes.changes,
    proofs.guarantees,
    proofs.deep_findings,
    replays.begin,
    replays.replay,
    spans.spans,
    issues.issues,
    issues.issue,
    issues.history,
    issues.events,
    clock.clock,
    releases.options,
    releases.releases,
    releases.release,
    releases.propose,
    releases.approve,
    releases.activate,
    releases.renew,
    releases.rollback,
    releases.withdraw,
    releases.active,
    releases.signals,
    audit_api.audit,
    audit_api.verify,
    audit_api.checkpoint,
    health.live,
    health.ready,
    metrics.metrics,
    schema.page,
    schema.openapi,
]
_LOOK = 0.5
"""Seconds between two looks for what another process wrote."""
_TICK = 1.0
"""Seconds between two looks at the clock."""
_TIDY = 3600.0
"""Seconds between two rounds of dropping what is kept no longer."""
_DAY = 24 * 60 * 60 * 1_000_000
_MOST_DROPPED = 1_000
_MOST_BATCHES = 8
"""At once, for each holds all its cases until they are written."""


def create_app(settings: Settings, log: Log | None = None) -> Service:
    """Opens the store and loads the policies. `StoreError` and `LibraryError` where that cannot be
    done."""
    desks = SimpleNamespace(settings=settings)
    app = Service(
        state=State(vars(desks), deep_copy=False),
        route_handlers=_HANDLERS,
        lifespan=[_running],
        exception_handlers=_ON_ERROR,
        request_max_body_size=settings.most_bytes,
        openapi_config=None,
        logging_config=None,
    )
    app.direct, app.desks = _DIRECT, desks
    state = app.state
    state.log = log if log is not None else Log()
    state.stopping = asyncio.Event()
    state.metrics = app.metrics = Metrics()
    state.store = Store(settings.store).create()
    state.library = Library(settings.policies)
    with state.store.writing() as db:
        hold_to(db, settings.store, simulation=settings.simulation)
        state.vault = open_vault(settings.secret_file, db)
        read = policy_desk.seed(db, state.library)
    db = state.store.reader()
    state.shelf = policy_desk.shelve(db, state.library, read)
    if releases_due(db, state.shelf, micros()):
        _carry_out_releases(state)
    if read is not None:
        _tell_live(state, Shelf({}, {}), state.shelf)
    state.access = Keys(db, settings.rate)
    if settings.opa_port is not None:
        app.opa_port = settings.opa_port
        limits = settings.most_bytes, settings.deepest, settings.most
        default = tuple(settings.opa_default.split("/")) if settings.opa_default else None
        app.opa = cast("ASGIApp", OpaDoor(Behind(state), *limits, default))
    return app


@asynccontextmanager
async def _running(app: Litestar) -> AsyncIterator[None]:
    """What waits is written before it ends."""
    state, settings = app.state, app.state.settings
    metrics: Metrics = state.metrics
    writer = Writer(state.store, metrics.committed)
    metrics.journal_lag.set_function(writer.lag)
    state.writer = writer
    state.journal = Journal(state.store, writer, state.vault, settings.journal)
    state.answers = Answers(state.store, state.journal, state.vault)
    state.desk = Desk(
        writer,
        Keeping(settings.journal, state.vault),
        lambda: rules_of(state.shelf),
        simulation=settings.simulation,
    )
    state.room = asyncio.Semaphore(_MOST_BATCHES)
    shadow = Shadow(metrics)
    state.deciding = Deciding(
        state.journal, shadow, metrics, state.log, settings.on_journal_failure
    )
    state.reloading = asyncio.Lock()
    state.checking = asyncio.Lock()
    state.solving = Solving()
    await writer.do(give_up)
    state.replays = Replays(state.store, writer, state.vault, state.solving, lambda: state.shelf)
    state.reload = partial(reload, app, shadow)
    version = await writer.look(_data_version)
    _count_loads(metrics, Shelf({}, {}), state.shelf)
    take_over(app, shadow, state.shelf)
    tasks = [
        asyncio.create_task(each)
        for each in (
            _look(app, shadow, version),
            _watch(app, shadow),
            _tidy(app),
            _tick(app),
            _follow_releases(app),
        )
    ]
    try:
        yield
    finally:
        state.stopping.set()
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        await state.replays.close()
        await asyncio.to_thread(state.solving.close)
        await asyncio.to_thread(shadow.close)
        with _logged("what was found in shadow cannot be saved"):
            await _save(writer, shadow)
        await writer.close()
        # a thread that still reads is waited for: its connection cannot be closed under it
        await asyncio.get_running_loop().shutdown_default_executor()
        state.store.close()
        state.log.flush()


async def _look(app: Litestar, shadow: Shadow, last: int) -> None:
    """Takes over what another process wrote: keys, what is live, who was forgotten."""
    state = app.state
    itself = state.store.identity()
    while True:
        await asyncio.sleep(_LOOK)
        _notice(state, lost=state.store.identity() != itself)
        with _logged("the store cannot be read"):
            version = await state.writer.look(_data_version)
            if version != last:
                last = version
                _take_over_keys(state)
                state.journal.reload()
                await reload(app, shadow)
        with _logged("the store does not take what was found in shadow"):
            await _save(state.writer, shadow)
        if state.writer.failing:
            with suppress(sqlite3.Error):  # who would ask while it is not ready?
                await state.writer.do(_write_nothing_new)


def _notice(state: State, *, lost: bool) -> None:
    """What is written to a file that is gone is gone with it."""
    writer: Writer = state.writer
    path = state.settings.store
    if lost and not writer.lost:
        _LOG.error("the store `%s` is gone or another file; nothing is written to it", path)
        writer.failing = True
    elif writer.lost and not lost:
        _LOG.warning("the store `%s` is back", path)
    writer.lost = lost


async def _follow_releases(app: Litestar) -> None:
    """What time brings to a release is carried out when it comes."""
    state = app.state
    while True:
        await asyncio.sleep(_LOOK)
        with _logged("releases cannot be looked at"):
            if await asyncio.to_thread(_are_releases_due, state):
                shelf = state.shelf
                ended = await state.writer.do(
                    lambda db, shelf=shelf: look_at_releases(db, shelf, micros())
                )
                _tell_releases(state, ended)
                await state.reload()


def _are_releases_due(state: State) -> bool:
    return releases_due(state.store.reader(), state.shelf, micros())


def _carry_out_releases(state: State) -> None:
    """All that came while nobody served, before the first case is decided."""
    with state.store.writing() as db:
        changed = look_at_releases(db, state.shelf, micros())
    _tell_releases(state, changed)
    state.shelf = policy_desk.shelve(state.store.reader(), state.library, state.shelf)


def _tell_releases(state: State, changed: Iterable[Release]) -> None:
    for each in changed:
        policy = f"{each.policy}@{each.version}"
        state.log.happened("release", release=each.id, policy=policy, state=each.state)


async def _watch(app: Litestar, shadow: Shadow) -> None:
    """A file that is saved becomes a candidate; a folder that is gone is waited for."""
    folder = app.state.library.folder
    while True:
        if not folder.is_dir():
            await asyncio.sleep(_LOOK)
            continue
        with _logged("the folder of policies cannot be watched"):
            await reload(app, shadow)
            watched = False  # what is saved before somebody watches is found at the first look
            async for changes in awatch(
                folder, debounce=100, step=50, rust_timeout=500, yield_on_timeout=True
            ):
                if changes or not watched:
                    await reload(app, shadow)
                watched = True
                if not folder.is_dir():
                    break
        await asyncio.sleep(_LOOK)


async def _tick(app: Litestar) -> None:
    """Time does what it alone does."""
    while True:
        with _logged("the clock of the issues stands still"):
            await app.state.desk.tick()
        await asyncio.sleep(_TICK)


async def _tidy(app: Litestar) -> None:
    state = app.state
    while True:
        with _logged("what is kept no longer cannot be dropped"):
            while await state.writer.do(partial(drop_old, most=_MOST_DROPPED)) == _MOST_DROPPED:
                await asyncio.sleep(0)
            if state.settings.keep_days:
                before = micros() - state.settings.keep_days * _DAY
                await _drop(state.writer, before)
                await state.journal.drop_subjects(before)
        await asyncio.sleep(_TIDY)


async def reload(app: Litestar, shadow: Shadow) -> None:
    """Reads and compiles on another thread; requests are decided by the old shelf until then."""
    async with app.state.reloading:
        take_over(app, shadow, await asyncio.to_thread(_shelved, app))


def take_over(app: Litestar, shadow: Shadow, shelf: Shelf) -> None:
    state = app.state
    before: Shelf = state.shelf
    for reference in _new(before.references(), shelf.references()):
        state.log.happened("loaded", policy=reference)
    for reference in _new(before.troubles, shelf.troubles):
        state.log.happened("refused", policy=reference)
    _count_loads(state.metrics, before, shelf)
    _tell_live(state, before, shelf)
    state.shelf = shelf
    ended, begun = shadow.load(state.store.reader(), shelf)
    for name in ended:
        state.log.happened("shadow-ended", policy=name)
    for plan in begun:
        reference = f"{plan.candidate.name}@{plan.candidate.version}"
        state.log.happened("shadow", policy=reference, share=plan.share)


def _count_loads(metrics: Metrics, before: Shelf, shelf: Shelf) -> None:
    metrics.loads.labels("loaded").inc(len(_new(before.references(), shelf.references())))
    metrics.loads.labels("refused").inc(len(_new(before.troubles, shelf.troubles)))


def _new(before: Iterable[str], after: Iterable[str]) -> list[str]:
    return sorted({*after} - {*before})


def _tell_live(state: State, before: Shelf, shelf: Shelf) -> None:
    rows = {row["name"]: row for row in state.store.reader().table("live").rows}
    for name, version in shelf.live.items():
        if before.live.get(name) != version and name in rows:
            state.log.happened("live", policy=f"{name}@{version}", by=rows[name]["by"])


def _take_over_keys(state: State) -> None:
    gone, new = state.access.load(state.store.reader())
    for event, callers in (("key-revoked", gone), ("key-created", new)):
        for each in callers:
            state.log.happened(event, id=each.id, name=each.name, roles=sorted(each.roles))


def _shelved(app: Litestar) -> Shelf:
    state = app.state
    _warm_up(state.shelf)  # it is there at once; only after the start does this take time
    shelf = policy_desk.shelve(state.store.reader(), state.library, state.shelf)
    _warm_up(shelf)
    return shelf


def _warm_up(shelf: Shelf) -> None:
    """What is live is compiled before anybody asks, what takes the least time first."""
    for program in sorted(shelf.actives().values(), key=lambda each: len(each.source.text)):
        tried = engine.sample(program)
        if tried is None:
            continue
        decision, case = tried
        engine.decide(program, case, decision, 0)


async def _drop(writer: Writer, before: int) -> None:
    """In rounds, with one entry in the audit chain for all of them."""
    gone, last = 0, _MOST_DROPPED
    while last == _MOST_DROPPED:
        last = await writer.do(partial(drop_older, than=before, most=_MOST_DROPPED))
        gone += last
    if gone:
        told = {"before": before, "decisions": gone}
        await writer.do(lambda db: audit.append(db, "retention", "retention", told))


async def _save(writer: Writer, shadow: Shadow) -> None:
    seen = shadow.take()
    if seen is None:
        return
    try:
        await writer.do(lambda db: save(db, seen))
    except BaseException:
        shadow.give_back(seen)
        raise


def _write_nothing_new(db: Database) -> None:
    db.execute("UPDATE marks SET value = value")


def _data_version(db: Database) -> int:
    """Changes when another connection has written."""
    (version,) = db.execute("PRAGMA data_version").fetchone()
    return int(version)


@contextmanager
def _logged(message: str) -> Iterator[None]:
    """What goes wrong is logged, and tried again later."""
    try:
        yield
    except Exception as error:
        _LOG.error("%s: %s", message, error)
