"""Text to tree: what is read, where it stands, and what is refused before it could do harm."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from engine.source import Source
from engine.syntax import nodes as syntax
from engine.syntax.parse import parse

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests/corpus/tree"
HEADER = "bylaw 1\n\npolicy example 1.0.0\n\n"


@pytest.mark.parametrize("case", sorted(FOLDER.glob("*.bylaw")), ids=lambda case: case.stem)
def test_what_is_read(case: Path, golden: Callable[[Path, str, str], None]) -> None:
    source = Source(case.name, case.read_text(encoding="utf-8"))
    golden(case, "\n".join(dump(tree(source), source)) + "\n", "tree")


def tree(source: Source) -> syntax.File:
    parsed = parse(source)
    assert parsed.findings == ()
    assert parsed.tree is not None
    return parsed.tree


def dump(node: object, source: Source, label: str = "", depth: int = 0) -> Iterator[str]:
    """A line for each value; a node's shows its place and how the text there begins and ends."""
    indent = "  " * depth + label
    match node:
        case syntax.Node(span=span):
            text = source.text[span.start : span.end].replace("\n", "⏎")
            shown = text if len(text) < 40 else f"{text[:20]}…{text[-15:]}"
            place = f"{source.line(span.start)}:{source.column(span.start)}"
            yield f"{indent}{type(node).__name__} {place} ‹{shown}›"
            for field in fields(node):
                if field.name not in ("span", "written", "sign"):
                    yield from dump(getattr(node, field.name), source, f"{field.name}: ", depth + 1)
        case tuple():
            yield f"{indent}{len(node)}"
            for item in node:
                yield from dump(item, source, "", depth + 1)
        case _:
            yield f"{indent}{node!r}"


def define(expression: str) -> syntax.Expression:
    (declaration,) = tree(Source("x", f"{HEADER}define x = {expression}\n")).declarations
    assert isinstance(declaration, syntax.Define)
    return declaration.value


def text(written: str) -> str | None:
    value = define(written)
    assert isinstance(value, syntax.Text)
    return value.plain


def codes(written: str) -> list[str]:
    return [finding.code for finding in parse(Source("x", written)).findings]


@pytest.mark.parametrize(
    ("written", "microseconds"),
    [
        ("1.5h", 5_400_000_000),
        ("0.000001s", 1),
        ("7d", 604_800_000_000),
        ("0.1min", 6_000_000),
    ],
)
def test_a_duration_is_exact(written: str, microseconds: int) -> None:
    value = define(written)
    assert isinstance(value, syntax.Duration)
    assert (value.microseconds, value.written) == (microseconds, written)


@pytest.mark.parametrize(
    ("written", "microseconds"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T01:00+01:00", 0),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("2025-12-29T10:30:00.5Z", 1_767_004_200_500_000),
        ("2025-12-29T10:30:00.5000000Z", 1_767_004_200_500_000),
    ],
)
def test_an_instant_is_exact(written: str, microseconds: int) -> None:
    value = define(written)
    assert isinstance(value, syntax.Instant)
    assert (value.microseconds, value.written) == (microseconds, written)


def test_a_number_keeps_its_kind_and_its_spelling() -> None:
    whole, broken, below = (define(written) for written in ("5", "5.00", "-7"))
    assert isinstance(whole, syntax.Number)
    assert isinstance(broken, syntax.Number)
    assert isinstance(below, syntax.Number)
    assert (type(whole.value), type(broken.value), broken.written) == (int, float, "5.00")
    assert (below.value, below.written) == (-7, "-7")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"a {{b}} \\" \\\\ \\n \\t"', 'a {b} " \\ \n \t'),
        ('"""one line"""', "one line"),
        ('"""\n  a\n    b\n  c\n  """', "a\n  b\nc"),
        ('"""\n  a\n\n  b"""', "a\n\nb"),
        ('"""\n\n  a\n\n  """', "\na\n"),
        ('"""\n"""', ""),
        ('"""  \n    a\n  """', "a"),
        ('"""a\n  b\n"""', "a\n  b\n"),
        ('"""\n  say \\"""\n  """', 'say """'),
        ('"""\n  a \\n b\n  """', "a \n b"),
    ],
)
def test_a_text_says_what_is_meant(written: str, meant: str) -> None:
    assert text(written) == meant
    assert text(written.replace("\n", "\r\n")) == meant


def test_what_stands_in_a_text_has_its_place_in_the_file() -> None:
    source = Source(
        "x", f'{HEADER}define x = """\n  {{for i in items}}{{i.name: 0}}{{end}}\n  """\n'
    )
    names = [node for node in nodes(tree(source)) if isinstance(node, syntax.Name)]
    assert [source.text[name.span.start : name.span.end] for name in names] == [
        name.text for name in names
    ]


