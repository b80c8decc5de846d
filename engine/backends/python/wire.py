"""A value's type to code that turns the value into what JSON carries."""

from collections.abc import Sequence

from engine.backends.python.module import Module
from engine.language import types
from engine.language.values import to_wire, write_duration, write_instant


def wire(module: Module, type_: types.Type, code: str, *, optional: bool = False) -> str:
    """Code for the wire form of `code`, a name; a new list or object each time it runs."""
    match type_:
        case types.Bool() | types.Text() | types.Number() | types.Enum() | types.Code():
            return code
        case types.Instant():
            made = f"{module.name('write_instant', write_instant)}({code})"
        case types.Duration():
            made = f"{module.name('write_duration', write_duration)}({code})"
        case types.ListOf(
            element=types.Bool() | types.Text() | types.Number() | types.Enum() | types.Code()
        ):
            made = f"[*{code}]"
        case types.ListOf(element=element):
            each = module.fresh("each")
            made = f"[{wire(module, element, each)} for {each} in {code}]"
        case types.Record():
            made = record(module, type_, [f"{code}[{place}]" for place in range(len(type_.fields))])
        case types.Tally():
            made = f"{module.name('to_wire', to_wire)}({code}, {module.name('type', type_)})"
    return f"({made} if {code} is not None else None)" if optional else made


def record(module: Module, type_: types.Record, codes: Sequence[str]) -> str:
    """Code for an object, from code for each field's value."""
    pairs = (
        f"{each.wire!r}: {wire(module, each.type, code, optional=each.optional)}"
        for each, code in zip(type_.fields, codes, strict=True)
    )
    return f"{{{', '.join(pairs)}}}"
