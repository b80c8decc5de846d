"""Which policies are loaded and live: the folder and uploads make candidates, an operator makes one
live, and the store remembers, so that nothing that ever decided is lost."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from engine import Library, PolicyError, Program, Source, check, load, render
from service.desks import audit
from service.ids import micros
from service.shelf import Shelf, Trouble, changed, fill, said_live
from service.store.sqlite import Database

_LOG = logging.getLogger("bylaw")
_MOST_UPLOADED = 100
"""Candidates of one policy: each is compiled, and kept, for as long as it is one."""
_NEWEST = "the first start, as the newest, for there was no live.toml"


def kept(program: Program) -> tuple[str, list[object]]:
    """The statement that keeps a version by its hash, as every one is that decides."""
    row = program.content_hash, program.name, program.version, program.source.text, micros()
    return (
        "INSERT OR IGNORE INTO versions (hash, name, version, source, since)"
        " VALUES (?, ?, ?, ?, ?)",
        list(row),
    )


def shelve(db: Database, library: Library, before: Shelf | None = None) -> Shelf:
    """What is in the folder and in the store. A store in which nothing was ever live takes what
    the folder says is live."""
    if before is not None and not library.folder.is_dir():
        _LOG.error("the folder `%s` is gone; what was loaded goes on", library.folder)
        folder = replace(before, troubles={})
    else:
        folder = fill(library, before)
    live = {row["name"]: row for row in db.table("live").rows}
    last = {row["name"]: row for row in db.query(_LAST)}
    shelf = _with_kept(
        folder, list(db.table("versions").rows_where("was_live OR uploaded")), last | live, before
    )
    shelf = replace(shelf, live={name: row["version"] for name, row in live.items()})
    ended = {name: shelf.hashed(name, row["hash"]) for name, row in last.items()}
    shelf = replace(shelf, last={name: each for name, each in ended.items() if each is not None})
    _tell(shelf, before)
    return shelf


def seed(db: Database, library: Library) -> Shelf | None:
    """Says what is live, once, in a store where nothing ever was; gives what was read for it."""
    if db.table("live").count or db.table("audit").count_where("event = 'live'"):
        return None
    shelf = replace(fill(library), live=said_live(library))
    by = _NEWEST if library.live() is None else "live.toml"
    for program in shelf.actives().values():
        _set_live(db, by, program)
    for name in sorted(shelf.live):
        if shelf.active(name) is None:
            _LOG.error("%s@%s is to be live and is not loaded", name, shelf.live[name])
    return Shelf(shelf.programs, {})


def make_live(db: Database, actor: str, program: Program) -> str | None:
    """The version that was live before."""
    before = next(iter(db.query("SELECT version FROM live WHERE name = ?", [program.name])), None)
    _set_live(db, actor, program)
    return str(before["version"]) if before else None


def restore(db: Database, actor: str, hash: str, release: int, at: int) -> None:
    """Makes a version live that the store keeps, for a release."""
    db.table("versions").update(hash, {"was_live": 1})
    row = db.table("versions").get(hash)
    _say_live(db, actor, {each: row[each] for each in ("name", "version", "hash")}, at, release)


def end_live(db: Database, actor: str, name: str, at: int) -> None:
    """From now on no version of the policy is live."""
    row = db.table("live").get(name)
    db.table("live").delete(name)
    told = {each: row[each] for each in ("name", "version", "hash")}
    audit.append(db, actor, "live-ended", told, at)


def _set_live(db: Database, actor: str, program: Program) -> None:
    _keep_as(db, program, "was_live")
    row = {"name": program.name, "version": program.version, "hash": program.content_hash}
    _say_live(db, actor, row, micros())


def _say_live(
    db: Database, actor: str, row: Mapping[str, str], at: int, release: int | None = None
) -> None:
    db.table("live").upsert({**row, "since": at, "by": actor}, pk="name")
    db.table("lived").insert({**row, "since": at, "release": release})
    audit.append(db, actor, "live", row, at)


_LAST = (
    "SELECT name, version, hash, max(seq) FROM lived WHERE name NOT IN (SELECT name FROM live)"
    " GROUP BY name"
)
"""What was live last, where nothing is live any more."""


@dataclass(eq=False)
class NotACandidateError(Exception):
    """Why a program cannot be a candidate, or be one no longer."""

    message: str
    help: str
    code: str = "version-exists"


def candidate(db: Database, library: Library, name: str, version: str) -> Program:
    """The version of the folder, or one that the store keeps; whoever wants to make it live must
    find no error in it."""
    rows = db.table("versions").rows_where(
        "name = ? AND version = ? AND (was_live OR uploaded)", [name, version]
    )
    row = next(iter(rows), None)
    source = library.source(f"{name}@{version}") if row is None else _source(row)
    program = load(source)
    for finding in check(program.source).findings:
        if finding.severity == "error":
            raise PolicyError((finding,))
    return program


def approvers(db: Database) -> set[str]:
    """The roles that the live release policy lets approve; none where there is no such policy."""
    rows = db.query(
        "SELECT versions.* FROM live JOIN versions USING (hash) WHERE live.name = 'release'"
    )
    program = next((_from_store(row) for row in rows), None)
    table = program.tables.get("approver_of") if isinstance(program, Program) else None
    return {str(row.result) for row in table.rows} if table is not None else set()


def upload(db: Database, actor: str, shelf: Shelf, program: Program) -> bool:
    """Keeps a candidate. False where it is there already; a version never gets another content."""
    there = shelf.version(program.name, program.version)
    rows = db.table("versions").rows_where(
        "name = ? AND version = ? AND (was_live OR uploaded)", [program.name, program.version]
    )
    hashes = {str(row["hash"]) for row in rows} | ({there.content_hash} if there else set())
    if hashes == {program.content_hash}:
        return False
    if hashes:
        raise NotACandidateError(
            f"there is another {program.name} {program.version} already",
            "give it a higher version",
        )
    if _waiting(db, program.name) >= _MOST_UPLOADED:
        raise NotACandidateError(
            f"{_MOST_UPLOADED} candidates of `{program.name}` were uploaded and never live",
            f"take some back, as by `bylaw withdraw {program.name}@VERSION`",
            "too-many-candidates",
        )
    _keep_as(db, program, "uploaded")
    row = {"name": program.name, "version": program.version, "hash": program.content_hash}
    audit.append(db, actor, "candidate", row)
    return True


def withdraw(db: Database, actor: str, name: str, version: str) -> None:
    """Takes back what was uploaded; the store still has it where it decided anything."""
    where = "name = ? AND version = ? AND uploaded"
    row = next(iter(db.table("versions").rows_where(where, [name, version])), None)
    if row is None:
        raise NotACandidateError(
            f"no candidate {name}@{version} was uploaded",
            "one of the folder goes with its file",
        )
    if row["was_live"]:
        raise NotACandidateError(
            f"{name} {version} was live, and is kept for ever", "`bylaw live` says what is live"
        )
    if db.table("shadows").count_where("hash = ?", [row["hash"]]):
        raise NotACandidateError(
            f"{name} {version} decides in shadow", f"`bylaw shadow {name} --stop` ends that"
        )
    db.table("versions").update(row["hash"], {"uploaded": 0})
    told = {each: row[each] for each in ("name", "version", "hash")}
    audit.append(db, actor, "withdrawn", told)


def _waiting(db: Database, name: str) -> int:
    where = "name = ? AND uploaded AND NOT was_live"
    return db.table("versions").count_where(where, [name])


def _keep_as(db: Database, program: Program, what: str) -> None:
    db.conn.execute(*kept(program))
    db.table("versions").update(program.content_hash, {what: 1})


def _with_kept(
    shelf: Shelf,
    rows: Iterable[Mapping[str, str]],
    live: Mapping[str, Mapping[str, str]],
    before: Shelf | None,
) -> Shelf:
    """A version that the store keeps is what it was, whatever its file says by now."""
    programs = {name: dict(versions) for name, versions in shelf.programs.items()}
    troubles = dict(shelf.troubles)
    known = {each.content_hash: each for each in (before.every() if before else ())}
    for row in rows:
        name, version = row["name"], row["version"]
        there = programs.get(name, {}).get(version)
        if there is not None and there.content_hash == row["hash"]:
            continue
        if there is not None:
            troubles[f"{name}@{version}"] = changed(there)
        elif not row["uploaded"] and live.get(name, {}).get("hash") != row["hash"]:
            continue
        program = known.get(row["hash"]) or _from_store(row)
        if isinstance(program, Trouble):
            troubles[f"{name}@{version}"] = program
        else:
            programs.setdefault(name, {})[version] = program
    return replace(shelf, programs=programs, troubles=troubles)


def _from_store(row: Mapping[str, str]) -> Program | Trouble:
    try:
        return load(_source(row))
    except PolicyError as errors:
        return Trouble("the version in the store has errors", findings=tuple(errors.findings))


def _source(row: Mapping[str, str]) -> Source:
    return Source(f"{row['name']}@{row['version']}", row["source"])


def _tell(shelf: Shelf, before: Shelf | None) -> None:
    """Logs what is new: troubles, and versions."""
    told = before.troubles if before is not None else {}
    for reference, trouble in shelf.troubles.items():
        if told.get(reference) == trouble:
            continue
        findings = "".join(f"\n\n{render(finding)}" for finding in trouble.findings)
        cure = f"; {trouble.help}" if trouble.help else ""
        _LOG.error("%s is not loaded: %s%s%s", reference, trouble.message, cure, findings)
    for name in sorted(shelf.live):
        if shelf.active(name) is None:
            _LOG.error("%s@%s is live and is not loaded", name, shelf.live[name])
