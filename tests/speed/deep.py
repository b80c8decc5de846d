"""`python -m tests.speed.deep`: how long `check --deep` takes on random policies of 200 rules and
on the shipped ones, in seconds of the processor."""

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import engine
from engine.program.nodes import Program

POLICIES = Path(__file__).parents[2] / "policies"
RULES = 200
MOST, MOST_SHIPPED = 1.0, 20.0


def policy(seed: int, count: int = RULES) -> Program:
    """Rules by `first`, from loose to strict, over a dozen facts of which some may be missing."""
    chance = Random(seed)
    kinds = [f"k{at}" for at in range(count // 10)]
    facts = [f"  n{at}: integer 0 .. 100" for at in range(4)]
    facts += [f"  f{at}: bool" for at in range(4)] + [f"  o{at}: bool optional" for at in range(3)]
    actions = sorted((chance.choice(_ACTIONS) for _ in range(count)), key=_ACTIONS.index)
    parts = [
        "bylaw 1\n\npolicy drawn 1.0.0",
        f"enum Kind: {', '.join(kinds)}",
        f"enum Action: {', '.join(reversed(_ACTIONS))}   from strict to loose",
        "\n".join(["record Case", "  kind: Kind", *facts]),
        "record Answer\n  action: Action",
        "define large(case: Case) = case.n0 >= 50 and case.n1 >= 20",
        "decision drawn(case: Case): Answer\n  first",
        *(
            f"  rule r{at}\n    when {_condition(chance, kinds)}\n    then action: {action}"
            for at, action in enumerate(actions)
        ),
        "  otherwise\n    then action: wait\n\n  refused\n    then action: wait",
    ]
    return engine.load(engine.Source("drawn.bylaw", "\n\n".join(parts) + "\n"))


_ACTIONS = ("close", "reply", "ask", "wait")


def _condition(chance: Random, kinds: list[str]) -> str:
    parts = [
        f"case.kind is {chance.choice(kinds)}",
        f"case.n{chance.randrange(4)} {chance.choice(('>=', '<'))} {chance.randrange(1, 100)}",
        f"case.f{chance.randrange(4)}",
    ]
    if chance.random() < 0.2:
        parts.append(chance.choice((f"case.o{chance.randrange(3)}", "large(case)")))
    return " and ".join(parts)


def took(of: Program) -> tuple[float, Mapping[str, int]]:
    """And how many findings there are of each kind."""
    began = time.process_time()
    found = engine.check_deep(of)
    counts: dict[str, int] = {}
    for each in found:
        counts[each.code] = counts.get(each.code, 0) + 1
    return time.process_time() - began, counts


def rows() -> Iterator[tuple[str, float, float]]:
    took(policy(9, 20))  # what is imported once
    for seed in range(3):
        seconds, counts = took(policy(seed))
        told = ", ".join(f"{count} {code}" for code, count in sorted(counts.items()))
        yield f"{RULES} rules: {told}", seconds, MOST
    library = engine.Library(POLICIES)
    shipped = [engine.load(library.source(reference)) for reference in library.references()]
    yield "the shipped policies", sum(took(each)[0] for each in shipped), MOST_SHIPPED


def main() -> None:
    late = False
    for name, seconds, most in rows():
        print(f"{name:<76}{seconds:>7.2f} s   at most {most:g} s", flush=True)
        late = late or seconds > most
    sys.exit(late)


if __name__ == "__main__":
    main()
