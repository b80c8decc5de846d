"""The tree: what an author wrote, as frozen values that know their place in the text.

One class for one form of the grammar. Two trees are equal when they say the same, wherever they
stand and however they are laid out: `span`, `written` and `comments` take no part in comparison.
"""

from dataclasses import dataclass, field
from typing import Literal

from engine.source import Span


@dataclass(frozen=True)
class Node:
    span: Span = field(compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Name(Node):
    """A declared name where it is declared, or a reference where it is used."""

    text: str


# Expressions


@dataclass(frozen=True)
class Number(Node):
    value: int | float
    written: str = field(compare=False)


@dataclass(frozen=True)
class Duration(Node):
    microseconds: int
    written: str = field(compare=False)


@dataclass(frozen=True)
class Instant(Node):
    """Microseconds since 1970-01-01T00:00:00Z."""

    microseconds: int
    written: str = field(compare=False)


@dataclass(frozen=True)
class Boolean(Node):
    value: bool


@dataclass(frozen=True)
class Words(Node):
    """Literal text between insertions, escapes resolved."""

    text: str


@dataclass(frozen=True)
class Insertion(Node):
    """`{i.confidence: 0.00}`"""

    value: "Expression"
    format: str | None


@dataclass(frozen=True)
class Repetition(Node):
    """`{for i in ticket.intents}…{end}`"""

    variable: Name
    items: "Expression"
    pieces: tuple["Piece", ...]


@dataclass(frozen=True)
class Conditional(Node):
    """`{if condition}…{else}…{end}`"""

    condition: "Expression"
    pieces: tuple["Piece", ...]
    otherwise: tuple["Piece", ...]


Piece = Words | Insertion | Repetition | Conditional


@dataclass(frozen=True)
class Text(Node):
    """`block` is how it was quoted (three quotes on lines of their own), which tidy keeps."""

    pieces: tuple[Piece, ...]
    block: bool = field(compare=False, default=False)

    @property
    def plain(self) -> str | None:
        """The text itself where nothing is inserted."""
        if all(isinstance(piece, Words) for piece in self.pieces):
            return "".join(piece.text for piece in self.pieces if isinstance(piece, Words))
        return None


@dataclass(frozen=True)
class Each(Node):
    """`value for variable in items where condition`"""

    value: "Expression"
    variable: Name
    items: "Expression"
    condition: "Expression | None"


@dataclass(frozen=True)
class ListOf(Node):
    """`[a, b]`"""

    items: tuple["Expression", ...]


@dataclass(frozen=True)
class Collected(Node):
    """`[i.name for i in ticket.intents]`"""

    each: Each


@dataclass(frozen=True)
class Entry(Node):
    """`name: value` in a record; the value None says that the field is left out (`missing`)."""

    name: Name
    value: "Expression | None"


@dataclass(frozen=True)
class Record(Node):
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Part(Node):
    """`value.name`"""

    value: "Expression"
    name: Name


@dataclass(frozen=True)
class Argument(Node):
    name: Name | None
    value: "Expression"


@dataclass(frozen=True)
class Call(Node):
    """A function, table or define applied."""

    function: Name
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Aggregate(Node):
    """`max(i.confidence for i in ticket.intents)`"""

    function: Name
    each: Each


@dataclass(frozen=True)
class Unary(Node):
    """`-` and `not`."""

    symbol: str
    operand: "Expression"


@dataclass(frozen=True)
class Binary(Node):
    """`+ - * / < <= > >= is`, `is not`, `in`, `not in`, `else`; where the sign stands is kept for
    complaints."""

    symbol: str
    left: "Expression"
    right: "Expression"
    sign: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Test(Node):
    """`is known`, `is missing`, `is empty`, `is not empty`."""

    symbol: str
    operand: "Expression"


@dataclass(frozen=True)
class Chain(Node):
    """Operands joined by `and`, or by `or`; never both without brackets."""

    symbol: Literal["and", "or"]
    operands: tuple["Expression", ...]


@dataclass(frozen=True)
class Mentions(Node):
    """`text mentions trigger`, `… any of a, b`, `… all of a, b`; one trigger counts as `any`."""

    text: "Expression"
    quantity: Literal["any", "all"]
    triggers: tuple[Name, ...]


@dataclass(frozen=True)
class Quantified(Node):
    """`any i in items where condition`, `all i in items satisfy condition`"""

    quantity: Literal["any", "all"]
    variable: Name
    items: "Expression"
    condition: "Expression"


@dataclass(frozen=True)
class Branch(Node):
    condition: "Expression"
    value: "Expression"


@dataclass(frozen=True)
class Choice(Node):
    """`when a then x when b then y otherwise z`"""

    branches: tuple[Branch, ...]
    otherwise: "Expression"


Expression = (
    Name
    | Number
    | Duration
    | Instant
    | Boolean
    | Text
    | ListOf
    | Collected
    | Record
    | Part
    | Call
    | Aggregate
    | Unary
    | Binary
    | Test
    | Chain
    | Mentions
    | Quantified
    | Choice
)


# Types


@dataclass(frozen=True)
class Range(Node):
    """Ends that are None are open; `low_open` says that the low end itself is outside."""

    low: Expression | None
    high: Expression | None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True)
