"""A candidate to the evidence for its release: what the checker finds and what is proved, what
changes against the live version, and what becomes of the decisions that were made."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import engine
from engine import By, Finder, NoSolverError, Outcome, Program, Replaying, Row
from service.desks.journal import Found
from service.desks.releases.rules import Facts, Rules, UnreadableError
from service.desks.replays import row_of
from service.metrics import first_enum


@dataclass(frozen=True)
class Gathered:
    """`parts` are kept by their hashes, `told` is what the manifest says of them, and `against` the
    hash of the version that was live."""

    parts: Mapping[str, Facts]
    told: Facts
    against: str | None


def gather(
    rules: Rules,
    program: str,
    candidate: Program,
    live: Program | None,
    made: Iterable[Found],
    window: tuple[str, str],
    version: Finder,
) -> Gathered:
    """`made` are the decisions of the window, an instant before its first one excluded; `version`
    finds what made them."""
    replayed = replay(rules, program, candidate, made, window, version)
    parts = {
        "findings": findings(candidate),
        "changes": changes(live, candidate),
        "replay": replayed,
    }
    told = {name: replayed[name] for name in ("window_from", "window_until", "cases", "coverage")}
    return Gathered(parts, told, None if live is None else live.content_hash)


def findings(candidate: Program) -> Facts:
    """What `check` says, its examples run, and which guarantees are proved."""
    found = engine.check(candidate.source).findings
    told: Facts = {
        "findings": [
            {"code": each.code, "severity": each.severity, "message": each.message}
            for each in found
        ],
        "open": len(found),
        "examples": len(candidate.examples),
    }
    try:
        proofs = engine.prove(candidate)
    except NoSolverError as missing:
        return {**told, "guarantees": [], "not_proved": str(missing)}
    guarantees = [each.model_dump(mode="json") for each in proofs.guarantees]
    broken = sum(each.verdict == "refuted" for each in proofs.guarantees)
    return {**told, "guarantees": guarantees, "broken": broken}


def changes(live: Program | None, candidate: Program) -> Facts:
    """Against nothing where nothing is live."""
    if live is None:
        return {"against": None, "not_compared": "no version is live"}
    against = {"version": live.version, "hash": live.content_hash}
    try:
        compared = engine.compare(live, candidate)
    except NoSolverError as missing:
        return {"against": against, "not_compared": str(missing)}
    return {"against": against, "changes": json.loads(engine.as_json(compared))}


def replay(
    rules: Rules,
    program: str,
    candidate: Program,
    made: Iterable[Found],
    window: tuple[str, str],
    version: Finder,
) -> Facts:
    """Every decision of the window decided again, on the facts as they were, and counted by what
    was decided and what the candidate decides. `check` counts those that the version that made
    them decides otherwise now."""
    pairs: Counter[tuple[str, str, str]] = Counter()
    left_out: Counter[str] = Counter()
    read: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    check = {"checked": 0, "differing": 0}
    words, again = _Words(candidate), _Again(candidate, version)
    for each in made:
        record, name = each.record, each.record["decision"]
        if record.get("hypothetical"):
            continue
        found = again.of(row_of(each, whole=True), name)
        if found is None or found.new is None:
            no_decision = f"the candidate has no decision `{name}`"
            left_out[no_decision if found is None else str(found.cause)] += 1
            continue
        check["checked"] += found.checked
        check["differing"] += found.differing is not None
        given = {"outcome": found.new.outcome, "basis": found.new.basis}
        pairs[name, *words.of(name, record, given)] += 1
        for cohort, is_read in _counted(rules, program, found.row.case, given):
            seen[cohort] += 1
            read[cohort] += is_read
    return {
        "window_from": window[0],
        "window_until": window[1],
        "cases": pairs.total(),
        "outcomes": [
            {"decision": name, "live": live, "candidate": other, "cases": count}
            for (name, live, other), count in sorted(pairs.items())
        ],
        "left_out": dict(left_out),
        "check": check,
        "cohorts": {each: {"cases": seen[each], "read": read[each]} for each in sorted(seen)},
        "coverage": {each: round(read[each] / seen[each], 4) for each in sorted(seen)},
    }


class _Again:
    """Rows to what the candidate makes of them, beside the very version that decided them."""

    def __init__(self, candidate: Program, version: Finder) -> None:
        self._candidate, self._version = candidate, version
        self._made: dict[tuple[By | None, str], Replaying | None] = {}

    def of(self, row: Row, name: str) -> Outcome | None:
        """None where the candidate has no such decision."""
        if (row.by, name) not in self._made:
            self._made[row.by, name] = self._replaying(row.by, name)
        replaying = self._made[row.by, name]
        return None if replaying is None else replaying.row(row)

    def _replaying(self, by: By | None, name: str) -> Replaying | None:
        """Where the version is not to be had, `row` says so of each."""
        made = None if by is None else self._version(by)
        try:
            return Replaying(made or self._candidate, self._candidate, name)
        except engine.UnknownDecisionError:
            return None


def _counted(rules: Rules, program: str, input: Any, again: Facts) -> list[tuple[str, bool]]:
    """The protected cohorts that a case counts for, and whether a person would read it."""
    given = again["outcome"] if isinstance(again["outcome"], dict) else {}
    try:
        found = rules.says("counted", program=program, input=input, given=given)
    except UnreadableError:
        return []
    return [(cohort, found["read"]) for cohort in found["cohorts"]]


class _Words:
    """What two outcomes come to in a word each: their first field that is of an enum."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._fields: dict[str, str | None] = {}

    def of(self, decision: str, before: Facts, after: Facts) -> tuple[str, str]:
        if decision not in self._fields:
            self._fields[decision] = first_enum(self._program, decision)
        field = self._fields[decision]
        if field is None:
            same = before["outcome"] == after["outcome"]
            return "decided", "decided alike" if same else "decided otherwise"
        return _word(field, before), _word(field, after)


def _word(field: str, decided: Facts) -> str:
    outcome = decided["outcome"]
    if decided["basis"] == "refused":
        return "refused"
    return str(outcome.get(field)) if field and isinstance(outcome, dict) else str(outcome)
