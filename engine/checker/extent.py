"""How deep and how long declarations are, once what they name stands written out in them.

A define may call others, and a record hold others, so that a few lines stand for more than anything
could go through. What is too much is told here, before anything is lowered: all that comes later
goes down by recursion, and much of it writes out.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.checker.names import Names, Say
from engine.diagnostics import extent as say
from engine.diagnostics.extent import Kind
from engine.source import Span
from engine.syntax import nodes as syntax
from engine.syntax.walk import children

DEEPEST = 100
LONGEST = 300_000
MOST_FACTS = 10_000


def too_much(names: Names, declarations: Iterable[syntax.Node], tell: Say) -> bool:
    """Whether anything is; then there is no sense in going on."""
    records = {each.name.text: each for each in names.of(syntax.RecordType)}
    defines = {each.name.text: each for each in names.of(syntax.Define)}
    facts = _Extents({name: _facts(each, records) for name, each in records.items()})
    steps = _Extents({name: _steps(each, defines) for name, each in defines.items()})
    found = False
    for name, record in records.items():
        found |= _tell(facts.own[name], facts, "record", record, tell)
    for declaration in declarations:
        found |= _tell(_steps(declaration, defines), steps, "define", declaration, tell)
    return found


@dataclass(frozen=True)
class _Own:
    """What stands in a declaration itself; `uses` are the names in it, each with its level. `size`
    may be as great as the author's patience."""

    levels: int
    size: int
    uses: tuple[tuple[int, str], ...]


class _Extents:
    """Levels and size of each declaration with everything written out, held at a great number."""

    def __init__(self, own: Mapping[str, _Own]) -> None:
        self.own = own
        self._known: dict[str, tuple[int, int]] = {}
        for name in own:
            self._look(name)

    def of(self, own: _Own) -> tuple[int, int]:
        levels, size = own.levels, own.size
        for level, name in own.uses:
            more, longer = self._known.get(name, (0, 0))  # nothing known of itself: told elsewhere
            levels, size = max(levels, level + more), size + longer
        return min(levels, _MORE), min(size, _MORE)

    def _look(self, name: str) -> None:
        """Those that it uses come first. Without recursion, however long the way."""
        path, opened = [(name, self._used(name))], {name}
        while path:
            here, uses = path[-1]
            used = next((each for each in uses if each not in opened), None)
            if used is None:
                self._known[here] = self.of(self.own[here])
                path.pop()
            elif used not in self._known:
                opened.add(used)
                path.append((used, self._used(used)))

    def _used(self, name: str) -> Iterator[str]:
        return (used for _, used in self.own[name].uses)


_MORE = 10**9


def _facts(record: syntax.RecordType, records: Container[str]) -> _Own:
    named = [_named(field.type) for field in record.fields]
    return _Own(1, len(named), tuple((1, name) for name in named if name in records))


def _named(type_: syntax.Type) -> str:
    while isinstance(type_, syntax.ListType):
        type_ = type_.element
    return type_.name.text if isinstance(type_, syntax.NamedType) else ""


def _steps(declaration: syntax.Node, defines: Container[str]) -> _Own:
    uses: list[tuple[int, str]] = []
    size, level, here = 0, 0, [declaration]
    while here:
        size, level, inside = size + len(here), level + 1, list[syntax.Node]()
        for node in here:
            if isinstance(node, syntax.Name):
                if node.text in defines and level > 2:
                    uses.append((level, node.text))
            else:
                inside += [each for _, each in children(node)]
        here = inside
    return _Own(level, size, tuple(uses))


def _tell(own: _Own, extents: _Extents, kind: Kind, node: syntax.Node, tell: Say) -> bool:
    """Only where the fault is this one's, and not that of what it uses."""
    most = MOST_FACTS if kind == "record" else LONGEST
    inside = [(level, extents.of(extents.own[used])) for level, used in own.uses]
    if any(levels > DEEPEST or size > most for _, (levels, size) in inside):
        return True
    span, subject = _subject(node)
    if any(level + levels > DEEPEST for level, (levels, _) in inside):
        tell(say.TooDeep(span=span, subject=subject, kind=kind, limit=DEEPEST))
    elif sum(size for _, (_, size) in inside) > most:
        tell(say.TooLong(span=span, subject=subject, kind=kind, limit=most))
    else:
        return False
    return True


def _subject(node: syntax.Node) -> tuple[Span, str]:
    name = getattr(node, "name", None)
    if isinstance(name, syntax.Name):
        return name.span, f"`{name.text}`"
    return node.span, "this"
