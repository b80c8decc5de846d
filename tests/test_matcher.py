"""Law 8, triggers: the matcher agrees with a plain reading of the words, in one pass."""

import random
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from engine.backends.python.matcher import FAR, Matcher
from engine.language.mentions import reader
from engine.language.phrases import Near, Pattern, Phrase, Trigger, parse_phrase
from engine.language.text import words


def phrase(said: str) -> Phrase:
    found = parse_phrase(said)
    assert isinstance(found, Phrase)
    return found


def near(left: str, right: str, within: int = 5) -> Near:
    return Near(phrase(left), phrase(right), within)


def trigger(*patterns: str | Pattern, unless: Sequence[str | Pattern] = ()) -> Trigger:
    read = [
        [phrase(each) if isinstance(each, str) else each for each in side]
        for side in (patterns, unless)
    ]
    return Trigger("trigger", tuple(read[0]), tuple(read[1]))


def mentions(text: str, *patterns: str | Pattern, unless: Sequence[str | Pattern] = ()) -> bool:
    return bool(Matcher([trigger(*patterns, unless=unless)]).match(text))


def matches_by_hand(triggers: Sequence[Trigger], text: str) -> list[tuple[str, ...]]:
    """For each trigger the policy's words that are mentioned."""
    return [said_by_hand(each, words(text)) for each in triggers]


def said_by_hand(each: Trigger, read: Sequence[str]) -> tuple[str, ...]:
    blanked = {
        place for pattern in each.exceptions for found in places(pattern, read) for place in found
    }
    mentioned = [
        pattern.said
        for pattern in each.patterns
        if any(found.isdisjoint(blanked) for found in places(pattern, read))
    ]
    return tuple(dict.fromkeys(mentioned))


def places(pattern: Pattern, read: Sequence[str]) -> Iterator[frozenset[int]]:
    """The places of the words of every occurrence."""
    if isinstance(pattern, Near):
        for one, other in product(places(pattern.left, read), places(pattern.right, read)):
            if (
                1 <= min(other) - max(one) <= pattern.within
                or 1 <= min(one) - max(other) <= pattern.within
            ):
                yield one | other
        return
    for start in range(len(read) - len(pattern.words) + 1):
        if all(word.fits(read[start + at]) for at, word in enumerate(pattern.words)):
            yield frozenset(range(start, start + len(pattern.words)))


SCRIPTS = {
    "ascii": ("a b ab abc card stolen 1 A1", " - _ * . \n ' \0 --"),
    "latin": ("straße STRASSE été e\u0301te\u0301 ete ﬁ fi İ i ı", " ’ – \u00a0 ´ - \u2003"),
    "cyrillic": ("суд СУД судом иск И\u0306ск", " « » - \u2009"),
    "greek": ("οδός ΟΔΟΣ οδοσ ά", " · ; ' "),
    "arabic": ("شكوى شَكوى محامي ٣", " ، ؟ ـ \u200c"),
    "hindi": ("धोखा धोख का क्\u200dष", " । - \u200d"),
    "korean": ("사기 사기꾼 변호사는", " . \u3000 -"),
    "japanese": ("詐欺 詐 欺 カード ｶｰﾄﾞ が カ abc", " 。 、 ・ x"),
    "thai": ("โกง กง โก บัตร 5 น้ำ", " ๆ 😡 \u200b 1"),
    "emoji": ("card 1\ufe0f\u20e3 ①", " 😡 ❤\ufe0f 👩\u200d💻 \u0301"),
}


@st.composite
def matters(draw: st.DrawFn, script: str) -> tuple[list[Trigger], str]:
    vocabulary, gaps = (each.split(" ") for each in SCRIPTS[script])
    word = st.sampled_from(vocabulary)
    starred = st.builds(lambda word, star: word + "*" * star, word, st.booleans())
    spoken = st.lists(starred, min_size=1, max_size=3).map(" ".join).map(parse_phrase)
    phrases = spoken.filter(lambda found: isinstance(found, Phrase))
    patterns = st.one_of(
        phrases, phrases, st.builds(Near, phrases, phrases, st.integers(1, FAR + 4))
    )
    some = st.lists(patterns, max_size=3).map(tuple)
    triggers = draw(st.lists(st.builds(Trigger, st.just("trigger"), some, some), max_size=4))
    parts = st.one_of(word, word, st.sampled_from([*gaps, "", "x"]))
    text = st.lists(parts, max_size=20).map(draw(st.sampled_from([" ", " ", "-", ""])).join)
    return triggers, draw(text)


@pytest.mark.parametrize("script", SCRIPTS)
@given(st.data())
def test_law_8_the_matcher_finds_what_reading_the_words_finds(
    script: str, data: st.DataObject
) -> None:
    triggers, text = data.draw(matters(script))
    matcher, by_hand = Matcher(triggers), matches_by_hand(triggers, text)
    mentioned = matcher.match(text)
    assert mentioned == sum(1 << place for place, said in enumerate(by_hand) if said)
    assert [matcher.said(text, 1 << place) for place in range(len(triggers))] == by_hand
    assert set(matcher.said(text, mentioned)) == {word for said in by_hand for word in said}


