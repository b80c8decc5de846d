"""What is computed of a row, as terms: SQL's operations, each with its kind and whether it may be
null.

Null is unknown, and SQL's `and`, `or`, `not` are Kleene's, so a value needs no second term that
says whether it is known. Equal terms are one and the same object; what always comes out the same is
put together here, so that no engine is asked for it.
"""

from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import Any, Literal
from weakref import WeakValueDictionary

Kind = Literal["bool", "text", "float", "int"]


class Term:
    """`op` with its operands; `extra` is what it needs besides them: a name, a value, a pattern."""

    __slots__ = ("__weakref__", "args", "extra", "kind", "nullable", "op")

    def __init__(
        self, op: str, args: tuple["Term", ...], extra: Any, kind: Kind, nullable: bool
    ) -> None:
        self.op, self.args, self.extra = op, args, extra
        self.kind, self.nullable = kind, nullable

    def __repr__(self) -> str:
        inside = [*map(repr, self.args), *([repr(self.extra)] if self.extra is not None else [])]
        return f"{self.op}({', '.join(inside)})"

    @property
    def fixed(self) -> bool:
        return self.op == "fixed"

    @property
    def is_null(self) -> bool:
        return self.op == "fixed" and self.extra[1] is None


_terms: WeakValueDictionary[object, Term] = WeakValueDictionary()


def term(
    op: str, args: Sequence[Term], kind: Kind, nullable: bool | None = None, extra: Any = None
) -> Term:
    """The one term that is so; it may be null where any operand may, if nothing else is said."""
    if nullable is None:
        nullable = any(each.nullable for each in args)
    key = (op, kind, nullable, extra, *map(id, args))
    known = _terms.get(key)
    if known is None:
        known = _terms[key] = Term(op, tuple(args), extra, kind, nullable)
    return known


def column(name: str, kind: Kind, nullable: bool = True) -> Term:
    return term("column", (), kind, nullable, name)


def fixed(value: Any, kind: Kind) -> Term:
    if value is not None:
        value = {"float": float, "int": int, "bool": bool, "text": str}[kind](value)
    return term("fixed", (), kind, value is None, (value.__class__.__name__, value))


def null(kind: Kind) -> Term:
    return fixed(None, kind)


def text(value: str) -> Term:
    return fixed(value, "text")


def whole(value: int) -> Term:
    return fixed(value, "int")


def number(value: float) -> Term:
    return fixed(value, "float")


def value_of(fixed: Term) -> Any:
    return fixed.extra[1]


def in_order(roots: Iterable[Term]) -> list[Term]:
    """Each once, operands before what asks for them; without recursion, for terms may be deep."""
    order: dict[Term, None] = {}
    begun: set[Term] = set()
    for root in roots:
        stack = [root]
        while stack:
            each = stack.pop()
            if each in order:
                continue
            if each in begun:
                order[each] = None
                continue
            begun.add(each)
            stack.append(each)
            stack.extend(inner for inner in reversed(each.args) if inner not in begun)
    return list(order)


TRUE, FALSE, UNKNOWN = fixed(True, "bool"), fixed(False, "bool"), null("bool")

# conditions


def all_of(*operands: Term) -> Term:
    return _joined("and", operands, TRUE, FALSE)


def any_of(*operands: Term) -> Term:
    return _joined("or", _said_together(operands), FALSE, TRUE)


def _joined(op: str, operands: Iterable[Term], neutral: Term, deciding: Term) -> Term:
    found: dict[Term, None] = {}
    for each in operands:
        for inner in each.args if each.op == op else (each,):
            if inner is deciding:
                return deciding
            if inner is not neutral:
                found[inner] = None
    if any(each.op == "not" and each.args[0] in found and not each.nullable for each in found):
        return deciding
    if not found:
        return neutral
    return next(iter(found)) if len(found) == 1 else term(op, tuple(found), "bool")


def _said_together(operands: Sequence[Term]) -> Sequence[Term]:
    """What is looked for in one text is looked for at once."""
    flat = [inner for each in operands for inner in (each.args if each.op == "or" else (each,))]
    texts: dict[Term, set[Any]] = {}
    for each in flat:
        if each.op == "mentions":
            texts.setdefault(each.args[0], set()).update(each.extra)
    if sum(each.op == "mentions" for each in flat) == len(texts):
        return operands
    together = [term("mentions", (each,), "bool", None, frozenset(texts[each])) for each in texts]
    return [*(each for each in flat if each.op != "mentions"), *together]


def negate(operand: Term) -> Term:
    if operand.fixed:
        return UNKNOWN if operand.is_null else fixed(not value_of(operand), "bool")
    return operand.args[0] if operand.op == "not" else term("not", (operand,), "bool")


