"""`whynot` against exhaustive search: small policies with few cases, all of which are tried.

`python -m tests.prover.whynot 10000` tries so many policies, from the seed after `--seed`.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from random import Random
from typing import Any

import engine
from engine.backends.proof.smallest import Asked, Smallest, smallest
from engine.backends.proof.solve import Budget
from engine.backends.proof.wanted import wanted
from engine.language import types
from engine.language.values import to_wire
from engine.program import nodes as program
from engine.verbs.decide import evaluator
from engine.verbs.whynot import whynot
from engine.verbs.wishing.staying import Staying
from tests.prover.every import few

MOST_CASES = 4000
Cost = tuple[int, Fraction]


@dataclass(frozen=True)
class Trial:
    """A policy, a case, what is wanted of it, and what must stay."""

    text: str
    policy: program.Program
    arguments: tuple[Any, ...]
    want: str
    frozen: tuple[str, ...]


def trials(seed: int) -> Iterator[Trial]:
    """Without end, always the same ones."""
    chance = Random(seed)
    while True:
        text = _policy(chance)
        checked = engine.check(engine.Source("drawn.bylaw", text))
        if checked.program is None:
            continue
        (parameter,) = checked.program.decisions["drawn"].parameters
        every = few(parameter.type, MOST_CASES)
        if every is None:
            continue
        for _ in range(2):
            frozen = tuple(each for each in _pointers(parameter.type) if chance.random() < 0.15)
            want = chance.choice(["stop", "wait", "go"])
            yield Trial(text, checked.program, (chance.choice(every),), want, frozen)


def differs(trial: Trial, answers: Counter[str] | None = None) -> str | None:
    """What the answer is and what it should be, where that is not the same."""
    decision = trial.policy.decisions["drawn"]
    (parameter,) = decision.parameters
    decide = evaluator(trial.policy).decide_values

    def is_one(arguments: tuple[Any, ...]) -> bool:
        return bool(decide("drawn", arguments, 0).outcome["action"] == trial.want)

    case: Any = to_wire(trial.arguments[0], parameter.type)
    told = whynot(trial.policy, case, {"action": trial.want}, now=0, frozen=trial.frozen)
    if answers is not None:
        answers[f"{told.answer} {len(told.ways) or ''}".strip()] += 1
    if is_one(trial.arguments):
        return None if told.answer == "already" else f"{told.answer}, and it is so already"
    best = _best(trial, parameter.type, is_one)
    if best is None:
        return None if told.answer == "impossible" else f"{told.answer}, and it is impossible"
    if told.answer != "change" or not told.proved:
        return f"{told.answer} {told.cause}, and {best[1][0]} would do"
    place, field = _field(decision)

    def wants(encoder: Any, outcome: Any) -> Any:
        return wanted(encoder, outcome, [(place, field.type, trial.want)])

    asked = Asked(trial.policy, decision, trial.arguments, 0, True, wants, is_one)
    found = smallest(asked, Staying(trial.frozen), Budget())
    return _compared(trial, parameter.type, found, best)


def _field(decision: program.Decision) -> tuple[int, types.Field]:
    assert isinstance(decision.result, types.Record)
    place = decision.result.places["action"]
    return place, decision.result.fields[place]


def _compared(
    trial: Trial, type_: types.Type, found: Smallest, best: tuple[Cost, list[Any]]
) -> str | None:
    (old,), (least, all_best) = trial.arguments, best
    ways = [each for (each,) in found.ways]
    for each in ways:
        if _cost(type_, old, each) != least:
            return f"{each} costs {_cost(type_, old, each)}, and {all_best[0]} costs {least}"
        if each not in all_best:
            return f"{each} is none of {all_best}"
    if found.facts != least[0]:
        return f"{found.facts} facts, and {least[0]} would do"
    keys = {_key(type_, old, each) for each in all_best}
    if None in keys:
        return None
    if {_key(type_, old, each) for each in ways} != keys and len(keys) <= 5:
        return f"ways {ways}, and there are {all_best}"
    if found.more is not (len(keys) > 5):
        return f"more: {found.more}, and there are {len(keys)}"
    return None


def _best(trial: Trial, type_: types.Type, is_one: Any) -> tuple[Cost, list[Any]] | None:
    (old,), best, least = trial.arguments, list[Any](), None
    for new in few(type_, MOST_CASES) or ():
        if not _allowed(type_, old, new, "", trial.frozen) or not is_one((new,)):
            continue
        cost = _cost(type_, old, new)
        if least is None or cost < least:
            least, best = cost, []
        if cost == least:
            best.append(new)
    return None if least is None else (least, best)


# what a change costs, told anew


def _cost(type_: types.Type, old: Any, new: Any) -> Cost:
    if old == new:
        return 0, Fraction(0)
    match type_:
        case types.ListOf(element=types.Record() as element) if new is not None:
            return _cost_of_records(element, old, new)
        case types.ListOf(bound=bound) if new is not None:
            given = old or ()
            kept = max(k for k in range(len(new) + 1) if _is_within(new[:k], given))
            return 1, Fraction(len(given) + len(new) - 2 * kept, bound)
        case types.Record(fields=fields) if old is not None and new is not None:
            parts = zip(fields, old, new, strict=True)
            return _sum(_cost(each.type, one, other) for each, one, other in parts)
        case types.Record() if new is not None:
            count, far = _supplied(type_, new)
            return max(1, count), far
        case types.Number(range=within) if old is not None and new is not None:
            return 1, Fraction(abs(new - old), int((within.high or 0) - (within.low or 0)))
        case types.Enum(ranks=ranks, order=order) if old is not None and new is not None and order:
            return 1, Fraction(abs(ranks[new] - ranks[old]), len(ranks) - 1)
        case _:
            return 1, Fraction(1)


def _supplied(type_: types.Record, new: Any) -> Cost:
    found = []
    for each, value in zip(type_.fields, new, strict=True):
        if each.has_default:
            found.append(_cost(each.type, each.default, value))
        elif value is not None:
            found.append((1, Fraction(1)))
    return _sum(found)


def _cost_of_records(element: types.Record, old: Any, new: Any) -> Cost:
    best: Cost | None = None
    given = old or ()
    for size in range(min(len(given), len(new)) + 1):
        for kept in combinations(range(len(given)), size):
            parts = [_cost(element, given[at], new[k]) for k, at in enumerate(kept)]
            parts += [(1, Fraction(1))] * (len(given) - size)
            supplied = (_supplied(element, each) for each in new[size:])
            parts += [(max(1, count), far) for count, far in supplied]
            cost = _sum(parts)
            best = cost if best is None else min(best, cost)
    assert best is not None
    return (max(1, best[0]), best[1]) if old is None else best


def _sum(costs: Any) -> Cost:
    count, far = 0, Fraction(0)
    for each in costs:
        count, far = count + each[0], far + each[1]
    return count, far


def _is_within(some: Sequence[Any], of: Sequence[Any]) -> bool:
    left = iter(of)
    return all(each in left for each in some)


def _allowed(type_: types.Type, old: Any, new: Any, pointer: str, frozen: Sequence[str]) -> bool:
    if old == new:
        return True
    if pointer in frozen:
        return False
    below = any(each.startswith(f"{pointer}/") for each in frozen)
    match type_:
        case types.Record(fields=fields) if old is not None and new is not None:
            return all(
                _allowed(each.type, one, other, f"{pointer}/{each.wire}", frozen)
                for each, one, other in zip(fields, old, new, strict=True)
            )
        case types.ListOf(element=element) if below:
            return len(old) == len(new) and all(
                _allowed(element, one, other, f"{pointer}/{at}", frozen)
                for at, (one, other) in enumerate(zip(old, new, strict=True))
            )
        case _:
            return not below


def _key(type_: types.Type, old: Any, new: Any) -> Any:
    """What tells ways from each other; None where that hangs on facts that nobody asks for."""
    match type_:
        case types.Record(fields=fields) if old is not None and new is not None:
            parts = [
                _key(each.type, one, other)
                for each, one, other in zip(fields, old, new, strict=True)
            ]
            return None if None in parts else tuple(parts)
        case _ if old == new:
            return "same"
        case types.Record() if new is not None:
            return None
        case types.ListOf(element=types.Record()):
            return None
        case types.ListOf(element=types.Number()):
            return None
        case types.Number() if new is not None:
            return "given" if old is None else new > old
        case _:
            return repr(new)


def _pointers(type_: types.Type, so_far: str = "") -> Iterator[str]:
    match type_:
        case types.Record(fields=fields):
            for each in fields:
                yield f"{so_far}/{each.wire}"
                yield from _pointers(each.type, f"{so_far}/{each.wire}")
        case types.ListOf(element=types.Record() as element):
            yield from _pointers(element, f"{so_far}/0")
        case _:
            return


# policies


def _policy(chance: Random) -> str:
    kinds = chance.sample(list(_FACTS), chance.randint(2, 4))
    facts = [_FACTS[kind](chance, f"{kind}{at}") for at, kind in enumerate(kinds)]
    hit = chance.choice(["first", "unique", "strictest by action"])
    order = "\n  from strict to loose" if hit.startswith("strictest") else ""
    ordered = "   from strict to loose" if chance.random() < 0.5 else ""
    fields = "\n".join(f"  {declared}" for declared, _ in facts)
    atoms = [atom for _, atoms in facts for atom in atoms]
    rules = "\n".join(
        f"  rule rule{at}\n    when {_condition(chance, atoms)}\n    then action: {_action(chance)}"
        for at in range(chance.randint(1, 4))
    )
    guards = "\n".join(
        f"  guard guard{at}\n    when {asked}\n    then action: {_action(chance)}"
        for at in range(chance.randint(0, 2))
        for asked in [_condition(chance, atoms)]
    )
    return f"""bylaw 1

