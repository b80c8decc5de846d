"""A decision's declared facts to a function that takes a case in, in one pass.

From a JSON object the function makes the decision's arguments (see `engine/language/values.py`):
a tuple of them, or a list of them where the case holds undeclared facts too. At the first fault it
gives None; then `validate.py` looks at everything and tells all that is wrong. The two agree on
what is a fault.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from engine.backends.python import facts
from engine.backends.python.codes import parts_reader
from engine.backends.python.module import Module
from engine.language import types
from engine.language.values import parse_duration, parse_instant
from engine.program import nodes as program
from engine.source import Span


def intake(module: Module, parameters: Sequence[program.Parameter], name: str, span: Span) -> str:
    """Adds the function `(case) -> arguments`, and gives its name."""
    taker = _Taker(module)
    if facts.is_whole_case(parameters):
        record = parameters[0].type
        arguments = f"({taker.record(2, record, 'case')},)"
    else:
        whole = types.Record(name, tuple(facts.as_field(each) for each in parameters))
        arguments = taker.record(2, whole, "case")
    function = module.fresh(f"take_{name}")
    module.add(
        f"def {function}(case):",
        [
            "    try:",
            "        if case.__class__ is not dict: return None",
            "        more = False",
            *taker.lines,
            f"        return [*{arguments}] if more else {arguments}",
            "    except (KeyError, TypeError, ValueError, OverflowError):",
            "        return None",
        ],
        span,
    )
    return function


@dataclass
class _Taker:
    """Writes the lines that check a value and turn it into what the language has."""

    module: Module
    lines: list[str] = field(default_factory=list)

    def record(self, depth: int, record: types.Type, given: str) -> str:
        """Lines for the fields of the object `given`; code for the tuple of their values."""
        if not isinstance(record, types.Record):
            raise TypeError(record)
        names = [self.module.fresh(each.name) for each in record.fields]
        seen = self.module.fresh("seen")
        required = [each for each in record.fields if not facts.may_be_left_out(each)]
        if len(required) < len(record.fields):
            self._write(depth, f"{seen} = {len(required)}")
        else:
            seen = str(len(required))
        for each, name in zip(record.fields, names, strict=True):
            self._field(depth, each, name, given, seen)
        self._write(depth, f"if len({given}) != {seen}: more = True")
        return f"({', '.join(names)},)" if names else "()"

    def _write(self, depth: int, code: str) -> None:
        self.lines.append("    " * depth + code)

    def _field(self, depth: int, each: types.Field, name: str, given: str, seen: str) -> None:
        if not facts.may_be_left_out(each):
            self._write(depth, f"{name} = {given}[{each.wire!r}]")
            self._take(depth, each.type, name)
            return
        self._write(depth, f"{name} = {given}.get({each.wire!r})")
        default = facts.left_out(each)
        if default is None:
            self._write(depth, f"if {name} is not None:")
        else:
            self._write(depth, f"if {name} is None: {name} = {self.module.constant(default)}")
            self._write(depth, "else:")
        self._write(depth + 1, f"{seen} += 1")
        self._take(depth + 1, each.type, name)

    def _take(self, depth: int, type_: types.Type, name: str) -> None:
        """Lines that leave in the local what the language has, or give up."""
        match type_:
            case types.Bool():
                self._refuse(depth, f"{name} is not True and {name} is not False")
            case types.Text():
                sound = self.module.name("is_sound", facts.is_sound)
                self._refuse(
                    depth,
                    f"{name}.__class__ is not str or not ({name}.isascii() or {sound}({name}))",
                )
            case types.Enum():
                self._refuse(depth, f"{name} not in {self.module.name('members', type_.ranks)}")
            case types.Number(integer=True):
                whole = self.module.name("whole", facts.whole)
                self._write(depth, f"if {name}.__class__ is not int: {name} = {whole}({name})")
                self._refuse(depth, f"not {_within(facts.number_range(type_), name)}")
            case types.Number():
                self._number(depth, type_, name)
            case types.Duration(range=range_):
                self._parsed(depth, name, self.module.name("parse_duration", parse_duration))
                if range_ != types.ANY_NUMBER:
                    self._refuse(depth, f"not {_within(range_, name)}")
            case types.Instant():
                self._parsed(depth, name, self.module.name("parse_instant", parse_instant))
            case types.Code():
                reader = self.module.name("parts", parts_reader(type_))
                self._refuse(depth, f"{reader}({name}) is None")
            case types.Record():
                self._refuse(depth, f"{name}.__class__ is not dict")
                made = self.record(depth, type_, name)
                self._write(depth, f"{name} = {made}")
            case types.ListOf():
                self._list(depth, type_, name)
            case types.Tally():
                taken = self.module.name("taken_tally", facts.taken_tally)
                wanted = self.module.name("tally", type_)
                self._write(depth, f"{name} = {taken}({name}, {wanted})")
            case _:
                assert_never(type_)

    def _refuse(self, depth: int, test: str) -> None:
        self._write(depth, f"if {test}: return None")

    def _parsed(self, depth: int, name: str, parse: str) -> None:
        self._write(depth, f"{name} = {parse}({name})")
        self._refuse(depth, f"{name} is None")

    def _number(self, depth: int, type_: types.Number, name: str) -> None:
        kind = self.module.fresh("kind")
        range_ = facts.number_range(type_)
        self._write(depth, f"{kind} = {name}.__class__")
        self._refuse(
            depth,
            f"({kind} is not float and {kind} is not int) or not {_within(range_, name, float)}",
        )
        if not facts.within_whole(range_):
            exact = f"-{facts.GREATEST_WHOLE} <= {name} <= {facts.GREATEST_WHOLE}"
            self._refuse(depth, f"{kind} is int and not {exact}")

    def _list(self, depth: int, type_: types.ListOf, name: str) -> None:
        self._refuse(depth, f"{name}.__class__ is not list or len({name}) > {type_.bound}")
        each, made = self.module.fresh("each"), self.module.fresh("made")
        self._write(depth, f"{made} = []")
        self._write(depth, f"for {each} in {name}:")
        if isinstance(type_.element, types.Record):
            self._refuse(depth + 1, f"{each}.__class__ is not dict")
            element = self.record(depth + 1, type_.element, each)
        else:
            self._take(depth + 1, type_.element, each)
            element = each
        self._write(depth + 1, f"{made}.append({element})")
        self._write(depth, f"{name} = tuple({made})")


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