def missing(operand: Term) -> Term:
    if not operand.nullable:
        return FALSE
    if operand.op == "not":
        return missing(operand.args[0])
    return TRUE if operand.is_null else term("missing", (operand,), "bool", False)


def known(operand: Term) -> Term:
    return negate(missing(operand))


def holds(condition: Term) -> Term:
    """True where the condition is, and false where it is false or unknown."""
    return case([(condition, TRUE)], FALSE)


def equal(left: Term, right: Term) -> Term:
    left, right = alike(left, right)
    if left.fixed and not right.fixed:
        left, right = right, left
    return _compared("equal", left, right, lambda a, b: a == b)


def less(left: Term, right: Term) -> Term:
    return _compared("less", *alike(left, right), lambda a, b: a < b)


def at_most(left: Term, right: Term) -> Term:
    return _compared("at_most", *alike(left, right), lambda a, b: a <= b)


def alike(left: Term, right: Term) -> tuple[Term, Term]:
    """Whole numbers beside others as these are."""
    if left.kind == right.kind:
        return left, right
    return as_float(left), as_float(right)


def _compared(op: str, left: Term, right: Term, meaning: Callable[[Any, Any], bool]) -> Term:
    if left.is_null or right.is_null:
        return UNKNOWN
    if left.fixed and right.fixed:
        return fixed(meaning(value_of(left), value_of(right)), "bool")
    if left is right and not left.nullable:
        return fixed(meaning(0, 0), "bool")
    return term(op, (left, right), "bool")


def among(operand: Term, values: Iterable[Any]) -> Term:
    """Whether it is one of fixed values."""
    wanted = tuple(dict.fromkeys(values))
    if operand.is_null:
        return UNKNOWN
    if operand.fixed:
        return fixed(value_of(operand) in wanted, "bool")
    if not wanted:
        return case([(missing(operand), UNKNOWN)], FALSE)
    if len(wanted) == 1 or operand.kind == "bool":
        return any_of(*[equal(operand, fixed(each, operand.kind)) for each in wanted])
    return term("among", (operand,), "bool", None, wanted)


def case(branches: Iterable[tuple[Term, Term]], otherwise: Term) -> Term:
    """The value of the first true condition; an unknown one is passed by."""
    found: list[tuple[Term, Term]] = []
    for condition, chosen in branches:
        if condition.fixed and condition is not TRUE:
            continue
        if condition is TRUE:
            otherwise = chosen
            break
        found.append((condition, chosen))
    while found and found[-1][1] is otherwise:
        found.pop()
    if not found:
        return otherwise
    kind = otherwise.kind
    if kind == "bool" and len(found) == 1:
        made = _as_logic(*found[0], otherwise)
        if made is not None:
            return made
    args = [each for pair in found for each in pair]
    values = [chosen for _, chosen in found]
    if {each.kind for each in (*values, otherwise)} == {"int", "float"}:
        return case([(c, as_float(v)) for c, v in found], as_float(otherwise))
    nullable = otherwise.nullable or any(each.nullable for each in values)
    return term("case", (*args, otherwise), kind, nullable)


def _as_logic(condition: Term, chosen: Term, otherwise: Term) -> Term | None:
    if condition.nullable:
        return None
    if chosen is TRUE and otherwise is FALSE:
        return condition
    if chosen is FALSE and otherwise is TRUE:
        return negate(condition)
    return None


def picked(number: Term, texts: Sequence[str | None]) -> Term:
    """The fixed text at that place, from 0."""
    return term("picked", (number,), "text", True, tuple(texts))


def surely(condition: Term) -> Term:
    """False where it is null, whatever `nullable` says: a fact in an element that a list does not
    have is null, and counts as known."""
    if condition.fixed:
        return FALSE if condition.is_null else condition
    return term("known_or", (condition, FALSE), "bool", False)


def known_or(operand: Term, fallback: Term) -> Term:
    if not operand.nullable:
        return operand
    if operand.is_null:
        return fallback
    operand, fallback = alike(operand, fallback) if operand.kind != "text" else (operand, fallback)
    return term("known_or", (operand, fallback), operand.kind, fallback.nullable)


# numbers


def as_float(operand: Term) -> Term:
    if operand.kind == "float":
        return operand
    if operand.fixed:
        return fixed(value_of(operand), "float")
    return term("as_float", (operand,), "float")


def as_whole(operand: Term) -> Term:
    """A float that is whole and small."""
    if operand.fixed:
        return fixed(value_of(operand), "int")
    return operand if operand.kind == "int" else term("as_whole", (operand,), "int")


