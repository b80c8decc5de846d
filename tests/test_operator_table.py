"""Each row of the tables of operators, functions and aggregates gives what its examples say."""

from collections.abc import Iterator

import pytest

from engine.backends.python.evaluator import Evaluator
from engine.backends.python.interpreter import Interpreter
from engine.backends.python.matcher import Matcher
from engine.language.functions import AGGREGATES, FUNCTIONS
from engine.language.operators import OPERATORS, Operation, Signature
from engine.language.values import settle
from engine.program import nodes as program
from engine.program import walk
from engine.source import Source
from engine.verbs.check import load

ROWS = (*OPERATORS.values(), *FUNCTIONS.values())
MAY_FAIL = {"/", "exp", "ln", "log2", "log10", "sqrt", "first"}
COUNTED = """
enum Verdict: better, same, worse

record Span
  verdict: Verdict

record Book
  verdicts: tally count of Span by verdict and day
"""
BOOK = {"verdicts": {"worse": {"2026-01-01": 2, "2026-01-15": 3}, "same": {"2026-01-15": 1}}}
TALLIES = (
    ("tallied(book.verdicts, worse)", 5),
    ("tallied(book.verdicts, same)", 1),
    ("tallied(book.verdicts, better)", 0),
    ("tallied_since(book.verdicts, worse, 2026-01-15T14:32:00Z)", 3),
    ("tallied_since(book.verdicts, worse, 2026-01-16)", 0),
    ("tallied_since(book.verdicts, better, 2026-01-01)", 0),
)
EXAMPLES = [
    *(example for row in ROWS for example in row.examples),
    *(row.example for row in AGGREGATES.values()),
]


def policy(*declarations: str) -> program.Program:
    return load(Source("row.bylaw", "\n\n".join(["bylaw 1\n\npolicy row 1.0.0", *declarations])))


@pytest.mark.parametrize(("expression", "gives"), EXAMPLES)
def test_an_example_of_a_row_gives_what_it_says(expression: str, gives: str) -> None:
    loaded = policy(f"define value() = {expression}", f'example "as said" value() gives {gives}')
    (example,) = loaded.examples
    for value in by_both(loaded, "value"):
        assert settled(value) == example.expected.value


@pytest.mark.parametrize(("expression", "gives"), EXAMPLES)
def test_an_example_is_compared_as_it_says(expression: str, gives: str) -> None:
    """A computed number is rounded before it is compared, and what is unknown is missing."""
    comparison = "is missing" if gives == "unknown" else f"is {gives}"
    if gives.startswith("["):
        comparison = "is known"
    loaded = policy(f"define holds() = ({expression}) {comparison}")
    assert [*by_both(loaded, "holds")] == [True, True]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.symbol)
def test_a_row_is_unknown_only_where_it_may_be(row: Operation) -> None:
    for expression, gives in row.examples:
        node = policy(f"define value() = {expression}").defines["value"].value
        if gives == "unknown":
            assert node.unknown
        elif row.symbol not in MAY_FAIL and "1 / 0" not in expression:
            assert not node.unknown


def test_these_rows_alone_may_fail_for_known_operands() -> None:
    partial = {row.symbol for row in ROWS if any(each.partial for each in row.signatures)}
    assert partial == MAY_FAIL
    assert all(each.partial for row in ROWS if row.symbol in MAY_FAIL for each in row.signatures)


def test_these_rows_alone_are_told_of_unknowns() -> None:
    told = {row.symbol for row in ROWS if row.takes_unknown}
    assert told == {"and", "or", "not", "is known", "is missing", "else"}


def by_both(loaded: program.Program, define: str) -> Iterator[object]:
    """A define's value by the compiled evaluator, and by the one that explains."""
    yield Evaluator(loaded).apply(define, ())
    interpreter = Interpreter(loaded, Matcher(loaded.triggers))
    yield interpreter.step(loaded.defines[define].value, {}).value


def settled(value: object) -> object:
    """As a number is compared, if it is one."""
    return settle(value) if isinstance(value, float) else value


@pytest.mark.parametrize(("expression", "gives"), TALLIES)
def test_a_tally_is_asked(expression: str, gives: int) -> None:
    loaded = policy(
        COUNTED,
        f"""decision asked(book: Book): integer
  first
  rule always
    then {expression}
  otherwise
    then -1
  refused
    then -2""",
    )
    assert Evaluator(loaded).decide(BOOK, "asked").outcome == gives


def test_every_signature_has_an_example() -> None:
    shown = {
        id(signature)
        for row in ROWS
        for expression, _ in row.examples
        for signature in signatures(policy(f"define value() = {expression}"), row)
    }
    tallies = {name for name in FUNCTIONS if name.startswith("tallied")}
    lacking = [
        (row.symbol, signature.operands)
        for row in ROWS
        for signature in row.signatures
        if id(signature) not in shown and row.symbol not in tallies
    ]
    assert lacking == []
    assert all(any(name + "(" in expression for expression, _ in TALLIES) for name in tallies)


def signatures(loaded: program.Program, row: Operation) -> Iterator[Signature]:
    """Those that the expression came to; `and`, `or` and `not` have nodes of their own."""
    for node in walk.everything(loaded.defines["value"].value):
        match node:
            case program.Apply(signature=signature):
                yield signature
            case program.Chain(symbol=symbol) if symbol == row.symbol:
                yield row.signatures[0]
            case program.Not() if row.symbol == "not":
                yield row.signatures[0]


def test_every_row_says_what_it_does() -> None:
    docs = [*(row.doc for row in ROWS), *(row.doc for row in AGGREGATES.values())]
    assert all(doc.endswith(".") for doc in docs)
