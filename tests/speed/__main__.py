"""`python -m tests.speed [--quick]`: how fast it is, as ratios of one run."""

import os
import platform
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import Source, check, explain, load
from engine.backends.python.evaluator import Evaluator
from engine.program.nodes import Program
from engine.syntax.parse import parse
from tests.speed import others
from tests.speed.grown import HANDOFF, lines_of, table_of
from tests.speed.handoff_by_hand import REOPEN, TRIGGERS, cases, handoff, rules
from tests.speed.measure import medians

Case = dict[str, Any]


@dataclass(frozen=True)
class Row:
    what: str
    measured: str
    wanted: str


def main(quick: bool) -> None:
    sample = list(cases(1_000 if quick else 10_000))
    turns = 7 if quick else 15
    print(_machine())
    for row in (
        _whole(sample, turns),
        *_rules_alone(sample, turns),
        _table(turns),
        _explanation(sample, turns),
        *_sizes(turns),
        _import(turns),
    ):
        print(f"{row.what:62} {row.measured:>34}   {row.wanted}")


def program(text: str, name: str = "measured") -> Program:
    return load(Source(name, text))


def _whole(sample: list[Case], turns: int) -> Row:
    decide = Evaluator(program(HANDOFF.read_text(encoding="utf-8"))).decide
    for case in sample:
        decided, by_hand = decide(case).outcome, handoff(case)
        assert {field: decided[field] for field in by_hand} == by_hand
    return _ratio(
        "handoff, facts validated, note and reasons / by hand",
        medians(
            {
                "ours": lambda: _all(decide, sample),
                "hand": lambda: _all(handoff, sample),
            },
            turns,
        ),
        len(sample),
        "at most 0.50",
    )


def _rules_alone(sample: list[Case], turns: int) -> list[Row]:
    """What the texts mention is given, and there is no note; other engines go by the same rules."""
    told = [_with_triggers(case) for case in sample]
    text = (Path(__file__).parent / "handoff_rules.bylaw").read_text(encoding="utf-8")
    decide = Evaluator(program(text)).decide

    def by_hand(case: Case) -> tuple[Any, ...]:
        return rules(case, case["triggered"], case["reopens"])  # type: ignore[no-any-return]

    def ours(case: Case) -> tuple[Any, ...]:
        outcome = decide(case).outcome
        return (outcome["action"], outcome["reply"], outcome["status"], outcome["escalate"])

    for case in told:
        assert ours(case) == by_hand(case)
    times = medians(
        {"ours": lambda: _all(decide, told), "hand": lambda: _all(by_hand, told)},
        turns,
    )
    rows = [_ratio("the rules alone, triggers given / by hand", times, len(told), "at most 2")]
    few = told[: max(100, len(told) // 20)]
    for name, make in others.ENGINES.items():
        rows.append(_against(name, make, few, by_hand, decide, turns))
    return rows


def _against(
    name: str,
    make: Callable[[], Callable[[Case], tuple[Any, ...]]],
    sample: list[Case],
    by_hand: Callable[[Case], tuple[Any, ...]],
    decide: Callable[[Case], object],
    turns: int,
) -> Row:
    try:
        other = make()
    except ImportError:
        return Row(f"the same rules: {name} / ours", "not installed", "at least 10")
    for case in sample:
        assert other(case) == by_hand(case), (name, case, other(case), by_hand(case))
    times = medians(
        {"other": lambda: _all(other, sample), "ours": lambda: _all(decide, sample)},
        turns,
    )
    return _ratio(f"the same rules: {name} / ours", times, len(sample), "at least 10")


def _all(call: Callable[[Case], object], sample: Iterable[Case]) -> None:
    """Nothing is kept, so that no side pays for what it hands out."""
    deque(map(call, sample), maxlen=0)


def _with_triggers(case: Case) -> Case:
    template = case.get("template")
    told = {key: value for key, value in case.items() if key != "message"}
    told["triggered"] = TRIGGERS.search(case["message"]) is not None
    told["reopens"] = template is not None and REOPEN.search(template["text"]) is not None
    return told


def _table(turns: int) -> Row:
    asked: dict[str, Callable[[], object]] = {}
    for rows in (10_000, 10):
        found = program(table_of(rows))
        apply, kinds = Evaluator(found).apply, [each.wire for each in found.enums["Kind"].members]
        questions = [(kinds[n * 7 % len(kinds)], n * 37 % 1000 / 1000) for n in range(2_000)]
        asked[str(rows)] = lambda apply=apply, questions=questions: [  # type: ignore[misc]
            apply("points", each) for each in questions
        ]
    return _ratio("a table of 10,000 rows / one of 10", medians(asked, turns), 2_000, "at most 3")


def _explanation(sample: list[Case], turns: int) -> Row:
    found, few = program(HANDOFF.read_text(encoding="utf-8")), sample[:200]
    seconds = medians({"explain": lambda: [explain(found, case) for case in few]}, turns)["explain"]
    return Row(
        "an explanation for an agent", f"{seconds / len(few) * 1e6:.0f} µs", "at most 200 µs"
    )


def _sizes(turns: int) -> list[Row]:
    source = Source("grown", lines_of(1_000))
    lines = source.text.count("\n")
    times = medians({"check": lambda: check(source), "load": lambda: load(source)}, min(turns, 7))
    small, large = (Source("large", _good(size)) for size in (100_000, 1_000_000))
    parsed = medians({"1 MB": lambda: parse(large), "100 KB": lambda: parse(small)}, 3)
    return [
        Row(f"check of a policy of {lines:,} lines", f"{times['check']:.2f} s", "under 1 s"),
        Row(f"load of a policy of {lines:,} lines", f"{times['load']:.2f} s", "under 0.3 s"),
        _ratio("reading 1 MB / 100 KB", parsed, 1, "at most 12"),
    ]


def _good(size: int) -> str:
    """One good policy of so many characters."""
    text = lines_of(1_000)
    example = '\nexample "{number}"\n  team_for(messenger) gives "LiveChat Support"\n'
    parts, length, number = [text], len(text), 0
    while length < size:
        parts.append(example.format(number=number))
        length += len(parts[-1])
        number += 1
    return "".join(parts)


def _import(turns: int) -> Row:
    def run(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    times = medians({"ours": run("import service.cli"), "bare": run("pass")}, turns)
    taken = (times["ours"] - times["bare"]) * 1000
    return Row(
        "importing the command line, bare Python taken off", f"{taken:.0f} ms", "under 150 ms"
    )


def _ratio(what: str, times: Mapping[str, float], calls: int, wanted: str) -> Row:
    (_, one), (_, other) = times.items()
    shown = f"{one / calls * 1e6:,.2f} / {other / calls * 1e6:,.2f} µs = {one / other:.2f}"
    return Row(what, shown, wanted)


def _machine() -> str:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    main("--quick" in sys.argv)
