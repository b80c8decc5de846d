"""Random trees, each of which some text is read to: `trees()`, for the laws of writing and reading.

Words of the language are tried as names, and texts are full of quotes, braces and blanks. All spans
are the same, for what is generated stands nowhere.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from engine.source import Span
from engine.syntax import nodes as syntax

_NOWHERE = Span(0, 0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"s": 10**6, "min": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}

# Words of the language that are names where the language does not want them.
_WORDS = (
    *("code", "default", "end", "enum", "final", "first", "from", "go", "guard", "if", "initial"),
    *("list", "optional", "record", "rule", "state", "sum", "table", "title", "to", "transition"),
)

_T = TypeVar("_T")


def trees() -> SearchStrategy[syntax.File]:
    return _file(_few)


def trees_of_everything() -> SearchStrategy[syntax.File]:
    """Trees that have all kinds of declaration and of what these hold."""
    return _file(_each)


_Kinds = tuple[SearchStrategy[Any], ...]
_Choice = Callable[[_Kinds], SearchStrategy[tuple[Any, ...]]]


def _few(kinds: _Kinds) -> SearchStrategy[tuple[Any, ...]]:
    return _some(st.one_of(kinds), least=0, most=3)


def _each(kinds: _Kinds) -> SearchStrategy[tuple[Any, ...]]:
    return st.tuples(*kinds)


def _file(choice: _Choice) -> SearchStrategy[syntax.File]:
    return _node(syntax.File, 1, _header(), choice(_declarations(choice)))


def _node(kind: Callable[..., _T], *args: Any, **named: Any) -> SearchStrategy[_T]:
    return st.builds(
        kind,
        *map(_strategy, args),
        **{name: _strategy(arg) for name, arg in named.items()},
        span=st.just(_NOWHERE),
    )


def _strategy(value: Any) -> SearchStrategy[Any]:
    return value if isinstance(value, SearchStrategy) else st.just(value)


def _some(
    strategy: SearchStrategy[_T], least: int = 1, most: int = 2
) -> SearchStrategy[tuple[_T, ...]]:
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


def _maybe(strategy: SearchStrategy[_T]) -> SearchStrategy[_T | None]:
    return st.none() | strategy


# Names, numbers and texts

_plain_names = _node(syntax.Name, st.sampled_from(("a", "b", "order_id", "größe", "a" * 40)))
_names = _plain_names | _node(syntax.Name, st.sampled_from(_WORDS))
_counts = st.integers(0, 10**6)
_texts = st.text(st.sampled_from('ab \n\t"\\{}#|é'), max_size=6) | st.just("word " * 12)
_bits = st.booleans()


def _number(whole: int, decimals: str, sign: str) -> syntax.Number:
    written = f"{sign}{whole}" + (f".{decimals}" if decimals else "")
    value = float(written) if decimals else int(written)
    return syntax.Number(value, written, span=_NOWHERE)


def _duration(amount: int, unit: str) -> syntax.Duration:
    return syntax.Duration(amount * _UNITS[unit], f"{amount}{unit}", span=_NOWHERE)


def _instant(seconds: int, minutes_east: int) -> syntax.Instant:
    zone = timezone(timedelta(minutes=minutes_east))
    written = (_EPOCH + timedelta(seconds=seconds)).astimezone(zone).isoformat()
    return syntax.Instant(seconds * 10**6, written.replace("+00:00", "Z"), span=_NOWHERE)


def _day(days: int) -> syntax.Instant:
    written = (_EPOCH + timedelta(days=days)).date().isoformat()
    return syntax.Instant(days * 86400 * 10**6, written, span=_NOWHERE)


_positive = st.builds(
    _number, st.integers(0, 2**53), st.text("0123456789", max_size=3), st.just("")
)
_numbers = _positive | st.builds(_number, _counts, st.text("05", max_size=2), st.just("-"))
_durations = st.builds(_duration, st.integers(0, 10**6), st.sampled_from(tuple(_UNITS)))
_instants = st.one_of(
    st.builds(_instant, st.integers(-(10**10), 10**11), st.sampled_from((0, 330, -480))),
    st.builds(_day, st.integers(-(10**5), 10**6)),
)
_atoms = st.one_of(_names, _numbers, _durations, _instants, _node(syntax.Boolean, _bits))


def _merged(pieces: Iterable[syntax.Piece]) -> tuple[syntax.Piece, ...]:
    """Words that follow words are read as one."""
    merged: list[syntax.Piece] = []
    for piece in pieces:
        match merged, piece:
            case [*_, syntax.Words(text=before)], syntax.Words(text=text):
                merged[-1] = _words(before + text)
            case _:
                merged.append(piece)
    return tuple(merged)


def _words(text: str) -> syntax.Words:
    return syntax.Words(text, span=_NOWHERE)


def _template(inserted: SearchStrategy[syntax.Expression]) -> SearchStrategy[syntax.Text]:
    words = _texts.filter(bool).map(_words)
    formats = _maybe(st.sampled_from(("0", "0.00", "0%", "0.0%")))
    flat = words | _node(syntax.Insertion, inserted, formats)

    def nested(pieces: SearchStrategy[syntax.Piece]) -> SearchStrategy[syntax.Piece]:
        some = st.lists(pieces, max_size=3).map(_merged)
        return st.one_of(
            _node(syntax.Repetition, _names, inserted, some),
            _node(syntax.Conditional, inserted, some, some),
        )

    pieces = st.lists(st.recursive(flat, nested, max_leaves=3), max_size=2)
    return _node(syntax.Text, pieces.map(_merged), block=_bits)


# Expressions


def _negated(operand: syntax.Expression) -> syntax.Expression:
    """The sign before a number is the number's own."""
    if isinstance(operand, syntax.Number) and not operand.written.startswith("-"):
        return syntax.Number(-operand.value, f"-{operand.written}", span=_NOWHERE)
    return syntax.Unary("-", operand, span=_NOWHERE)


