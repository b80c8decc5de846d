"""A rule without `when` where the first one that applies decides, or only one may."""

from collections.abc import Iterator

from engine.diagnostics.lints import RuleWithoutCondition
from engine.linter.base import Lint
from engine.syntax import nodes as syntax


def _find(tree: syntax.File) -> Iterator[RuleWithoutCondition]:
    for decision in tree.declarations:
        if isinstance(decision, syntax.Decision) and _is_exclusive(decision):
            for rule in decision.items:
                if isinstance(rule, syntax.Rule) and rule.condition is None:
                    yield RuleWithoutCondition(span=rule.name.span, name=rule.name.text)


def _is_exclusive(decision: syntax.Decision) -> bool:
    policies = (each for each in decision.items if isinstance(each, syntax.HitPolicy))
    return any(each.word in ("first", "unique") for each in policies)


LINT = Lint(
    says=RuleWithoutCondition,
    find=_find,
    doc="A rule that always applies, among rules of which one decides.",
    valid=(
        """
decision size(amount: number): text
  first
  rule large
    when amount > 1
    then "large"
  otherwise
    then "small"
  refused
    then "unknown"
""",
        """
decision points(amount: number): number
  sum
  rule always_ten
    then 10
  refused
    then 0
""",
    ),
    invalid=(
        """
decision size(amount: number): text
  first
  rule large
    then "large"
  otherwise
    then "small"
  refused
    then "unknown"
""",
    ),
)
