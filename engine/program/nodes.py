"""The program: a checked policy, every name resolved, every expression typed. All back ends read
this form.

How values look is told in `engine/language/values.py`; None is unknown. What an expression node
promises:

- `type` is its type; `unknown` says that its value may be None.
- `bounds` holds every value of a number.
- `computed` says that arithmetic made the number, `sensitive` that a sensitive fact went into the
  value.
- A *computed* number passes a `Settle` before it is compared, looked up, or kept in an outcome, a
  list or a record. No back end needs to know which numbers are computed.
- A meaning from the operator table is applied only to known operands, unless its row
  `takes_unknown`.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from engine.language.operators import Signature
from engine.language.phrases import Trigger
from engine.language.types import ANY_NUMBER, Code, Enum, Range, Record, Type
from engine.source import Source, Span


@dataclass(frozen=True, kw_only=True)
class Node:
    type: Type
    unknown: bool = False
    bounds: Range = field(default=ANY_NUMBER, compare=False)
    computed: bool = field(default=False, compare=False)
    sensitive: bool = field(default=False, compare=False)
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Constant(Node):
    """A literal, an enum's member, a threshold or a list; the last two keep their `name`."""

    value: object
    name: str | None = None


@dataclass(frozen=True)
class Variable(Node):
    """A parameter, the variable of a quantifier, `outcome`, `now`, `state` or `event`."""

    name: str


@dataclass(frozen=True)
class FieldOf(Node):
    """The field at `place` of a record; unknown where the record is."""

    record: "Expression"
    place: int
    name: str


@dataclass(frozen=True)
class PartOf(Node):
    """The named part at `place` (see `Code.named`) of a coded text."""

    code: "Expression"
    place: int
    name: str


@dataclass(frozen=True)
class Apply(Node):
    """An operator or a function applied. `partial` says that known operands may give None: then
    the meaning's result must be looked at. Where a number may pass what a float holds, the
    meaning's result goes through `finite`."""

    symbol: str
    signature: Signature
    operands: tuple["Expression", ...]
    partial: bool = False
    may_overflow: bool = False


@dataclass(frozen=True)
class Settle(Node):
    """`values.settle`: a computed number, rounded to 9 decimals."""

    operand: "Expression"


@dataclass(frozen=True)
class Not(Node):
    operand: "Expression"


@dataclass(frozen=True)
class Chain(Node):
    """Kleene `and` or `or` over two or more operands."""

    symbol: Literal["and", "or"]
    operands: tuple["Expression", ...]


@dataclass(frozen=True)
class Mentions(Node):
    """Whether a text mentions any, or all, of the triggers; unknown where the text is."""

    text: "Expression"
    quantity: Literal["any", "all"]
    triggers: tuple[str, ...]


@dataclass(frozen=True)
class Quantified(Node):
    """Kleene `or` (any) or `and` (all) of the condition over the elements."""

    quantity: Literal["any", "all"]
    variable: str
    items: "Expression"
    condition: "Expression"


@dataclass(frozen=True)
class Gather(Node):
    """The value for each element that the condition keeps, as a list; unknown where the items, any
    condition or any kept value is."""

    variable: str
    items: "Expression"
    value: "Expression"
    condition: "Expression | None"


@dataclass(frozen=True)
class Aggregate(Node):
    """`count sum max min mean` of what is gathered. A `count` whose conditions may be unknown is
    an interval from the surely kept to the possibly kept; alone it is known when both ends meet,
    and compared (by `Compare`) when the interval decides."""

    name: str
    gather: Gather


@dataclass(frozen=True)
class CompareCount(Node):
    """`count(…) >= n` where the count is an interval; `count_left` says on which side of the sign
    it stood."""

    symbol: str
    count: Aggregate
    other: "Expression"
    count_left: bool


@dataclass(frozen=True)
class Lookup(Node):
    """A table's result; unknown by the rule of rows that compare an unknown."""

    table: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True)
class Call(Node):
    define: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True)
