"""A name spelled unlike nearly all of its kind: `orderId` among `order_state` and `order_date`.

No manner of spelling is better than another. Only where four in five names of one kind, and at
least three, are spelled alike is the rest spoken of.
"""

import re
from collections.abc import Iterator, Sequence

from engine.diagnostics.lints import UnlikeName
from engine.linter.base import Lint
from engine.syntax import nodes as syntax
from engine.syntax.walk import walk

_MANNERS = {
    "snake": re.compile(r"[^\W\dA-Z_][^\WA-Z_]*(_[^\WA-Z_]+)*"),
    "upper": re.compile(r"[^\W\da-z_][^\Wa-z_]*(_[^\Wa-z_]+)*"),
    "title": re.compile(r"[^\W\da-z_][^\W_]*"),
    "camel": re.compile(r"[^\W\dA-Z_][^\W_]*"),
}
_VALUES = (syntax.Threshold, syntax.List, syntax.Trigger, syntax.Table, syntax.Define)


def _find(tree: syntax.File) -> Iterator[UnlikeName]:
    for kind, names in _kinds(tree):
        yield from _unlike(kind, names)


def _kinds(tree: syntax.File) -> Iterator[tuple[str, Sequence[syntax.Name]]]:
    nodes = list(walk(tree))
    yield "field", [node.name for node in nodes if isinstance(node, syntax.Field)]
    yield "name", [node.name for node in nodes if isinstance(node, _VALUES)]
    yield (
        "rule",
        [
            node.name
            for node in nodes
            if isinstance(node, syntax.Rule | syntax.Guard | syntax.Guardrail)
        ],
    )
    yield (
        "type",
        [
            node.name
            for node in nodes
            if isinstance(node, syntax.Enum | syntax.Code | syntax.RecordType)
        ],
    )
    for node in nodes:
        if isinstance(node, syntax.Enum):
            yield "member", [member.name for member in node.members]


def _unlike(kind: str, names: Sequence[syntax.Name]) -> Iterator[UnlikeName]:
    alike = {
        manner: [name for name in names if pattern.fullmatch(name.text)]
        for manner, pattern in _MANNERS.items()
    }
    manner = max(alike, key=lambda manner: len(alike[manner]))
    usual = alike[manner]
    if len(usual) < 3 or len(usual) < 0.8 * len(names):
        return
    like = max(usual, key=lambda each: len(each.text)).text
    for name in names:
        if not _MANNERS[manner].fullmatch(name.text):
            yield UnlikeName(
                span=name.span,
                kind=kind,
                name=name.text,
                like=like,
                suggestion=_spelled(name.text, manner),
            )


def _spelled(name: str, manner: str) -> str:
    words = re.findall(r"[^\W\d_a-z]+(?![a-z])|[^\W\d_]?[^\W\d_A-Z]+|\d+", name)
    match manner:
        case "snake":
            return "_".join(words).lower()
        case "upper":
            return "_".join(words).upper()
        case "title":
            return "".join(word.capitalize() for word in words)
        case _:
            return "".join([words[0].lower(), *(word.capitalize() for word in words[1:])])


LINT = Lint(
    says=UnlikeName,
    find=_find,
    doc="A name spelled otherwise than the others of its kind.",
    valid=(
        """
record Order
  order_id:    text
  order_state: text
  placed_at:   instant
  paid:        bool
""",
        """
record Order
  orderId:    text
  orderState: text
  placedAt:   instant
  paid:       bool
""",
        """
record Order
  order_id:   text
  orderState: text
""",
        """
enum Valence: V_NEG, V_POS, V_MIXED, V_0
""",
    ),
    invalid=(
        """
record Order
  order_id:    text
  order_state: text
  placed_at:   instant
  paid:        bool
  shippedAt:   instant
""",
        """
enum State: DETECTED, ACKNOWLEDGED, IN_WORK, RESOLVED, Stale
""",
    ),
)
