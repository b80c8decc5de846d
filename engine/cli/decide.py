"""`bylaw decide`: one case, or a file of cases, to decisions."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO, TYPE_CHECKING

import click

from engine import __version__
from engine.cli import options
from engine.cli.programs import decision_named, program_of
from engine.cli.screen import FOUND, Wrong, columns, counted, progress, say
from engine.library import Library

if TYPE_CHECKING:
    from engine.cli.cases import Case, Read
    from engine.decision import Decision
    from engine.program.nodes import Program


@click.command(
    epilog="""\b
Examples:
  bylaw decide handoff@1.0.0 --case case.json
  echo '{"message": "Hello"}' | bylaw decide handoff --case - --format json
  bylaw decide policies/handoff/1.1.0.bylaw --cases cases.csv > decisions.jsonl
"""
)
@options.policy("policy")
@options.case(required=False)
@click.option(
    "--cases",
    type=click.Path(dir_okay=False),
    help="A file of cases: JSON lines, or .csv with a column for each fact; - reads the input.",
)
@options.decision
@options.as_of
@options.formats("text", "json")
@options.policies
def decide(
    *,
    policy: str,
    case: str | None,
    cases: str | None,
    decision: str | None,
    now: int | None,
    format: str,
    library: Library,
) -> None:
    """Decide one case, or a file of cases, by a policy.

    POLICY is a file, a name@version, or a name for its newest version. Many cases give one JSON
    record on each line. The exit code is 1 when a case was refused.
    """
    if case is not None and cases is not None:
        raise Wrong("`--case` and `--cases` do not go together", "give one of them")
    if case is None and cases is None:
        cure = "give one with `--case FILE`, or many with `--cases FILE`"
        raise Wrong("it is not said what is to be decided", cure)
    program = program_of(library, policy)
    name = decision_named(program, decision)
    at = options.the_time() if now is None else now
    refused = 0
    if case is not None:
        refused = _one(program, case, name, at, format)
    if cases is not None:
        refused = _many(program, cases, name, at)
    if refused:
        sys.exit(FOUND)


def _one(program: "Program", path: str, name: str, now: int, format: str) -> int:
    from engine.cli.cases import opened, read_case
    from engine.verbs.decide import decide

    with opened(path) as file:
        case = read_case(file, path)
    decision = decide(program, case, name, now)
    say(_json(program, decision, indent=2) if format == "json" else _text(program, decision))
    return int(decision.basis == "refused")


def _many(program: "Program", path: str, name: str, now: int) -> int:
    from engine.cli.cases import opened, read_cases
    from engine.verbs.decide import decider, parameters_of

    refused = total = 0
    decide = decider(program, name, now)
    with opened(path) as file:
        for case in _with_progress(file, read_cases(file, path, parameters_of(program, name))):
            decision = decide(case)
            click.echo(_json(program, decision, indent=None))
            total += 1
            refused += decision.basis == "refused"
    if refused:
        say(f"{refused} of {counted(total, 'case')} refused", error=True)
    return refused


def _with_progress(file: IO[str], reads: Iterator["Read"]) -> Iterator["Case"]:
    """Shows on a terminal how much of the file has been read."""
    size = file.seek(0, 2) if file.seekable() else None
    if size is not None:
        file.seek(0)
    with progress(size, "deciding") as note:
        for read in reads:
            yield read.case
            note(read.size)


def _json(program: "Program", decision: "Decision", indent: int | None) -> str:
    from engine.verbs.decide import record

    made = record(program, decision, __version__)
    if decision.faults:
        made["errors"] = [asdict(fault) for fault in decision.faults]
    return json.dumps(made, ensure_ascii=False, indent=indent)


def _text(program: "Program", decision: "Decision") -> str:
    head = f"{program.name} {program.version}: {decision.decision}, as of {decision.as_of}"
    return "\n".join([head, "", *_outcome(decision.outcome), "", *_why(decision)])


def _outcome(outcome: object) -> list[str]:
    if not isinstance(outcome, dict):
        return [f"  {_shown(outcome)}"]
    return columns((field, _shown(value)) for field, value in outcome.items())


def _shown(value: object) -> str:
    match value:
        case None:
            return "missing"
        case True | False:
            return "yes" if value else "no"
        case str():
            return value
        case list() if not any(isinstance(each, dict | list) for each in value):
            return ", ".join(_shown(each) for each in value) or "none"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _why(decision: "Decision") -> Iterator[str]:
    basis = decision.basis.replace("_", " ")
    determining = ", ".join(each for each in decision.determining if each != basis)
    yield f"by {basis} {determining}".rstrip()
    for reason in () if decision.faults else decision.reasons:  # they say the same
        yield f"  {reason.text}"
    if decision.basis == "no_transition":
        yield f"allowed here: {', '.join(decision.allowed) or 'nothing'}"
    for fault in decision.faults:
        yield f"  {fault.pointer or '/'}: expected {fault.expected}, found {fault.got}"
    for pointer in decision.unknown:
        yield f"not known: {pointer}"
    for ignored in decision.ignored:
        meant = f" (did you mean {ignored.nearest}?)" if ignored.nearest else ""
        yield f"ignored: {ignored.pointer}{meant}"
