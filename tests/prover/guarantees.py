"""`prove` against exhaustive search: small policies with few cases, all of which are tried.

`python -m tests.prover.guarantees 10000` tries so many policies, from the seed after `--seed`.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from random import Random
from typing import Any

import engine
from engine.language import types
from engine.language.values import from_wire, settle
from engine.program import nodes as program
from engine.verbs.decide import evaluator
from engine.verbs.prove import prove
from tests.prover.every import few

MOST_CASES = 500
HOUR = 3_600_000_000
PROMISES = 2


def policies(seed: int) -> Iterator[tuple[str, program.Program]]:
    """Without end, always the same ones."""
    chance = Random(seed)
    while True:
        text = _policy(chance)
        checked = engine.check(engine.Source("drawn.bylaw", text))
        if checked.program is not None and _cases(checked.program) is not None:
            yield text, checked.program


def differs(policy: program.Program, verdicts: Counter[str] | None = None) -> str | None:
    """What is said of a guarantee and what is true, where that is not the same; `verdicts` tells
    too of how many nobody knew."""
    for proof, guarantee in zip(prove(policy).guarantees, policy.guarantees, strict=True):
        said = "vacuous" if proof.vacuous else proof.verdict
        if verdicts is not None:
            verdicts[f"{type(guarantee.promise).__name__} {said}"] += 1
        really = _truth(policy, guarantee)
        if said not in (really, "unknown"):
            return f"{guarantee.name} is told to be {said}, and is {really}"
    return None


def _truth(policy: program.Program, guarantee: program.Guarantee) -> str:
    match guarantee.promise:
        case program.OutcomePromise():
            return _outcome_truth(policy, guarantee.name)
        case program.PathPromise() as promise:
            return _path_truth(policy, promise)
        case program.TrendPromise() as promise:
            return _trend_truth(policy, promise)


def _outcome_truth(policy: program.Program, name: str) -> str:
    """Premise and conclusion are defines too, by the guarantee's name."""
    run, concerned = evaluator(policy), False
    result = policy.decisions["drawn"].result
    for case in _cases(policy) or ():
        decided = run.decide_values("drawn", (case,), 0)
        given = case, from_wire(decided.outcome, result)
        if run.apply(f"premise_of_{name}", given, 0) is not False:
            concerned = True
            if run.apply(f"conclusion_of_{name}", given, 0) is not True:
                return "refuted"
    return "proved" if concerned else "vacuous"


def _path_truth(policy: program.Program, promise: program.PathPromise) -> str:
    moves = _moves(policy)
    if promise.target in _reached(promise.source, moves, promise.through):
        return "refuted"
    return "proved" if promise.target in _reached(promise.source, moves, None) else "vacuous"


def _moves(policy: program.Program) -> set[tuple[str, str]]:
    machine = evaluator(policy).lifecycles["life"]
    found: set[tuple[str, str]] = set()
    for case, state in product(_cases(policy) or (), machine.states):
        fresh = machine.enter(case, 0, state)
        for event in machine.node.events:
            after, decided = machine.step(fresh, event.name, (), 0)
            if decided.basis == "transition":
                found.add((state, after.state))
        _, decisions = machine.advance(fresh, HOUR)
        if decisions:
            found.add((state, decisions[0].outcome["state"]))
    return found


def _reached(source: str, moves: set[tuple[str, str]], through: str | None) -> set[str]:
    """By one move at least, without a visit to `through`."""
    if source == through:
        return set()
    found: set[str] = set()
    waiting = [source]
    while waiting:
        at = waiting.pop()
        for one, other in moves:
            if one == at and other != through and other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _trend_truth(policy: program.Program, promise: program.TrendPromise) -> str:
    define = policy.defines[promise.define]
    names = [each.name for each in define.parameters]
    moved = names.index(promise.path[0])
    domains = [few(each.type, MOST_CASES) or [] for each in define.parameters]
    run = evaluator(policy)
    for case in product(*domains):
        for other in domains[moved]:
            if not _rank(case[moved], define.parameters[moved].type) < _rank(
                other, define.parameters[moved].type
            ):
                continue
            pair = case, (*case[:moved], other, *case[moved + 1 :])
            low, high = (run.apply(define.name, each, 0) for each in pair)
            if low is None or high is None:
                continue
            low, high = settle(low), settle(high)
            if (high > low) if promise.direction == "rises" else (high < low):
                return "refuted"
    return "proved"


