"""Single edits of the policies that come with the program, and what `compare` says of them: it
names the effect, or proves that there is none.

`python -m tests.prover.edits 200` tries so many edits, from the seed after `--seed`. What is said
is held against cases around the edit: those of the examples, with one fact after the other moved to
and beside the policies' own numbers, words and members.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import engine
from engine.language import types
from engine.language.values import parse_instant
from engine.program import nodes as program
from engine.program.differing import Decided, Kind, kind
from engine.program.merged import case_type
from engine.verbs.compare import compare
from engine.verbs.comparing.models import Changes, DecisionChanges
from engine.verbs.decide import evaluator
from engine.verbs.samples import samples

POLICIES = sorted((Path(__file__).parents[2] / "policies").glob("*/*.bylaw"))
MOST_STEPS = 100
_FEW, _MANY = 20, 400
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DURATION = re.compile(r"\b\d+(?:min|h|d|s)\b")


@dataclass(frozen=True)
class Edit:
    """Of one line of a file."""

    path: Path
    line: int
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Trial:
    edit: Edit
    old: program.Program
    new: program.Program


def trials(seed: int) -> Iterator[Trial]:
    """Without end, always the same ones."""
    chance = Random(seed)
    while True:
        path = chance.choice(POLICIES)
        old, lines = _loaded(path), path.read_text(encoding="utf-8").splitlines()
        edit = _edit(chance, path, lines)
        if edit is None:
            continue
        lines[edit.line] = edit.after
        text = "\n".join(lines) + "\n"
        try:
            new = engine.load(engine.Source("edited.bylaw", text))
        except engine.PolicyError:
            continue
        if new.meaning_hash != old.meaning_hash:
            yield Trial(edit, old, new)


@lru_cache
def _loaded(path: Path) -> program.Program:
    return engine.load(engine.Source(path.name, path.read_text(encoding="utf-8")))


def _edit(chance: Random, path: Path, lines: list[str]) -> Edit | None:
    what = chance.choice(("threshold", "cell", "comparison", "word", "transition"))
    places = [at for at, line in enumerate(lines) if _may_be(what, lines, at, line)]
    if not places:
        return None
    at = chance.choice(places)
    after = _changed(chance, what, lines[at])
    return None if after is None or after == lines[at] else Edit(path, at, what, lines[at], after)


def _may_be(what: str, lines: list[str], at: int, line: str) -> bool:
    first = next((place for place in range(at, -1, -1) if lines[place][:1] not in (" ", "")), 0)
    block = lines[first].split(" ")[0]
    match what:
        case "threshold":
            return line.startswith("threshold ")
        case "cell":
            return block == "table" and line.startswith("  |") and at > first + 1
        case "comparison":
            asks = re.search(r" (>=|<=|<|>|is|is not|and|or) ", line) is not None
            return asks and block in ("decision", "define", "lifecycle") and "because" not in line
        case "word":
            return block == "trigger" and '"' in line
        case _:
            return line.startswith(("  transition ", "  guard transition ", "  deadline "))


def _changed(chance: Random, what: str, line: str) -> str | None:
    match what:
        case "threshold":
            head, sign, value = line.rpartition("= ")
            return head + sign + (_number(chance, value) or value)
        case "cell":
            cells = line.split("|")
            place = chance.randrange(1, len(cells) - 1)
            cells[place] = _number(chance, cells[place]) or cells[place]
            return "|".join(cells)
        case "comparison":
            signs = {" >= ": " > ", " > ": " >= ", " <= ": " < ", " < ": " <= ", " is not ": " is ",
                     " and ": " or ", " or ": " and ", " is ": " is not "}  # fmt: skip
            there = [each for each in signs if each in line]
            sign = chance.choice(there)
            return line.replace(sign, signs[sign], 1)
        case "word":
            words = re.findall(r'"[^"]+"', line)
            word = chance.choice(words)
            if chance.random() < 0.5 and f"{word}, " in line:
                return line.replace(f"{word}, ", "", 1)
            return line.replace(word, f'"{word[1:-1].split(" ")[0]} indeed"', 1)
        case _:
            states = re.findall(r"\b[A-Z][A-Z_]+\b", line)
            if len(states) < 2:
                return None
            return line.replace(states[-1], states[0]) if chance.random() < 0.5 else None


def _number(chance: Random, text: str) -> str | None:
    durations = _DURATION.findall(text)
    if durations:
        value = int(re.match(r"\d+", durations[0])[0])  # type: ignore[index]
        unit = durations[0][len(str(value)) :]
        other = chance.choice((value * 2, max(1, value // 2), value + 1))
        return text.replace(durations[0], f"{other}{unit}", 1)
    numbers = _NUMBER.findall(text)
    if not numbers:
        return None
    number = chance.choice(numbers)
    moved = float(number) * chance.choice((0.5, 0.9, 1.1, 2)) + chance.choice((0, 0, 1))
    written = str(int(moved)) if "." not in number else f"{moved:.2f}"
    return text.replace(number, written, 1)


# what is said, and what is so


def wrong(trial: Trial, answers: Counter[str] | None = None) -> str | None:
    changes = compare(trial.old, trial.new, MOST_STEPS)
    if answers is not None:
        answers[_answer(changes)] += 1
    if not changes.complete and not _causes(changes):
        return "it is not said why it could not be told"
    if changes.contract and any(each.level == "major" for each in changes.contract):
        return None
    for each in changes.decisions:
        said = _missed(trial, each)
        if said is not None:
            return said
    return None


def _answer(changes: Changes) -> str:
    if not changes.complete:
        return "not told in full"
    return "named" if changes.differs else "proved that there is none"


def _causes(changes: Changes) -> list[str]:
    decisions = [cause for each in changes.decisions for cause in each.rough]
    return [*decisions, *(cause for each in changes.lifecycles for cause in each.rough)]


def _missed(trial: Trial, told: DecisionChanges) -> str | None:
    """A case around the edit that is decided otherwise in a way that is not told."""
    said = {each.kind for each in told.regions}
    for case, now in islice(_around(trial, told), _FEW if told.untouched else _MANY):
        found = _kind(trial, told, case, now)
        if found is not None and found not in said and told.complete:
            return f"{told.name} decides {json.dumps(case)} otherwise: {found}"
    for each in told.regions:
        if each.witness is not None:
            at = parse_instant(each.witness.as_of) or 0
            if _kind(trial, told, each.witness.input, at) != each.kind:
                return f"{each.witness.input} is no {each.kind}"
    return None


def _kind(trial: Trial, told: DecisionChanges, case: Any, now: int) -> Kind | None:
    before = evaluator(trial.old).decide(case, told.name, now)
    after = evaluator(trial.new).decide(case, told.name, now)
    if "refused" in (before.basis, after.basis):
        return None
    one, other = (Decided(each.basis, each.determining, each.outcome) for each in (before, after))
    sides = trial.old.decisions[told.name], trial.new.decisions[told.name]
    return kind(*sides, told.fields, one, other)


def _around(trial: Trial, told: DecisionChanges) -> Iterator[tuple[Any, int]]:
    decision = trial.new.decisions[told.name]
    values = _values(trial)
    given = [(each.input, each.as_of) for each in samples(trial.new, told.name)]
    given += [(each.witness.input, each.witness.as_of) for each in told.regions if each.witness]
    chance = Random(len(given))
    chance.shuffle(given)
    for case, at in given[:25]:
        now = parse_instant(at or "2026-01-20T00:00:00Z") or 0
        yield case, now
        for path, type_ in _leaves(case_type(decision), case, ()):
            for value in _beside(type_, values):
                yield _with(case, path, value), now


def _values(trial: Trial) -> Mapping[str, list[Any]]:
    numbers = sorted(
        {float(each) for each in _NUMBER.findall(trial.edit.before + trial.edit.after)}
    )
    near = [value + by for value in numbers for by in (-0.01, 0, 0.01)]
    words = re.findall(r'"([^"]+)"', trial.edit.before + trial.edit.after)
    return {"numbers": near, "words": [each.replace("*", "") for each in words][:6]}


def _beside(type_: types.Type, values: Mapping[str, list[Any]]) -> list[Any]:
    match type_:
        case types.Bool():
            return [True, False]
        case types.Enum(members=members):
            return [each.wire for each in members][:6]
        case types.Number(integer=integer):
            return [int(each) if integer else each for each in values["numbers"]]
        case types.Text():
            return values["words"]
        case _:
            return []


def _leaves(type_: types.Type, case: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    match type_, case:
        case types.Record(fields=fields), dict():
            for each in fields:
                inside = case.get(each.wire)
                if isinstance(inside, dict | list):
                    yield from _leaves(each.type, inside, (*path, each.wire))
                else:
                    yield (*path, each.wire), each.type
        case types.ListOf(element=element), list():
            for place, inside in enumerate(case[:2]):
                yield from _leaves(element, inside, (*path, place))
        case _, _:
            if path:
                yield path, type_


def _with(case: Any, path: tuple[Any, ...], value: Any) -> Any:
    made = deepcopy(case)
    inside = made
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    return made


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("count", type=int)
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    answers: Counter[str] = Counter()
    failed, longest = 0, 0.0
    for number, trial in zip(range(asked.count), trials(asked.seed), strict=False):
        began = time.perf_counter()
        said = wrong(trial, answers)
        took = time.perf_counter() - began
        longest = max(longest, took)
        edit = trial.edit
        if said is not None or took > 20:
            failed += said is not None
            print(f"--- {number} ({took:.1f} s), {edit.path.parent.name}:{edit.line + 1} {said}")
            print(f"  {edit.before.strip()}\n  {edit.after.strip()}", flush=True)
    print(f"{asked.count} edits, {failed} wrong, the longest {longest:.1f} s; {dict(answers)}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
