"""Text to words, alike for the policy's texts and the messages they are looked for in.

A text is folded (NFKC, case folding, NFKC); letters, marks and digits make words, every run of
anything else is one space, and so are both ends. Two readings of that sentence:

- A mark belongs to the letter or digit it stands on. A mark on anything else (the selector after an
  emoji, the accent that is left of ´ used as a quote) goes with the run, or `´fraud´` would not be
  the word fraud.
- In scripts that put no spaces between words, each letter with its marks is a word of its own, so
  that a phrase is found inside a longer run.
"""

import math
import re
from collections import Counter
from functools import lru_cache
from unicodedata import category, normalize


def normalise(text: str) -> str:
    """The words with one space between them and at both ends; a lone space where there are none."""
    return " ".join(("", *words(text), ""))


def words(text: str, *, stars: bool = False) -> tuple[str, ...]:
    """`stars` leaves the stars of a policy's author standing, as if they were marks."""
    folded = normalize("NFKC", normalize("NFKC", text).casefold())
    spaced = f" {folded}".translate(_AUTHORED if stars else _SPACED)
    if not spaced.isascii():
        spaced = _STRAY_MARKS.sub(" ", spaced)
        spaced = _ALONE_BEFORE_ANOTHER.sub(r"\g<0> ", spaced)
    return tuple(spaced.split())


def similarity(a: str, b: str) -> float:
    """The cosine of the word counts. No words are like no words (1) and like nothing else (0)."""
    left, left_square = _counted(a) if len(a) <= SHORT else _count(a)
    right, right_square = _counted(b) if len(b) <= SHORT else _count(b)
    if not left or not right:
        return float(not left and not right)
    shared = 0
    for word in left:
        if word in right:
            shared += left[word] * right[word]
    return min(1.0, shared / math.sqrt(left_square * right_square)) if shared else 0.0


SHORT = 500
"""Texts no longer than this are remembered, so many: callers choose them, and long ones would fill
the memory."""


def _count(text: str) -> tuple[dict[str, int], int]:
    """A text's words and the square of their length; one text is compared with many others."""
    counts = dict(Counter(words(text)))
    return counts, sum(count * count for count in counts.values())


_counted = lru_cache(maxsize=32_768)(_count)


# the ranges of Han, kana, and the scripts of line breaking class SA, without their digits
_UNSPACED = (
    "\u0e00-\u0e4f"  # Thai
    "\u0e80-\u0ecf\u0edc-\u0edf"  # Lao
    "\u1000-\u103f\u1050-\u108f\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7f"  # Myanmar
    "\u1780-\u17df"  # Khmer
    "\u1950-\u19cf\u1a20-\u1a7f\u1aa0-\u1aad\uaa80-\uaadf"  # Tai
    "\U00011700-\U0001172f\U00011740-\U00011746"  # Ahom
    "\u3005-\u3007\u3031-\u3035\u303b\u303c"  # ideographic iteration marks and zero
    "\u3041-\u30ff\u31f0-\u31ff\U0001aff0-\U0001b16f"  # Hiragana, Katakana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
# among letters, marks, digits, stars and spaces, `\w` is a letter or digit, `[^\w ]` a mark or star
_ALONE = re.compile(rf"[{_UNSPACED}](?<=\w)")
_ALONE_BEFORE_ANOTHER = re.compile(rf"[{_UNSPACED}](?<=\w)[^\w ]*(?=\w)")
_STRAY_MARKS = re.compile(r" [^\w *]+")


class _Spacing(dict[int, str]):
    """A table for `str.translate`, which fills itself with the characters it is asked for."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if category(char)[0] not in "LMN":
            char = " "
        elif _ALONE.match(char):
            char = f" {char}"
        self[code] = char
        return char


_SPACED = _Spacing()
_AUTHORED = _Spacing({ord("*"): "*"})