def plus(left: Term, right: Term) -> Term:
    left, right = alike(left, right)
    for one, other in ((left, right), (right, left)):
        if one.fixed and value_of(one) == 0 and other.kind == "int":
            return other
    return _computed("plus", left, right, lambda a, b: a + b)


def minus(left: Term, right: Term) -> Term:
    return _computed("minus", *alike(left, right), lambda a, b: a - b)


def times(left: Term, right: Term) -> Term:
    return _computed("times", *alike(left, right), lambda a, b: a * b)


def over(left: Term, right: Term) -> Term:
    """As floats; only where the right one is not zero."""
    if right.fixed and value_of(right) == 0:
        return null("float")
    return _computed("over", as_float(left), as_float(right), lambda a, b: a / b)


def remainder(left: Term, right: int) -> Term:
    """Of whole numbers, from zero up."""
    if left.fixed:
        return null("int") if left.is_null else whole(value_of(left) % right)
    size = whole(right)
    rest = term("remainder", (left, size), "int")
    return term("remainder", (plus(rest, size), size), "int")


def quotient(left: Term, right: int) -> Term:
    """Of whole numbers, to the nearest below."""
    if left.fixed:
        return null("int") if left.is_null else whole(value_of(left) // right)
    return as_whole(over(minus(left, remainder(left, right)), whole(right)))


def negative(operand: Term) -> Term:
    return minus(fixed(0, operand.kind), operand)


def size(operand: Term) -> Term:
    return _applied("abs", operand, abs)


def floor(operand: Term) -> Term:
    """The greatest whole number that is not greater, as a float; only of what is small."""
    return _applied("floor", operand, lambda value: float(value // 1) if isfinite(value) else value)


def _computed(op: str, left: Term, right: Term, meaning: Callable[[Any, Any], Any]) -> Term:
    if left.is_null or right.is_null:
        return null(left.kind)
    if left.fixed and right.fixed:
        return fixed(meaning(value_of(left), value_of(right)), left.kind)
    return term(op, (left, right), left.kind)


def _applied(op: str, operand: Term, meaning: Callable[[Any], Any]) -> Term:
    if operand.fixed:
        return operand if operand.is_null else fixed(meaning(value_of(operand)), operand.kind)
    return term(op, (operand,), operand.kind)


# texts


def joined(*operands: Term) -> Term:
    """One after the other; null where one is."""
    found: list[Term] = []
    for each in operands:
        for inner in each.args if each.op == "joined" else (each,):
            if inner.is_null:
                return null("text")
            if inner.fixed and found and found[-1].fixed:
                found[-1] = text(value_of(found[-1]) + value_of(inner))
            elif not (inner.fixed and value_of(inner) == ""):
                found.append(inner)
    if not found:
        return text("")
    return found[0] if len(found) == 1 else term("joined", tuple(found), "text")


def written(operand: Term) -> Term:
    """A whole number in digits; of floats an engine's own way to write them."""
    if operand.fixed:
        return null("text") if operand.is_null else text(str(value_of(operand)))
    return term("written", (operand,), "text")


def replaced(operand: Term, old: str, new: str) -> Term:
    if operand.fixed:
        return operand if operand.is_null else text(value_of(operand).replace(old, new))
    return term("replaced", (operand,), "text", None, (old, new))


def cut(operand: Term, start: int, length: int | None = None) -> Term:
    """From a place on, counted from 0."""
    if operand.fixed and not operand.is_null:
        end = None if length is None else start + length
        return text(value_of(operand)[start:end])
    return term("cut", (operand,), "text", None, (start, length))


def matches(operand: Term, pattern: str) -> Term:
    """Whether the pattern, in what RE2 and Java have in common, is found anywhere."""
    return term("matches", (operand,), "bool", None, pattern)


def beyond_ascii(operand: Term) -> Term:
    """Whether it has more bytes than letters."""
    return term("beyond", (operand,), "bool")


def is_no_number(operand: Term) -> Term:
    """NaN, or without end."""
    return term("no_number", (operand,), "bool")


def extracted(operand: Term, pattern: str, group: int) -> Term:
    return term("extracted", (operand,), "text", None, (pattern, group))


def read_whole(operand: Term) -> Term:
    """Digits to a whole number; null where they are none."""
    return term("read_whole", (operand,), "int", True)


def read_float(operand: Term) -> Term:
    return term("read_float", (operand,), "float", True)


def lowered(operand: Term) -> Term:
    return term("lowered", (operand,), "text")


def applied(op: str, operand: Term) -> Term:
    """`sqrt`, `exp` or `ln` of what it is defined for."""
    return term(op, (operand,), "float")
