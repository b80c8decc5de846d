"""A rule, guard or transition with its expressions expanded, and what its words read of its
condition: the witness of an `any`, and the mentions that `{matched}` prints."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from engine.backends.python import expressions, sentences
from engine.backends.python.body import Body
from engine.backends.python.expand import Expander, Names
from engine.program import nodes as program
from engine.program import walk
from engine.program.nodes import Expression
from engine.source import Span


@dataclass(frozen=True)
class Ruled:
    """`witnesses` are the quantifiers, by identity, with the variables that their witnesses are in
    `outcomes` and `because`; `matched` are the mentions that make the condition true, and the
    choices that have some."""

    name: str
    condition: Expression | None
    outcomes: tuple[Expression | None, ...]
    because: program.Template | None
    witnesses: Mapping[int, str]
    matched: tuple[Expression, ...]
    span: Span

    @property
    def maybe_unknown(self) -> bool:
        return self.condition is not None and self.condition.unknown

    @property
    def words(self) -> str:
        """The name, as it is said."""
        return self.name.replace("_", " ")

    @property
    def outcome(self) -> Expression:
        if self.outcomes[0] is None:
            raise TypeError(self.name)
        return self.outcomes[0]

    @property
    def unknown_outcome(self) -> Expression | None:
        return self.outcomes[1]

    def roots(self) -> list[Expression]:
        parts = (self.condition, *self.outcomes, self.because, *self.matched)
        return [each for each in parts if each is not None]


def ruled(
    expander: Expander,
    name: str,
    condition: Expression | None,
    outcomes: Sequence[Expression | None],
    because: program.Template | None,
    span: Span,
) -> Ruled:
    wanted = [each for each in (*outcomes, because) if each is not None]
    found: dict[str, program.Variable] = {}
    witnesses: dict[int, str] = {}
    matched: list[Expression] = []
    for conjunct in () if condition is None else walk.conjuncts(condition):
        expanded = expander.expand(conjunct, {})
        if not isinstance(conjunct, program.Quantified) or conjunct.quantity != "any":
            matched += _mentions(expanded)
            continue
        variable = program.Variable(
            f"witness {id(expanded)}",
            type=getattr(conjunct.items.type, "element", conjunct.items.type),
            span=conjunct.span,
        )
        inside = _mentions(expander.expand(conjunct.condition, {conjunct.variable: variable}))
        if _read(conjunct.variable, wanted) or inside:
            matched += inside
            witnesses[id(expanded)] = variable.name
            found.setdefault(conjunct.variable, variable)
    names: Names = found
    shown = because is not None and _shows_matched(because.pieces)
    return Ruled(
        name,
        condition and expander.expand(condition, {}),
        tuple(each and expander.expand(each, names) for each in outcomes),
        because and expander.expand(because, names),  # type: ignore[arg-type]
        witnesses,
        tuple(matched) if shown else (),
        span,
    )


def because(body: Body, depth: int, rule: Ruled) -> str:
    """Code for the words of a rule that applies."""
    if rule.because is None:
        return repr(rule.words)
    if not rule.matched:
        return sentences.sentence(body, rule.because.pieces)
    said = body.local("matched")
    words = "".join(f"{_found(body, each)}, " for each in rule.matched)
    body.write(depth, f"{said} = {body.kit.use(_listed)}({words})")
    return sentences.sentence(body, rule.because.pieces, said)


def _found(body: Body, node: Expression) -> str:
    """Code for the words that are found; of a choice those of the branch that is taken."""
    match node:
        case program.Mentions():
            return _said(body, node)
        case program.Choice():
            return expressions.chosen(body, node, partial(_found, body), "()")
        case _:
            each = [_found(body, one) for one in _mentions(node)]
            return f"({' + '.join(each)})" if each else "()"


def _said(body: Body, node: program.Mentions) -> str:
    with body.perhaps():
        tests, mentioned = expressions.mentioned_in(body, node.text)
        text = expressions.value(body, node.text)
        code = f"{body.kit.said}({text}, {mentioned} & {body.kit.mask(node.triggers)})"
        return f"({code} if {expressions.joined('and', tests)} else ())" if tests else code


def _listed(*words: tuple[str, ...]) -> str:
    return ", ".join(dict.fromkeys(word for each in words for word in each))


def _mentions(node: Expression) -> Iterator[Expression]:
    """The mentions that may make a condition true, not those of elements, and the choices that have
    some."""
    match node:
        case program.Mentions():
            yield node
        case program.Chain(operands=operands):
            for each in operands:
                yield from _mentions(each)
        case program.Choice(branches=branches, otherwise=otherwise):
            values = (*(each.value for each in branches), otherwise)
            if any(found for each in values for found in _mentions(each)):
                yield node
        case _:
            return


def _read(name: str, nodes: Sequence[Expression]) -> bool:
    return any(
        isinstance(each, program.Variable) and each.name == name
        for node in nodes
        for each in walk.everything(node)
    )


def _shows_matched(pieces: Sequence[program.Piece]) -> bool:
    return any(
        isinstance(piece, program.ShowMatched)
        or (isinstance(piece, program.Repeat) and _shows_matched(piece.pieces))
        or (isinstance(piece, program.If) and _shows_matched((*piece.pieces, *piece.otherwise)))
        for piece in pieces
    )
