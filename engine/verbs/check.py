"""A source to its program, and all that is to be said of it."""

from dataclasses import dataclass

from engine.checker.check import check as check_tree
from engine.diagnostics.base import Finding
from engine.linter.lint import lint
from engine.program.nodes import Program
from engine.source import Source
from engine.syntax import nodes as syntax
from engine.syntax.canonical import content_hash, meaning_hash
from engine.syntax.parse import parse
from engine.verbs.examples import failed_examples
from engine.verbs.refusals import unsafe_refusals


@dataclass(frozen=True)
class Checked:
    """`program` is None where the text has no meaning, and there where merely an example fails."""

    program: Program | None
    findings: tuple[Finding, ...]


@dataclass(eq=False)
class PolicyError(Exception):
    """A policy that may not decide anything; `findings` has its errors."""

    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return "; ".join(
            f"{finding.source.name}:{finding.line}: {finding.message}" for finding in self.findings
        )


def check(source: Source) -> Checked:
    """Lints and examples are looked at once everything else is right."""
    tree, read = _read(source)
    program = read.program
    if tree is None or program is None:
        return read
    said = (*unsafe_refusals(program), *failed_examples(program))
    findings = [*lint(tree, source), *(Finding(source, each) for each in said)]
    findings.sort(key=lambda finding: finding.diagnostic.span.start)
    return Checked(program, tuple(findings))


def load(source: Source) -> Program:
    """The program, or `PolicyError`. What loaded once loads for ever, so no lint stops it, and no
    example is run."""
    _, read = _read(source)
    if read.program is None:
        raise PolicyError(read.findings)
    return read.program


def _read(source: Source) -> tuple[syntax.File | None, Checked]:
    parsed = parse(source)
    tree = parsed.tree
    if tree is None:
        return None, Checked(None, parsed.findings)
    made = check_tree(tree, source, content_hash(tree), meaning_hash(tree))
    return tree, Checked(made.program, made.findings)