policy drawn 1.0.0
  title "Drawn"
  owner "Chance"

enum Action:
  stop, wait, go{order}

enum Colour:
  red, green, blue{ordered}

record Item
  big: bool
  size: integer 0 .. 2

record Inner
  sure: bool
  tint: Colour optional
  deep: bool default false because "it is so"

record Facts
{fields}

record Outcome
  action: Action

decision drawn(case: Facts): Outcome
{guards}
  {hit}
{rules}
  otherwise
    then action: {_action(chance)}
  refused
    then action: stop
"""


def _action(chance: Random) -> str:
    return chance.choice(["stop", "wait", "go"])


def _maybe(chance: Random) -> str:
    return chance.choice(["", "", " optional"])


def _bool(chance: Random, name: str) -> tuple[str, list[str]]:
    more = chance.choice(["", " optional", ' default false because "it is so"'])
    tests = [f"case.{name} is missing"] if more == " optional" else []
    return f"{name}: bool{more}", [f"case.{name}", f"not case.{name}", *tests]


def _number(chance: Random, name: str) -> tuple[str, list[str]]:
    least = chance.randint(1, 3)
    more = _maybe(chance)
    other = [f"case.{name} is known"] if more else []
    atoms = [f"case.{name} >= {least}", f"case.{name} is {least}", f"case.{name} * 2 < {least + 2}"]
    return f"{name}: integer 0 .. 4{more}", [*atoms, *other]


def _colour(chance: Random, name: str) -> tuple[str, list[str]]:
    more = _maybe(chance)
    atoms = [f"case.{name} is red", f"case.{name} in [red, blue]", f"case.{name} is not green"]
    return f"{name}: Colour{more}", [*atoms, *([f"case.{name} is missing"] if more else [])]


def _inner(_chance: Random, name: str) -> tuple[str, list[str]]:
    atoms = ["sure", "tint is green", "tint is known", "deep"]
    return f"{name}: Inner optional", [*(f"case.{name}.{each}" for each in atoms)]


def _colours(_chance: Random, name: str) -> tuple[str, list[str]]:
    atoms = [
        f"case.{name} is empty",
        f"red in case.{name}",
        f"any c in case.{name} where c is not blue",
        f"all c in case.{name} satisfy c is green",
        f"count(c in case.{name} where c is red) >= 1",
    ]
    return f"{name}: list of Colour up to 2", atoms


def _items(_chance: Random, name: str) -> tuple[str, list[str]]:
    atoms = [
        f"case.{name} is not empty",
        f"any i in case.{name} where i.big",
        f"any i in case.{name} where i.big and i.size >= 1",
        f"all i in case.{name} satisfy i.size is 0",
        f"max(i.size for i in case.{name}) >= 2",
        f"sum(i.size for i in case.{name}) >= 3",
    ]
    return f"{name}: list of Item up to 2", atoms


_FACTS = {
    "flag": _bool,
    "other": _bool,
    "number": _number,
    "colour": _colour,
    "inner": _inner,
    "colours": _colours,
    "items": _items,
}


def _condition(chance: Random, atoms: Sequence[str]) -> str:
    several = [_atom(chance, atoms) for _ in range(chance.randint(1, 3))]
    return chance.choice([" and ", " or "]).join(several)


def _atom(chance: Random, atoms: Sequence[str]) -> str:
    if chance.random() < 0.25:
        joint = chance.choice([" and ", " or "])
        return f"({chance.choice(atoms)}{joint}{chance.choice(atoms)})"
    return chance.choice(atoms)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("count", type=int)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    answers = Counter[str]()
    for _, trial in zip(range(asked.count), trials(asked.seed), strict=False):
        wrong = differs(trial, answers)
        if wrong is not None:
            sys.exit(f"{trial.text}\n{trial.arguments}\nwant {trial.want}, {trial.frozen}\n{wrong}")
    print(f"each answer is as it should be: {dict(answers)}")


if __name__ == "__main__":
    main()
