"""A path below `data` and an input to the document there, deciding what has to be decided.

`data` holds an object for each live policy, in which each decision has its outcome under its name.
So `data.handoff.handoff` is an outcome, `data.handoff.handoff.tags[0]` stands within one, and
`data.handoff` is an object with the outcome of the one decision that is meant where nobody says
which.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import engine
from engine import Decision, Program
from service.opa.decides import Decides

_MOST_TOLD = 5


@dataclass(frozen=True)
class Document:
    """`value` is None where there is none: no such policy, decision or field, or a field not set.
    `decision_id` is None where nothing was decided or written down."""

    value: Any = None
    decision_id: str | None = None
    warning: str | None = None


@dataclass(frozen=True)
class Place:
    """`within` leads from the outcomes of the policy, of which this decision makes one."""

    program: Program
    decision: str
    within: tuple[str, ...]


def place(programs: Mapping[str, Program], path: tuple[str, ...]) -> Place | Document:
    """The document itself where it takes no decision to know it."""
    if not path:
        return Document({name: {} for name in sorted(programs)})
    program = programs.get(path[0])
    if program is None:
        return Document(warning=unknown("policy", path[0], programs))
    name = path[1] if path[1:] else own_decision(program)
    names = decisions_of(program)
    if name is None:
        listed = ", ".join(f"`{each}`" for each in names)
        return Document({}, warning=f"`{program.name}` has several decisions: {listed}")
    if name not in names:
        return Document(warning=unknown("decision", name, names))
    return Place(program, name, path[1:])


async def document(decides: Decides, at: Place | Document, input: Any, caller: str) -> Document:
    """Without input no fact is given."""
    if isinstance(at, Document):
        return at
    given = {} if input is None else input
    decision_id, decided = await decides.decide(at.program, at.decision, given, caller)
    outcomes = {} if decided.outcome is None else {at.decision: decided.outcome}
    return Document(_inside(outcomes, at.within), decision_id, _warning(decided))


def decisions_of(program: Program) -> list[str]:
    return [*program.decisions, *program.lifecycles]


def own_decision(program: Program) -> str | None:
    """The one with the policy's name, or else the only one."""
    names = decisions_of(program)
    if program.name in names:
        return program.name
    for alone in (list(program.decisions), names):
        if len(alone) == 1:
            return alone[0]
    return None


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    near = engine.nearest(name, list(known))
    return f"there is no {kind} `{name}`" + (f"; did you mean `{near}`?" if near else "")


def _inside(value: Any, path: Iterable[str]) -> Any:
    for part in path:
        match value:
            case dict():
                value = value.get(part)
            case list() if part.isascii() and part.isdigit() and len(part) < 10:
                value = value[int(part)] if int(part) < len(value) else None
            case _:
                return None
    return value


def _warning(decided: Decision) -> str | None:
    """OPA has no word for a refused case, and a client that never heard of one has to be safe; nor
    for a fact that nobody declared, which is perhaps misspelt."""
    told = []
    if decided.basis == "refused":
        faults = _some([reason.text for reason in decided.reasons])
        told = [
            f"the input breaks the declared facts, and the result is the safe outcome: {faults}"
        ]
    if decided.ignored:
        ignored = _some([_ignored(each.pointer, each.nearest) for each in decided.ignored])
        told.append(f"not declared, and ignored: {ignored}")
    return "; ".join(told) or None


def _ignored(pointer: str, nearest: str | None) -> str:
    return f"{pointer}, did you mean `{nearest}`?" if nearest else pointer


def _some(texts: Sequence[str]) -> str:
    return "; ".join(texts[:_MOST_TOLD]) + ("; and more" if texts[_MOST_TOLD:] else "")
