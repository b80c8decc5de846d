"""A number or a duration in the condition of a rule, where a threshold would name and explain it.

0 and 1 need no name: what they mean is plain, and `count(…) >= 1` reads well.
"""

from collections.abc import Iterator

from engine.diagnostics.lints import UnnamedNumber
from engine.linter.base import Lint
from engine.linter.spelling import written
from engine.syntax import nodes as syntax
from engine.syntax.walk import walk

_COMPARISONS = frozenset({"<", "<=", ">", ">="})


def _find(tree: syntax.File) -> Iterator[UnnamedNumber]:
    for decision in tree.declarations:
        if isinstance(decision, syntax.Decision):
            for item in decision.items:
                if isinstance(item, syntax.Guard | syntax.Rule | syntax.Guardrail):
                    yield from _find_in(item)


def _find_in(rule: syntax.Guard | syntax.Rule | syntax.Guardrail) -> Iterator[UnnamedNumber]:
    conditions = [rule.condition, rule.requires if isinstance(rule, syntax.Guardrail) else None]
    for node in (node for condition in conditions if condition for node in walk(condition)):
        if isinstance(node, syntax.Binary) and node.symbol in _COMPARISONS:
            for side in (node.left, node.right):
                number = written(side)
                if number and number not in ("0", "1"):
                    type_ = "duration" if isinstance(side, syntax.Duration) else "number"
                    yield UnnamedNumber(
                        span=side.span, rule=rule.name.text, written=number, type=type_
                    )


LINT = Lint(
    says=UnnamedNumber,
    find=_find,
    doc="A number without a name in the condition of a rule.",
    valid=(
        """
threshold much: number = 100
  because "above it a person looks"

decision size(amount: number): text
  first
  rule large
    when amount > much
    then "large"
  rule small
    when amount > 0
    then "small"
  otherwise
    then "none"
  refused
    then "unknown"
""",
    ),
    invalid=(
        """
decision size(amount: number): text
  first
  rule large
    when amount > 100
    then "large"
  otherwise
    then "small"
  refused
    then "unknown"
""",
        """
record Violation
  code: text
  text: text

decision late(age: duration): list of Violation up to 1
  collect
  guardrail young
    requires age <= 24h
    because "it is too old"
  refused
    then []
""",
    ),
)