class Branch:
    condition: "Expression"
    value: "Expression"


@dataclass(frozen=True)
class Choice(Node):
    """The value of the first true branch; unknown where an earlier condition is unknown."""

    branches: tuple[Branch, ...]
    otherwise: "Expression"


@dataclass(frozen=True)
class MakeRecord(Node):
    """One value for one field, None where the field is left out (and has no default)."""

    values: tuple["Expression | None", ...]


@dataclass(frozen=True)
class MakeList(Node):
    """A list; unknown where an element is."""

    items: tuple["Expression", ...]


@dataclass(frozen=True)
class Words:
    text: str


@dataclass(frozen=True)
class Show:
    """A value in a sentence, by `values.write_text`, or `values.format_number` where a format is
    given."""

    value: "Expression"
    format: str | None


@dataclass(frozen=True)
class ShowMatched:
    """`{matched}`: the policy's words that the condition's `mentions` found, joined by commas."""


@dataclass(frozen=True)
class Repeat:
    variable: str
    items: "Expression"
    pieces: tuple["Piece", ...]


@dataclass(frozen=True)
class If:
    """The pieces where the condition is true, else the others (unknown counts as not true)."""

    condition: "Expression"
    pieces: tuple["Piece", ...]
    otherwise: tuple["Piece", ...]


Piece = Words | Show | ShowMatched | Repeat | If


@dataclass(frozen=True)
class Template(Node):
    """A sentence put together; the checker saw to it that what it shows is known."""

    pieces: tuple[Piece, ...]


Expression = (
    Constant
    | Variable
    | FieldOf
    | PartOf
    | Apply
    | Settle
    | Not
    | Chain
    | Mentions
    | Quantified
    | Gather
    | Aggregate
    | CompareCount
    | Lookup
    | Call
    | Choice
    | MakeRecord
    | MakeList
    | Template
)


@dataclass(frozen=True)
class Parameter:
    name: str
    type: Type


@dataclass(frozen=True)
class Anything:
    """`-`"""


@dataclass(frozen=True)
class Values:
    """One of these values."""

    values: tuple[object, ...]


@dataclass(frozen=True)
class Within:
    range: Range


Cell = Anything | Values | Within