class BasicType(Node):
    """`bool`, `text`, `number`, `integer`, `duration`, `instant`."""

    word: str
    unit: Name | None = None
    range: Range | None = None


@dataclass(frozen=True)
class NamedType(Node):
    name: Name


@dataclass(frozen=True)
class ListType(Node):
    """A list of facts states its bound; what a decision or a define gives need not."""

    element: "Type"
    bound: int | None


@dataclass(frozen=True)
class TallyType(Node):
    """`tally count of Span by comparative and day`"""

    kind: str
    record: Name
    by: Name
    daily: bool


Type = BasicType | NamedType | ListType | TallyType


@dataclass(frozen=True)
class Parameter(Node):
    """Only what an event brings may be `optional`."""

    name: Name
    type: Type
    optional: bool = False


# Declarations of facts


@dataclass(frozen=True)
class Member(Node):
    name: Name
    wire: str | None
    note: str | None


@dataclass(frozen=True)
class Enum(Node):
    """`order` is `strict to loose`, `low to high` or None."""

    name: Name
    members: tuple[Member, ...]
    order: str | None


@dataclass(frozen=True)
class CodePart(Node):
    """One part of coded text: `separator` (its text), `enum` (its enum's name), `integer` (least,
    greatest), `digits` (how many, or more) or `letters` (how many)."""

    kind: Literal["separator", "enum", "integer", "digits", "letters"]
    name: Name | None = None
    text: str | None = None
    enum: Name | None = None
    least: int = 0
    greatest: int = 0
    open_ended: bool = False


@dataclass(frozen=True)
class Code(Node):
    name: Name
    parts: tuple[CodePart, ...]


@dataclass(frozen=True)
class Default(Node):
    value: Expression
    because: str | None


@dataclass(frozen=True)
class Field(Node):
    name: Name
    type: Type
    optional: bool = False
    sensitive: bool = False
    default: Default | None = None
    wire: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class RecordType(Node):
    name: Name
    fields: tuple[Field, ...]


# Declarations of numbers, words and tables


@dataclass(frozen=True)
class Threshold(Node):
    name: Name
    type: Type
    value: Expression
    because: str | None


@dataclass(frozen=True)
class ListItem(Node):
    value: Expression
    note: str | None


@dataclass(frozen=True)
class List(Node):
    """`list` and `whitelist`; the word is the author's and changes nothing."""

    name: Name
    word: Literal["list", "whitelist"]
    type: Type | None
    items: tuple[ListItem, ...]


@dataclass(frozen=True)
class Pattern(Node):
    """`"stolen"`, or `"stolen" near "card" within 3`."""

    text: str
    near: str | None = None
    within: int | None = None


@dataclass(frozen=True)
class Phrase(Node):
    text: str


@dataclass(frozen=True)
class AnyNear(Node):
    """`("stolen" or "lost") near ("card" or "wallet") within 3`."""

    left: tuple[Phrase, ...]
    right: tuple[Phrase, ...]
    within: int | None = None


@dataclass(frozen=True)
class Trigger(Node):
    name: Name
    patterns: tuple[Pattern | AnyNear, ...]
    exceptions: tuple[Pattern | AnyNear, ...]


@dataclass(frozen=True)
class Corner(Node):
    """The empty first cell of a two-way table."""


@dataclass(frozen=True)
class Anything(Node):
    """`-`"""


@dataclass(frozen=True)
class Compared(Node):
    """`>= 0.95`"""

    symbol: str
    value: Expression


@dataclass(frozen=True)
class Between(Node):
    """`0.50 ..< 0.70`"""

    low: Expression
    high: Expression
    high_open: bool


@dataclass(frozen=True)
class OneOf(Node):
    """One value, or several with commas."""

    values: tuple[Expression, ...]


Cell = Corner | Anything | Compared | Between | OneOf


@dataclass(frozen=True)
class Row(Node):
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table(Node):
    """`rows` begins with the heading."""

    name: Name
    parameters: tuple[Parameter, ...]
    result: Type
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Define(Node):
    name: Name
    parameters: tuple[Parameter, ...]
    result: Type | None
    value: Expression


# Decisions


@dataclass(frozen=True)
class Setting(Node):
    """`field: value`; the value None says that the field is left out (`missing`)."""

    name: Name
    value: Expression | None


