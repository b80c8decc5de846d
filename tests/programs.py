"""Random well-typed policies, drawn from the tables of operators and functions, and cases for them.

`programs()` draws a policy's text; `programs(using=way)` one whose decision always gives the value
of an expression that uses that row of the tables. `cases(program)` draws cases as JSON carries
them: mostly good, at the ends of ranges and at thresholds, some with facts left out, some
malformed.
"""

from hypothesis import strategies as st

from tests.generate.cases import cases
from tests.generate.decisions import decision, define, table
from tests.generate.expressions import WAYS, Maker, Way
from tests.generate.vocabulary import vocabularies

__all__ = ["WAYS", "Way", "cases", "programs"]

_HEADER = 'bylaw 1\n\npolicy drawn 1.0.0\n  title "Drawn"\n  owner "Chance"'


@st.composite
def programs(draw: st.DrawFn, using: Way | None = None) -> str:
    counting = using is not None and "tally" in using.signature.operands
    vocabulary = draw(vocabularies(counting))
    maker = Maker(draw, vocabulary)
    written = [table(maker, f"look{place}") for place in range(draw(st.integers(0, 2)))]
    written += [define(maker, f"d{place}") for place in range(draw(st.integers(0, 2)))]
    if using is not None:
        written.append(define(maker, "special", using))
    shown = [each for each in vocabulary.defines if len(each.parameters) == 1]
    record, decided = decision(maker, "drawn", [each for each in shown if each.name == "special"])
    return "\n\n".join([_HEADER, *vocabulary.written, *written, record, decided]) + "\n"
