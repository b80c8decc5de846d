"""A policy that does not say what it is called, or who answers for it."""

from collections.abc import Iterator

from engine.diagnostics.lints import IncompleteHeader
from engine.linter.base import Lint
from engine.syntax import nodes as syntax


def _find(tree: syntax.File) -> Iterator[IncompleteHeader]:
    said = {"title": tree.header.title, "owner": tree.header.owner}
    missing = tuple(word for word, text in said.items() if not text)
    if missing:
        name = tree.header.name
        yield IncompleteHeader(span=name.span, policy=name.text, missing=missing)


LINT = Lint(
    says=IncompleteHeader,
    find=_find,
    doc="A header without a title or an owner.",
    valid=(
        """bylaw 1

policy refunds 1.0.0
  title "Refunds"
  owner "Support Operations"
""",
    ),
    invalid=(
        """bylaw 1

policy refunds 1.0.0
""",
        """bylaw 1

policy refunds 1.0.0
  title "Refunds"
  owner ""
""",
    ),
)
