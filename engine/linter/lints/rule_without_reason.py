"""A rule that gives no reason, in a decision where another does."""

from collections.abc import Iterator

from engine.diagnostics.lints import RuleWithoutReason
from engine.linter.base import Lint
from engine.syntax import nodes as syntax

_WORDS = {syntax.Guard: "guard", syntax.Rule: "rule", syntax.Guardrail: "guardrail"}


def _find(tree: syntax.File) -> Iterator[RuleWithoutReason]:
    for decision in tree.declarations:
        if isinstance(decision, syntax.Decision):
            yield from _find_in(decision)


def _find_in(decision: syntax.Decision) -> Iterator[RuleWithoutReason]:
    rules = [
        each
        for each in decision.items
        if isinstance(each, syntax.Guard | syntax.Rule | syntax.Guardrail)
    ]
    reasoned = next((each for each in rules if each.because), None)
    if reasoned is None:
        return
    for rule in rules:
        if rule.because is None:
            yield RuleWithoutReason(
                span=rule.name.span,
                kind=_WORDS[type(rule)],
                name=rule.name.text,
                other=reasoned.name.text,
                other_span=reasoned.name.span,
            )


LINT = Lint(
    says=RuleWithoutReason,
    find=_find,
    doc="A rule without a reason, where another rule of the decision has one.",
    valid=(
        """
decision size(amount: number): text
  first
  rule large
    when amount > 1
    then "large"
    because "{amount} is more than one"
  otherwise
    then "small"
  refused
    then "unknown"
""",
        """
decision size(amount: number): text
  first
  rule large
    when amount > 1
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
    when amount > 1
    then "large"
    because "{amount} is more than one"
  rule small
    when amount > 0
    then "small"
  otherwise
    then "none"
  refused
    then "unknown"
""",
    ),
)
