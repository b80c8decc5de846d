"""Declared facts to the lines of a function that take a case in, in one pass.

They make of a JSON object what the language has (see `engine/language/values.py`), each fact in its
local. At the first fault the function gives up with None; then `validate.py` looks at everything
and tells all that is wrong. The two agree on what is a fault.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, assert_never

from engine.backends.python import facts
from engine.backends.python.codes import parts_reader
from engine.backends.python.module import Module
from engine.backends.python.shapes import Shape, absent
from engine.backends.python.validate import undeclared
from engine.language import types
from engine.language.ranges import GREATEST_WHOLE, duration_range, number_range
from engine.language.values import parse_duration, parse_instant
from engine.program import nodes as program
from engine.program.cases import as_field, is_whole_case


def intake(
    module: Module, parameters: Sequence[program.Parameter], shapes: Sequence[Shape]
) -> list[str]:
    """Lines that read `case`, fill the locals of the shapes and `ignored`, or return None."""
    taker = _Taker(module)
    if is_whole_case(parameters):
        taker.take(2, parameters[0].type, "case", shapes[0])
    else:
        names = tuple(as_field(each) for each in parameters)
        case = types.Record("case", names)
        taker.fields(2, case, "case", shapes)
    rest = module.name("undeclared", partial(undeclared, tuple(parameters)))
    return [
        "    more = False",
        "    try:",
        *taker.lines,
        "    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):",
        "        return None",
        f"    ignored = {rest}(case) if more else ()",
    ]


def takers(policy: program.Program) -> Mapping[str, Callable[[Any], tuple[Any, ...] | None]]:
    """For each decision a function from a case to its arguments, or None where there is a fault."""
    module = Module(policy.source)
    names: dict[str, str] = {}
    for name, node in policy.decisions.items():
        shapes = [
            Shape(module.fresh(each.name), each.type, False, (), True) for each in node.parameters
        ]
        made = "".join(f"{each.name}, " for each in shapes)
        lines = [*intake(module, node.parameters, shapes), f"    return ({made})"]
        names[name] = module.fresh(f"take_{name}")
        module.add(f"def {names[name]}(case):", lines, node.span)
    loaded = module.load()
    return {name: loaded[function] for name, function in names.items()}


@dataclass
class _Taker:
    """Writes the lines that check a value and turn it into what the language has."""

    module: Module
    lines: list[str] = field(default_factory=list)

    def take(self, depth: int, type_: types.Type, given: str, shape: Shape) -> None:
        """Lines that leave what `given` holds in the locals of the shape, or give up."""
        if not isinstance(type_, types.Record) or not shape.parts:
            if shape.name != given:
                self._write(depth, f"{shape.name} = {given}")
            self._plain(depth, type_, shape.name)
            return
        self.fields(depth, type_, given, shape.parts)
        if shape.whole:
            self._write(depth, f"{shape.name} = ({', '.join(each.name for each in shape.parts)},)")

    def fields(self, depth: int, record: types.Record, given: str, shapes: Sequence[Shape]) -> None:
        """Lines for the fields of the object `given`."""
        left = str(len(record.fields))
        if any(map(facts.may_be_left_out, record.fields)):
            left = self.module.fresh("left")
            self._write(depth, f"{left} = {len(record.fields)}")
        for each, shape in zip(record.fields, shapes, strict=True):
            self._field(depth, each, given, shape, left)
        self._write(depth, f"if len({given}) != {left}: more = True")

    def _write(self, depth: int, code: str) -> None:
        self.lines.append("    " * depth + code)

    def _refuse(self, depth: int, test: str) -> None:
        self._write(depth, f"if {test}: return None")

    def _field(self, depth: int, each: types.Field, given: str, shape: Shape, left: str) -> None:
        if not facts.may_be_left_out(each):
            self._write(depth, f"{shape.name} = {given}[{each.wire!r}]")
            self.take(depth, each.type, shape.name, shape)
            return
        self._write(depth, f"{shape.name} = {given}.get({each.wire!r})")
        self._write(depth, f"if {shape.name} is None:")
        self._write(depth + 1, f"{left} -= 1")
        default = facts.left_out(each)
        if default is not None or shape.parts:
            self._left_out(depth + 1, shape, default)
        self._write(depth, "else:")
        self.take(depth + 1, each.type, shape.name, shape)

    def _left_out(self, depth: int, shape: Shape, default: Any) -> None:
        if default is None:
            self._write(depth, absent(shape))
            return
        self._write(depth, f"{shape.name} = {self.module.constant(default)}")
        for part, value in zip(shape.parts, default if shape.parts else (), strict=True):
            self._left_out(depth, part, value)

    def _plain(self, depth: int, type_: types.Type, name: str) -> None:
        """Lines that turn the local's value into one of the language, or give up."""
        match type_:
            case types.Bool():
                self._refuse(depth, f"{name} is not True and {name} is not False")
            case types.Text():
                sound = self.module.name("is_sound", facts.is_sound)
                is_ascii = self.module.name("is_ascii", str.isascii)  # which takes texts alone
                self._refuse(depth, f"not {is_ascii}({name}) and not {sound}({name})")
            case types.Enum():
                self._refuse(depth, f"{name} not in {self.module.name('members', type_.ranks)}")
            case types.Number(integer=True):
                whole = self.module.name("whole", facts.whole)
                self._write(depth, f"if {name}.__class__ is not int: {name} = {whole}({name})")
                self._refuse(depth, f"not {_within(number_range(type_), name)}")
            case types.Number():
                self._number(depth, type_, name)
            case types.Duration():
                self._parsed(depth, name, self.module.name("parse_duration", parse_duration))
                self._refuse(depth, f"not {_within(duration_range(type_), name)}")
            case types.Instant():
                self._parsed(depth, name, self.module.name("parse_instant", parse_instant))
            case types.Code():
                reader = self.module.name("parts", parts_reader(type_))
                self._refuse(depth, f"{reader}({name}) is None")
            case types.Record():
                self._write(depth, f"{name} = {self._tuple(depth, type_, name)}")
            case types.ListOf():
                self._list(depth, type_, name)
            case types.Tally():
                taken = self.module.name("taken_tally", facts.taken_tally)
                wanted = self.module.name("tally", type_)
                self._write(depth, f"{name} = {taken}({name}, {wanted})")
            case _:
                assert_never(type_)

    def _tuple(self, depth: int, record: types.Record, given: str) -> str:
        """Code for the record's value, its fields in locals of their own."""
        names = [self.module.fresh(each.name) for each in record.fields]
        parts = [
            Shape(name, each.type, each.optional, (), True)
            for each, name in zip(record.fields, names, strict=True)
        ]
        self.fields(depth, record, given, parts)
        return f"({''.join(f'{name}, ' for name in names)})"

    def _parsed(self, depth: int, name: str, parse: str) -> None:
        self._write(depth, f"{name} = {parse}({name})")
        self._refuse(depth, f"{name} is None")

    def _number(self, depth: int, type_: types.Number, name: str) -> None:
        kind = self.module.fresh("kind")
        range_ = number_range(type_)
        self._write(depth, f"{kind} = {name}.__class__")
        other = f"({kind} is not float and {kind} is not int)"
        self._refuse(depth, f"{other} or not {_within(range_, name, float)}")
        if not facts.within_whole(range_):
            exact = f"-{GREATEST_WHOLE} <= {name} <= {GREATEST_WHOLE}"
            self._refuse(depth, f"{kind} is int and not {exact}")

    def _list(self, depth: int, type_: types.ListOf, name: str) -> None:
        self._refuse(depth, f"{name}.__class__ is not list or len({name}) > {type_.bound}")
        each, made = self.module.fresh("each"), self.module.fresh("made")
        self._write(depth, f"{made} = ()")
        self._write(depth, f"if {name}:")
        self._write(depth + 1, f"{made} = []")
        self._write(depth + 1, f"for {each} in {name}:")
        element = each
        if isinstance(type_.element, types.Record):
            element = self._tuple(depth + 2, type_.element, each)
        else:
            self._plain(depth + 2, type_.element, each)
        self._write(depth + 2, f"{made}.append({element})")
        self._write(depth + 1, f"{made} = tuple({made})")
        self._write(depth, f"{name} = {made}")


def _within(range_: types.Range, name: str, number: type = int) -> str:
    """Code for whether the number is in the range; ends of its own kind are compared faster."""
    low = high = ""
    if range_.low is not None:
        low = f"{_end(range_.low, number)} {'<' if range_.low_open else '<='} "
    if range_.high is not None:
        high = f" {'<' if range_.high_open else '<='} {_end(range_.high, number)}"
    return f"{low}{name}{high}"


def _end(end: int | float, number: type) -> str:
    return repr(float(end)) if number is float and float(end) == end else repr(end)
