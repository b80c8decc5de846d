"""A function in the making: what its locals stand for, and what has been computed already.

Code is written in the order in which it runs. So when a part that stands twice is written for the
second time, it is known whether the first one has run for sure (then its local is read), may have
run (then the local is filled if it is not), or belongs to a function around this one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from engine.backends.python.codes import parts_reader
from engine.backends.python.expand import Expander
from engine.backends.python.lookups import Lookups
from engine.backends.python.module import Module
from engine.language import types
from engine.language.functions import FUNCTIONS
from engine.program import nodes as program
from engine.program.nodes import Expression
from engine.program.walk import children
from engine.source import Span

_MOST_UNPACKED = 24


class Unset:
    """A local that nothing has filled yet."""


UNSET = Unset()


@dataclass(frozen=True)
class Kit:
    """What all functions of one policy are made with. `bits` are those of the triggers."""

    policy: program.Program
    module: Module
    expander: Expander
    lookups: Lookups
    bits: Mapping[str, int]
    match: str
    scan: str
    settle: str
    normalise: str
    match_once: str
    said: str

    readers: dict[str, str] = field(default_factory=dict)
    _free: dict[int, tuple[Expression, frozenset[str]]] = field(default_factory=dict)

    def free(self, node: Expression) -> frozenset[str]:
        """The variables that the node reads and does not bind itself."""
        if id(node) not in self._free:
            self._free[id(node)] = (node, self._read_by(node))
        return self._free[id(node)][1]

    def _read_by(self, node: Expression) -> frozenset[str]:
        match node:
            case program.Variable(name=name):
                return frozenset({name})
            case program.Quantified(variable=variable, items=items):
                return self._inside(node) - {variable} | self.free(items)
            case program.Gather(variable=variable, items=items):
                return self._inside(node) - {variable} | self.free(items)
            case _:
                return self._inside(node)

    def _inside(self, node: Expression) -> frozenset[str]:
        return frozenset().union(*(self.free(each) for each in children(node)))

    def use(self, function: Callable[..., object]) -> str:
        return self.module.name(function.__name__.strip("_"), function)

    def mask(self, triggers: Iterable[str]) -> int:
        return sum({self.bits[trigger] for trigger in triggers})

    def rank(self, enum: types.Enum) -> str:
        return self.module.name(f"rank_{enum.name}", enum.ranks)

    def members(self, values: tuple[object, ...]) -> str:
        return self.module.name("members", frozenset(values))

    def reader(self, code: types.Code) -> str:
        """The function that takes texts of the code apart."""
        if code.name not in self.readers:
            self.readers[code.name] = self.module.name(f"parts_{code.name}", parts_reader(code))
        return self.readers[code.name]


class Body:
    """`variables` are the policy's, with the locals that hold them; `roots` all that this function
    computes. A function inside a loop has the one `around` it, whose locals it takes as arguments;
    a sealed one takes only variables and their fields, which are there wherever it is called."""

    def __init__(
        self,
        kit: Kit,
        variables: Mapping[str, str],
        roots: Iterable[Expression],
        around: "Body | None" = None,
        *,
        sealed: bool = False,
    ) -> None:
        self.kit = kit
        self.variables = dict(variables)
        self.around = around
        self.sealed = sealed
        self.own = set(variables.values())
        self.taken: dict[str, None] = {}
        self.fields: dict[tuple[str, int], str] = {}
        self.members: dict[str, tuple[str, ...]] = {}
        self.lines: list[str] = []
        self.unset: dict[str, None] = {}
        self.parts: dict[object, str] = {}
        self.loops: dict[object, tuple[str, tuple[str, ...]]] = {}
        self.witnesses: dict[int, str] = {}
        self.seen: str | None = around.seen if around else None
        self._counted = _counted(roots)
        self._locals: dict[object, str] = {}
        self._begun: set[str] = set()
        self._sure: set[str] = set()

    def local(self, hint: str) -> str:
        name = self.kit.module.fresh(hint)
        self.own.add(name)
        return name

    def variable(self, name: str) -> str:
        found: Body | None = self
        while found is not None:
            if name in found.variables:
                return self.read(found.variables[name])
            found = found.around
        raise LookupError(name)

    def field(self, name: str, place: int) -> str | None:
        """The local that holds a field of a variable, if one does."""
        found: Body | None = self
        while found is not None:
            if (name, place) in found.fields:
                return self.read(found.fields[name, place])
            if name in found.variables:
                return None
            found = found.around
        return None

    def member(self, record: str, place: int) -> str | None:
        """The local that holds a field of a record's local, if one does."""
        found: Body | None = self
        while found is not None:
            if record in found.members:
                return self.read(found.members[record][place])
            found = found.around
        return None

    def read(self, name: str) -> str:
        """A local, of this function or one around it."""
        if name not in self.own and self.around is not None:
            self.around.read(name)
            self.taken[name] = None
        return name

    def stands_twice(self, node: Expression) -> bool:
        """Whether the part stands here several times, or outside already: what a loop does not
        change is not computed again at each turn."""
        if id(node) in self._counted and self._counted[id(node)][1] > 1:
            return True
        return self.around is not None and self.filled(id(node), self.kit.free(node)) is not None

    def filled(self, key: object, reads: frozenset[str]) -> str | None:
        """The local that holds this part for sure. Outside of a loop a part that reads the loop's
        variable would be about another one of that name."""
        name = self._locals.get(key)
        if name in self._sure:
            return name
        if self.around is None or self.sealed or not reads.isdisjoint(self.variables):
            return None
        outside = self.around.filled(key, reads)
        return outside and self.read(outside)

    def holds_part(self, name: str) -> bool:
        """Whether the local is filled only where its part has been computed."""
        outside = self.around is not None and self.around.holds_part(name)
        return outside or name in self._locals.values()

    def keep(self, key: object, node: Expression, hint: str, make: Callable[[bool], str]) -> str:
        """The part's value, computed at most once; `make` is told whether it was written before."""
        filled = self.filled(key, self.kit.free(node))
        if filled is not None:
            return filled
        name = self._locals.get(key) or self.local(hint)
        self._locals[key] = name
        again = name in self._begun
        code = make(again)
        self._begun.add(name)
        self._sure.add(name)
        if not again:
            return f"({name} := {code})"
        self.unset[name] = None
        unset = self.kit.module.name("UNSET", UNSET)
        return f"({name} if {name} is not {unset} else ({name} := {code}))"

    @contextmanager
    def perhaps(self) -> Iterator[None]:
        """What is written inside may not run."""
        before = set(self._sure)
        yield
        self._sure = before

    def unpack(self, name: str, type_: types.Type, roots: Iterable[Expression]) -> str | None:
        """What a record's variable is taken apart into, where that pays; None where it does not."""
        if not isinstance(type_, types.Record) or not 1 <= len(type_.fields) <= _MOST_UNPACKED:
            return None
        if not any(_reads_field(root, name) for root in roots):
            return None
        for place, each in enumerate(type_.fields):
            self.fields[name, place] = self.local(each.name)
        return ", ".join(self.fields[name, place] for place in range(len(type_.fields))) + ","

    def write(self, depth: int, code: str, span: Span | None = None) -> None:
        mark = "" if span is None else self.kit.module.at(span)
        self.lines.append(mark + "    " * depth + code)

    def reading(self, text: str) -> str:
        """Code for one pass over the text: `Matcher.match`, for a local without its frame. Where
        functions inside loops read texts too, one pass for all of them."""
        if self.seen is not None:
            return f"{self.kit.match_once}({text}, {self.read(self.seen)})"
        kit, found = self.kit, self.local("found")
        if not text.isidentifier():
            return f"{kit.match}({text})"
        scanned = f"{kit.scan}(({text} if {text}.isascii() else {kit.normalise}({text})).encode())"
        return f"({kit.settle}({found}, {text}) if ({found} := {scanned}) else 0)"

    def blanks(self, depth: int) -> list[str]:
        """The lines that a turn of the function begins with."""
        unset = self.kit.module.name("UNSET", UNSET)
        return ["    " * depth + f"{name} = {unset}" for name in self.unset]

    def mark(self, node: program.Node) -> str:
        return self.kit.module.at(node.span)


