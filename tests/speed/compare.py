"""`python -m tests.speed.compare`: how long it takes to say what changes, in processor seconds.

A random policy has rules by `first` over a dozen facts; in its second version some rules ask for
another number or give another outcome.
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from engine import Source, compare, load
from engine.program.nodes import Program

POLICIES = Path(__file__).parents[2] / "policies"


@dataclass(frozen=True)
class Rule:
    name: str
    kind: int
    fact: str
    least: int
    flag: str
    action: str

    def text(self) -> str:
        return (
            f"  rule {self.name}\n"
            f"    when case.kind is k{self.kind} and case.{self.fact} >= {self.least}"
            f" and case.{self.flag}\n"
            f"    then action: {self.action}"
        )


_ACTIONS = ("wait", "ask", "reply", "close")


def rules(count: int, chance: Random) -> list[Rule]:
    """As many kinds of cases as there are rules by ten, so that most rules may decide."""
    return [
        Rule(
            f"r{at}",
            chance.randrange(max(1, count // 10)),
            f"n{chance.randrange(4)}",
            chance.randrange(1, 100),
            f"f{chance.randrange(4)}",
            chance.choice(_ACTIONS),
        )
        for at in range(count)
    ]


def edited(of: list[Rule], count: int, chance: Random) -> list[Rule]:
    places = set(chance.sample(range(len(of)), count))
    return [_edited(each, chance) if at in places else each for at, each in enumerate(of)]


def _edited(of: Rule, chance: Random) -> Rule:
    if chance.random() < 0.5:
        return replace(of, least=max(1, of.least - chance.randrange(1, 20)))
    return replace(of, action=chance.choice([each for each in _ACTIONS if each != of.action]))


def policy(of: list[Rule], version: str) -> Program:
    kinds = ", ".join(f"k{at}" for at in range(max(1, len(of) // 10)))
    facts = [f"  n{at}: integer 0 .. 100" for at in range(4)]
    facts += [f"  f{at}: bool" for at in range(4)]
    parts = [
        f"bylaw 1\n\npolicy drawn {version}",
        f"enum Kind: {kinds}",
        "enum Action: wait, ask, reply, close",
        "\n".join(["record Case", "  kind: Kind", *facts]),
        "record Answer\n  action: Action",
        "decision drawn(case: Case): Answer\n  first",
        *(each.text() for each in of),
        "  otherwise\n    then action: wait\n\n  refused\n    then action: wait",
    ]
    return load(Source("drawn.bylaw", "\n\n".join(parts) + "\n"))


def measured(old: Program, new: Program) -> str:
    began = time.process_time()
    changes = compare(old, new)
    took = time.process_time() - began
    complete = "all" if changes.complete else "not all"
    return f"{took:.2f} s, {complete} {len(changes.regions)} kinds"


def main() -> None:
    chance = Random(1)
    for count, edits, wanted in ((200, 5, 1), (200, 20, 1), (1000, 20, 5)):
        drawn = rules(count, chance)
        old, new = policy(drawn, "1.0.0"), policy(edited(drawn, edits, chance), "1.1.0")
        row = f"{count} rules, {edits} edited"
        print(f"{row:44} {measured(old, new):>24}   within {wanted} s", flush=True)
    for name in ("handoff", "review_scoring"):
        both = [POLICIES / name / f"{version}.bylaw" for version in ("1.0.0", "1.1.0")]
        old, new = (load(Source(str(path), path.read_text(encoding="utf-8"))) for path in both)
        print(f"{name + ' 1.0.0 and 1.1.0':44} {measured(old, new):>24}   within 3 s", flush=True)


if __name__ == "__main__":
    main()
