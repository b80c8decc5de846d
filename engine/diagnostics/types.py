"""What can be wrong with the type, unit or size of a value."""

from dataclasses import dataclass

from engine.diagnostics.base import Diagnostic


@dataclass(frozen=True, kw_only=True)
class WrongType(Diagnostic):
    """`wanted` and `found` are types in the author's words; `where` says what wants it."""

    wanted: str
    found: str
    where: str | None = None
    cure: str | None = None

    def message(self) -> str:
        if self.where is None:
            return f"{_article(self.wanted)} is needed here, and this is {_article(self.found)}"
        return f"{self.where} takes {_article(self.wanted)}, not {_article(self.found)}"

    def help(self) -> str | None:
        return self.cure


@dataclass(frozen=True, kw_only=True)
class NoSuchOperation(Diagnostic):
    symbol: str
    operands: tuple[str, ...]
    takes: tuple[str, ...] = ()

    def message(self) -> str:
        operands = " and ".join(_article(each) for each in self.operands)
        return f"`{self.symbol}` does not work on {operands}"

    def help(self) -> str | None:
        return "; or ".join(self.takes) or None


@dataclass(frozen=True, kw_only=True)
class DifferentUnits(Diagnostic):
    symbol: str
    left: str
    right: str

    def message(self) -> str:
        return f"`{self.symbol}` joins a number in `{self.left}` with one in `{self.right}`"

    def help(self) -> str | None:
        return "bring both to one unit first"


@dataclass(frozen=True, kw_only=True)
class OutsideRange(Diagnostic):
    """A number, or a list's length, that its declared range does not hold."""

    value: str
    range: str
    what: str
    cure: str | None = None

    def message(self) -> str:
        return f"{self.value} lies outside the range of {self.what}, which is {self.range}"

    def help(self) -> str | None:
        return self.cure


@dataclass(frozen=True, kw_only=True)
class MayLeaveRange(Diagnostic):
    """A computed number that may come to lie outside a range that is promised."""

    bounds: str
    range: str
    what: str
    low: str | None
    high: str | None

    def message(self) -> str:
        return f"this may be {self.bounds}, and the range of {self.what} is {self.range}"

    def help(self) -> str | None:
        if self.low is not None and self.high is not None:
            return f"hold it there: `min(max(…, {self.low}), {self.high})`"
        return (
            f"hold it there: `max(…, {self.low})`"
            if self.low is not None
            else f"hold it there: `min(…, {self.high})`"
        )


@dataclass(frozen=True, kw_only=True)
class EmptyRange(Diagnostic):
    low: str
    high: str

    def message(self) -> str:
        return f"nothing lies between {self.low} and {self.high}"

    def help(self) -> str | None:
        return f"write the lower end first: `{self.high} .. {self.low}`"


@dataclass(frozen=True, kw_only=True)
class NoBound(Diagnostic):
    """A list of facts that could be as long as it likes."""

    element: str

    def message(self) -> str:
        return f"this list of {self.element} does not say how long it may be"

    def help(self) -> str | None:
        return f"write `list of {self.element} up to 20`, or another bound"


@dataclass(frozen=True, kw_only=True)
class NotACode(Diagnostic):
    """A text that coded text cannot be."""

    text: str
    code_name: str
    form: str

    def message(self) -> str:
        return f'"{self.text}" is not a `{self.code_name}`'

    def help(self) -> str | None:
        return f"its form is {self.form}"


@dataclass(frozen=True, kw_only=True)
class WrongArguments(Diagnostic):
    function: str
    wanted: str
    found: int

    def message(self) -> str:
        given = {0: "nothing is", 1: "1 is"}.get(self.found, f"{self.found} are")
        return f"`{self.function}` takes {self.wanted}, and {given} given"


@dataclass(frozen=True, kw_only=True)
class NotConstant(Diagnostic):
    """A fact where only a fixed value can stand."""

    what: str

    def message(self) -> str:
        return f"{self.what} must be a fixed value"

    def help(self) -> str | None:
        return "write the value itself, or a threshold's name"


@dataclass(frozen=True, kw_only=True)
class MissingFields(Diagnostic):
    """A record written out without fields that it needs."""

    record: str
    fields: tuple[str, ...]

    def message(self) -> str:
        return f"a `{self.record}` needs {', '.join(f'`{each}`' for each in self.fields)} too"

    def help(self) -> str | None:
        return f"add `{self.fields[0]}: …`"


@dataclass(frozen=True, kw_only=True)
class NestedTooDeep(Diagnostic):
    limit: int

    def message(self) -> str:
        return f"`any`, `all` and `for` stand inside one another more than {self.limit} deep"

    def help(self) -> str | None:
        return "give the inner part a name of its own with `define`"


@dataclass(frozen=True, kw_only=True)
class TooCostly(Diagnostic):
    name: str
    cost: int
    limit: int

    def message(self) -> str:
        return f"`{self.name}` may take {self.cost:,} steps, and the limit is {self.limit:,}"

    def help(self) -> str | None:
        return "give its lists smaller bounds (`up to n`), or nest fewer of them"


@dataclass(frozen=True, kw_only=True)
class UnusablePhrase(Diagnostic):
    text: str
    why: str

    def message(self) -> str:
        return f'"{self.text}" cannot be looked for: {self.why}'

    def help(self) -> str | None:
        return 'write whole words, with a star only at a word\'s end: "harass*"'


def _article(type_: str) -> str:
    bare = {"text", "yes or no"}
    if type_ in bare or type_.startswith(("a ", "an ", "one ", "nothing")):
        return type_
    return f"{'an' if type_[0].lower() in 'aeiou' else 'a'} {type_}"
