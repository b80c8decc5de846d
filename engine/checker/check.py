"""A tree to its program, or to all that is wrong with it.

Decisions come before the defines that they call, for their calls tell what a define's parameters
may be.
"""

from dataclasses import dataclass

from engine.checker.cost import look_at_cost
from engine.checker.decisions import lower_decision
from engine.checker.declared import Declared, declared_lists
from engine.checker.expressions import Expressions
from engine.checker.extent import too_much
from engine.checker.facts import Facts
from engine.checker.lifecycles import lower_lifecycle
from engine.checker.names import Names, in_calling_order, names_of
from engine.checker.phrases import lower_triggers
from engine.checker.promises import lower_example, lower_guarantee
from engine.checker.tables import lower_table
from engine.diagnostics.base import Diagnostic, Finding
from engine.program import nodes as program
from engine.source import Source
from engine.syntax import nodes as syntax


@dataclass(frozen=True)
class Checked:
    """`program` is None where something is wrong."""

    program: program.Program | None
    findings: tuple[Finding, ...]


def check(tree: syntax.File, source: Source, content_hash: str, meaning_hash: str) -> Checked:
    said: list[Diagnostic] = []
    made = _lower(tree, source, (content_hash, meaning_hash), said)
    found = sorted(dict.fromkeys(said), key=lambda each: (each.span.start, each.span.end))
    findings = tuple(Finding(source, each) for each in found)
    return Checked(None if findings else made, findings)


def _lower(
    tree: syntax.File, source: Source, hashes: tuple[str, str], said: list[Diagnostic]
) -> program.Program | None:
    names = names_of(tree, said.append)
    if too_much(names, tree.declarations, said.append):
        return None
    facts = Facts(names, said.append)
    declared = Declared(names, facts, said.append)
    expressions = Expressions(declared)
    declared.lower = expressions.lower
    declared.lower_table = lambda node: lower_table(declared, node)
    _lower_thresholds(declared)
    facts.declare_records(declared.constant)
    declared_lists(declared, {each.name.text: each for each in names.of(syntax.List)})
    triggers = lower_triggers(declared)
    for table in names.of(syntax.Table):
        declared.table(table.name.text)
    order, declared.recursive = in_calling_order(names, said.append)
    decisions = {
        each.name.text: lower_decision(expressions, each) for each in names.of(syntax.Decision)
    }
    lifecycles = {
        each.name.text: lower_lifecycle(expressions, each) for each in names.of(syntax.Lifecycle)
    }
    made_decisions = {name: each for name, each in decisions.items() if each is not None}
    made_lifecycles = {name: each for name, each in lifecycles.items() if each is not None}
    guarantees = [
        lower_guarantee(expressions, each, made_decisions, made_lifecycles)
        for each in names.guarantees
    ]
    defines = {name: declared.define(name) for name in order}
    examples = [
        lower_example(expressions, each, made_decisions, made_lifecycles) for each in names.examples
    ]
    if said:
        return None
    made = program.Program(
        name=tree.header.name.text,
        version=tree.header.version,
        title=tree.header.title,
        owner=tree.header.owner,
        governs=tuple(each.text for each in tree.header.governs),
        origin=tree.header.source,
        language=tree.language,
        source=source,
        content_hash=hashes[0],
        meaning_hash=hashes[1],
        enums=facts.enums,
        codes=facts.codes,
        records=facts.records,
        thresholds={
            node.name.text: declared.thresholds[node.name.text]
            for node in names.of(syntax.Threshold)
            if node.name.text in declared.thresholds
        },
        lists=declared.lists,
        triggers=triggers,
        tables={name: each for name, each in declared.tables.items() if each is not None},
        defines={name: each for name, each in reversed(defines.items()) if each is not None},
        decisions=made_decisions,
        lifecycles=made_lifecycles,
        guarantees=tuple(each for each in guarantees if each is not None),
        examples=tuple(each for each in examples if each is not None),
        waivers=_waivers(names),
    )
    look_at_cost(made, said.append)
    return made


def _lower_thresholds(declared: Declared) -> None:
    for node in declared.names.of(syntax.Threshold):
        declared.threshold(node.name)


def _waivers(names: Names) -> tuple[program.Waiver, ...]:
    return tuple(
        program.Waiver(
            each.finding,
            tuple(name.text for name in each.subject),
            each.because.plain or "",
            span=each.span,
        )
        for each in names.waivers
    )
