"""A tree to the warnings of all lints, in the order of the text."""

from engine.diagnostics.base import Finding
from engine.linter.lints import (
    default_without_reason,
    incomplete_header,
    no_example,
    rule_without_condition,
    rule_without_reason,
    threshold_without_reason,
    unlike_name,
    unnamed_number,
    unused_declaration,
)
from engine.source import Source
from engine.syntax import nodes as syntax

LINTS = (
    default_without_reason.LINT,
    incomplete_header.LINT,
    no_example.LINT,
    rule_without_condition.LINT,
    rule_without_reason.LINT,
    threshold_without_reason.LINT,
    unlike_name.LINT,
    unnamed_number.LINT,
    unused_declaration.LINT,
)


def lint(tree: syntax.File, source: Source) -> tuple[Finding, ...]:
    said = [diagnostic for each in LINTS for diagnostic in each.find(tree)]
    return tuple(
        Finding(source, diagnostic)
        for diagnostic in sorted(said, key=lambda diagnostic: diagnostic.span.start)
    )
