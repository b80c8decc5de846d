"""Tables against brute force: the index, the rows of unknown arguments, gaps and overlaps."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.types import (
    DURATION_UNITS,
    Bool,
    Code,
    CodePart,
    Duration,
    Enum,
    Instant,
    Member,
    Number,
    Range,
    Text,
    Type,
)
from engine.language.values import parse_instant
from engine.program import domains
from engine.program.index import compare
from engine.program.nodes import Anything, Cell, Parameter, Row, Table, Values, Within
from engine.program.tables import (
    ByRange,
    ByValue,
    Leaf,
    Region,
    TooLarge,
    Tree,
    asks_nothing,
    gaps,
    index,
    look_up,
    look_up_unknown,
    overlaps,
)
from engine.source import Span

HOUR = DURATION_UNITS["h"]
CHANNEL = Enum("Channel", tuple(Member(name, name) for name in ("email", "voice", "social")))
LEVEL = Code(
    "Level",
    (
        CodePart("channel", CHANNEL, "email|voice|social"),
        CodePart(None, None, "-", "-"),
        CodePart("level", Number(integer=True, range=Range(1, 2)), "[12]"),
    ),
)
SHARE = Number(range=Range(0, 1))
ANYTHING = Anything()

NUMBERS: dict[Type, Sequence[int | float]] = {
    SHARE: (0, 0.25, 0.5, 1),
    Number(): (-1.5, 0, 2.0**53, 1e300),
    Number(integer=True, range=Range(0, 6)): (0, 2, 3, 6),
    Duration(): (0, HOUR, 2 * HOUR),
    Instant(): (0, 1_000_000),
}
WORDS: dict[Type, Sequence[object]] = {
    Bool(): (True, False),
    CHANNEL: ("email", "voice", "social"),
    Text(): ("a", "b"),
    LEVEL: ("email-1", "voice-2"),
}


def table(parameters: dict[str, Type], *rows: Sequence[Cell]) -> Table:
    nowhere = Span(0, 0)
    return Table(
        "of_tests",
        tuple(Parameter(name, type_) for name, type_ in parameters.items()),
        Text(),
        tuple(Row(tuple(cells), number, span=nowhere) for number, cells in enumerate(rows)),
        span=nowhere,
    )


def of(*values: object) -> Values:
    return Values(values)


def within(
    low: float | None = None, high: float | None = None, *, above: bool = False, below: bool = False
) -> Within:
    """`low .. high`; `above` and `below` leave the ends themselves out."""
    return Within(Range(low, high, above, below))


def numeric_cells(numbers: Sequence[int | float]) -> st.SearchStrategy[Cell]:
    ends = st.none() | st.sampled_from(numbers)
    ranges = st.builds(Range, ends, ends, st.booleans(), st.booleans())
    some = st.lists(st.sampled_from(numbers), min_size=1, max_size=2, unique=True)
    return ranges.map(Within) | some.map(lambda each: Values(tuple(each)))


def word_cells(values: Sequence[object]) -> st.SearchStrategy[Cell]:
    some = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)
    return some.map(lambda each: Values(tuple(each)))


def cells(type_: Type) -> st.SearchStrategy[Cell]:
    known = numeric_cells(NUMBERS[type_]) if type_ in NUMBERS else word_cells(WORDS[type_])
    return st.just(ANYTHING) | known


@st.composite
def tables(draw: st.DrawFn) -> Table:
    types = draw(st.lists(st.sampled_from([*NUMBERS, *WORDS]), min_size=1, max_size=3))
    row = st.tuples(*map(cells, types))
    rows = draw(st.lists(row, min_size=1, max_size=7))
    return table({f"p{place}": type_ for place, type_ in enumerate(types)}, *rows)


def points(type_: Type) -> list[Any]:
    """A value of the type for every class that the cells of this file can make."""
    match type_:
        case Text():
            return ["a", "b", "anything else"]
        case Code():
            return [
                f"{channel}-{level}" for channel in ("email", "voice", "social") for level in (1, 2)
            ]
        case Number(integer=True):
            return list(range(7))
        case Number() as number:
            between = [0.1, 0.3, 0.7, -2, 1.5, 2.0**53 + 2, int(2.0**53) + 1, 1e301]
            return [each for each in [*NUMBERS[type_], *between] if number.range.contains(each)]
        case Duration() | Instant():
            return [
                each for end in NUMBERS[type_] for each in (int(end) - 1, int(end), int(end) + 1)
            ]
        case _:
            return list(WORDS[type_])


def cases(table: Table) -> Iterable[tuple[Any, ...]]:
    return product(*(points(parameter.type) for parameter in table.parameters))


def holds(row: Row, case: Sequence[object]) -> bool:
    return all(compare(cell, value) for cell, value in zip(row.cells, case, strict=True))


def first_true(table: Table, case: Sequence[object]) -> int | None:
    return next((number for number, row in enumerate(table.rows) if holds(row, case)), None)


def contains(region: Region, table: Table, case: Sequence[Any]) -> bool:
    values = dict(zip((parameter.name for parameter in table.parameters), case, strict=True))
    return all(
        any(column.place(values[column.name]) in stretch for stretch in taken)
        for column, taken in region.parts
    )


def tree_of(table: Table, columns: Sequence[int] | None = None) -> Tree:
    tree = index(table, columns)
    assert not isinstance(tree, TooLarge)
    return tree


def nodes(tree: Tree) -> set[Tree]:
    match tree:
        case Leaf():
            return {tree}
        case ByValue(branches=named, default=default):
            return {tree}.union(nodes(default), *map(nodes, named.values()))
        case ByRange(branches=below):
            return {tree}.union(*map(nodes, below))


@given(tables())
def test_the_index_finds_the_first_true_row(table: Table) -> None:
    tree = tree_of(table)
    for case in cases(table):
        assert look_up(tree, case) == first_true(table, case)


@given(tables(), st.data())
def test_a_row_that_compares_an_unknown_is_unknown(table: Table, data: st.DataObject) -> None:
    known = data.draw(st.sets(st.sampled_from(range(len(table.parameters)))))
    unknown = set(range(len(table.parameters))) - known
    tree = tree_of(table, sorted(known))
    for full in cases(table):
        case = [value if place in known else None for place, value in enumerate(full)]
        found = look_up_unknown(table, case)
        assert found == by_kleene(table, case)
        row = look_up(tree, case)
        sure = row is not None and asks_nothing(table.rows[row], unknown)
        assert found == (row if sure else None)


def by_kleene(table: Table, case: Sequence[object]) -> int | None:
    """The law word for word: unknown where no earlier row is true, and an earlier one unknown."""
    an_earlier_is_unknown = False
    for number, row in enumerate(table.rows):
        verdicts = [compare(cell, value) for cell, value in zip(row.cells, case, strict=True)]
        if all(verdicts):
            return None if an_earlier_is_unknown else number
        an_earlier_is_unknown |= False not in verdicts
    return None


@given(tables())
def test_gaps_are_exactly_what_no_row_covers(table: Table) -> None:
    regions = gaps(table)
    for case in cases(table):
        said = any(contains(region, table, case) for region in regions)
        assert said == (first_true(table, case) is None)


@given(tables())
def test_no_gap_lies_inside_another(table: Table) -> None:
    held = [
        {case for case in cases(table) if contains(region, table, case)} for region in gaps(table)
    ]
    assert not any(one <= two for one in held for two in held if one is not two)


@given(tables())
def test_overlaps_are_the_rows_that_hold_together_without_a_default(table: Table) -> None:
    found = [each for each in overlaps(table) if not each.never]
    hidden = never_first(table)
    expected = {
        (earlier, later)
        for later, row in enumerate(table.rows)
        for earlier, before in enumerate(table.rows[:later])
        if not {earlier, later} & hidden
        and not is_default(row, before)
        and any(holds(row, case) and holds(before, case) for case in cases(table))
    }
    assert {(earlier, each.later) for each in found for earlier in each.earlier} == expected


@given(tables())
def test_an_overlap_says_where_both_rows_hold(table: Table) -> None:
    for found in (each for each in overlaps(table) if not each.never):
        both = table.rows[found.earlier[0]], table.rows[found.later]
        for case in cases(table):
            assert contains(found.region, table, case) == all(holds(row, case) for row in both)


@given(tables())
def test_a_row_that_can_never_match_is_said_once_with_the_rows_that_take_its_cases(
    table: Table,
) -> None:
    found = [each for each in overlaps(table) if each.never]
    assert [each.later for each in found] == sorted(never_first(table))
    for each in found:
        for case in (case for case in cases(table) if holds(table.rows[each.later], case)):
            assert any(holds(table.rows[row], case) for row in each.earlier)


def never_first(table: Table) -> set[int]:
    return set(range(len(table.rows))) - {first_true(table, case) for case in cases(table)}


def is_default(later: Row, earlier: Row) -> bool:
    return any(
        cell == ANYTHING and before != ANYTHING
        for cell, before in zip(later.cells, earlier.cells, strict=True)
    )


@pytest.mark.parametrize(
    ("type_", "rows", "said"),
    [
        (SHARE, (within(high=0.7, below=True), within(0.85)), "p 0.7 ..< 0.85"),
        (SHARE, (within(high=0.7), within(0.85, above=True)), "p > 0.7 and <= 0.85"),
        (SHARE, (within(high=0.7, below=True), within(0.7, above=True)), "p is 0.7"),
        (SHARE, (within(0.2, 0.9),), "p < 0.2; p > 0.9"),
        (SHARE, (within(high=0.5, below=True),), "p >= 0.5"),
        (SHARE, (within(0.5, above=True),), "p <= 0.5"),
        (SHARE, (within(high=0.2), within(0.5, 0.5)), "p > 0.2 and < 0.5; p > 0.5"),
        (SHARE, (within(high=0.2), within(0.5)), "p > 0.2 and < 0.5"),
        (Number(integer=True), (within(high=3), within(4)), ""),
        (Number(integer=True), (within(high=3), within(5)), "p is 4"),
        (Number(integer=True), (within(high=3), within(8, above=True)), "p 4 .. 8"),
        (Number(integer=True), (of(0),), "p <= -1; p >= 1"),
        (Duration(), (within(high=24 * HOUR), within(72 * HOUR)), "p > 24h and < 3d"),
        (Instant(), (within(high=parse_instant("2026-01-01")),), "p > 2026-01-01T00:00:00Z"),
        (Bool(), (of(False),), "p is true"),
        (CHANNEL, (of("email"),), "p is voice or social"),
        (Text(), (of("a"), of("b")), "p is any other text"),
        (LEVEL, (of("email-1", "email-2", "voice-1", "voice-2"),), 'p is "social-1" or "social-2"'),
    ],
)
def test_gaps_are_said_as_the_author_would(type_: Type, rows: Sequence[Cell], said: str) -> None:
    found = gaps(table({"p": type_}, *((cell,) for cell in rows)))
    assert "; ".join(region.words() for region in found) == said


def test_a_gap_names_only_the_columns_that_matter() -> None:
    found = gaps(
        table(
            {"channel": CHANNEL, "confidence": SHARE},
            (of("email", "social"), ANYTHING),
            (of("voice"), within(high=0.7, below=True)),
            (of("voice"), within(0.85)),
        )
    )
    assert [region.words() for region in found] == ["channel is voice and confidence 0.7 ..< 0.85"]
    assert found[0].columns == (("channel", "is voice"), ("confidence", "0.7 ..< 0.85"))


def test_gaps_that_cross_are_said_as_two() -> None:
    corner = (of("email"), within(0.5))
    assert [region.words() for region in gaps(table({"c": CHANNEL, "n": SHARE}, corner))] == [
        "c is voice or social",
        "n < 0.5",
    ]


def test_ranges_that_share_an_end_overlap_there() -> None:
    (found,) = overlaps(table({"p": SHARE}, (within(0, 0.7),), (within(0.7, 1),)))
    assert (found.earlier, found.later, found.region.words()) == ((0,), 1, "p is 0.7")


def test_a_later_row_that_says_anything_where_an_earlier_does_not_is_a_default() -> None:
    rows = ((of("email"), within(0.5)), (of("email"), ANYTHING), (ANYTHING, ANYTHING))
    assert overlaps(table({"c": CHANNEL, "n": SHARE}, *rows)) == []


def test_a_row_below_a_default_can_never_match() -> None:
    (found,) = overlaps(table({"c": CHANNEL}, (of("voice"),), (ANYTHING,), (of("email"),)))
    assert (found.earlier, found.later, found.never) == ((1,), 2, True)


def test_a_row_whose_cell_takes_in_nothing_can_never_match() -> None:
    (found,) = overlaps(table({"p": SHARE}, (within(0.9, 0.5),), (ANYTHING,)))
    assert (found.earlier, found.later, found.never) == ((), 0, True)


def test_ten_thousand_rows_make_a_tree_no_larger_than_they_are() -> None:
    steps = [within(step, step + 1, below=True) for step in range(100)]
    names = Enum("Name", tuple(Member(f"m{each}", f"m{each}") for each in range(100)))
    large = table(
        {"name": names, "number": Number(range=Range(0, 100, False, True))},
        *((of(member.wire), step) for member in names.members for step in steps),
    )
    tree = tree_of(large)
    assert len(nodes(tree)) == 1 + 100 + 10_000
    assert look_up(tree, ("m42", 17.5)) == 4217
    assert gaps(large) == []
    assert overlaps(large) == []


def test_equal_subtrees_are_one() -> None:
    halves = (within(high=0.5, below=True), within(0.5))
    both = of("voice", "social")
    rows = [(channel, half) for channel in (of("email"), both) for half in halves]
    assert len(nodes(tree_of(table({"c": CHANNEL, "n": SHARE}, *rows)))) == 1 + 2 + 4


def test_the_order_of_columns_does_not_make_a_tree_explode() -> None:
    ones = [(of(f"one {each}"), ANYTHING) for each in range(3000)]
    twos = [(ANYTHING, of(f"two {each}")) for each in range(3000)]
    for rows in (ones + twos, twos + ones):
        tree = tree_of(table({"one": Text(), "two": Text()}, *rows, (ANYTHING, ANYTHING)))
        assert len(nodes(tree)) < 7000


def test_a_table_that_would_explode_is_refused() -> None:
    wide = [(within(each, each + 2000), within(-each, 2000 - each)) for each in range(4000)]
    large = table({"one": Number(), "two": Number()}, *wide)
    assert index(large) == TooLarge("of_tests", 4000)


def test_hundreds_of_gaps_are_each_told_once() -> None:
    holed = table({"n": Number(integer=True)}, *((of(2 * each),) for each in range(400)))
    inside = [f"n is {each}" for each in range(1, 798, 2)]
    assert [region.words() for region in gaps(holed)] == ["n <= -1", *inside, "n >= 799"]


def test_long_lists_of_words_are_cut_short() -> None:
    many = Enum("Many", tuple(Member(f"m{each}", f"m{each}") for each in range(20)))
    column = domains.column(Parameter("p", many), ())
    assert domains.words(column, (range(2, 20),)) == "is m2, m3, m4, m5, m6 or 13 more"
