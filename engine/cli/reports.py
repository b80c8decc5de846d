"""What `check` found as a text of one format: for people, for scripts, for build machines."""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine import __version__
from engine.cli.screen import counted
from engine.diagnostics.base import Finding
from engine.diagnostics.examples import FailedExample
from engine.program.nodes import Program
from engine.source import Source, Span

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from engine.verbs.coverage import Coverage


@dataclass(frozen=True)
class Report:
    """One policy file: the program, where it has one, and all that is to be said of it. `coverage`
    where it was asked for."""

    file: str
    program: Program | None
    findings: tuple[Finding, ...]
    coverage: "Coverage | None" = None


def report(reports: Sequence[Report], format: str, colour: bool) -> str:
    """The findings of a file in the order of their places, the files as they were asked for."""
    ordered = [replace(each, findings=_in_order(each.findings)) for each in reports]
    return _text(ordered, colour) if format == "text" else _FORMATS[format](ordered)


def _in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    def where(finding: Finding) -> tuple[int, int, str]:
        return finding.diagnostic.span.start, finding.diagnostic.span.end, finding.code

    return tuple(sorted(findings, key=where))


def _text(reports: Sequence[Report], colour: bool) -> str:
    from engine.diagnostics.render import render

    findings = [finding for each in reports for finding in each.findings]
    blocks = [render(finding, colour).rstrip("\n") for finding in findings]
    summary = "\n".join([*_covered(reports), _summary(reports, findings)])
    return "\n\n".join([*blocks, summary])


def _covered(reports: Sequence[Report]) -> Iterator[str]:
    for each in reports:
        if each.program is not None and each.coverage is not None:
            named, of = f"{each.program.name} {each.program.version}", each.coverage
            share = of.covered / of.total if of.total else 1
            told = f"{of.covered} of {of.total} rules and rows decide in an example"
            yield f"{named}: {told} ({math.floor(share * 100)} %)"


def _summary(reports: Sequence[Report], findings: Sequence[Finding]) -> str:
    read = counted(len(reports), "policy", "policies")
    if not findings:
        examples = sum(len(each.program.examples) for each in reports if each.program)
        return f"{read}, {counted(examples, 'example')}: nothing to complain of"
    errors = sum(finding.severity == "error" for finding in findings)
    kinds = ((errors, "error"), (len(findings) - errors, "warning"))
    return f"{' and '.join(counted(number, kind) for number, kind in kinds if number)} in {read}"


def _json(reports: Sequence[Report]) -> str:
    return _dumped(
        {
            "policies": [_policy(each) for each in reports],
            "findings": [_finding(each, said) for each in reports for said in each.findings],
        }
    )


def _policy(of: Report) -> dict[str, Any]:
    program = of.program
    if program is None:
        return {"file": of.file}
    return {
        "file": of.file,
        "name": program.name,
        "version": program.version,
        "hash": program.content_hash,
        "examples": len(program.examples),
        **_coverage(of.coverage),
    }


def _coverage(of: "Coverage | None") -> dict[str, Any]:
    return {} if of is None else {"coverage": {"total": of.total, "covered": of.covered}}


def _finding(of: Report, finding: Finding) -> dict[str, Any]:
    source = finding.source
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "help": finding.help,
        "file": of.file,
        **_place(source, finding.diagnostic.span),
        "places": [
            {"label": other.label, **_place(source, other.span)}
            for other in finding.diagnostic.places()
        ],
    }


def _place(source: Source, span: Span) -> dict[str, int]:
    """Where it begins and, exclusively, ends; lines and columns are counted from 1."""
    return {
        "line": source.line(span.start),
        "column": source.column(span.start),
        "end_line": source.line(span.end),
        "end_column": source.column(span.end),
    }


def _github(reports: Sequence[Report]) -> str:
    """Workflow commands, shown as annotations of a pull request."""
    return "\n".join(_annotation(each, said) for each in reports for said in each.findings)