def _rank(value: Any, type_: types.Type) -> Any:
    return type_.ranks[value] if isinstance(type_, types.Enum) else value


# cases


def _cases(policy: program.Program) -> list[Any] | None:
    (parameter,) = policy.decisions["drawn"].parameters
    return few(parameter.type, MOST_CASES)


# policies


def _policy(chance: Random) -> str:
    kinds = chance.sample(list(_FACTS), chance.randint(1, 3))
    facts = [_FACTS[kind](chance, f"{kind}{at}") for at, kind in enumerate(kinds)]
    atoms = [atom for _, atoms in facts for atom in atoms]
    hit = chance.choice(["first", "unique", "strictest by action", "collect", "sum"])
    result = {"collect": "list of Outcome up to 6", "sum": "integer"}.get(hit, "Outcome")
    fields = "\n".join(f"  {declared}" for declared, _ in facts)
    parts = [_HEAD, f"record Facts\n{fields}", _shared(chance, atoms)]
    atoms = [*atoms, "shared(case)"]
    parts.append(_decision(chance, atoms, hit, result))
    parts += [_promise(chance, atoms, hit, result, f"p{at}") for at in range(PROMISES)]
    if chance.random() < 0.3:
        parts += _lifecycle(chance, atoms)
    if chance.random() < 0.3:
        parts += _trend(chance)
    return "\n\n".join(parts) + "\n"


_HEAD = """bylaw 1

policy drawn 1.0.0
  title "Drawn"
  owner "Chance"

enum Action: stop, wait, go from strict to loose

enum Colour: red, green, blue

enum Grade: low, middle, high from low to high

record Item
  big: bool
  size: integer 0 .. 1 optional

record Inner
  sure: bool
  tint: Colour optional

record Outcome
  action: Action
  note:   Colour optional

table tint_for(colour: Colour, number: integer): Colour
  | colour | number | tint  |
  | red    | < 1    | blue  |
  | red    | >= 1   | green |
  | -      | -      | red   |

table worth(grade: Grade): integer
  | grade  | worth |
  | low    | 1     |
  | middle | 1     |
  | high   | 3     |"""


def _shared(chance: Random, atoms: Sequence[str]) -> str:
    return f"define shared(case: Facts) =\n  {_condition(chance, atoms)}"


def _decision(chance: Random, atoms: Sequence[str], hit: str, result: str) -> str:
    lines = [f"decision drawn(case: Facts): {result}"]
    for at in range(chance.randint(0, 2)):
        lines += [f"  guard guard{at}", f"    when {_condition(chance, atoms)}"]
        lines += _unknown(chance, hit, guard=True)
        lines.append(f"    then {_given(chance, hit, guard=True)}")
    lines.append(f"  {hit}")
    for at in range(chance.randint(1, 4)):
        lines += [f"  rule rule{at}", f"    when {_condition(chance, atoms)}"]
        lines += _unknown(chance, hit, guard=False)
        lines.append(f"    then {_given(chance, hit, guard=False)}")
    if hit not in ("collect", "sum"):
        lines += ["  otherwise", f"    then {_given(chance, hit, guard=False)}"]
    lines += ["  refused", f"    then {_REFUSED.get(hit, 'action: stop')}"]
    return "\n".join(lines)


_REFUSED = {"collect": "[{ action: stop }]", "sum": "0"}


def _unknown(chance: Random, hit: str, *, guard: bool) -> list[str]:
    if hit == "sum" and not guard:
        return [f"    when unknown: {chance.randint(0, 2)}"]
    said = chance.choice(["", "", "apply", "skip"])
    return [f"    when unknown: {said}"] if said else []


