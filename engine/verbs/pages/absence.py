"""What happens when facts are missing: for each optional fact the steps that ask for it."""

from collections.abc import Iterator, Mapping

from engine.language import types
from engine.program import nodes as program
from engine.program import walk
from engine.program.words import field_noun, listed, words
from engine.verbs.pages.markdown import heading, paragraph, plain, table

Path = tuple[str, ...]


def absence(policy: program.Program, of: program.Decision) -> Iterator[str]:
    rules = [rule for rule in (*of.guards, *of.rules) if rule.condition is not None]
    asked = {rule.name: _paths(policy, rule.condition) for rule in rules if rule.condition}
    missing = list(_optional(of))
    rows = [
        (plain(_called(of, path)), *_effects(rules, asked, path))
        for path in missing
        if any(path in paths for paths in asked.values())
    ]
    if not rows:
        return
    yield from heading(3, "When facts are missing")
    yield from paragraph(
        "A fact that is not given is unknown, and so is every condition that hangs on it. Then "
        "these steps do as follows, and all others as ever."
    )
    yield from table(("Without", "do not apply", "apply all the same"), rows)


def _effects(
    rules: list[program.Rule], asked: Mapping[str, frozenset[Path]], path: Path
) -> tuple[str, str]:
    touched = [rule for rule in rules if path in asked[rule.name] and rule.condition is not None]
    open_ones = [rule for rule in touched if rule.condition is not None and rule.condition.unknown]
    skipped = [words(rule.name) for rule in open_ones if rule.unknown_outcome is None]
    applied = [_applied(rule) for rule in open_ones if rule.unknown_outcome is not None]
    return plain(listed(skipped)), plain(listed(applied))


def _applied(rule: program.Rule) -> str:
    own = rule.unknown_outcome != rule.outcome
    return f"{words(rule.name)} (with an answer of its own)" if own else words(rule.name)


def _optional(of: program.Decision) -> Iterator[Path]:
    for parameter in of.parameters:
        yield from _optional_in((parameter.name,), parameter.type)


def _optional_in(path: Path, type_: types.Type) -> Iterator[Path]:
    if isinstance(type_, types.Record):
        for field in type_.fields:
            below = (*path, field.name)
            if field.optional:
                yield below
            yield from _optional_in(below, field.type)


def _called(of: program.Decision, path: Path) -> str:
    parameters = {each.name: each.type for each in of.parameters}
    type_, owner = parameters[path[0]], ""
    if len(parameters) > 1:
        owner = f"the {words(path[0])}"
    for name in path[1:]:
        field = type_.field(name) if isinstance(type_, types.Record) else None
        if field is not None:
            owner, type_ = field_noun(owner, name, field.type), field.type
    return owner


def _paths(
    policy: program.Program, node: program.Expression, bound: Mapping[str, Path] | None = None
) -> frozenset[Path]:
    """The facts that a condition reads, and the records above them, through its defines; a presence
    test is no reading."""
    match node:
        case program.Apply(symbol="is known" | "is missing"):
            return frozenset()
        case program.FieldOf():
            path = _path(node, bound)
            if path is not None:
                return frozenset(path[:end] for end in range(1, len(path) + 1))
        case program.Call(define=name, arguments=arguments):
            define = policy.defines[name]
            names = {
                parameter.name: path
                for parameter, argument in zip(define.parameters, arguments, strict=True)
                if (path := _path(argument, bound)) is not None
            }
            below = frozenset[Path]().union(*(_paths(policy, each, bound) for each in arguments))
            return below | _paths(policy, define.value, names)
    each_below = (_paths(policy, each, bound) for each in walk.children(node))
    return frozenset[Path]().union(*each_below)


def _path(node: program.Expression, bound: Mapping[str, Path] | None) -> Path | None:
    match node:
        case program.Variable(name=name):
            return (name,) if bound is None else bound.get(name)
        case program.FieldOf(record=record, name=name):
            above = _path(record, bound)
            return above and (*above, name)
        case _:
            return None
