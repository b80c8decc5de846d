"""Each row of the tables of operators, functions and aggregates gives what its examples say."""

from collections.abc import Iterator

import pytest

from engine.backends.python.evaluator import Evaluator
from engine.language.functions import AGGREGATES, FUNCTIONS
from engine.language.operators import OPERATORS, Operation, Signature
from engine.language.values import settle
from engine.program import nodes as program
from engine.program import walk
from engine.source import Source
from engine.verbs.check import load

ROWS = (*OPERATORS.values(), *FUNCTIONS.values())
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
    value = Evaluator(loaded).apply("value", ())
    assert settled(value) == settled(example.expected.value)


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