def _expressions(leaves: SearchStrategy[Any]) -> SearchStrategy[syntax.Expression]:
    return st.recursive(leaves, _compound, max_leaves=4)


def _compound(inner: SearchStrategy[syntax.Expression]) -> SearchStrategy[syntax.Expression]:
    signs = ("+", "-", "*", "/", "else", "<", "<=", ">", ">=", "is", "is not", "in", "not in")
    tests = ("is known", "is missing", "is empty", "is not empty")
    either = st.sampled_from(("any", "all"))
    each = _node(syntax.Each, inner, _names, inner, _maybe(inner))
    branches = _some(_node(syntax.Branch, inner, inner))
    return st.one_of(
        _node(syntax.Binary, st.sampled_from(signs), inner, inner, _NOWHERE),
        _node(syntax.Chain, st.sampled_from(("and", "or")), _some(inner, least=2, most=5)),
        _node(syntax.Unary, "not", inner),
        inner.map(_negated),
        _node(syntax.Test, st.sampled_from(tests), inner),
        _node(syntax.Mentions, inner, either, _some(_names)),
        _node(syntax.Quantified, either, _names, inner, inner),
        _node(syntax.Part, inner, _names),
        _node(syntax.ListOf, _some(inner, least=0)),
        _node(syntax.Collected, each),
        _records(inner),
        _calls(inner),
        _node(syntax.Aggregate, _names, each),
        _node(syntax.Choice, branches, inner),
    )


def _records(values: SearchStrategy[syntax.Expression]) -> SearchStrategy[syntax.Record]:
    return _node(syntax.Record, _some(_node(syntax.Entry, _names, _maybe(values)), least=0))


def _calls(
    values: SearchStrategy[syntax.Expression], names: SearchStrategy[syntax.Name] = _names
) -> SearchStrategy[syntax.Call]:
    arguments = _some(_node(syntax.Argument, _maybe(_names), values), least=0)
    return _node(syntax.Call, names, arguments)