def _given(chance: Random, hit: str, *, guard: bool) -> str:
    action = chance.choice(["stop", "wait", "go"])
    note = chance.choice(["", "", ", note: red", ", note: tint_for(red, 1)"])
    if hit == "sum":
        return str(chance.randint(0, 3))
    if hit == "collect" and guard:
        return f"[{{ action: {action}{note} }}]"
    return f"action: {action}{note}"


def _promise(chance: Random, atoms: Sequence[str], hit: str, result: str, name: str) -> str:
    about = _ABOUT.get(hit, _ABOUT_ONE)
    premise = _condition(chance, [*atoms, *about], 2)
    conclusion = _condition(chance, [*about, *about, *atoms], 2)
    parameters = f"(case: Facts, outcome: {result})"
    return "\n".join(
        [
            f"define premise_of_{name}{parameters} =\n  {premise}\n",
            f"define conclusion_of_{name}{parameters} =\n  {conclusion}\n",
            f"guarantee {name}",
            "  for drawn(case) = outcome",
            f"  when {premise}",
            f"  then {conclusion}",
        ]
    )


_ABOUT_ONE = [
    "outcome.action is stop",
    "outcome.action is not go",
    "outcome.action in [go, wait]",
    "outcome.action <= wait",
    "outcome.note is missing",
    "outcome.note is red",
]
_ABOUT = {
    "collect": [
        "outcome is empty",
        "outcome is not empty",
        "any o in outcome where o.action is go",
        "all o in outcome satisfy o.action is not go",
        "all o in outcome satisfy o.note is missing",
        "count(o for o in outcome where o.action is stop) <= 1",
        "count(outcome) < 3",
    ],
    "sum": ["outcome <= 3", "outcome >= 1", "outcome is not 2", "outcome < 6"],
}


def _lifecycle(chance: Random, atoms: Sequence[str]) -> list[str]:
    states = ["A", "B", "C", "D"]
    lines = ["lifecycle life(case: Facts)", "  state A initial"]
    lines += [f"  state {each}" for each in states[1:]]
    lines += ["  event one", "  event two"]
    for _ in range(chance.randint(2, 6)):
        guard = chance.choice(["", "", "guard "])
        source, target = chance.sample(states, 2)
        lines.append(f"  {guard}transition {source} -> {target} on {chance.choice(['one', 'two'])}")
        if chance.random() < 0.7:
            lines.append(f"    when {_condition(chance, atoms)}")
    if chance.random() < 0.5:
        source, target = chance.sample(states, 2)
        lines += [f"  deadline late in {source}", "    at now + 1h"]
        lines += [f"    when {_condition(chance, atoms)}", f"    then go {target}"]
    paths = []
    for at in range(2):
        source, target, through = chance.sample(states, 3)
        paths.append(f"guarantee path{at}\n  every path from {source} to {target} passes {through}")
    return ["\n".join(lines), *paths]


def _trend(chance: Random) -> list[str]:
    parameters = "a: integer 0 .. 3, b: integer -2 .. 2, sure: bool, grade: Grade"
    value = _value(chance, 3)
    promises = [
        f"guarantee trend_{name}\n  value never {chance.choice(['rises', 'falls'])} with {name}"
        for name in ("a", "b", "grade")
    ]
    return [f"define value({parameters}) = {value}", *promises]


def _value(chance: Random, depth: int) -> str:
    if depth == 0 or chance.random() < 0.2:
        return chance.choice(["a", "b", "a", "b", "2", "0.3", "worth(grade)"])
    one, other = _value(chance, depth - 1), _value(chance, depth - 1)
    return chance.choice(
        [
            f"({one} + {other})",
            f"({one} - {other})",
            f"({one} * {other})",
            f"({one} / 3)",
            f"min({one}, {other})",
            f"max({one}, {other})",
            f"abs({one})",
            f"exp({one})",
            f"(when sure then {one} otherwise {other})",
            f"(when a >= 2 then {one} otherwise {other})",
        ]
    )


# facts


def _maybe(chance: Random) -> str:
    return chance.choice(["", "", " optional"])


