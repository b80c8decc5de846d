"""`bylaw whynot`: the smallest change of a case that gives another outcome."""

import sys
from collections.abc import Sequence

import click

from engine.cli import options
from engine.cli.programs import decision_named, program_of
from engine.cli.screen import FOUND, Wrong, say
from engine.library import Library


@click.command(
    epilog="""\b
Examples:
  bylaw whynot handoff@1.0.0 --case case.json --want action=reply_and_close
  bylaw whynot handoff --case case.json --want action=reply_and_route --frozen /template
"""
)
@options.policy("policy")
@options.case(required=True)
@click.option(
    "--want",
    "wanted",
    metavar="FIELD=VALUE",
    multiple=True,
    required=True,
    help="What the outcome should have; several hold together.",
)
@click.option(
    "--frozen",
    metavar="POINTER",
    multiple=True,
    help="A fact that must stay as it is, with all below it, as /order.",
)
@click.option(
    "--thaw",
    "thawed",
    metavar="POINTER",
    multiple=True,
    help="A fact that may change although it is sensitive or a text.",
)
@options.decision
@options.as_of
@options.formats("text", "json")
@options.policies
def whynot(
    *,
    policy: str,
    case: str,
    wanted: Sequence[str],
    frozen: Sequence[str],
    thawed: Sequence[str],
    decision: str | None,
    now: int | None,
    format: str,
    library: Library,
) -> None:
    """Say what least would have to be different for another outcome.

    Sensitive facts stay as they are, and so do the words of texts, unless they are thawed. The exit
    code is 1 where no change gives what is wanted, or where that is not known.
    """
    from engine.cli.cases import opened, read_case
    from engine.verbs.solver import NoSolverError
    from engine.verbs.whynot import NotAskableError, whynot
    from engine.verbs.wishing.render import render
    from engine.verbs.wishing.wants import WrongWantError, read_want

    program = program_of(library, policy)
    name = decision_named(program, decision)
    with opened(case) as file:
        facts = read_case(file, case)
    at = options.the_time() if now is None else now
    try:
        of = program.decisions.get(name)
        pairs = _pairs(wanted)
        want = {field: read_want(of, field, text) if of else text for field, text in pairs.items()}
        answer = whynot(program, facts, want, name, at, frozen=frozen, thawed=thawed)
    except (NoSolverError, NotAskableError, WrongWantError) as wrong:
        raise Wrong(wrong.message, wrong.help) from wrong
    say(answer.model_dump_json(indent=2) if format == "json" else render(answer))
    if answer.answer in ("impossible", "unknown"):
        sys.exit(FOUND)


def _pairs(wanted: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in wanted:
        field, value = _pair(each)
        if found.setdefault(field, value) != value:
            raise Wrong(f"`{field}` is wanted twice", "want one value of each field")
    return found


def _pair(wanted: str) -> tuple[str, str]:
    field, sign, value = wanted.partition("=")
    if not sign or not field.strip():
        cure = "write the field, `=` and the value, as `action=reply_and_close`"
        raise Wrong(f"`{wanted}` does not say what is wanted", cure)
    return field.strip(), value.strip()