@dataclass(frozen=True)
class Settings(Node):
    settings: tuple[Setting, ...]


Result = Settings | Expression


@dataclass(frozen=True)
class WhenUnknown(Node):
    """What to do when the condition is unknown: `apply`, `skip`, or a result of its own."""

    effect: "Literal['apply', 'skip'] | Result"


@dataclass(frozen=True)
class HitPolicy(Node):
    """`first`, `unique`, `collect`, `sum`, or `strictest` by a field."""

    word: Literal["first", "unique", "collect", "sum", "strictest"]
    by: Name | None = None


@dataclass(frozen=True)
class Guard(Node):
    name: Name
    condition: Expression
    when_unknown: WhenUnknown | None
    then: Result | None
    because: Text | None


@dataclass(frozen=True)
class Rule(Node):
    name: Name
    condition: Expression | None
    when_unknown: WhenUnknown | None
    then: Result
    because: Text | None


@dataclass(frozen=True)
class Guardrail(Node):
    name: Name
    condition: Expression | None
    requires: Expression
    because: Text | None


@dataclass(frozen=True)
class Otherwise(Node):
    then: Result | None
    because: Text | None


@dataclass(frozen=True)
class Always(Node):
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class Refused(Node):
    then: Result


Item = Guard | Rule | Guardrail | Otherwise | Always | Refused | HitPolicy


@dataclass(frozen=True)
class Decision(Node):
    name: Name
    parameters: tuple[Parameter, ...]
    result: Type
    items: tuple[Item, ...]


# State machines


@dataclass(frozen=True)
class State(Node):
    name: Name
    initial: bool
    final: bool
    wire: str | None
    note: str | None


@dataclass(frozen=True)
class Event(Node):
    name: Name
    parameters: tuple[Parameter, ...]
    note: str | None


@dataclass(frozen=True)
class Transition(Node):
    """`guard transition` applies when its condition is unknown."""

    guard: bool
    sources: tuple[Name, ...]
    target: Name
    event: Name
    condition: Expression | None
    settings: tuple[Setting, ...]
    because: Text | None


@dataclass(frozen=True)
class Deadline(Node):
    """`go` is the state it leads to, or None where only facts are set."""

    name: Name
    states: tuple[Name, ...]
    at: Expression
    condition: Expression | None
    go: Name | None
    settings: tuple[Setting, ...]
    because: Text | None


LifecycleItem = State | Event | Transition | Deadline


@dataclass(frozen=True)
class Lifecycle(Node):
    name: Name
    parameter: Parameter
    items: tuple[LifecycleItem, ...]


# Promises and expectations


@dataclass(frozen=True)
class OutcomePromise(Node):
    """`for handoff(ticket) = outcome when premise then conclusion`"""

    decision: Name
    parameters: tuple[Name, ...]
    outcome: Name
    premise: Expression | None
    conclusion: Expression


@dataclass(frozen=True)
class PathPromise(Node):
    """`every path from A to B passes C`"""

    source: Name
    target: Name
    through: Name


@dataclass(frozen=True)
class TrendPromise(Node):
    """`priority never rises with issue.age`"""

    define: Name
    direction: Literal["rises", "falls"]
    path: tuple[Name, ...]


Promise = OutcomePromise | PathPromise | TrendPromise


@dataclass(frozen=True)
class Guarantee(Node):
    name: Name
    also_refused: bool
    promise: Promise
    because: Text | None


@dataclass(frozen=True)
class Example(Node):
    """What one application gives. `about`: a number need only agree to the digits written. `state`
    and `event` belong to lifecycles: there `expected` is a state's name, or `no_transition`, and
    `expected_facts` some of its facts."""

    title: str
    call: Call
    at: Instant | None
    state: Name | None
    event: Call | None
    expected: Expression
    expected_facts: Record | None
    by: tuple[Name, ...]
    not_by: tuple[Name, ...]
    about: bool = False


@dataclass(frozen=True)
class Waiver(Node):
    """`waive no-effect on verification.absence because "…"`"""

    finding: str
    subject: tuple[Name, ...]
    because: Text


Declaration = (
    Enum
    | Code
    | RecordType
    | Threshold
    | List
    | Trigger
    | Table
    | Define
    | Decision
    | Lifecycle
    | Guarantee
    | Example
    | Waiver
)


@dataclass(frozen=True)
class Header(Node):
    name: Name
    version: str
    title: str | None
    owner: str | None
    governs: tuple[Name, ...]
    source: str | None


@dataclass(frozen=True)
class Comment(Node):
    """`# …`; `own_line` says that nothing but blanks stands before it on its line."""

    text: str
    own_line: bool


@dataclass(frozen=True)
class File(Node):
    language: int
    header: Header
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...] = field(compare=False, repr=False, default=())
