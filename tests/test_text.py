"""Law 8, the words: normalising, similarity, and the phrases of a policy."""

import re
import sys
from unicodedata import category, name, normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.language.phrases import Phrase, Unreadable, Word, parse_phrase
from engine.language.text import normalise, similarity, words

UNSPACED = (
    "CJK ", "HIRAGANA ", "KATAKANA", "HENTAIGANA ", "IDEOGRAPHIC ", "MASU ",
    "VERTICAL KANA ", "VERTICAL IDEOGRAPHIC ",
    "THAI ", "LAO ", "KHMER ", "MYANMAR ", "TAI ", "NEW TAI ", "AHOM ",
)  # fmt: skip

texts = st.text() | st.text("aéßΣя詐カーกิ้\u0301\ufe0f\u200d ´-_*1٣😡İ")


@given(texts)
@example("´fraud´ ❤️ e\u0301 \u0301 กิ้ง詐x欺2カード")
def test_law_8_letters_marks_and_digits_make_words(text: str) -> None:
    assert normalise(text) == normalised_by_hand(text)


def normalised_by_hand(text: str) -> str:
    found = [""]
    for char in normalize("NFKC", normalize("NFKC", text).casefold()):
        kind = category(char)[0]
        if kind == "M" and found[-1]:
            found[-1] += char
        elif kind not in "LN":
            found.append("")
        elif is_unspaced(char) or is_unspaced(found[-1][:1]):
            found.append(char)
        else:
            found[-1] += char
    return " ".join(["", *filter(None, found), ""])


def is_unspaced(char: str) -> bool:
    return char == "〇" or (char.isalpha() and name(char, "").startswith(UNSPACED))


def test_law_8_every_letter_of_a_script_without_spaces_is_a_word() -> None:
    letters = [char for char in map(chr, range(sys.maxunicode)) if category(char)[0] in "LN"]
    stable = [char for char in letters if normalise(char) == f" {char} "]
    glued = [word[1] for word in words(" ".join(f"x{char}x" for char in stable)) if len(word) == 3]
    assert glued == [char for char in stable if not is_unspaced(char)]


@given(st.text(st.characters(codec="ascii")))
def test_law_8_ascii_text_is_lower_letters_and_digits(text: str) -> None:
    assert normalise(text) == re.sub("[^a-z0-9]+", " ", f" {text.lower()} ")


@given(texts)
def test_law_8_composed_and_decomposed_text_is_the_same(text: str) -> None:
    assert normalise(normalize("NFC", text)) == normalise(normalize("NFD", text))


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("", " "),
        ("--", " "),
        ("Hello,\n\tWORLD!\0", " hello world "),
        ("snake_case", " snake case "),
        ("STRASSE Straße", " strasse strasse "),
        ("ΟΔΟΣ οδός", " οδοσ οδόσ "),
        ("ＦＲＡＵＤ", " fraud "),
        ("ﬁne", " fine "),
        ("İstanbul", " i\u0307stanbul "),
        ("ısırgan", " ısırgan "),
        ("cafe\u0301", " café "),
        ("\u0301card", " card "),
        ("´fraud´", " fraud "),
        ("stolen ❤️ card", " stolen card "),
        ("👩\u200d💻 1\ufe0f\u20e3", " 1\ufe0f\u20e3 "),
        ("fr\u200daud", " fr aud "),
        ("½ Ⅳ ٣", " 1 2 iv ٣ "),
        ("हिन्दी में", " हिन्दी में "),
        ("한국어는", " 한국어는 "),
        ("ｶﾞｽ代500円", " ガ ス 代 500 円 "),
        ("น้ำท่วม๒๓", " น\u0e49\u0e4d า ท่ ว ม ๒๓ "),
        ("half \ud800 a pair", " half a pair "),
    ],
)
def test_law_8_normalised_texts(text: str, normalised: str) -> None:
    assert normalise(text) == normalised


@given(texts, texts)
def test_law_8_similarity_is_symmetric_and_a_share(a: str, b: str) -> None:
    assert similarity(a, b) == similarity(b, a)
    assert 0 <= similarity(a, b) <= 1


@given(st.text("abcd", min_size=1), st.integers(1, 4), st.data())
def test_law_8_similarity_sees_neither_order_nor_length(
    bag: str, times: int, data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(bag * times))
    assert similarity(" ".join(bag), "-".join(mixed)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("a", "b", "cosine"),
    [
        ("", "", 1),
        ("?!", "", 1),
        ("tea", "", 0),
        ("tea", "coffee", 0),
        ("Cold tea", "tea, COLD", 1),
        ("cold tea", "cold coffee", 0.5),
        ("a a a b", "a", 3 / 10**0.5),
        ("very very cold tea", "cold tea", 2 / 12**0.5),
    ],
)
def test_law_8_similarity_is_the_cosine_of_word_counts(a: str, b: str, cosine: float) -> None:
    assert similarity(a, b) == pytest.approx(cosine, abs=1e-15)


@given(st.lists(st.tuples(texts.filter(words), st.booleans()), min_size=1))
def test_law_8_a_phrase_is_normalised_as_a_text_is(parts: list[tuple[str, bool]]) -> None:
    said = " ".join(text.replace("*", "-") + "*" * star for text, star in parts)
    phrase = parse_phrase(said)
    if isinstance(phrase, Phrase):
        assert phrase.said == said
        assert tuple(word.text for word in phrase.words) == words(said)
    else:
        assert phrase is Unreadable.STAR_ALONE


@pytest.mark.parametrize(
    ("said", "phrase"),
    [
        ("Stolen  card", (Word("stolen"), Word("card"))),
        ("harass*", (Word("harass", stem=True),)),
        ("threat* to-sue", (Word("threat", stem=True), Word("to"), Word("sue"))),
        ("(unauthori*)", (Word("unauthori", stem=True),)),
        ("STRAß＊", (Word("strass", stem=True),)),
        ("詐欺", (Word("詐"), Word("欺"))),
    ],
)
def test_law_8_phrases(said: str, phrase: tuple[Word, ...]) -> None:
    assert parse_phrase(said) == Phrase(phrase, said)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", Unreadable.EMPTY),
        (" -- ", Unreadable.EMPTY),
        ("*", Unreadable.STAR_ALONE),
        ("stolen *", Unreadable.STAR_ALONE),
        ("harass**", Unreadable.STAR_ALONE),
        ("har*ass", Unreadable.STAR_INSIDE),
        ("*card", Unreadable.STAR_INSIDE),
    ],
)
def test_law_8_unreadable_phrases(said: str, why: Unreadable) -> None:
    assert parse_phrase(said) is why