@given(st.text(st.characters(codec="ascii")), st.text("aAbB1 -_\n"))
def test_law_8_ascii_text_means_what_its_normalised_words_mean(text: str, other: str) -> None:
    triggers = [trigger("a"), trigger("b*"), trigger("a b"), trigger("1", unless=["a 1"])]
    for each in (text, other):
        beyond = f"{each} é"  # goes through the normaliser
        assert Matcher(triggers).match(each) == Matcher(triggers).match(beyond)


@pytest.mark.parametrize(
    ("said", "text", "mentioned"),
    [
        ("sue", "I will SUE you", True),
        ("sue", "I pursue the same issue with tissue", False),
        ("sue", "sue", True),
        ("sue", "sue_you", True),
        ("sue", "sue's", True),
        ("sue", "sues", False),
        ("sue", "sue1", False),
        ("stolen card", "my stolen,\n card", True),
        ("stolen card", "STOLEN_CARD", True),
        ("stolen card", "stolen cards", False),
        ("stolen card", "stolen credit card", False),
        ("stolen card", "unstolen card", False),
        ("stolen card", "card stolen", False),
        ("harass*", "harassment!", True),
        ("harass*", "harass", True),
        ("harass*", "nonharassing", False),
        ("threat* you", "threatening you", True),
        ("threat* you", "threat to you", False),
        ("straße", "STRASSE", True),
        ("STRASSE", "straße", True),
        ("fraud", "ＦＲＡＵＤ", True),
        ("fraud", "it’s “fraud”…", True),
        ("fraud", "´fraud´", True),
        ("fraud", "fraud😡", True),
        ("fraud", "fraud\u0301", False),
        ("fraud", "fraudé", False),
        ("fraud", "éfraud", False),
        ("stolen card", "stolen ❤️ card", True),
        ("stolen card", "stolen\u200bcard", True),
        ("istanbul", "İSTANBUL", False),
        ("İstanbul", "İSTANBUL", True),
        ("ısı", "ISI", False),
        ("café", "cafe\u0301", True),
        ("cafe", "café", False),
        ("caf*", "CAFÉ", True),
        ("суд", "Суд!", True),
        ("суд", "судья", False),
        ("суд*", "СУДЬЯ", True),
        ("詐欺", "これは詐欺です", True),
        ("詐欺", "詐 欺", True),
        ("カード", "盗難ｶｰﾄﾞ", True),
        ("โกง", "ฉันถูกโกงเงิน", True),
        ("กง", "กิง", False),
        ("5 บาท", "15บาท", False),
        ("5 บาท", "ราคา5บาท", True),
        ("사기", "사기꾼", False),
        ("사기*", "사기꾼", True),
        ("شكوى", "«شكوى»", True),
        ("half", "half \ud800", True),
    ],
)
def test_law_8_whole_words_phrases_and_stems_in_every_script(
    said: str, text: str, mentioned: bool
) -> None:
    assert mentions(text, said) is mentioned


@pytest.mark.parametrize(
    ("pattern", "text", "mentioned"),
    [
        (near("reply", "reopen"), "reply reopen", True),
        (near("reply", "reopen"), "To reopen your ticket, reply to this", True),
        (near("reply", "reopen"), "reply 1 2 3 4 reopen", True),
        (near("reply", "reopen"), "reply 1 2 3 4 5 reopen", False),
        (near("reply", "reopen"), "reply reply 1 2 3 4 reopen", True),
        (near("reply", "reopen"), "replyreopen reply", False),
        (near("a", "b", 1), "b, a", True),
        (near("a", "b", 1), "a 1 b", False),
        (near("stolen goods", "my card", 2), "my card and stolen goods", True),
        (near("stolen goods", "my card", 2), "my card and other stolen goods", False),
        (near("steal*", "card*", 2), "stealing my cards", True),
        (near("a b", "b c"), "a b c", False),
        (near("a b", "b c"), "a b b c", True),
        (near("a", "a"), "a", False),
        (near("a", "a"), "a a", True),
        (near("a", "b", 30), "a" + " x" * 29 + " b", True),
        (near("a", "b", 30), "a" + " x" * 30 + " b", False),
        (near("a", "b", 2000), "b" + " x" * 1999 + " a", True),
        (near("詐", "金", 3), "金が無い詐", False),
        (near("詐", "金", 4), "金が無い詐", True),
    ],
)
def test_law_8_near_counts_word_positions_in_either_order(
    pattern: Near, text: str, mentioned: bool
) -> None:
    assert mentions(text, pattern) is mentioned


@pytest.mark.parametrize("within", range(1, FAR + 3))
def test_law_8_near_means_the_same_at_every_distance(within: int) -> None:
    between = "x " * (within - 1)
    assert mentions(f"a {between}b", near("a", "b", within))
    assert not mentions(f"a {between}x b", near("a", "b", within))


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("please verify my identity", False),
        ("PLEASE VERIFY-MY-IDENTITY", False),
        ("verify my identity, my identity was taken", True),
        ("my identity, verify my identity", True),
        ("verify my own identity", True),
        ("verify my identity verify my identity", False),
        ("vérify: verify my identity", False),
        ("é identity verify my identity", True),
    ],
)
def test_law_8_except_blanks_its_own_occurrences_only(text: str, mentioned: bool) -> None:
    assert mentions(text, "identity", unless=["verify my identity"]) is mentioned


