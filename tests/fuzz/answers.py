"""Mutants to how they were answered: by findings, or by decisions. Anything that is raised is a
crash, told with the number by which the mutant is made again."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from random import Random
from traceback import format_exc
from typing import Literal

from engine import Program, Source, check, decide, document, explain, render, tidy
from engine.diagnostics import syntax
from engine.diagnostics.base import Diagnostic
from engine.language.values import FIRST_INSTANT, LAST_INSTANT, parse_instant
from tests.fuzz import cases, texts
from tests.fuzz.samples import Sample, files, samples_beside, samples_of

_INSTANTS = (None, 0, FIRST_INSTANT, LAST_INSTANT, parse_instant("2026-01-15T14:32:00Z"))
_AUDIENCES: tuple[Literal["agent", "audit", "codes"], ...] = ("agent", "audit", "codes")
_MOST_DECIDED = 6
_MOST_LINES = 12


@dataclass
class Answers:
    """How many were read, were a policy, and decided a case that was not refused."""

    texts: int = 0
    parsed: int = 0
    checked: int = 0
    decided: int = 0
    cases: int = 0
    cases_decided: int = 0
    said: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(
            self.texts + other.texts,
            self.parsed + other.parsed,
            self.checked + other.checked,
            self.decided + other.decided,
            self.cases + other.cases,
            self.cases_decided + other.cases_decided,
            self.said + other.said,
            self.crashes + other.crashes,
        )


def answers(numbers: Iterable[int]) -> Answers:
    """Every second mutant is one of a text, the others are of cases."""
    found = Answers()
    for number in numbers:
        random = Random(number)
        if number % 2:
            _answer_text(number, random, found)
        else:
            _answer_case(number, random, found)
    return found


def _answer_text(number: int, random: Random, found: Answers) -> None:
    found.texts += 1
    text = texts.mutant(random, _texts())
    try:
        made = _read(random, Source(f"mutant-{number}", text), found)
        if made is not None:
            found.checked += 1
            found.decided += _decide(random, made)
    except Exception:
        found.crashes.append(f"text {number}: {_trace()}\n{text!r}")


def _read(random: Random, source: Source, found: Answers) -> Program | None:
    checked = check(source)
    parsed = not any(isinstance(each.diagnostic, _MISREADINGS) for each in checked.findings)
    found.parsed += parsed
    for finding in checked.findings:
        found.said[finding.code] += 1
        assert render(finding)
    assert checked.findings or checked.program is not None
    if random.random() < _SHARE_TIDIED:
        assert (tidy(source).text is not None) == parsed
    return checked.program


_MISREADINGS = tuple(
    kind
    for kind in vars(syntax).values()
    if isinstance(kind, type) and issubclass(kind, Diagnostic) and kind is not Diagnostic
)
_SHARE_TIDIED = 0.1


def _decide(random: Random, made: Program) -> bool:
    """Whether any of the cases, as they are and changed, was decided and not refused."""
    assert document(made)
    plain = list(samples_of(made))
    if not plain:
        return False
    taken = random.sample(plain, min(len(plain), _MOST_DECIDED))
    changed = [Sample(each.of, cases.mutant(random, each.case), each.now) for each in taken]
    found = [_basis(made, each) for each in (*taken, *changed)]
    if random.random() < _SHARE_EXPLAINED:
        told = random.choice(changed)
        assert explain(made, told.case, told.of, told.now, random.choice(_AUDIENCES))
    return any(basis != "refused" for basis in found)


_SHARE_EXPLAINED = 0.25


def _answer_case(number: int, random: Random, found: Answers) -> None:
    found.cases += 1
    made, known = random.choice(_policies())
    each = random.choice(known)
    now = random.choice((each.now, each.now, *_INSTANTS))
    sample = Sample(each.of, cases.mutant(random, each.case), now)
    try:
        found.cases_decided += _basis(made, sample) != "refused"
    except Exception:
        found.crashes.append(f"case {number} of {sample.of}: {_trace()}")


def _basis(made: Program, sample: Sample) -> str:
    """The decision can be written as JSON."""
    decision = decide(made, sample.case, sample.of, sample.now)
    json.dumps(decision.record(), allow_nan=False)
    assert (decision.basis == "refused") == bool(decision.faults)
    return decision.basis


def _trace() -> str:
    """The last lines of what was raised."""
    return "\n".join(format_exc().splitlines()[-_MOST_LINES:])


@cache
def _texts() -> texts.Texts:
    sound, other = list[str](), list[str]()
    for source in files():
        if source.text:
            (sound if check(source).program else other).append(source.text)
    return texts.Texts(sound, other)


@cache
def _policies() -> tuple[tuple[Program, list[Sample]], ...]:
    """Every policy that stands, with its examples and the cases beside it."""
    found = []
    for source in files():
        made = check(source).program
        known = [*samples_of(made), *samples_beside(source, made)] if made else []
        if made and known:
            found.append((made, known))
    return tuple(found)
