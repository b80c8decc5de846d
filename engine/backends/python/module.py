"""Lines of Python, each with its place in the policy, to functions: a traceback shows the policy's
own lines.

The text of a line may hold marks (`Module.at`): what follows a mark stands for that line of the
policy. `text__(…)` in it is a text put together from its arguments; a pair is a value and how it is
printed. No word of a policy gets into the text but as a constant: names are made here, texts are
written by `repr` or kept in the module's namespace.
"""

import ast
import linecache
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from types import CodeType
from typing import Any

from engine.source import Source, Span

_ONE_AT_A_TIME = Lock()
"""Python 3.11 counts the depth of a tree for all threads together; two that build one fail."""
_MARK = re.compile("\x01(\\d+)\x02")
_WORD = re.compile(r"[^0-9A-Za-z]+")
_PLAIN_LENGTH = 8


class Module:
    """A Python module in the making. Everything in its namespace has one name for good."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._names: dict[str, Any] = {}
        self._known: dict[object, str] = {}
        self._lines: list[str] = []
        self._count = 0

    def fresh(self, hint: str) -> str:
        """A name that nothing else has."""
        self._count += 1
        return f"{_WORD.sub('_', hint)}_{self._count}"

    def at(self, span: Span) -> str:
        return f"\x01{self._source.line(span.start)}\x02"

    def constant(self, value: object) -> str:
        """An expression for the value: itself where it is plain, else a name."""
        if _is_plain(value):
            written = repr(value)
            return f"({written})" if written.startswith("-") else written
        return self.name("k", value)

    def name(self, hint: str, value: object) -> str:
        """A name for the value; one for each value that is the same."""
        key = id(value)
        if key not in self._known:
            self._known[key] = name = self.fresh(hint)
            self._names[name] = value
        return self._known[key]

    def line(self, span: Span) -> int:
        return self._source.line(span.start)

    def add(self, head: str, lines: Iterable[str], span: Span) -> None:
        """A function, whose lines are indented already."""
        self._lines += [self.at(span) + head, *lines]

    def load(self) -> Mapping[str, Callable[..., Any]]:
        text, origins = _lay_out(self._lines)
        with _ONE_AT_A_TIME:
            code = self._compiled(text, origins)
        exec(code, self._names)
        return self._names

    def _compiled(self, text: str, origins: Sequence[int]) -> CodeType:
        tree = _Texts().visit(ast.parse(text))
        for node in ast.walk(tree):
            if isinstance(node, ast.expr | ast.stmt | ast.excepthandler | ast.arg | ast.keyword):
                node.lineno = node.end_lineno = origins[node.lineno - 1]
                node.col_offset = node.end_col_offset = 0
        source = self._source
        linecache.cache[source.name] = (
            len(source.text), None, source.text.splitlines(keepends=True), source.name,
        )  # fmt: skip
        return compile(tree, source.name, "exec")


def _is_plain(value: object) -> bool:
    match value:
        case None | bool() | int() | str():
            return True
        case float():
            return math.isfinite(value)
        case tuple():
            return len(value) <= _PLAIN_LENGTH and all(map(_is_plain, value))
        case _:
            return False


def _lay_out(lines: Iterable[str]) -> tuple[str, list[int]]:
    """The text with a new line at each mark, and for each of its lines that of the policy. A mark
    stands before all else in its line, or between brackets."""
    laid: list[str] = []
    origins: list[int] = []
    origin = 1
    for line in lines:
        before, *marked = _MARK.split(line)
        if before:
            laid.append(before)
            origins.append(origin)
        for number, code in zip(marked[::2], marked[1::2], strict=True):
            origin = int(number)
            laid.append(code)
            origins.append(origin)
    return "\n".join(laid) + "\n", origins


class _Texts(ast.NodeTransformer):
    """`text__("a ", x, (y, ".2f"))` to `f"a {x}{y:.2f}"`."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if not (isinstance(node.func, ast.Name) and node.func.id == "text__"):
            return node
        return ast.copy_location(ast.JoinedStr([_piece(each) for each in node.args]), node)


def _piece(node: ast.expr) -> ast.expr:
    match node:
        case ast.Constant(value=str()):
            return node
        case ast.Tuple(elts=[value, ast.Constant(value=str()) as printed]):
            form = ast.copy_location(ast.JoinedStr([printed]), node)
            return ast.copy_location(ast.FormattedValue(value, -1, form), node)
        case _:
            return ast.copy_location(ast.FormattedValue(node, -1, None), node)
