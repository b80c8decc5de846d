"""An expression to Python code, in three forms: its value (None where it is unknown), code that is
truthy where a condition is true, and code that is truthy where it is false.

The conditions of rules take the first form, for they must tell unknown from false. What stands
where unknown counts as not true takes the second, which looks at less.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, assert_never

from engine.backends.python import loops, sentences
from engine.backends.python.body import Body, distinct, worth_keeping
from engine.language import types
from engine.language.operators import OPERATORS, finite
from engine.language.values import settle
from engine.program import nodes as program
from engine.program.nodes import Expression
from engine.program.walk import children

_MOST_TWICE = 30
"""How large a part may be that is written out where it stands again; else it is a function."""
_BUILT_IN = {"len", "min", "max", "abs"}
_RANKED = {"<", "<=", ">", ">=", "min", "max"}
_HASHED_FROM = 3


def value(body: Body, node: Expression) -> str:
    if worth_keeping(node) and body.stands_twice(node):
        return body.keep(id(node), node, _hint(node), lambda again: _computed(body, node, again))
    return _value(body, node)


def true(body: Body, node: Expression) -> str:
    if worth_keeping(node) and body.stands_twice(node):
        return value(body, node)
    match node:
        case program.Not(operand=operand):
            return false(body, operand)
        case program.Chain(symbol=symbol, operands=operands):
            return _in_turn(body, symbol, [(true, each) for each in operands])
        case program.Mentions():
            return joined("and", _mentions(body, node, exact=False))
        case program.FieldOf() if node.unknown:
            tests, code = _record_of(body, node)
            return joined("and", [*tests, code])
        case program.Apply(symbol="is known", operands=(operand,)):
            return joined("and", presence(body, operand)[0]) if operand.unknown else "True"
        case program.Apply() if not _takes_unknown(node):
            tests, code = _applied(body, node)
            return joined("and", [*tests, code])
        case _:
            return value(body, node)


def false(body: Body, node: Expression) -> str:
    if not node.unknown:
        return f"(not {true(body, node)})"
    match node:
        case program.Not(operand=operand):
            return true(body, operand)
        case program.Chain(symbol=symbol, operands=operands) if not body.stands_twice(node):
            other = "or" if symbol == "and" else "and"
            return _in_turn(body, other, [(false, each) for each in operands])
        case _:
            return f"({value(body, node)} is False)"


def presence(body: Body, node: Expression) -> tuple[list[str], str]:
    """Tests that all hold where the value is known, and code for it where they do."""
    if not node.unknown:
        return [], value(body, node)
    tests: list[str] = []
    code = _local(body, node)
    if code is None and isinstance(node, program.FieldOf):
        tests, code = _record_of(body, node)
        if not _field(node).optional:
            return tests, code
    if code is None:
        code = value(body, node)
    if code.isidentifier():
        return [*tests, f"{code} is not None"], code
    name = body.local("known")
    return [*tests, f"({name} := {code}) is not None"], name


def _value(body: Body, node: Expression) -> str:
    match node:
        case program.Constant(value=constant):
            return body.kit.module.constant(constant)
        case program.Variable(name=name):
            return body.variable(name)
        case program.FieldOf():
            return where(*_record_of(body, node))
        case program.PartOf(code=code):
            return _where_known(body, (code,), lambda codes: _part(body, node, codes[0]))
        case program.Settle(operand=operand):
            rounded = body.kit.use(settle)
            return _where_known(body, (operand,), lambda codes: f"{rounded}({codes[0]})")
        case program.Apply():
            return _apply(body, node)
        case program.Not(operand=operand) if node.unknown:
            return _where_known(body, (operand,), lambda codes: f"(not {codes[0]})")
        case program.Not(operand=operand):
            return f"(not {true(body, operand)})"
        case program.Chain():
            return _chain(body, node)
        case program.Mentions():
            *tests, found = _mentions(body, node, exact=True)
            return where(tests, found)
        case program.Lookup(table=table, arguments=arguments):
            return body.kit.lookups.code(
                table, [(value(body, each), each.unknown) for each in arguments]
            )
        case program.Choice():
            return _choice(body, node)
        case program.MakeRecord(values=values):
            made = ("None" if each is None else value(body, each) for each in values)
            return f"({''.join(f'{each}, ' for each in made)})"
        case program.MakeList(items=items):
            return _where_known(body, items, lambda codes: f"({''.join(f'{c}, ' for c in codes)})")
        case program.Template(pieces=pieces):
            return sentences.sentence(body, pieces)
        case program.Quantified():
            return loops.quantified(body, node)
        case program.Gather():
            return loops.gather(body, node)
        case program.Aggregate():
            return loops.aggregate(body, node)
        case program.CompareCount():
            return loops.compare_count(body, node)
        case program.Call():
            raise TypeError("calls were expanded")
        case _:
            assert_never(node)


def _computed(body: Body, node: Expression, again: bool) -> str:
    if not again or _size(node, _MOST_TWICE) <= _MOST_TWICE or _finds_witness(body, node):
        return _value(body, node)
    if id(node) not in body.parts:
        body.parts[id(node)] = loops.part(body, node)
    return body.parts[id(node)]


def _finds_witness(body: Body, node: Expression) -> bool:
    return bool(body.witnesses) and any(id(each) in body.witnesses for each in distinct([node]))


def _size(node: Expression, most: int) -> int:
    size = 1
    for each in children(node):
        if size > most:
            break
        size += _size(each, most)
    return size


def _hint(node: Expression) -> str:
    return node.table if isinstance(node, program.Lookup) else node.__class__.__name__.lower()


Form = Callable[[Body, Expression], str]


def _in_turn(body: Body, symbol: str, operands: Sequence[tuple[Form, Expression]]) -> str:
    """Each operand runs only where those before it have not decided."""
    codes: list[str] = []
    with ExitStack() as after_the_first:
        for form, operand in operands:
            codes.append(body.mark(operand) + form(body, operand))
            if len(codes) == 1:
                after_the_first.enter_context(body.perhaps())
    return joined(symbol, codes)


def joined(symbol: str, codes: Sequence[str]) -> str:
    return codes[0] if len(codes) == 1 else f"({f' {symbol} '.join(codes)})"


def where(tests: Sequence[str], code: str) -> str:
    """The code's value where all tests hold, else unknown."""
    return f"({code} if {joined('and', tests)} else None)" if tests else code


