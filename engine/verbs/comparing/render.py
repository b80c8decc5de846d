"""A sheet to plain text, or to Markdown for a pull request; and what was found to JSON."""

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, assert_never

from engine.program.differing import Decided
from engine.program.mattering import Fact
from engine.verbs.compare import bump_of
from engine.verbs.comparing import phrases
from engine.verbs.comparing.models import Changes, DecisionChanges, Move, Region, Witness
from engine.verbs.comparing.sheet import Block, Heading, Item, Paragraph, Rows, Table, sheet

_WIDTH = 100
_NARROW = 30


def changes_text(changes: Changes) -> str:
    return "\n".join(as_text(sheet(changes)))


def changes_markdown(changes: Changes) -> str:
    return "\n".join(as_markdown(sheet(changes))) + "\n"


def as_text(blocks: Sequence[Block]) -> Iterator[str]:
    for place, block in enumerate(blocks):
        match block:
            case Heading(text=said, level=level):
                if place:
                    yield ""
                yield said if level < 3 else f"  {said}"
            case Paragraph(text=said):
                before = blocks[place - 1] if place else None
                indent = "    " if isinstance(before, Heading) and before.level == 3 else "  "
                yield from _wrapped(said, indent)
            case Rows(rows=rows):
                wide = max(len(left) for left, _ in rows) + 2
                for left, right in rows:
                    first, *others = _wrapped(right, " " * (wide + 2))
                    yield f"  {left:<{wide}}{first.strip()}"
                    yield from others
            case Item(text=said, lines=lines, case=case, alone=alone):
                indent = "  " if alone else "    "
                if alone:
                    yield ""
                yield f"{indent}{said}"
                for line in (*lines, *(() if case is None else (f"as {case}",))):
                    yield from _wrapped(line, f"{indent}  ")
            case Table():
                yield from _aligned(block)
            case _:
                assert_never(block)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_markdown(blocks: Sequence[Block]) -> Iterator[str]:
    before: Block | None = None
    for block in blocks:
        if before is not None and not (isinstance(before, Item) and isinstance(block, Item)):
            yield ""
        match block:
            case Heading(text=said, level=level):
                yield f"{'#' * level} {said}"
            case Paragraph(text=said):
                yield said
            case Rows(rows=rows):
                for left, right in rows:
                    yield f"- {left}: {right}"
            case Item(text=said, lines=lines, case=case):
                way, colon, rest = said.partition(": ")
                yield f"- **{way}**{colon}{rest}"
                for line in lines:
                    yield f"  - {line}"
                if case is not None:
                    yield f"  - as {_code(case)}"
            case Table(head=head, rows=rows, numbers=numbers):
                yield _row(head)
                yield _row([" ---: " if at in numbers else " --- " for at in range(len(head))], "")
                yield from (_row([_cell(each) for each in row]) for row in rows)
            case _:
                assert_never(block)
        before = block


def _cell(text: str) -> str:
    """In one line, and in one cell."""
    return " ".join(text.split()).replace("|", "\\|")


def _aligned(of: Table) -> Iterator[str]:
    """The last column goes on below itself."""
    lines = (of.head, *of.rows)
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first in lines:
        *cells, last = (
            cell.rjust(width) if at in of.numbers else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(first, wide, strict=True))
        )
        before = "".join(f"{cell}  " for cell in cells)
        told = textwrap.wrap(last, max(_NARROW, _WIDTH - len(before) - 2)) or [""]
        yield f"  {before}{told[0]}".rstrip()
        yield from (f"  {'':<{len(before)}}{more}" for more in told[1:])


def _row(cells: Sequence[str], space: str = " ") -> str:
    return f"|{'|'.join(f'{space}{cell}{space}' for cell in cells)}|"


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


# JSON


def changes_record(changes: Changes) -> dict[str, Any]:
    least = bump_of(changes)
    return {
        "old": asdict(changes.old),
        "new": asdict(changes.new),
        "complete": changes.complete,
        "bump": {"level": least.level, "reason": least.reason},
        "contract": [asdict(each) for each in changes.contract],
        "edited": [asdict(each) for each in changes.parts],
        "decisions": [_decision(each, changes) for each in changes.decisions],
        "lifecycles": [
            {
                "name": each.name,
                "complete": each.complete,
                "moves": [_move(move, changes) for move in each.moves],
                "gained_states": list(each.gained_states),
                "lost_states": list(each.lost_states),
                "newly_reachable": list(each.newly_reachable),
                "newly_unreachable": list(each.newly_unreachable),
                "unchanged": each.unchanged,
            }
            for each in changes.lifecycles
        ],
    }


def as_json(changes: Changes) -> str:
    return json.dumps(changes_record(changes), indent=2, ensure_ascii=False)


def _decision(of: DecisionChanges, changes: Changes) -> dict[str, Any]:
    return {
        "name": of.name,
        "complete": of.complete,
        "regions": [region_record(each, of, changes) for each in of.regions],
        "unchanged": [label_record(each) for each in of.unchanged],
        "kept": list(of.kept),
        "rough": list(of.rough),
    }


def region_record(region: Region, of: DecisionChanges, changes: Changes) -> dict[str, Any]:
    kind = region.kind
    return {
        "direction": region.direction,
        "old": label_record(kind.old),
        "new": label_record(kind.new),
        "lost": list(kind.lost),
        "gained": list(kind.gained),
        "changes": [asdict(each) for each in kind.changes],
        "outcome": phrases.outcome_words(of, region),
        "where": _where(region.where, changes),
        "exactly": region.exactly,
        "witness": _witness(region.witness),
    }


def label_record(label: tuple[str, ...]) -> dict[str, Any]:
    return {"basis": label[0], "rule": label[1] if len(label) > 1 else None}


def _where(facts: Sequence[Fact] | None, changes: Changes) -> list[str] | None:
    return None if facts is None else phrases.where(facts, changes.triggers)


def _witness(of: Witness | None) -> dict[str, Any] | None:
    if of is None:
        return None
    return {
        "case": of.input,
        "as_of": of.as_of,
        "old": _decided(of.old),
        "new": _decided(of.new),
        "matters": sorted("/" + "/".join(map(str, each)) for each in of.matters),
    }


def _move(of: Move, changes: Changes) -> dict[str, Any]:
    return {
        "state": of.state,
        "event": of.event or None,
        "effect": of.effect,
        "old": of.old,
        "new": of.new,
        "by": list(of.by),
        "where": _where(of.where, changes),
        "exactly": of.exactly,
        "witness": _witness(of.witness),
    }


def _decided(of: Decided) -> dict[str, Any]:
    return {"basis": of.basis, "determining": list(of.determining), "outcome": of.outcome}
