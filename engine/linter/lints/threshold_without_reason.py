"""A number that governs decisions, and no word about where it comes from."""

from collections.abc import Iterator

from engine.diagnostics.lints import ThresholdWithoutReason
from engine.linter.base import Lint
from engine.linter.spelling import written
from engine.syntax import nodes as syntax


def _find(tree: syntax.File) -> Iterator[ThresholdWithoutReason]:
    for each in tree.declarations:
        if isinstance(each, syntax.Threshold) and not each.because:
            yield ThresholdWithoutReason(
                span=each.name.span, name=each.name.text, value=written(each.value) or "what it is"
            )


LINT = Lint(
    says=ThresholdWithoutReason,
    find=_find,
    doc="A threshold without a reason.",
    valid=(
        """
threshold enough: number 0 .. 1 = 0.85
  because "below it, one answer in ten was wrong"
""",
    ),
    invalid=(
        """
threshold enough: number 0 .. 1 = 0.85
""",
        """
threshold late: duration = 2 * 24h
""",
    ),
)
