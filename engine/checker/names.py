"""The names of a file: what each stands for, and complaints about names taken twice.

One namespace holds what stands at the top of a file (enums, records, thresholds, lists, triggers,
tables, defines, decisions, lifecycles); guarantees have one of their own, and so have the rules of
each decision, the fields of each record, the members of each enum. Members are found by the type
that is wanted where they stand, or by being the only ones of their name.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

from engine.diagnostics import names as say
from engine.diagnostics.base import Diagnostic
from engine.language.functions import AGGREGATES, FUNCTIONS
from engine.syntax import nodes as syntax

T = TypeVar("T")
Say = Callable[[Diagnostic], None]

Named = (
    syntax.Enum
    | syntax.Code
    | syntax.RecordType
    | syntax.Threshold
    | syntax.List
    | syntax.Trigger
    | syntax.Table
    | syntax.Define
    | syntax.Decision
    | syntax.Lifecycle
)

WHAT: Mapping[type, str] = {
    syntax.Enum: "an enum",
    syntax.Code: "a code",
    syntax.RecordType: "a record",
    syntax.Threshold: "a threshold",
    syntax.List: "a list",
    syntax.Trigger: "a trigger",
    syntax.Table: "a table",
    syntax.Define: "a define",
    syntax.Decision: "a decision",
    syntax.Lifecycle: "a lifecycle",
}

RESERVED = {"now", "outcome", "event", "state", "matched"}


@dataclass(frozen=True)
class Names:
    """`by_name` keeps the first of two declarations with one name; `order` is the file's."""

    by_name: Mapping[str, Named]
    order: tuple[Named, ...]
    guarantees: tuple[syntax.Guarantee, ...]
    examples: tuple[syntax.Example, ...]
    waivers: tuple[syntax.Waiver, ...]
    members: Mapping[str, tuple[str, ...]]

    def of(self, kind: type[T]) -> list[T]:
        return [each for each in self.order if isinstance(each, kind)]


def names_of(tree: syntax.File, tell: Say) -> Names:
    by_name: dict[str, Named] = {}
    order: list[Named] = []
    members: dict[str, list[str]] = defaultdict(list)
    for declaration in tree.declarations:
        if not isinstance(declaration, Named):
            continue
        name = declaration.name
        if name.text in FUNCTIONS or name.text in AGGREGATES or name.text in RESERVED:
            tell(say.NameTaken(span=name.span, name=name.text, what="a word of the language"))
        elif name.text in by_name:
            first = by_name[name.text]
            tell(
                say.NameTaken(
                    span=name.span, name=name.text, what=WHAT[type(first)], first=first.name.span
                )
            )
        else:
            by_name[name.text] = declaration
            order.append(declaration)
            for member in _members(declaration):
                members[member.text].append(name.text)
    guarantees = [each for each in tree.declarations if isinstance(each, syntax.Guarantee)]
    examples = [each for each in tree.declarations if isinstance(each, syntax.Example)]
    unique((each.name for each in guarantees), "a guarantee", tell)
    unique((syntax.Name(each.title, span=each.span) for each in examples), "an example", tell)
    return Names(
        by_name,
        tuple(order),
        tuple(guarantees),
        tuple(examples),
        tuple(each for each in tree.declarations if isinstance(each, syntax.Waiver)),
        {name: tuple(enums) for name, enums in members.items()},
    )


def calls(node: syntax.Define, names: Names) -> list[syntax.Name]:
    """The defines that a define reads, where it names them."""
    own = {parameter.name.text for parameter in node.parameters}
    found = [name for name in _used(node.value) if name.text not in own]
    return [name for name in found if isinstance(names.by_name.get(name.text), syntax.Define)]


def _used(node: syntax.Node) -> Iterator[syntax.Name]:
    """The names that stand in an expression as values or functions; not those of fields."""
    match node:
        case syntax.Name():
            yield node
        case syntax.Part(value=value) | syntax.Entry(value=value) | syntax.Argument(value=value):
            if value is not None:
                yield from _used(value)
        case _:
            for field in fields(node):
                value = getattr(node, field.name)
                for each in value if isinstance(value, tuple) else (value,):
                    if isinstance(each, syntax.Node):
                        yield from _used(each)


def in_calling_order(names: Names, tell: Say) -> tuple[list[str], frozenset[str]]:
    """The defines, each after all that call it, and those that lead back to themselves."""
    reads = {each.name.text: calls(each, names) for each in names.of(syntax.Define)}
    done: dict[str, None] = {}
    recursive: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in done:
            return
        for used in reads[name]:
            if used.text in path:
                circle = (*path[path.index(used.text) :], used.text)
                if not recursive & set(circle):
                    tell(say.DefinedByItself(span=used.span, name=used.text, path=circle))
                recursive.update(circle)
            else:
                visit(used.text, (*path, used.text))
        done[name] = None

    for name in reads:
        visit(name, (name,))
    return list(reversed(done)), frozenset(recursive)


def _members(declaration: Named) -> list[syntax.Name]:
    """An enum's members; a lifecycle's states are the members of an enum of its name."""
    match declaration:
        case syntax.Enum(members=members):
            return [member.name for member in members]
        case syntax.Lifecycle(items=items):
            return [item.name for item in items if isinstance(item, syntax.State)]
        case _:
            return []


def unique(names: Iterable[syntax.Name], what: str, tell: Say) -> None:
    """Complains of every name that stood before."""
    seen: dict[str, syntax.Name] = {}
    for name in names:
        first = seen.setdefault(name.text, name)
        if first is not name:
            tell(say.NameTaken(span=name.span, name=name.text, what=what, first=first.span))
