"""The grammar's file to the tables a parser runs on.

Lark works them out, which takes a third of a second and Lark's own import; so they are kept in the
user's cache as plain JSON, under a name made of the grammar itself. Where nothing can be kept they
are worked out anew in every process.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("grammar.lark")
_SHAPE = 1  # of the kept tables
STARTS = (
    *("file", "inserted", "condition", "repeated"),
    *("unversioned", "declarations", "rest_of_record", "rest_of_decision", "rest_of_lifecycle"),
)

# How a rule's children are told from what stands on the stack: the place of one, whether it is a
# list of several, and how many absent ones stand before it.
Child = Sequence[int]


@dataclass(frozen=True)
class Rule:
    """`children` is None where they are all that stands on the stack, `passes` says that a single
    child is passed on as it is."""

    origin: str
    name: str
    size: int
    passes: bool
    children: Sequence[Child] | None
    absent: int  # how many are absent after the last


@dataclass(frozen=True)
class Terminal:
    """`fixed` says that the pattern is spelled out, not a regular expression."""

    name: str
    pattern: str
    fixed: bool
    priority: int


@dataclass(frozen=True)
class Grammar:
    """A state is a table from kinds of token and names of rules to a number: a state to go to, or
    below zero the complement of the number of a rule. `starts` have their first and last state."""

    states: tuple[dict[str, int], ...]
    starts: dict[str, tuple[int, int]]
    rules: tuple[Rule, ...]
    terminals: tuple[Terminal, ...]


@cache
def grammar() -> Grammar:
    text = _FILE.read_text(encoding="utf-8")
    name = f"grammar-{_SHAPE}-{sha256(text.encode()).hexdigest()[:24]}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        return _read(json.loads((_folder() / name).read_text(encoding="utf-8")))
    worked_out = _work_out(text)
    with suppress(OSError):
        _keep(_folder() / name, json.dumps(worked_out, separators=(",", ":")))
    return _read(worked_out)


def _folder() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "bylaw"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _keep(place: Path, text: str) -> None:
    """Whole or not at all, whatever other processes do."""
    written = place.with_name(f"{place.name}.{os.getpid()}")
    written.write_text(text, encoding="utf-8")
    written.replace(place)


def _read(kept: dict[str, Any]) -> Grammar:
    return Grammar(
        states=tuple(kept["states"]),
        starts={name: (first, last) for name, (first, last) in kept["starts"].items()},
        rules=tuple(Rule(*rule) for rule in kept["rules"]),
        terminals=tuple(Terminal(*terminal) for terminal in kept["terminals"]),
    )


def _work_out(text: str) -> dict[str, Any]:
    """The grammar as JSON can hold it."""
    from lark import Lark

    lark = Lark(
        text, parser="lalr", start=list(STARTS), keep_all_tokens=True, maybe_placeholders=True
    )
    table: Any = lark.parser.parser._parse_table
    numbers = {rule: number for number, rule in enumerate(lark.rules)}
    places = {state: number for number, state in enumerate(table.states)}
    return {
        "states": [dict(_moves(moves, places, numbers)) for moves in table.states.values()],
        "starts": {
            start: [places[table.start_states[start]], places[table.end_states[start]]]
            for start in STARTS
        },
        "rules": [_rule(rule) for rule in lark.rules],
        "terminals": [
            [t.name, _pattern(t), t.pattern.type == "str", t.priority] for t in lark.terminals
        ],
    }


def _moves(
    moves: Any, places: dict[Any, int], numbers: dict[Any, int]
) -> Iterator[tuple[str, int]]:
    for name, (action, to) in moves.items():
        yield name, places[to] if action.name == "Shift" else ~numbers[to]


def _rule(rule: Any) -> list[Any]:
    symbols, absences = rule.expansion, rule.options.empty_indices
    before = _absent_before(absences, len(symbols))
    children = [
        [place, symbol.name.startswith("_"), before[place]] for place, symbol in enumerate(symbols)
    ]
    is_plain = not any(several or absent for _, several, absent in children) and not before[-1]
    return [
        rule.origin.name,
        rule.alias or rule.origin.name,
        len(symbols),
        rule.options.expand1 and not rule.alias,
        None if is_plain else children,
        before[-1],
    ]


def _absent_before(absences: Sequence[bool], size: int) -> list[int]:
    """How many optional parts are left out before each symbol, and after the last."""
    if not absences:
        return [0] * (size + 1)
    return [len(run) for run in "".join(str(int(absent)) for absent in absences).split("0")]


def _pattern(terminal: Any) -> str:
    pattern = terminal.pattern
    return str(pattern.value if pattern.type == "str" else pattern.to_regexp())
