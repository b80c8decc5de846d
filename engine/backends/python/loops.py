"""What goes over a list to a function of its own, with a plain loop; the caller calls it."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.backends.python import expressions
from engine.backends.python.body import Body, reads_whole
from engine.language import types
from engine.language.functions import AGGREGATES
from engine.language.operators import finite
from engine.program import nodes as program
from engine.program.nodes import Expression
from engine.source import Span


@dataclass(frozen=True)
class Loop:
    """A function that goes over `items`: the code is written into `body`, at depth 2."""

    body: Body
    around: Body
    name: str
    items: str
    target: str
    span: Span

    def call(self, items: str, before: Sequence[str], after: Sequence[str]) -> str:
        """Finishes the function, and gives code that calls it."""
        free = list(self.body.taken)
        self.body.kit.module.add(
            f"def {self.name}({', '.join([self.items, *free])}):",
            [
                *(f"    {line}" for line in before),
                f"    for {self.target} in {self.items}:",
                *self.body.blanks(2),
                *self.body.lines,
                *(f"    {line}" for line in after),
            ],
            self.span,
        )
        return f"{self.name}({', '.join([items, *(self.around.read(each) for each in free)])})"


def start(
    body: Body, node: program.Node, variable: str, items: Expression, roots: Sequence[Expression],
    whole: bool = False,
) -> Loop:  # fmt: skip
    """A loop over the elements of a list, as `variable`; `roots` is all that is computed of each.
    `whole` says that the element itself is wanted."""
    module = body.kit.module
    listed, element = module.fresh("items"), module.fresh(variable)
    inner = Body(body.kit, {variable: element}, roots, body)
    inner.own.add(listed)
    target = element
    type_ = items.type.element if isinstance(items.type, types.ListOf) else items.type
    if not whole and not any(reads_whole(root, variable) for root in roots):
        target = inner.unpack(variable, type_, roots) or element
    return Loop(
        inner, body, module.fresh(node.__class__.__name__.lower()), listed, target, node.span
    )


def quantified(body: Body, node: program.Quantified) -> str:
    found = body.witnesses.get(id(node))
    if found is not None:
        search = f"({found} := {_witness(body, node)})"
        if not node.unknown:
            return f"({search} is not None)"
        return f"(None if {search} is ... else {found} is not None)"
    tests, items = expressions.presence(body, node.items)
    loop = start(body, node, node.variable, node.items, [node.condition])
    ends = node.quantity == "any"
    if node.condition.unknown:
        loop.body.write(2, f"holds = ({_condition(loop.body, node.condition)})")
        loop.body.write(2, f"if holds is {ends}: return {ends}")
        loop.body.write(2, "if holds is None: found = None")
        return expressions.where(tests, loop.call(items, [f"found = {not ends}"], ["return found"]))
    form = expressions.true if ends else expressions.false
    loop.body.write(2, f"if ({form(loop.body, node.condition)}): return {ends}")
    return expressions.where(tests, loop.call(items, [], [f"return {not ends}"]))


def gather(body: Body, node: program.Gather) -> str:
    tests, items = expressions.presence(body, node.items)
    loop = _gathering(body, node)
    return expressions.where(tests, loop.call(items, ["found = []"], ["return tuple(found)"]))


def aggregate(body: Body, node: program.Aggregate) -> str:
    tests, items = expressions.presence(body, node.gather.items)
    if node.name == "count":
        return expressions.where(tests, _count(body, node, items))
    if node.name in ("max", "min"):
        code = _extreme(body, node, items)
    else:
        meaning = body.kit.use(AGGREGATES[node.name].meaning)
        code = _gathering(body, node.gather).call(
            items, ["found = []"], [f"return {meaning}(found)"]
        )
    if node.unknown and isinstance(node.type, types.Number):
        code = f"{body.kit.use(_finite)}({code})"
    return expressions.where(tests, code)


def compare_count(body: Body, node: program.CompareCount) -> str:
    tests, (items, other) = expressions.operands_of(body, (node.count.gather.items, node.other))
    interval = _interval(body, node.count, items)
    sign = node.symbol if node.count_left else _TURNED[node.symbol]
    compare = body.kit.use(_COMPARED[sign])
    return expressions.where(tests, f"{compare}(*{interval}, {other})")


def part(body: Body, node: Expression) -> str:
    """A part that stands in several places, as a function; it takes variables and fields alone."""
    inner = Body(body.kit, {}, [node], body, sealed=True)
    code = expressions.value(inner, node)
    name = body.kit.module.fresh("part")
    free = ", ".join(inner.taken)
    lines = [*inner.blanks(1), f"    return ({code})"]
    body.kit.module.add(f"def {name}({free}):", lines, node.span)
    return f"{name}({free})"


def _witness(body: Body, node: program.Quantified) -> str:
    """Code for the first element for which the condition is true; None where there is none, and
    `...` where that is unknown."""
    tests, items = expressions.presence(body, node.items)
    loop = start(body, node, node.variable, node.items, [node.condition], whole=True)
    if node.condition.unknown:
        loop.body.write(2, f"holds = ({_condition(loop.body, node.condition)})")
        loop.body.write(2, f"if holds: return {loop.target}")
        loop.body.write(2, "if holds is None: found = ...")
        code = loop.call(items, ["found = None"], ["return found"])
    else:
        loop.body.write(
            2, f"if ({expressions.true(loop.body, node.condition)}): return {loop.target}"
        )
        code = loop.call(items, [], ["return None"])
    return f"({code} if {expressions.joined('and', tests)} else ...)" if tests else code


def _condition(body: Body, node: Expression) -> str:
    return body.mark(node) + expressions.value(body, node)


def _gathering(body: Body, node: program.Gather) -> Loop:
    """A loop that appends to `found`, and returns None where anything is unknown."""
    loop = start(body, node, node.variable, node.items, _roots(node))
    _skip(loop.body, node.condition)
    _take(loop.body, node.value, "value", "found.append")
    return loop


def _roots(node: program.Gather) -> list[Expression]:
    return [node.value] if node.condition is None else [node.condition, node.value]


def _skip(inner: Body, condition: Expression | None) -> None:
    if condition is None:
        return
    if not condition.unknown:
        inner.write(2, f"if ({expressions.false(inner, condition)}): continue")
        return
    inner.write(2, f"holds = ({_condition(inner, condition)})")
    inner.write(2, "if holds is None: return None")
    inner.write(2, "if not holds: continue")


def _take(inner: Body, value: Expression, name: str, use: str) -> None:
    code = expressions.value(inner, value)
    if not value.unknown:
        inner.write(2, f"{use}({code})")
        return
    inner.write(2, f"{name} = {code}")
    inner.write(2, f"if {name} is None: return None")
    inner.write(2, f"{use}({name})")


def _count(body: Body, node: program.Aggregate, items: str) -> str:
    condition = node.gather.condition
    if condition is None:
        return f"len({items})"
    if condition.unknown:
        return f"{body.kit.use(_certain)}(*{_interval(body, node, items)})"
    loop = start(body, node, node.gather.variable, node.gather.items, [condition])
    loop.body.write(2, f"if ({expressions.true(loop.body, condition)}): count += 1")
    return loop.call(items, ["count = 0"], ["return count"])


def _interval(body: Body, node: program.Aggregate, items: str) -> str:
    """The least and the greatest that the count can be."""
    condition = node.gather.condition
    if condition is None:
        return f"(len({items}), len({items}))"
    loop = start(body, node, node.gather.variable, node.gather.items, [condition])
    loop.body.write(2, f"holds = ({_condition(loop.body, condition)})")
    loop.body.write(2, "if holds: least += 1")
    loop.body.write(2, "elif holds is None: unknown += 1")
    return loop.call(items, ["least = unknown = 0"], ["return least, least + unknown"])


def _extreme(body: Body, node: program.Aggregate, items: str) -> str:
    gather = node.gather
    loop = start(body, node, gather.variable, gather.items, _roots(gather))
    _skip(loop.body, gather.condition)
    sign = ">" if node.name == "max" else "<"
    loop.body.write(2, f"value = {expressions.value(loop.body, gather.value)}")
    if gather.value.unknown:
        loop.body.write(2, "if value is None: return None")
    if not isinstance(gather.value.type, types.Enum):
        loop.body.write(2, f"if best is None or value {sign} best: best = value")
        return loop.call(items, ["best = None"], ["return best"])
    rank = body.kit.rank(gather.value.type)
    loop.body.write(2, f"if best is None or {rank}[value] {sign} {rank}[best]: best = value")
    return loop.call(items, ["best = None"], ["return best"])


def _finite(number: int | float | None) -> int | float | None:
    found: int | float | None = None if number is None else finite(number)
    return found


def _certain(least: int, most: int) -> int | None:
    return least if least == most else None


def _at_least(least: int, most: int, other: float) -> bool | None:
    return True if least >= other else False if most < other else None


def _more(least: int, most: int, other: float) -> bool | None:
    return True if least > other else False if most <= other else None


def _at_most(least: int, most: int, other: float) -> bool | None:
    return True if most <= other else False if least > other else None


def _less(least: int, most: int, other: float) -> bool | None:
    return True if most < other else False if least >= other else None


def _same(least: int, most: int, other: float) -> bool | None:
    if least == most:
        return least == other
    return None if least <= other <= most and int(other) == other else False


def _another(least: int, most: int, other: float) -> bool | None:
    same = _same(least, most, other)
    return None if same is None else not same


_COMPARED = {
    ">=": _at_least, ">": _more, "<=": _at_most, "<": _less, "is": _same, "is not": _another,
}  # fmt: skip
_TURNED = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "is": "is", "is not": "is not"}
