"""Records left incomplete: which fields may be left out, and what holds then."""

from engine.language import types
from engine.program import nodes as program
from engine.source import Span


def default_of(field: types.Field, span: Span) -> program.Expression | None:
    """What holds where a field is left out: its default, or for a record whose fields all may be,
    their defaults."""
    if not field.has_default and field.optional:
        return None
    return program.Constant(blank_value(field), type=field.type, span=span)


def is_optional(record: types.Record) -> bool:
    """A record all of whose fields are optional or have defaults may be left out, and its defaults
    hold (law 4)."""
    return all(has_default(field) for field in record.fields)


def blank(record: types.Record) -> tuple[object, ...]:
    """The value of such a record where it is left out."""
    return tuple(blank_value(field) for field in record.fields)


def blank_value(field: types.Field) -> object:
    if field.has_default or field.optional:
        return field.default
    return blank(field.type) if isinstance(field.type, types.Record) else None


def has_default(field: types.Field) -> bool:
    if field.optional or field.has_default:
        return True
    return isinstance(field.type, types.Record) and is_optional(field.type)
