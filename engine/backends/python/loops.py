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
    key: object

    def call(self, items: str, before: Sequence[str], after: Sequence[str]) -> str:
        """Finishes the function, and gives code that calls it."""
        free = tuple(self.body.taken)
        if not any(map(self.around.holds_part, free)):
            self.around.loops[self.key] = self.name, free
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
        return _call(self.around, self.name, items, free)


def again(body: Body, key: object, items: str) -> str | None:
    """Code that calls the function that is there already."""
    return _call(body, body.loops[key][0], items, body.loops[key][1]) if key in body.loops else None


def _call(body: Body, name: str, items: str, free: Sequence[str]) -> str:
    return f"{name}({', '.join([items, *map(body.read, free)])})"


def start(
    body: Body,
    key: tuple[str, int],
    over: program.Quantified | program.Gather | program.Repeat,
    roots: Sequence[Expression],
    *,
    whole: bool = False,
) -> Loop:
    """A loop over the elements of a list; `roots` is all that is computed of each. `whole` says
    that the element itself is wanted. What has one `key` is one function."""
    variable, items = over.variable, over.items
    module = body.kit.module
    listed, element = module.fresh("items"), module.fresh(variable)
    inner = Body(body.kit, {variable: element}, roots, body)
    inner.own.add(listed)
    target = element
    type_ = items.type.element if isinstance(items.type, types.ListOf) else items.type
    if not whole and not any(reads_whole(root, variable) for root in roots):
        target = inner.unpack(variable, type_, roots) or element
    return Loop(inner, body, module.fresh(key[0]), listed, target, items.span, key)


def quantified(body: Body, node: program.Quantified) -> str:
    found = body.witnesses.get(id(node))
    if found is not None:
        search = f"({found} := {_witness(body, node)})"
        if not node.unknown:
            return f"({search} is not None)"
        return f"(None if {search} is ... else {found} is not None)"
    tests, items = expressions.presence(body, node.items)
    key = node.quantity, id(node)
    return expressions.where(tests, again(body, key, items) or _quantified(body, node, items, key))


def search_here(body: Body, depth: int, node: program.Quantified, witness: str) -> None:
    """Writes the search for a witness into the function itself; for known items and conditions."""
    key = "first", id(node)
    loop = start(body, key, node, [node.condition], whole=True)
    condition = expressions.true(loop.body, node.condition)
    body.write(depth, f"{witness} = None")
    body.write(depth, f"for {loop.target} in {expressions.value(body, node.items)}:", node.span)
    body.lines += loop.body.blanks(depth + 1)
    body.write(depth + 1, f"if ({condition}):", node.span)
    body.write(depth + 2, f"{witness} = {loop.target}")
    body.write(depth + 2, "break")


def gather(body: Body, node: program.Gather) -> str:
    tests, items = expressions.presence(body, node.items)
    key = "gather", id(node)
    code = again(body, key, items) or _gathering(body, node, key).call(
        items, ["found = []"], ["return tuple(found)"]
    )
    return expressions.where(tests, code)


def aggregate(body: Body, node: program.Aggregate) -> str:
    tests, items = expressions.presence(body, node.gather.items)
    key = node.name, id(node)
    return expressions.where(tests, again(body, key, items) or _aggregate(body, node, items, key))


def compare_count(body: Body, node: program.CompareCount) -> str:
    tests, (other, items) = expressions.operands_of(body, (node.other, node.count.gather.items))
    interval = _interval(body, node.count, items)
    sign = node.symbol if node.count_left else _TURNED[node.symbol]
    compare = body.kit.use(_COMPARED[sign])
    return expressions.where(tests, f"{compare}({other}, *{interval})")


def part(body: Body, node: Expression) -> str:
    """A part that stands in several places, as a function; it takes variables and fields alone."""
    inner = Body(body.kit, {}, [node], body, sealed=True)
    code = expressions.value(inner, node)
    name = body.kit.module.fresh("part")
    free = ", ".join(inner.taken)
    lines = [*inner.blanks(1), f"    return ({code})"]
    body.kit.module.add(f"def {name}({free}):", lines, node.span)
    return f"{name}({free})"


def _quantified(body: Body, node: program.Quantified, items: str, key: tuple[str, int]) -> str:
    loop = start(body, key, node, [node.condition])
    ends = node.quantity == "any"
    if node.condition.unknown:
        loop.body.write(2, f"holds = ({_condition(loop.body, node.condition)})")
        loop.body.write(2, f"if holds is {ends}: return {ends}")
        loop.body.write(2, "if holds is None: found = None")
        return loop.call(items, [f"found = {not ends}"], ["return found"])
    form = expressions.true if ends else expressions.false
    loop.body.write(2, f"if ({form(loop.body, node.condition)}): return {ends}")
    return loop.call(items, [], [f"return {not ends}"])


