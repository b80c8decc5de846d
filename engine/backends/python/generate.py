"""A checked program to Python functions: one for each decision, define and step of a lifecycle.

The functions are text first, written from the program alone (see `module.py` for what keeps the
policy's words out of it), and compiled once, when a policy is loaded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.backends.python import expressions
from engine.backends.python.body import Body, Kit, distinct, texts_in_functions
from engine.backends.python.decisions import decision
from engine.backends.python.expand import Expander
from engine.backends.python.lookups import Lookups
from engine.backends.python.machines import Steps, machine
from engine.backends.python.matcher import Matcher
from engine.backends.python.module import Module
from engine.language.text import normalise
from engine.program import nodes as program

Function = Callable[..., Any]


@dataclass(frozen=True)
class Functions:
    """`by_case` and `by_values` decide (see `decisions.py`), `applied` takes the arguments of a
    define or a table, and `now`. `timed` are the decisions that read `now`."""

    by_case: Mapping[str, Function]
    by_values: Mapping[str, Function]
    applied: Mapping[str, Function]
    machines: Mapping[str, Steps]
    timed: frozenset[str]


def generate(policy: program.Program, matcher: Matcher) -> Functions:
    kit = _kit(policy, matcher)
    decisions = {name: decision(kit, each) for name, each in policy.decisions.items()}
    defines = {name: _define(kit, each) for name, each in policy.defines.items()}
    machines = {name: machine(kit, each) for name, each in policy.lifecycles.items()}
    loaded = kit.module.load()
    tables = {name: _table(kit.lookups.find(name)) for name in policy.tables}
    return Functions(
        by_case={name: loaded[each] for name, (each, _) in decisions.items()},
        by_values={name: loaded[each] for name, (_, each) in decisions.items()},
        applied=tables | {name: loaded[each] for name, each in defines.items()},
        machines={name: each.load(loaded) for name, each in machines.items()},
        timed=frozenset(name for name, each in policy.decisions.items() if _is_timed(kit, each)),
    )


def _kit(policy: program.Program, matcher: Matcher) -> Kit:
    module = Module(policy.source)

    def match_once(text: str, seen: dict[str, int]) -> int:
        found = seen.get(text)
        if found is None:
            found = seen[text] = matcher.match(text)
        return found

    return Kit(
        policy=policy,
        module=module,
        expander=Expander(policy.defines, module.line),
        lookups=Lookups(policy.tables, module),
        bits={trigger.name: 1 << place for place, trigger in enumerate(policy.triggers)},
        match=module.name("match", matcher.match),
        scan=module.name("scan", matcher.scan),
        settle=module.name("settle", matcher.settle),
        normalise=module.name("normalise", normalise),
        match_once=module.name("match_once", match_once),
        said=module.name("said", matcher.said),
    )


def _define(kit: Kit, node: program.Define) -> str:
    """Adds the function `(arguments, now) -> value`."""
    fresh = kit.module.fresh
    variables = {each.name: fresh(each.name) for each in node.parameters}
    root = kit.expander.expand(node.value, {})
    body = Body(kit, {**variables, "now": "now"}, [root])
    opening = [f"    {', '.join(variables.values())}, = arguments"] if variables else []
    if texts_in_functions([root]):
        body.seen = body.local("seen")
        opening.append(f"    {body.seen} = {{}}")
    code = expressions.value(body, root)
    name = fresh(f"define_{node.name}")
    lines = [*opening, *body.blanks(1), f"    return ({code})"]
    kit.module.add(f"def {name}(arguments, now):", lines, node.span)
    return name


def _is_timed(kit: Kit, node: program.Decision) -> bool:
    parts = [
        *(part for rule in (*node.guards, *node.rules) for part in _parts(rule)),
        *((node.otherwise.outcome, node.otherwise.because) if node.otherwise else ()),
        *(each.value for each in node.always),
    ]
    expanded = [kit.expander.expand(part, {}) for part in parts if part is not None]
    return any(
        isinstance(each, program.Variable) and each.name == "now" for each in distinct(expanded)
    )


def _parts(rule: program.Rule) -> tuple[program.Expression | None, ...]:
    return rule.condition, rule.outcome, rule.unknown_outcome, rule.because


def _table(find: Function) -> Function:
    return lambda arguments, now: find(arguments)  # noqa: ARG005
