"""Something declared that nothing uses: no rule, no other declaration, no guarantee, no example."""

from collections.abc import Iterator

from engine.diagnostics.lints import UnusedDeclaration
from engine.linter.base import Lint
from engine.syntax import nodes as syntax
from engine.syntax.walk import children

_DECLARED = (
    syntax.Enum,
    syntax.Code,
    syntax.RecordType,
    syntax.Threshold,
    syntax.List,
    syntax.Trigger,
    syntax.Table,
    syntax.Define,
)
_WORDS = ("enum", "code", "record", "threshold", "list", "trigger", "table", "define")
_NAMES_OF_PARTS = (
    syntax.Part,
    syntax.Entry,
    syntax.Setting,
    syntax.Argument,
    syntax.Member,
    syntax.Field,
    syntax.Parameter,
    syntax.Decision,
    syntax.Guard,
    syntax.Rule,
    syntax.Guardrail,
    syntax.Guarantee,
)
"""Their `name` is their own, or a field's or a parameter's, and uses nothing that is declared."""


def _find(tree: syntax.File) -> Iterator[UnusedDeclaration]:
    used = {name for each in tree.declarations for name in _used(each)}
    for each in tree.declarations:
        if isinstance(each, _DECLARED) and each.name.text not in used:
            word = _WORDS[_DECLARED.index(type(each))]
            yield UnusedDeclaration(span=each.name.span, kind=word, name=each.name.text)


def _used(node: syntax.Node) -> Iterator[str]:
    own_name = "name" if isinstance(node, (*_DECLARED, *_NAMES_OF_PARTS)) else None
    for field, child in children(node):
        if isinstance(child, syntax.Name):
            if field != own_name:
                yield child.text
        else:
            yield from _used(child)


LINT = Lint(
    says=UnusedDeclaration,
    find=_find,
    doc="A declaration that nothing uses.",
    valid=(
        """
enum Size: small, large

threshold much: number = 100

table size_of(amount: number): Size
  | amount   | size  |
  | <= much  | small |
  | > much   | large |

example "A hundred is small"
  size_of(100) gives small
""",
    ),
    invalid=(
        """
threshold much: number = 100
""",
        """
enum Size: small, large
""",
        """
list sizes: text = "small", "large"

define is_size(word: text) = word in sizes
""",
        """
trigger refund mentions "money back"
""",
        """
threshold much: number = 100

decision size(amount: number): text
  first
  rule much
    when amount > 0
    then "large"
  otherwise
    then "small"
  refused
    then "unknown"
""",
    ),
)