@dataclass(frozen=True)
class Row:
    """`span` is the row's, or the cell's in a two-way table."""

    cells: tuple[Cell, ...]
    result: object
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Table:
    """The first true row gives the result; the checker saw to it that there is one."""

    name: str
    parameters: tuple[Parameter, ...]
    result: Type
    rows: tuple[Row, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Define:
    name: str
    parameters: tuple[Parameter, ...]
    value: Expression
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Threshold:
    name: str
    type: Type
    value: object
    because: str | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class NamedList:
    name: str
    element: Type
    items: tuple[object, ...]
    notes: tuple[str | None, ...]
    span: Span = field(compare=False, repr=False)


Outcome = Expression
"""What a rule gives: a `MakeRecord` whose missing fields `always` sets or whose defaults hold, an
element of the list under `collect`, a number under `sum`. A guard under `collect` gives the whole
list."""


@dataclass(frozen=True)
class Rule:
    """A rule, guard or guardrail. `unknown_outcome` is what it gives when its condition is
    unknown: None says that it does not apply then. A guardrail's condition is that its requirement
    fails."""

    kind: Literal["rule", "guard", "guardrail"]
    name: str
    condition: Expression | None
    outcome: Outcome
    unknown_outcome: Outcome | None
    because: Template | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Otherwise:
    outcome: Outcome
    because: Template | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Always:
    """Fields computed after the outcome is chosen, in order; each may read `outcome` as it then
    stands."""

    place: int
    value: Expression


@dataclass(frozen=True)
class Decision:
    """`hit` is None where there are guards alone. `strictest_by` is the place of that field."""

    name: str
    parameters: tuple[Parameter, ...]
    result: Type
    guards: tuple[Rule, ...]
    hit: Literal["first", "unique", "collect", "sum", "strictest"] | None
    strictest_by: int | None
    rules: tuple[Rule, ...]
    otherwise: Otherwise | None
    always: tuple[Always, ...]
    refused: object
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class State:
    name: str
    wire: str
    initial: bool
    final: bool
    note: str | None


@dataclass(frozen=True)
class Event:
    """`payload` is a record of the event's parameters, in their order."""

    name: str
    payload: Record
    note: str | None


@dataclass(frozen=True)
class Set:
    """The field at `place` of the lifecycle's record takes a new value."""

    place: int
    value: Expression


@dataclass(frozen=True)
class Transition:
    """`name` is how reasons call it: `RESOLVED -> REOPENED on span`, counted from the second of
    the same on."""

    name: str
    guard: bool
    sources: tuple[str, ...]
    target: str
    event: str
    condition: Expression | None
    sets: tuple[Set, ...]
    because: Template | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Deadline:
    name: str
    states: tuple[str, ...]
    at: Expression
    condition: Expression | None
    go: str | None
    sets: tuple[Set, ...]
    because: Template | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Lifecycle:
    """Expressions may read the parameter, `state`, `now`, and in transitions `event`."""

    name: str
    parameter: Parameter
    states: tuple[State, ...]
    events: tuple[Event, ...]
    transitions: tuple[Transition, ...]
    deadlines: tuple[Deadline, ...]
    state_type: Enum
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class OutcomePromise:
    """For every case: where the premise is true or unknown, the conclusion is true. `outcome` is
    the variable's name, `parameters` the names by which premise and conclusion read the decision's
    arguments."""

    decision: str
    parameters: tuple[str, ...]
    outcome: str
    premise: Expression | None
    conclusion: Expression


@dataclass(frozen=True)
class PathPromise:
    lifecycle: str
    source: str
    target: str
    through: str


@dataclass(frozen=True)
class TrendPromise:
    define: str
    direction: Literal["rises", "falls"]
    path: tuple[str, ...]


@dataclass(frozen=True)
class Guarantee:
    name: str
    also_refused: bool
    promise: OutcomePromise | PathPromise | TrendPromise
    because: Template | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Expected:
    """`value` is the whole value expected, or, where `fields` is given, only those places of a
    record are compared. Where the example says `about`, `digits` is how many decimals must agree,
    and `field_digits` the same for fields that are numbers.
    """

    value: object = None
    fields: Mapping[int, object] | None = None
    digits: int | None = None
    field_digits: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Example:
    """`of` is a decision, define, table or lifecycle. For a lifecycle `state`, `event` and
    `payload` are given, and `target` is the state expected (None: no transition); `expected` then
    tells of the record's fields."""

    title: str
    kind: Literal["decision", "define", "table", "lifecycle"]
    of: str
    arguments: tuple[object, ...]
    now: int | None
    state: str | None
    event: str | None
    payload: object
    target: str | None
    expected: Expected
    by: tuple[str, ...]
    not_by: tuple[str, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Waiver:
    finding: str
    subject: tuple[str, ...]
    because: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Program:
    """`defines` stand in an order in which each calls only earlier ones."""

    name: str
    version: str
    title: str | None
    owner: str | None
    governs: tuple[str, ...]
    origin: str | None
    language: int
    source: Source = field(compare=False, repr=False)
    content_hash: str
    meaning_hash: str
    enums: Mapping[str, Enum]
    codes: Mapping[str, Code]
    records: Mapping[str, Record]
    thresholds: Mapping[str, Threshold]
    lists: Mapping[str, NamedList]
    triggers: tuple[Trigger, ...]
    tables: Mapping[str, Table]
    defines: Mapping[str, Define]
    decisions: Mapping[str, Decision]
    lifecycles: Mapping[str, Lifecycle]
    guarantees: tuple[Guarantee, ...]
    examples: tuple[Example, ...]
    waivers: tuple[Waiver, ...]

    @cached_property
    def compiled(self) -> dict[Hashable, Any]:
        """What was made of it once, by who made it."""
        return {}