def operands_of(body: Body, operands: Sequence[Expression]) -> tuple[list[str], list[str]]:
    """Tests that all are known, and code for each where they hold."""
    tests: list[str] = []
    codes = [""] * len(operands)
    with ExitStack() as after_the_first:
        for place, operand in enumerate(operands):
            if operand.unknown:
                more, codes[place] = presence(body, operand)
                if more and not tests:
                    after_the_first.enter_context(body.perhaps())
                tests += more
        for place, operand in enumerate(operands):
            if not operand.unknown:
                codes[place] = value(body, operand)
    return tests, codes


def _where_known(
    body: Body, operands: Sequence[Expression], make: Callable[[list[str]], str]
) -> str:
    tests, codes = operands_of(body, operands)
    return where(tests, make(codes))


def _local(body: Body, node: Expression) -> str | None:
    """The local of a fact that was taken out of its records; None is in it where any is absent."""
    match node:
        case program.FieldOf(record=program.Variable(name=name), place=place):
            return body.field(name, place)
        case program.FieldOf(record=record, place=place):
            around = _local(body, record)
            return around and body.member(around, place)
        case _:
            return None


def _record_of(body: Body, node: program.FieldOf) -> tuple[list[str], str]:
    """Tests that the record is known, and code for its field where they hold."""
    local = _local(body, node)
    if local is not None:
        return [], local
    if not node.unknown:
        return [], f"{_surely(body, node.record)}[{node.place}]"
    tests, record = presence(body, node.record)
    return tests, f"{record}[{node.place}]"


def _surely(body: Body, node: Expression) -> str:
    """Code for what is known here, whatever it may be elsewhere."""
    if not isinstance(node, program.FieldOf):
        return value(body, node)
    return _local(body, node) or f"{_surely(body, node.record)}[{node.place}]"


def _field(node: program.FieldOf) -> types.Field:
    record = node.record.type
    if not isinstance(record, types.Record):
        raise TypeError(record)
    return record.fields[node.place]


def _part(body: Body, node: program.PartOf, code: str) -> str:
    if not isinstance(node.code.type, types.Code):
        raise TypeError(node.code.type)
    return f"{body.kit.reader(node.code.type)}({code})[{node.place}]"


def _apply(body: Body, node: program.Apply) -> str:
    if node.symbol == "is known":
        return f"({true(body, node)})"
    if node.symbol == "is missing":
        operand = node.operands[0]
        return f"(not {joined('and', presence(body, operand)[0])})" if operand.unknown else "False"
    if node.symbol == "else":
        left, right = node.operands
        tests, code = presence(body, left)
        if not tests:
            return code
        with body.perhaps():
            return f"({code} if {joined('and', tests)} else {value(body, right)})"
    return where(*_applied(body, node))


def _takes_unknown(node: program.Apply) -> bool:
    return node.symbol in OPERATORS and OPERATORS[node.symbol].takes_unknown


def _applied(body: Body, node: program.Apply) -> tuple[list[str], str]:
    tests, codes = operands_of(body, node.operands)
    first = node.operands[0].type
    if node.symbol in _RANKED and isinstance(first, types.Enum):
        return tests, _ranked(body, node, first, codes)
    if node.symbol in ("in", "not in"):
        return tests, _looked_for(body, node, codes)
    if node.may_overflow:
        meaning = body.kit.use(node.signature.meaning)
        return tests, f"{body.kit.use(_within_floats)}({', '.join([meaning, *codes])})"
    return tests, _written(body, node, codes)


def _written(body: Body, node: program.Apply, codes: list[str]) -> str:
    form = node.signature.python
    if form.startswith("("):
        return form.format(*codes)
    name = form.partition("(")[0]
    if name not in _BUILT_IN:
        name = body.kit.use(node.signature.meaning)
    return f"{name}({', '.join(codes)})"


