"""`python -m tests.speed.whynot`: how long `whynot` takes on cases of the shipped policies."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import engine
from engine.language.values import to_wire
from tests.speed.measure import medians

MOST = 0.5
POLICIES = Path(__file__).parents[2] / "policies"
TURNS = 5


def calls() -> dict[str, Callable[[], object]]:
    """Each decision with an enum in its outcome: its first example, and each member wanted."""
    found: dict[str, Callable[[], object]] = {}
    library = engine.Library(POLICIES)
    for reference in ("handoff@1.0.0", "handoff@1.1.0", "review_scoring@1.1.0", "release@1.0.0"):
        policy = engine.load(library.source(reference))
        for name, decision in policy.decisions.items():
            fields = getattr(decision.result, "fields", ())
            field = next((each for each in fields if hasattr(each.type, "members")), None)
            cases = engine.samples(policy, name)
            if field is None or not cases:
                continue
            for member in field.type.members:
                wanted = {field.wire: to_wire(member.wire, field.type)}
                now = engine.parse_instant(cases[0].as_of or "2026-01-15")
                call = partial(engine.whynot, policy, cases[0].input, wanted, name, now)
                found[f"{reference} {name}: {member.wire}"] = call
    return found


def main() -> None:
    times = medians(calls(), TURNS)
    for name, seconds in times.items():
        print(f"{name:<70}{seconds * 1000:>8.1f} ms")
    slowest = max(times.values())
    print(f"the slowest takes {slowest:.2f} s, at most {MOST} s")
    sys.exit(slowest > MOST)


if __name__ == "__main__":
    main()