# A text between the quotes of a text has nothing inserted: its own quotes would end the outer one.
_unadorned = _node(syntax.Text, _some(_texts.filter(bool).map(_words), least=0, most=1))
_text = _template(_expressions(_atoms | _unadorned))
_value = _expressions(_atoms | _text)


# Types


def _range(ends: SearchStrategy[Any]) -> SearchStrategy[syntax.Range]:
    return st.one_of(
        _node(syntax.Range, ends, ends, high_open=_bits),
        _node(syntax.Range, ends, None, low_open=_bits),
        _node(syntax.Range, None, ends, high_open=_bits),
    )


_flat_types = st.one_of(
    _node(syntax.BasicType, st.sampled_from(("bool", "text", "instant"))),
    _node(
        syntax.BasicType,
        st.sampled_from(("number", "integer")),
        _maybe(_names),
        _maybe(_range(_numbers)),
    ),
    _node(
        syntax.BasicType, "duration", range=_maybe(_range(_durations | _durations.map(_negated)))
    ),
    _node(syntax.NamedType, _plain_names),
    _node(
        syntax.TallyType,
        st.sampled_from(("count", "distinct", "minimum", "maximum")),
        _names,
        _names,
        _bits,
    ),
)
_bounded = st.recursive(
    _flat_types, lambda inner: _node(syntax.ListType, inner, _counts), max_leaves=2
)
_types = _bounded | _node(syntax.ListType, _bounded, None)
_parameter = _node(syntax.Parameter, _names, _types)
_parameters = _some(_parameter, least=0)
_brought = _some(_node(syntax.Parameter, _names, _types, _bits), least=0)


# Declarations


def _header() -> SearchStrategy[syntax.Header]:
    version = st.tuples(_counts, _counts, _counts).map(lambda parts: ".".join(map(str, parts)))
    governs = _some(_names, least=0)
    return _node(
        syntax.Header, _names, version, _maybe(_texts), _maybe(_texts), governs, _maybe(_texts)
    )


def _declarations(choice: _Choice) -> _Kinds:
    members = _some(_node(syntax.Member, _names, _maybe(_texts), _maybe(_texts)))
    order = _maybe(st.sampled_from(("strict to loose", "low to high")))
    item = _node(syntax.ListItem, _value, _maybe(_texts))
    phrases = _some(_node(syntax.Phrase, _texts), least=2)
    pattern = (
        _node(syntax.Pattern, _texts)
        | _node(syntax.Pattern, _texts, _texts, _maybe(_counts))
        | _node(syntax.AnyNear, phrases, phrases, _maybe(_counts))
    )
    return (
        _node(syntax.Enum, _names, members, order),
        _node(syntax.Code, _names, _some(_code_part())),
        _node(syntax.RecordType, _names, _some(_field(), least=0)),
        _node(syntax.Threshold, _names, _types, _value, _maybe(_texts)),
        _node(syntax.List, _names, "list", _maybe(_types), _some(item)),
        _node(syntax.List, _names, "whitelist", _maybe(_types), _some(item, least=0)),
        _node(syntax.Trigger, _names, _some(pattern), _some(pattern, least=0)),
        _table(choice),
        _node(syntax.Define, _names, _parameters, _maybe(_types), _value),
        _node(syntax.Decision, _names, _parameters, _types, choice(_items())),
        _node(syntax.Lifecycle, _names, _parameter, choice(_lifecycle_items())),
        *(_node(syntax.Guarantee, _names, _bits, each, _because) for each in _promises()),
        _example(),
        _node(syntax.Waiver, st.sampled_from(("no-effect", "code", "a-b-c")), _some(_names), _text),
    )