def _annotation(of: Report, finding: Finding) -> str:
    where = _place(finding.source, finding.diagnostic.span)
    properties = {
        "file": of.file,
        "line": where["line"],
        "endLine": where["end_line"],
        "col": where["column"],
        "endColumn": where["end_column"],
        "title": finding.code,
    }
    written = ",".join(
        f"{key}={_escaped(str(value)).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in properties.items()
    )
    return f"::{finding.severity} {written}::{_escaped(_in_full(finding))}"


def _in_full(finding: Finding) -> str:
    """Without the lines of the policy, which are shown beside it."""
    lines = [finding.message]
    for other in finding.diagnostic.places():
        lines.append(f"line {finding.source.line(other.span.start)}: {other.label}")
    return "\n".join([*lines, *_help(finding)])


def _help(finding: Finding) -> list[str]:
    return [f"help: {finding.help}"] if finding.help else []


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _sarif(reports: Sequence[Report]) -> str:
    codes = sorted({finding.code for each in reports for finding in each.findings})
    driver = {"name": "bylaw", "version": __version__, "rules": [{"id": code} for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(each, said, codes.index(said.code))
            for each in reports
            for said in each.findings
        ],
    }
    schema = (
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    )
    return _dumped({"$schema": schema, "version": "2.1.0", "runs": [run]})


def _result(of: Report, finding: Finding, rule: int) -> dict[str, Any]:
    related = enumerate(finding.diagnostic.places())
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": "\n".join([finding.message, *_help(finding)])},
        "locations": [_location(of, finding.source, finding.diagnostic.span)],
        "relatedLocations": [
            {
                "id": number,
                **_location(of, finding.source, other.span),
                "message": {"text": other.label},
            }
            for number, other in related
        ],
    }


def _location(of: Report, source: Source, span: Span) -> dict[str, Any]:
    where = _place(source, span)
    region = {
        "startLine": where["line"],
        "startColumn": where["column"],
        "endLine": where["end_line"],
        "endColumn": where["end_column"],
    }
    file = {"uri": _uri(of.file)}
    return {"physicalLocation": {"artifactLocation": file, "region": region}}


def _uri(file: str) -> str:
    """An absolute path as a file URI, any other as a relative reference."""
    from pathlib import Path
    from urllib.parse import quote

    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _junit(reports: Sequence[Report]) -> str:
    """One suite for a file: its check, and each of its examples."""
    from xml.etree import ElementTree

    suites = ElementTree.Element("testsuites", name="bylaw check")
    suites.extend([_suite(each) for each in reports])
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True)


def _suite(of: Report) -> "Element":
    from xml.etree.ElementTree import Element

    failed = {each.diagnostic.span.start: each for each in of.findings if _of_example(each)}
    cases = [_testcase(of.file, "check", [each for each in of.findings if not _of_example(each)])]
    for example in of.program.examples if of.program else ():
        finding = failed.get(example.span.start)
        cases.append(_testcase(of.file, example.title, [finding] if finding else []))
    failures = sum(len(case) for case in cases)
    suite = Element("testsuite", name=_printable(of.file), tests=str(len(cases)), errors="0")
    suite.set("failures", str(failures))
    suite.extend(cases)
    return suite


def _of_example(finding: Finding) -> bool:
    return isinstance(finding.diagnostic, FailedExample)


def _testcase(file: str, name: str, findings: Sequence[Finding]) -> "Element":
    from xml.etree.ElementTree import Element, SubElement

    from engine.diagnostics.render import render

    case = Element("testcase", classname=_printable(file), name=_printable(name))
    if findings:
        message = findings[0].message if len(findings) == 1 else counted(len(findings), "finding")
        failure = SubElement(case, "failure", message=_printable(message))
        failure.text = _printable("\n\n".join(render(finding, False) for finding in findings))
    return case


def _printable(text: str) -> str:
    """Without what XML cannot carry."""
    return "".join(each if each >= " " or each in "\n\t" else "\ufffd" for each in text)


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


_FORMATS: Mapping[str, Callable[[Sequence[Report]], str]] = {
    "json": _json,
    "github": _github,
    "sarif": _sarif,
    "junit": _junit,
}