def _witness(body: Body, node: program.Quantified) -> str:
    """Code for the first element for which the condition is true; None where there is none, and
    `...` where that is unknown."""
    tests, items = expressions.presence(body, node.items)
    key = "first", id(node)
    code = again(body, key, items) or _search(body, node, items, key)
    return f"({code} if {expressions.joined('and', tests)} else ...)" if tests else code


def _search(body: Body, node: program.Quantified, items: str, key: tuple[str, int]) -> str:
    loop = start(body, key, node, [node.condition], whole=True)
    if not node.condition.unknown:
        condition = expressions.true(loop.body, node.condition)
        loop.body.write(2, f"if ({condition}): return {loop.target}")
        return loop.call(items, [], ["return None"])
    loop.body.write(2, f"holds = ({_condition(loop.body, node.condition)})")
    loop.body.write(2, f"if holds: return {loop.target}")
    loop.body.write(2, "if holds is None: found = ...")
    return loop.call(items, ["found = None"], ["return found"])


def _condition(body: Body, node: Expression) -> str:
    return body.mark(node) + expressions.value(body, node)


def _gathering(body: Body, node: program.Gather, key: tuple[str, int]) -> Loop:
    """A loop that appends to `found`, and returns None where anything is unknown."""
    loop = start(body, key, node, _roots(node))
    _skip(loop.body, node.condition)
    code = expressions.value(loop.body, node.value)
    if node.value.unknown:
        loop.body.write(2, f"value = {code}")
        loop.body.write(2, "if value is None: return None")
        code = "value"
    loop.body.write(2, f"found.append({code})")
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


def _aggregate(body: Body, node: program.Aggregate, items: str, key: tuple[str, int]) -> str:
    if node.name == "count":
        return _count(body, node, items, key)
    if node.name in ("max", "min"):
        return _extreme(body, node, items, key)
    meaning = body.kit.use(AGGREGATES[node.name].meaning)
    computed = f"{meaning}(found)"
    if node.unknown:
        computed = f"{body.kit.use(_finite)}({computed})"
    loop = _gathering(body, node.gather, key)
    return loop.call(items, ["found = []"], [f"return {computed}"])


def _count(body: Body, node: program.Aggregate, items: str, key: tuple[str, int]) -> str:
    condition = node.gather.condition
    if condition is None:
        return f"len({items})"
    if condition.unknown:
        return f"{body.kit.use(_certain)}(*{_interval(body, node, items)})"
    loop = start(body, key, node.gather, [condition])
    loop.body.write(2, f"if ({expressions.true(loop.body, condition)}): count += 1")
    return loop.call(items, ["count = 0"], ["return count"])


def _interval(body: Body, node: program.Aggregate, items: str) -> str:
    """The least and the greatest that the count can be."""
    condition = node.gather.condition
    if condition is None:
        return f"(len({items}), len({items}))"
    key = "interval", id(node.gather)
    known = again(body, key, items)
    if known is not None:
        return known
    loop = start(body, key, node.gather, [condition])
    loop.body.write(2, f"holds = ({_condition(loop.body, condition)})")
    loop.body.write(2, "if holds: least += 1")
    loop.body.write(2, "elif holds is None: unknown += 1")
    return loop.call(items, ["least = unknown = 0"], ["return least, least + unknown"])


def _extreme(body: Body, node: program.Aggregate, items: str, key: tuple[str, int]) -> str:
    gather = node.gather
    loop = start(body, key, gather, _roots(gather))
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


def _at_least(other: float, least: int, most: int) -> bool | None:
    return True if least >= other else False if most < other else None


def _more(other: float, least: int, most: int) -> bool | None:
    return True if least > other else False if most <= other else None


def _at_most(other: float, least: int, most: int) -> bool | None:
    return True if most <= other else False if least > other else None


def _less(other: float, least: int, most: int) -> bool | None:
    return True if most < other else False if least >= other else None


def _same(other: float, least: int, most: int) -> bool | None:
    if least == most:
        return least == other
    return None if least <= other <= most and int(other) == other else False


def _another(other: float, least: int, most: int) -> bool | None:
    same = _same(other, least, most)
    return None if same is None else not same


_COMPARED = {
    ">=": _at_least, ">": _more, "<=": _at_most, "<": _less, "is": _same, "is not": _another,
}  # fmt: skip
_TURNED = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "is": "is", "is not": "is not"}