def _code_part() -> SearchStrategy[syntax.CodePart]:
    return st.one_of(
        _node(syntax.CodePart, "separator", text=_texts),
        _node(syntax.CodePart, "enum", _names, enum=_plain_names),
        _node(syntax.CodePart, "integer", _names, least=_counts, greatest=_counts),
        _node(syntax.CodePart, "digits", _names, least=_counts, open_ended=_bits),
        _node(syntax.CodePart, "letters", _names, least=_counts),
    )


def _field() -> SearchStrategy[syntax.Field]:
    default = _node(syntax.Default, _value, _maybe(_texts))
    return _node(
        syntax.Field,
        _names,
        _types,
        optional=_bits,
        sensitive=_bits,
        default=_maybe(default),
        wire=_maybe(_texts),
        note=_maybe(_texts),
    )


def _table(choice: _Choice) -> SearchStrategy[syntax.Table]:
    cells: _Kinds = (
        _node(syntax.Anything),
        _node(syntax.Compared, st.sampled_from(("<", "<=", ">", ">=")), _value),
        _node(syntax.Between, _value, _value, _bits),
        _node(syntax.OneOf, _some(_value)),
    )
    cell = st.one_of(cells)
    head = _node(syntax.Row, st.tuples(_node(syntax.Corner) | cell, cell, cell))
    row = _node(syntax.Row, choice(cells).filter(lambda row: len(row) > 1))
    rows = st.tuples(head, row) | st.tuples(head, row, row)
    return _node(syntax.Table, _names, _some(_parameter), _types, rows)


_setting = _node(syntax.Setting, _names, _maybe(_value))
_result = _node(syntax.Settings, _some(_setting)) | _value
_when = _maybe(_value)
_because = _maybe(_text)


def _items() -> _Kinds:
    words = st.sampled_from(("first", "unique", "collect", "sum"))
    unknown = _maybe(_node(syntax.WhenUnknown, st.sampled_from(("apply", "skip")) | _result))
    return (
        _node(syntax.HitPolicy, words) | _node(syntax.HitPolicy, "strictest", _names),
        _node(syntax.Guard, _names, _value, unknown, _maybe(_result), _because),
        _node(syntax.Rule, _names, _when, unknown, _result, _because),
        _node(syntax.Guardrail, _names, _when, _value, _because),
        _node(syntax.Otherwise, _maybe(_result), _because),
        _node(syntax.Always, _some(_setting)),
        _node(syntax.Refused, _result),
    )


def _lifecycle_items() -> _Kinds:
    settings = _some(_setting, least=0)
    deadline = (syntax.Deadline, _names, _some(_names), _value, _when)
    return (
        _node(syntax.State, _names, _bits, _bits, _maybe(_texts), _maybe(_texts)),
        _node(syntax.Event, _names, _brought, _maybe(_texts)),
        _node(syntax.Transition, _bits, _some(_names), _names, _names, _when, settings, _because),
        _node(*deadline, None, _some(_setting), _because),
        _node(*deadline, _names, settings, _because),
    )


def _promises() -> _Kinds:
    directions = st.sampled_from(("rises", "falls"))
    return (
        _node(syntax.OutcomePromise, _names, _some(_names, least=0), _names, _when, _value),
        _node(syntax.PathPromise, _names, _names, _names),
        _node(syntax.TrendPromise, _names, directions, _some(_names)),
    )


def _example() -> SearchStrategy[syntax.Example]:
    otherwise = _node(syntax.Name, "otherwise")
    kinds = st.one_of(
        st.tuples(_value, st.none(), _bits),
        st.tuples(_plain_names, _records(_value), st.just(False)),
    )
    return kinds.flatmap(
        lambda kind: _node(
            syntax.Example,
            _texts,
            _calls(_value, _plain_names),
            _maybe(_instants),
            _maybe(_names),
            _maybe(_calls(_value)),
            *kind[:2],
            _some(_names | otherwise, least=0),
            _some(_names, least=0),
            kind[2],
        )
    )