def _bool(chance: Random, name: str) -> tuple[str, list[str]]:
    more = chance.choice(["", " optional", ' default false because "it is so"'])
    tests = [f"case.{name} is missing"] if more == " optional" else []
    return f"{name}: bool{more}", [f"case.{name}", f"not case.{name}", *tests]


def _number(chance: Random, name: str) -> tuple[str, list[str]]:
    least = chance.randint(1, 3)
    more = _maybe(chance)
    atoms = [
        f"case.{name} >= {least}",
        f"case.{name} is {least}",
        f"case.{name} * 0.1 < 0.{least}",
        f"case.{name} / 3 >= 0.333333333",
        f"case.{name} - {least} > 0",
        f"tint_for(red, case.{name}) is blue",
        *([f"(case.{name} else 2) > 1", f"case.{name} is known"] if more else []),
    ]
    return f"{name}: integer 0 .. 4{more}", atoms


def _colour(chance: Random, name: str) -> tuple[str, list[str]]:
    more = _maybe(chance)
    atoms = [
        f"case.{name} is red",
        f"case.{name} in [red, blue]",
        f"case.{name} is not green",
        f"tint_for(case.{name}, 0) is red",
    ]
    return f"{name}: Colour{more}", [*atoms, *([f"case.{name} is missing"] if more else [])]


def _inner(_chance: Random, name: str) -> tuple[str, list[str]]:
    atoms = [f"case.{name}.{each}" for each in ("sure", "tint is green", "tint is known")]
    return f"{name}: Inner optional", [*atoms, f"case.{name} is missing"]


def _colours(chance: Random, name: str) -> tuple[str, list[str]]:
    atoms = [
        f"case.{name} is empty",
        f"red in case.{name}",
        f"any c in case.{name} where c is not blue",
        f"all c in case.{name} satisfy c is green",
        f"count(c for c in case.{name} where c is red) >= 2",
        f"count(case.{name}) is 3",
        f"count(distinct(case.{name})) < 3",
        f"first(case.{name}) is blue",
        f"first([c for c in case.{name} where c is not red]) is blue",
        f"any c in case.{name} where any d in case.{name} where c is not d",
    ]
    return f"{name}: list of Colour up to {chance.randint(2, 4)}", atoms


def _items(chance: Random, name: str) -> tuple[str, list[str]]:
    atoms = [
        f"case.{name} is not empty",
        f"any i in case.{name} where i.big",
        f"any i in case.{name} where i.big and i.size >= 1",
        f"all i in case.{name} satisfy i.size is 0",
        f"max(i.size for i in case.{name}) >= 1",
        f"sum(i.size for i in case.{name} where i.size is known) >= 2",
        f"mean(i.size for i in case.{name} where i.size is known) > 0.6",
        f"count(i for i in case.{name} where i.size is 1) >= 2",
        f"count(i for i in case.{name} where i.size is 1) is 1",
        f"count([i.size for i in case.{name} where i.big]) is 2",
    ]
    return f"{name}: list of Item up to {chance.randint(2, 3)}", atoms


_FACTS = {
    "flag": _bool,
    "other": _bool,
    "number": _number,
    "colour": _colour,
    "inner": _inner,
    "colours": _colours,
    "items": _items,
}


def _condition(chance: Random, atoms: Sequence[str], most: int = 3) -> str:
    several = [_atom(chance, atoms) for _ in range(chance.randint(1, most))]
    return chance.choice([" and ", " or "]).join(several)


def _atom(chance: Random, atoms: Sequence[str]) -> str:
    one = f"({chance.choice(atoms)})"
    kind = chance.random()
    if kind < 0.2:
        joint = chance.choice([" and ", " or "])
        return f"({one}{joint}({chance.choice(atoms)}))"
    return f"not {one}" if kind < 0.3 else one


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("count", type=int)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    verdicts: Counter[str] = Counter()
    wrong = 0
    for tried, (text, policy) in enumerate(policies(asked.seed), 1):
        found = differs(policy, verdicts)
        if found is not None:
            wrong += 1
            print(f"{text}\n# {found}\n", flush=True)
        if tried == asked.count:
            break
    said = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    print(f"{asked.count} policies, {wrong} otherwise than by trying all cases: {said}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
