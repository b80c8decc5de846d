"""A fact that is made up when it is missing, and no word about why that is safe.

The fields of an outcome are not facts: their defaults need no reason.
"""

from collections.abc import Iterator

from engine.diagnostics.lints import DefaultWithoutReason
from engine.linter.base import Lint
from engine.syntax import nodes as syntax
from engine.syntax.walk import walk


def _find(tree: syntax.File) -> Iterator[DefaultWithoutReason]:
    records = {
        each.name.text: each for each in tree.declarations if isinstance(each, syntax.RecordType)
    }
    outcomes = _held(records, _outcome_types(tree)) - _held(records, _fact_types(tree))
    for record in records.values():
        if record.name.text not in outcomes:
            for field in record.fields:
                if field.default and not field.default.because:
                    yield DefaultWithoutReason(
                        span=field.default.span, record=record.name.text, field=field.name.text
                    )


def _outcome_types(tree: syntax.File) -> Iterator[syntax.Type]:
    return (each.result for each in tree.declarations if isinstance(each, syntax.Decision))


def _fact_types(tree: syntax.File) -> Iterator[syntax.Type]:
    for each in tree.declarations:
        if isinstance(each, syntax.Decision | syntax.Lifecycle):
            yield from (node.type for node in walk(each) if isinstance(node, syntax.Parameter))


def _held(records: dict[str, syntax.RecordType], types: Iterator[syntax.Type]) -> set[str]:
    """The records of these types, and those within them."""
    found: set[str] = set()
    open_types: list[syntax.Node] = list(types)
    while open_types:
        names = {
            node.name.text for node in walk(open_types.pop()) if isinstance(node, syntax.NamedType)
        }
        new = (names & records.keys()) - found
        found |= new
        open_types += [records[name] for name in new]
    return found


LINT = Lint(
    says=DefaultWithoutReason,
    find=_find,
    doc="A default of a fact without a reason.",
    valid=(
        """
record Ticket
  vip: bool default false because "a missing flag would escalate every ticket"
""",
        """
record Ticket
  vip: bool optional

record Handoff
  escalate: bool default false

decision handoff(ticket: Ticket): Handoff
  guard vip
    when ticket.vip
    then escalate: true
  otherwise
    then escalate: false
  refused
    then escalate: true
""",
    ),
    invalid=(
        """
record Ticket
  vip: bool default false
""",
        """
record Part
  weight: number default 1

record Ticket
  parts: list of Part up to 3

decision parts(ticket: Ticket): list of Part up to 3
  collect
  rule heavy
    then weight: 2
  refused
    then []
""",
    ),
)