def _within_floats(meaning: Callable[..., Any], *operands: Any) -> Any:
    try:
        found = meaning(*operands)
    except OverflowError:
        return None
    return None if found is None else finite(found)


def _ranked(body: Body, node: program.Apply, enum: types.Enum, codes: list[str]) -> str:
    """Members compare by their place in the order that the policy wrote."""
    if node.symbol in ("min", "max"):
        rank = body.kit.rank(enum)
        return f"{node.symbol}({', '.join(codes)}, key={rank}.__getitem__)"
    left, right = (
        str(enum.ranks[str(operand.value)])
        if isinstance(operand, program.Constant)
        else f"{body.kit.rank(enum)}[{code}]"
        for operand, code in zip(node.operands, codes, strict=True)
    )
    return f"({left} {node.symbol} {right})"


def _looked_for(body: Body, node: program.Apply, codes: list[str]) -> str:
    """A fixed list of one value is compared with, one of more than two looked into by hash."""
    listed = node.operands[1]
    if isinstance(listed, program.Constant) and isinstance(listed.value, tuple):
        if len(listed.value) == 1:
            sign = "==" if node.symbol == "in" else "!="
            return f"({codes[0]} {sign} {body.kit.module.constant(listed.value[0])})"
        if len(listed.value) >= _HASHED_FROM:
            codes[1] = body.kit.members(listed.value)
    return _written(body, node, codes)


def _chain(body: Body, node: program.Chain) -> str:
    if not node.unknown:
        return _in_turn(body, node.symbol, [(value, each) for each in node.operands])
    decided, decides = (("False", false), ("True", true))[node.symbol == "or"]
    tests: list[str] = []
    blanks: list[str] = []
    with ExitStack() as after_the_first:
        for operand in node.operands:
            if operand.unknown:
                test, blank = _verdict(body, operand, node.symbol == "or")
                blanks.append(blank)
            else:
                test = decides(body, operand)
            tests.append(body.mark(operand) + test)
            if len(tests) == 1:
                after_the_first.enter_context(body.perhaps())
    other = "True" if node.symbol == "and" else "False"
    return f"({decided} if {joined('or', tests)} else None if {joined('or', blanks)} else {other})"


def _verdict(body: Body, node: Expression, wanted: bool) -> tuple[str, str]:
    """A test that the condition is as wanted, and then one that it is unknown."""
    kept = worth_keeping(node) and body.stands_twice(node)
    if isinstance(node, program.Apply) and not kept and not _may_fail(node):
        tests, code = _applied(body, node)
        read = [test.removesuffix(" is not None") for test in tests]
        if all(name.isidentifier() for name in read):
            holds = code if wanted else f"not {code}"
            return joined("and", [*tests, holds]), joined(
                "or", [f"{name} is None" for name in read]
            )
        name, found = _named(body, where(tests, code))
    else:
        found = value(body, node)
        kept_as = body.filled(id(node), body.kit.free(node)) if kept else None
        name, found = (kept_as, found) if kept_as else _named(body, found)
    return found if wanted else f"{found} is False", f"{name} is None"


def _may_fail(node: program.Apply) -> bool:
    """Whether it may be unknown though its operands are known, or known though one is not."""
    return node.signature.partial or node.may_overflow or _takes_unknown(node)


def _named(body: Body, code: str) -> tuple[str, str]:
    """A name for the value from here on, and the code that has the value and gives the name."""
    if code.isidentifier():
        return code, code
    name = body.local("known")
    return name, f"({name} := {code})"


def _mentions(body: Body, node: program.Mentions, exact: bool) -> list[str]:
    """Tests that the text is known, and code that says whether it mentions them."""
    tests, mentioned = mentioned_in(body, node.text)
    mask = body.kit.mask(node.triggers)
    found = f"{mentioned} & {mask}"
    if node.quantity == "all":
        return [*tests, f"({found} == {mask})"]
    return [*tests, f"({found} != 0)" if exact else f"({found})"]


def mentioned_in(body: Body, text: Expression) -> tuple[list[str], str]:
    """Tests that the text is known, and code for the triggers it mentions; it is read once."""
    tests, code = presence(body, text)
    with ExitStack() as after_tests:
        if tests:
            after_tests.enter_context(body.perhaps())
        return tests, body.keep(
            ("mentioned", id(text)), text, "mentioned", lambda _: body.reading(code)
        )


def _choice(body: Body, node: program.Choice) -> str:
    return chosen(body, node, partial(value, body), "None")


def chosen(
    body: Body, node: program.Choice, code: Callable[[Expression], str], unknown: str
) -> str:
    """`code` is asked of the value of each branch; `unknown` is where none can be taken."""
    opened: list[str] = []
    with ExitStack() as after_the_first:
        for branch in node.branches:
            if branch.condition.unknown:
                name, test = _named(body, value(body, branch.condition))
                rest = f"{unknown} if {name} is None else "
            else:
                test, rest = true(body, branch.condition), ""
            if not opened:
                after_the_first.enter_context(body.perhaps())
            with body.perhaps():
                opened.append(f"({code(branch.value)} if {test} else {rest}")
        return "".join(opened) + code(node.otherwise) + ")" * len(opened)
