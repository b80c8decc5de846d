"""A candidate to the evidence for its release: what the checker finds and what is proved, what
changes against the live version, and what becomes of the decisions that were made."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import engine
from engine import NoSolverError, Program
from service.desks.journal import Found
from service.desks.releases.rules import Facts, Rules, UnreadableError
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
) -> Gathered:
    """`made` are the decisions of the window, an instant before its first one excluded."""
    replayed = replay(rules, program, candidate, made, window)
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
) -> Facts:
    """Every decision of the window decided again, on the facts as they were, and counted by what
    was decided and what the candidate decides."""
    pairs: Counter[tuple[str, str, str]] = Counter()
    left_out: Counter[str] = Counter()
    read: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    words = _Words(candidate)
    for each in made:
        record = each.record
        if record.get("hypothetical"):
            continue
        if each.asked is None or each.gone is not None:
            left_out[each.gone or "the facts are not kept"] += 1
            continue
        again = _again(candidate, each)
        if again is None:
            left_out[f"the candidate has no decision `{record['decision']}`"] += 1
            continue
        name = record["decision"]
        pairs[name, *words.of(name, record, again)] += 1
        for cohort, is_read in _counted(rules, program, each.asked["input"], again):
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
        "cohorts": {each: {"cases": seen[each], "read": read[each]} for each in sorted(seen)},
        "coverage": {each: round(read[each] / seen[each], 4) for each in sorted(seen)},
    }


def _again(candidate: Program, found: Found) -> Facts | None:
    record, asked = found.record, found.asked
    now = engine.parse_instant(record["as_of"])
    assert asked is not None
    try:
        decided = engine.decide(candidate, asked["input"], record["decision"], now)
    except engine.UnknownDecisionError:
        return None
    return {"outcome": decided.outcome, "basis": decided.basis}


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
