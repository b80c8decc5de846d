"""A decision or a lifecycle of which no case is shown."""

from collections.abc import Iterator

from engine.diagnostics.lints import NoExample
from engine.linter.base import Lint
from engine.syntax import nodes as syntax


def _find(tree: syntax.File) -> Iterator[NoExample]:
    shown = {
        each.call.function.text for each in tree.declarations if isinstance(each, syntax.Example)
    }
    for each in tree.declarations:
        if isinstance(each, syntax.Decision | syntax.Lifecycle) and each.name.text not in shown:
            kind = "decision" if isinstance(each, syntax.Decision) else "lifecycle"
            yield NoExample(span=each.name.span, kind=kind, name=each.name.text)


_DECISION = """
decision greeting(hour: integer): text
  first
  rule morning
    when hour < 12
    then "good morning"
  otherwise
    then "good day"
  refused
    then "hello"
"""

LINT = Lint(
    says=NoExample,
    find=_find,
    doc="A decision or a lifecycle without an example.",
    valid=(
        _DECISION
        + """
example "At nine it is morning"
  greeting(hour: 9) gives "good morning" by morning
""",
    ),
    invalid=(
        _DECISION,
        """
record Door
  open: bool

lifecycle door(door: Door)
  state CLOSED initial
  state OPEN   final

  event pull

  transition CLOSED -> OPEN on pull
""",
    ),
)