def test_law_8_nothing_is_adjacent_across_what_except_blanks() -> None:
    assert not mentions("stolen gift card", "stolen card", unless=["gift"])
    assert not mentions("stolen gift gift card", near("stolen", "card", 2), unless=["gift"])
    assert mentions("stolen gift card", near("stolen", "card", 2), unless=["gift"])


def test_law_8_overlapping_exceptions_are_all_blanked() -> None:
    assert not mentions("a b a b a", "a", unless=["a b a"])
    assert not mentions("a b c", "c", unless=["a b", "b c"])


def test_law_8_an_exception_near_another_word_leaves_what_is_between() -> None:
    unless = [near("verify", "identity")]
    assert not mentions("verify my identity", "identity", unless=unless)
    assert mentions("verify my stolen identity", "identity", "stolen", unless=unless)


def test_law_8_an_exception_holds_for_its_own_trigger() -> None:
    matcher = Matcher([trigger("identity", unless=["my identity"]), trigger("identity")])
    assert matcher.match("my identity") == 0b10


def test_law_8_what_was_mentioned_is_said_in_the_policys_words_and_order() -> None:
    matcher = Matcher(
        [
            trigger("Fraud", "stolen card", "harass*", near("reply", "re-open"), "stolen"),
            trigger("stolen", "lawyer", "identity", unless=["my identity"]),
            trigger("dispute"),
        ]
    )
    text = "HARASSING! Re open it or reply. Stolen   CARD, my identity: fraud"
    assert matcher.match(text) == 0b011
    assert matcher.said(text, 0b011) == (
        "Fraud", "stolen card", "harass*", "reply … re-open", "stolen",
    )  # fmt: skip
    assert matcher.said(text, 0b110) == ("stolen",)
    assert matcher.said(text, 0) == ()


def test_law_8_no_triggers_mention_nothing() -> None:
    assert Matcher([]).match("fraud") == 0
    assert Matcher([trigger(), trigger("fraud")]).match("fraud") == 0b10


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long the text of each pass was."""
    seen: list[int] = []
    scan = re2.Set.Match

    def counted(union: re2.Set, text: bytes) -> list[int] | None:
        seen.append(len(text))
        found: list[int] | None = scan(union, text)
        return found

    monkeypatch.setattr(re2.Set, "Match", counted)
    return seen


def test_law_8_all_triggers_of_a_policy_take_one_pass(passes: list[int]) -> None:
    matcher = Matcher([trigger(f"w{n}", f"w{n} x", unless=["z"]) for n in range(100)])
    assert matcher.match("w1 and w99, but not W1 z") == 1 << 1 | 1 << 99
    assert matcher.match("é w7") == 1 << 7
    assert passes == [24, len(" é w7 ".encode())]


def test_law_8_a_long_hostile_text_takes_one_pass(passes: list[int]) -> None:
    triggers = [trigger("a a b", near("a", "b")), trigger("a* x", unless=["a a a a"])]
    text = "a " * 500_000
    assert Matcher(triggers).match(text + "x b") == 0b1
    assert passes == [1_000_003]


class Counted(list[str]):
    """Words that count how often they are looked at."""

    looks = 0

    def __getitem__(self, at: Any) -> Any:
        self.looks += 1
        return super().__getitem__(at)

    def __iter__(self) -> Iterator[str]:
        self.looks += len(self)
        return super().__iter__()


def test_law_8_reading_word_by_word_takes_linear_time() -> None:
    read = reader(trigger("a a a b", near("a", "a b", 10_000), unless=["a b", near("a", "c")]))
    looks = []
    for size in (1_000, 2_000, 4_000):
        words = Counted(["a"] * size)
        assert read(words) == ()
        looks.append(words.looks)
    assert looks[0] < 20_000
    assert looks[2] - looks[1] == 2 * (looks[1] - looks[0])


def test_law_8_three_thousand_keywords_are_all_found(passes: list[int]) -> None:
    dice = random.Random(8)
    keywords = sorted(
        {"".join(dice.choices("etaoinshrdlu", k=dice.randint(5, 10))) for _ in range(3_100)}
    )
    assert len(keywords) > 3_000
    matcher = Matcher([trigger(*keywords[place::30]) for place in range(30)])
    for place, keyword in enumerate(keywords):
        assert matcher.match(f"{keyword[:-1]}. {keyword.upper()}-{keyword}s") >> place % 30 & 1
    hostile = " ".join(keyword[: dice.randint(1, 4)] for _ in range(30) for keyword in keywords)
    assert matcher.match(hostile) == 0
    assert matcher.match(hostile + " " + keywords[7]) == 1 << 7
    assert matcher.said(keywords[7], 1 << 7) == (keywords[7],)
    assert len(passes) == len(keywords) + 2