def nodes(node: object) -> Iterator[syntax.Node]:
    if isinstance(node, syntax.Node):
        yield node
        for field in fields(node):
            yield from nodes(getattr(node, field.name))
    elif isinstance(node, tuple):
        for item in node:
            yield from nodes(item)


def test_comments_are_kept_with_their_place() -> None:
    source = Source("x", f"# first\n{HEADER}enum A: b # beside\n  # alone\n# last")
    comments = tree(source).comments
    assert [(comment.text, comment.own_line) for comment in comments] == [
        ("# first", True),
        ("# beside", False),
        ("# alone", True),
        ("# last", True),
    ]
    assert source.text[comments[1].span.start :].startswith("# beside")


@pytest.mark.parametrize(
    "mark", ["\ufeff", "\n\n", "# a comment\n", "\t"], ids=["bom", "lines", "comment", "tab"]
)
def test_what_may_stand_before_the_first_line(mark: str) -> None:
    assert tree(Source("x", mark + HEADER)).header.name.text == "example"


@pytest.mark.parametrize("blank", ["\t", "\r\n  ", "\N{NO-BREAK SPACE}", "\n# between\n"])
def test_any_blank_separates(blank: str) -> None:
    assert tree(Source("x", f"{HEADER}enum A: b, c")) == tree(
        Source("x", f"{HEADER}enum{blank}A:{blank}b,{blank}c")
    )


@pytest.mark.parametrize(
    "field", ["code", "enum", "first", "list", "rule", "state", "table", "text", "to", "unknown"]
)
def test_a_word_is_a_keyword_only_where_it_can_stand(field: str) -> None:
    source = Source(
        "x",
        f"{HEADER}record Ticket\n  first: text\n  {field}_: text\n  {field}: text default {field}\n"
        f"decision d(t: Ticket): Ticket\n"
        f"  rule r when t.{field} is {field} then {field}: {field}\n",
    )
    assert [type(each) for each in tree(source).declarations] == [
        syntax.RecordType,
        syntax.Decision,
    ]


@pytest.mark.parametrize(
    "bomb",
    [
        "(" * 100_000,
        "(" * 100_000 + "1" + ")" * 100_000,
        "[" * 100_000,
        "{ a: " * 100_000,
        "f(" * 100_000,
        "not " * 100_000 + "a",
        "- " * 100_000 + "1",
        "1 + " * 100_000 + "1",
        "a" + ".b" * 100_000,
        "a" + " else b" * 100_000,
        "any a in b where " * 100_000 + "c",
        '"' + "{for a in b}" * 10_000 + "{end}" * 10_000 + '"',
        '"' + "{if a}" * 10_000 + "{end}" * 10_000 + '"',
    ],
    ids=lambda bomb: bomb[:8],
)
def test_a_nesting_bomb_is_refused(bomb: str) -> None:
    assert codes(f"{HEADER}define x = {bomb}\n") == ["too-many-levels"]


def test_chains_are_not_nested() -> None:
    value = define(" and ".join(["a"] * 5000))
    assert isinstance(value, syntax.Chain)
    assert len(value.operands) == 5000


@pytest.mark.parametrize("character", ["\0", "\x1b", "\ud800", "\u202e", "\u200b"])
@pytest.mark.parametrize("place", ["define x = a{}b", 'define x = "a{}b"', "# a{}b"])
def test_what_cannot_be_seen_is_refused(character: str, place: str) -> None:
    assert codes(HEADER + place.format(character)) == ["unseen-character"]


@pytest.mark.parametrize("mistake", ["enum A: b c\n", "enum A: b;\n", "@\n", 'define x = "{"\n'])
def test_no_more_is_told_than_can_be_read(mistake: str) -> None:
    said = codes(HEADER + mistake * 1000)
    assert len(said) <= 21
    assert len(said) < 3 or said[-1] == "too-many-mistakes"


def test_tables_that_cannot_be_kept_are_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.syntax.grammar import grammar

    known = grammar()
    grammar.cache_clear()
    (tmp_path / "a file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a file"))
    assert grammar().rules == known.rules


def test_kept_tables_that_are_damaged_are_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.syntax.grammar import grammar

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    grammar.cache_clear()
    known = grammar()
    (kept,) = (tmp_path / "bylaw").iterdir()
    kept.write_text(kept.read_text(encoding="utf-8")[:1000], encoding="utf-8")
    grammar.cache_clear()
    assert grammar().rules == known.rules
    assert kept.stat().st_size > 1000


def test_no_pattern_is_one_that_an_early_python_reads_wrongly() -> None:
    """A possessive group matches less than it should before Python 3.11.5."""
    for path in (*ROOT.rglob("engine/**/*.py"), *ROOT.rglob("engine/**/*.lark")):
        assert ")*+" not in path.read_text(encoding="utf-8"), path
