"""A finding as it is shown: the form, and what would spoil it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from engine.diagnostics.base import Diagnostic, Finding, Place
from engine.diagnostics.render import render
from engine.source import Source, Span


@dataclass(frozen=True, kw_only=True)
class WrongWord(Diagnostic):
    word: str
    also: Span | None = None

    def message(self) -> str:
        return f"`{self.word}` is wrong"

    def help(self) -> str | None:
        return f"write `{self.word.upper()}`"

    def places(self) -> Sequence[Place]:
        return (Place(self.also, "as it was here"),) if self.also else ()


def shown(text: str, word: str, also: str | None = None) -> list[str]:
    place = Span(text.index(word), text.index(word) + len(word))
    other = Span(text.index(also), text.index(also) + len(also)) if also else None
    finding = Finding(Source("a.bylaw", text), WrongWord(span=place, word=word, also=other))
    return render(finding).split("\n")


def test_the_form() -> None:
    assert shown("one\n  two three\n", "two", also="one") == [
        "error[wrong-word]: `two` is wrong",
        "  --> a.bylaw:2:3",
        "2 |   two three",
        "  |   ^^^",
        "  --> a.bylaw:1:1",
        "1 | one",
        "  | ^^^ as it was here",
        "  help: write `TWO`",
    ]


@pytest.mark.parametrize(
    ("line", "blanks", "carets"),
    [
        ("\tword", 4, 4),
        ("日本 word", 5, 4),
        ("e\N{COMBINING ACUTE ACCENT} word", 2, 4),
        ("  word\r", 2, 4),
    ],
)
def test_carets_stand_below_the_word(line: str, blanks: int, carets: int) -> None:
    assert shown(f"first\n{line}\nlast", "word")[3] == f"  | {' ' * blanks}{'^' * carets}"


def test_a_wide_word_has_wide_carets() -> None:
    assert shown("a 日本", "日本")[3] == "  |   ^^^^"


def test_a_long_line_is_cut_around_the_word() -> None:
    line = "x" * 500 + "word" + "y" * 500
    shown_line, carets = shown(line, "word")[2:4]
    assert len(shown_line) < 110
    assert shown_line[carets.index("^") : carets.rindex("^") + 1] == "word"
    assert (shown_line[4], shown_line[-1]) == ("…", "…")


def test_a_word_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    finding = Finding(Source("a.bylaw", "a b\nc d"), WrongWord(span=Span(2, 5), word="b"))
    assert render(finding).split("\n")[3] == "  |   ^"


@pytest.mark.parametrize("character", ["\x1b", "\x00", "\u202e", "\ud800"])
def test_nothing_that_garbles_a_terminal_is_shown(character: str) -> None:
    assert character not in render(
        Finding(
            Source(f"{character}.bylaw", f"a {character} word"),
            WrongWord(span=Span(0, 1), word=character),
        )
    )


def test_without_its_colours_it_is_the_same() -> None:
    finding = Finding(Source("a.bylaw", "word"), WrongWord(span=Span(0, 4), word="word"))
    plain, coloured = render(finding), render(finding, colour=True)
    for code in ("\033[0m", "\033[1m", "\033[36m", "\033[1;31m"):
        coloured = coloured.replace(code, "")
    assert coloured == plain