def worth_keeping(node: Expression) -> bool:
    """Whether reading a local is cheaper than computing the part again."""
    match node:
        case program.Constant() | program.Variable() | program.FieldOf() | program.Not():
            return False
        case program.Apply(symbol=symbol):
            return symbol in FUNCTIONS
        case _:
            return True


def reads_whole(node: Expression, name: str) -> bool:
    """Whether the variable is read otherwise than for a field."""
    if isinstance(node, program.Variable) and node.name == name:
        return True
    return any(
        isinstance(inside, program.Variable) and inside.name == name
        for each in distinct([node])
        if not isinstance(each, program.FieldOf)
        for inside in children(each)
    )


def distinct(roots: Iterable[Expression]) -> list[Expression]:
    """Every part once, however often it stands there."""
    return [node for node, _ in _counted(roots).values()]


def texts_in_functions(roots: Sequence[Expression]) -> bool:
    """Whether a text is read where its local is out of sight: in a loop, or in a part that may
    become a function of its own."""
    counted = _counted(roots)
    apart: list[Expression] = []
    for node, count in counted.values():
        match node:
            case program.Quantified(condition=condition):
                apart.append(condition)
            case program.Gather(value=value, condition=kept):
                apart += [value] if kept is None else [value, kept]
            case program.Template(pieces=pieces):
                apart += _repeated(pieces)
            case _ if count > 1 and worth_keeping(node) and not isinstance(node, program.Mentions):
                apart.append(node)
            case _:
                pass
    return any(isinstance(each, program.Mentions) for each in distinct(apart))


def _repeated(pieces: Sequence[program.Piece]) -> list[Expression]:
    found: list[Expression] = []
    for piece in pieces:
        match piece:
            case program.Repeat(items=items, pieces=inner):
                found.append(program.Template(inner, type=types.Text(), span=items.span))
            case program.If(pieces=inner, otherwise=otherwise):
                found += _repeated((*inner, *otherwise))
            case _:
                pass
    return found


def _reads_field(node: Expression, name: str) -> bool:
    return any(
        isinstance(each, program.FieldOf)
        and isinstance(each.record, program.Variable)
        and each.record.name == name
        for each in distinct([node])
    )


def _counted(roots: Iterable[Expression]) -> dict[int, tuple[Expression, int]]:
    """How often each part stands here, not counting what is inside a part that stood before."""
    counted: dict[int, tuple[Expression, int]] = {}
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        _, count = counted.get(id(node), (node, 0))
        counted[id(node)] = (node, count + 1)
        if count == 0:
            waiting += children(node)
    return counted
