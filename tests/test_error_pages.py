"""The pages of docs/errors: each class of complaint has one, and what it shows is so."""

import re
from collections.abc import Iterator
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import pytest

from engine import diagnostics
from engine.diagnostics import lifecycles, names, outcomes, presence, syntax, tables, types
from engine.diagnostics.base import Diagnostic, Finding
from engine.source import Source
from engine.syntax.parse import parse
from engine.verbs.check import check

FOLDER = Path(__file__).parents[1] / "docs" / "errors"
HEADER = "bylaw 1\n\npolicy example 1.0.0\n\n"
NOT_SHOWN = {"file-too-long", "table-too-large"}  # too long for a page


def codes_of(*modules: ModuleType) -> list[str]:
    kinds = {kind for module in modules for kind in vars(module).values() if isinstance(kind, type)}
    said = (kind for kind in kinds if issubclass(kind, Diagnostic) and not isabstract(kind))
    return sorted(kind.code() for kind in said)


FORM = codes_of(syntax)
MEANING = codes_of(names, types, presence, outcomes, tables, lifecycles)
CODES = FORM + MEANING


def findings(code: str, text: str) -> list[Finding]:
    """What is said of a text's form, or of what is wrong with its meaning."""
    source = Source("example.bylaw", text)
    if code in FORM:
        return list(parse(source).findings)
    return [finding for finding in check(source).findings if finding.severity == "error"]


def blocks(code: str, heading: str) -> Iterator[str]:
    """The policies shown under a heading; what is no whole file gets a first line and a header."""
    page = (FOLDER / f"{code}.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert section, f"{code}.md has no section {heading}"
    for block in re.findall(r"^```bylaw\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL):
        is_whole = re.match(r"(?:#[^\n]*\n|\s)*(?:bylaw|policy|\Z)", block)
        yield block if is_whole else HEADER + block


def complaints() -> set[type[Diagnostic]]:
    """Everything that the engine can say, wherever it is declared."""
    for module in iter_modules(diagnostics.__path__):
        import_module(f"{diagnostics.__name__}.{module.name}")
    kinds: list[type[Diagnostic]] = Diagnostic.__subclasses__()
    found = set[type[Diagnostic]]()
    while kinds:
        kinds += (kind := kinds.pop()).__subclasses__()
        if kind.__module__.startswith("engine.") and not isabstract(kind):
            found.add(kind)
    return found


def test_everything_that_can_be_said_has_a_code_and_a_page_of_its_own() -> None:
    codes = [kind.code() for kind in complaints()]
    assert len(codes) == len(set(codes))
    assert [code for code in codes if not (FOLDER / f"{code}.md").exists()] == []


@pytest.mark.parametrize("code", CODES)
def test_a_page_begins_with_its_code_and_says_what_it_means(code: str) -> None:
    title, blank, meaning, *_ = (FOLDER / f"{code}.md").read_text(encoding="utf-8").splitlines()
    assert (title, blank) == (f"# {code}", "")
    assert meaning.endswith(".")


@pytest.mark.parametrize("code", sorted(set(CODES) - NOT_SHOWN))
def test_the_wrong_example_is_answered_with_this_code_alone(code: str) -> None:
    (wrong,) = blocks(code, "Wrong")
    said = [finding.code for finding in findings(code, wrong)]
    if code == "too-many-mistakes":
        assert said[-1] == code
    else:
        assert said == [code]


@pytest.mark.parametrize("code", sorted(set(CODES) - NOT_SHOWN))
def test_the_right_example_is_read_without_a_word(code: str) -> None:
    (right,) = blocks(code, "Right")
    assert findings(code, right) == []


def test_a_file_too_long_is_not_read() -> None:
    (finding,) = findings("file-too-long", HEADER + "# nobody reads this far\n" * 200_000)
    assert finding.code == "file-too-long"
