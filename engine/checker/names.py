"""The names of a file: what each stands for, and complaints about names taken twice.

One namespace holds what stands at the top of a file (enums, records, thresholds, lists, triggers, tables, defines,
decisions, lifecycles); guarantees have one of their own, and so have the rules of each decision, the fields of each
record, the members of each enum. Members are found by the type that is wanted where they stand, or by being the only
ones of their name.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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
            tell(say.NameTaken(span=name.span, name=name.text, what="in the language a"))
        elif name.text in by_name:
            first = by_name[name.text]
            tell(say.NameTaken(span=name.span, name=name.text, what=WHAT[type(first)], first=first.name.span))
        else:
            by_name[name.text] = declaration
            order.append(declaration)
            if isinstance(declaration, syntax.Enum):
                for member in declaration.members:
                    members[member.name.text].append(name.text)
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


def unique(names: Iterable[syntax.Name], what: str, tell: Say) -> None:
    """Complains of every name that stood before."""
    seen: dict[str, syntax.Name] = {}
    for name in names:
        first = seen.setdefault(name.text, name)
        if first is not name:
            tell(say.NameTaken(span=name.span, name=name.text, what=what, first=first.span))
