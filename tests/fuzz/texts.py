"""The texts of policies to mutants of them: a few changes, by the character, by the token or by the
declaration, at random but for the seed."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random

Change = Callable[[Random, str], str]
Mix = Callable[[Random, str, str], str]


class Texts:
    """What mutants are made of: mostly of policies that stand, now and then of texts that do not. A
    short one is drawn more often, for it is answered faster."""

    def __init__(self, sound: Sequence[str], other: Sequence[str]) -> None:
        self._groups = [
            (group, [1 / (len(text) + 400) for text in group]) for group in (sound, other)
        ]

    def draw(self, random: Random) -> str:
        texts, weights = random.choices(self._groups, (3, 1))[0]
        return random.choices(texts, weights)[0]


def mutant(random: Random, texts: Texts) -> str:
    text = texts.draw(random)
    if len(text) > _LONG:
        text = _thin(random, text)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        changes, mixes = _MILD if random.random() < _SHARE_OF_MILD else _HARSH
        place = random.randrange(len(changes) + len(mixes))
        if place < len(changes):
            text = changes[place](random, text)
        else:
            text = mixes[place - len(changes)](random, text, texts.draw(random))
    return text


_LONG = 4_000
_SHARE_OF_MILD = 0.75
_TOKEN = re.compile(
    r'(?P<text>"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*")|(?P<comment>#[^\n]*)|(?P<line>\n[ \t]*)'
    r"|(?P<blank>[ \t]+)|(?P<word>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<sign>[<>=!.+-]+|.)",
    re.DOTALL,
)
_DECLARATION = re.compile(r"^(?=[a-z])", re.MULTILINE)
_OPERATORS = (
    *(("<", "<=", ">", ">="), ("+", "-", "*", "/"), ("and", "or"), ("is", "in")),
    *(("any", "all", "count"), ("min", "max", "mean", "sum"), ("..", "..<")),
    *(("first", "unique", "collect", "sum", "strictest by action"), ("guard", "rule", "guardrail")),
    *(("optional", "sensitive", "default 1"), ("true", "false", "missing"), ("known", "missing")),
)
_ALIKE = {word: words for words in _OPERATORS for word in words}
_INTEGERS = ("0", "1", "2", "10", "100", "9007199254740993", "1" + "0" * 20, "1" + "0" * 5000, "00")
_DECIMALS = ("0.0", "0.5", "0.85", "0.1", "1.0", "0.0000000001", f"0.{0:0400}1", f"{1:1>400}.0")
_DURATIONS = ("24h", "7d", "90min", "0s", "1.5h", "0.0000001s", "999999999999d", "1" * 5000 + "d")
_FORMS = (
    (_INTEGERS, re.compile(r"\d+")),
    (_DECIMALS, re.compile(r"\d+\.\d*")),
    (_DURATIONS, re.compile(r"[\d.]+[a-z]+")),
    (("1.0.0", "0.0.0", "9" * 30 + ".0.1", "24h", "0.5", "1"), re.compile(".*")),
)
_NOISE = (
    *('"', '"""', "{", "}", "(", ")", "[", "]", "|", ":", ",", "#", "\\", "..", "->", "-", "\t"),
    *("\n", "\r\n", "\r", "\x00", "\x0b", "\x85", "\xa0", "\u200b", "\u202e", "\ufeff", "\u2028"),
    *("é", "e\u0301", "ß", "İ", "日本", "🙂", "\ud800", "\udc00", "ﬁ", "٣", "²", "ª", "“", "’"),
    *("{if ", "{for i in ", "{end}", "{matched}", "not ", "when ", "else ", "99999999999"),
)


@lru_cache(1024)
def _tokens(text: str) -> tuple[tuple[str, str], ...]:
    """Kind and text of each; together they are the text."""
    return tuple((str(each.lastgroup), each[0]) for each in _TOKEN.finditer(text))


@lru_cache(1024)
def _declarations(text: str) -> tuple[str, ...]:
    """Each with what follows it, up to the next; together they are the text."""
    return tuple(_DECLARATION.split(text))


def _places(text: str, *kinds: str) -> list[int]:
    return [place for place, (kind, _) in enumerate(_tokens(text)) if kind in kinds]


def _with(text: str, place: int, token: str) -> str:
    """The text with another token at the place."""
    pieces = [each for _, each in _tokens(text)]
    pieces[place] = token
    return "".join(pieces)


def _thin(random: Random, text: str) -> str:
    """The first lines, and some of the declarations."""
    head, rest = _declarations(text)[:3], _declarations(text)[3:]
    share = random.choice((0.1, 0.3, 0.9))
    return "".join((*head, *(each for each in rest if random.random() < share)))


# by the token


def _another_number(random: Random, text: str) -> str:
    places = _places(text, "number")
    if not places:
        return text
    place = random.choice(places)
    old = _tokens(text)[place][1]
    alike = next(forms for forms, form in _FORMS if form.fullmatch(old))
    return _with(text, place, random.choice([each for each in alike if each != old]))


def _another_operator(random: Random, text: str) -> str:
    tokens = _tokens(text)
    places = [place for place, (_, token) in enumerate(tokens) if token in _ALIKE]
    if not places:
        return text
    place = random.choice(places)
    old = tokens[place][1]
    return _with(text, place, random.choice([each for each in _ALIKE[old] if each != old]))


def _another_text(random: Random, text: str) -> str:
    places = _places(text, "text")
    inside = "".join(random.choices((*_NOISE, "fraud", "a b", "*"), k=random.randint(0, 3)))
    return _with(text, random.choice(places), f'"{inside}"') if places else text


def _another_of_its_kind(random: Random, text: str, other: str) -> str:
    places = _places(text, "text", "word", "number", "sign")
    if not places:
        return text
    place = random.choice(places)
    kind, old = _tokens(text)[place]
    near = _tokens(random.choice((text, other)))
    alike = [token for its, token in near if its == kind and token != old]
    return _with(text, place, random.choice(alike)) if alike else text


def _renamed(random: Random, text: str) -> str:
    """One word, everywhere."""
    words = [token for kind, token in _tokens(text) if kind == "word"]
    if not words:
        return text
    word, other = random.choice(words), random.choice((*words, "größe", "x" * 300, "text", "_"))
    return "".join(other if token == word else token for _, token in _tokens(text))


def _misspelt(random: Random, text: str) -> str:
    places = _places(text, "word")
    if not places:
        return text
    place = random.choice(places)
    word = list(_tokens(text)[place][1])
    spot = random.randrange(len(word))
    word[spot : spot + 1] = random.choice(("", word[spot] * 2, "x", word[spot].upper()))
    return _with(text, place, "".join(word))


def _token_gone(random: Random, text: str) -> str:
    places = _places(text, "text", "word", "number", "sign")
    return _with(text, random.choice(places), "") if places else text


def _token_twice(random: Random, text: str) -> str:
    places = _places(text, "text", "word", "number", "sign")
    if not places:
        return text
    place = random.choice(places)
    token = _tokens(text)[place][1]
    return _with(text, place, f"{token} {token}")


def _tokens_swapped(random: Random, text: str) -> str:
    places = _places(text, "text", "word", "number", "sign")
    if len(places) < 2:
        return text
    one = random.randrange(len(places) - 1)
    far = random.randrange(len(places))
    first, second = places[one], places[random.choice((one + 1, far))]
    pieces = [each for _, each in _tokens(text)]
    pieces[first], pieces[second] = pieces[second], pieces[first]
    return "".join(pieces)


def _spliced(random: Random, text: str, other: str) -> str:
    """A stretch of another text in the place of a stretch of this one."""
    mine = [each for _, each in _tokens(text)]
    its = [each for _, each in _tokens(other)]
    start, begin = random.randrange(len(mine) + 1), random.randrange(len(its) + 1)
    taken = its[begin : begin + random.randint(0, 30)]
    return "".join([*mine[:start], *taken, *mine[start + random.randint(0, 10) :]])


# by the character


def _characters_gone(random: Random, text: str) -> str:
    start = random.randrange(len(text) + 1)
    return text[:start] + text[start + random.choice((1, 1, 2, 5)) :]


def _noise(random: Random, text: str) -> str:
    start = random.randrange(len(text) + 1)
    return text[:start] + random.choice(_NOISE) + text[start + random.choice((0, 0, 1)) :]


def _character_swapped(random: Random, text: str) -> str:
    start = random.randrange(len(text) + 1)
    return text[:start] + text[start : start + 2][::-1] + text[start + 2 :]


def _cut_short(random: Random, text: str) -> str:
    return text[: random.randrange(len(text) + 1)]


# by the line and by the declaration


def _lines_cut(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    start = random.randrange(len(lines) + 1)
    return "".join((*lines[:start], *lines[start + random.choice((1, 1, 2, 4)) :]))


def _lines_twice(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    start = random.randrange(len(lines) + 1)
    end = start + random.choice((1, 1, 2, 4))
    return "".join((*lines[:end], *lines[start:]))


def _lines_swapped(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    start = random.randrange(len(lines) + 1)
    return "".join((*lines[:start], *reversed(lines[start : start + 2]), *lines[start + 2 :]))


def _declaration_gone(random: Random, text: str) -> str:
    parts = _declarations(text)
    start = random.randrange(len(parts) + 1)
    return "".join((*parts[:start], *parts[start + 1 :]))


def _declarations_moved(random: Random, text: str) -> str:
    head, rest = _declarations(text)[:3], list(_declarations(text)[3:])
    random.shuffle(rest)
    return "\n".join((*head, *rest))


def _declaration_of_another(random: Random, text: str, other: str) -> str:
    mine = _declarations(text)
    start = random.randrange(len(mine) + 1)
    taken = random.choice(_declarations(other))
    return "\n".join(("".join(mine[:start]), taken, "".join(mine[start:])))


def _blanks(random: Random, text: str) -> str:
    places = _places(text, "line", "blank")
    blank = random.choice((" ", "\t", "  # a remark\n", "\n\n", "\r\n", "        "))
    return _with(text, random.choice(places), blank) if places else text


_MILD: tuple[tuple[Change, ...], tuple[Mix, ...]] = (
    (
        *(_another_number, _another_number, _another_operator, _another_operator, _another_text),
        *(_renamed, _renamed, _misspelt, _declaration_gone, _declarations_moved, _lines_cut),
        *(_lines_twice, _lines_swapped, _blanks),
    ),
    (_another_of_its_kind, _declaration_of_another),
)
_HARSH: tuple[tuple[Change, ...], tuple[Mix, ...]] = (
    (
        *(_token_gone, _token_twice, _tokens_swapped, _characters_gone, _noise, _noise),
        *(_character_swapped, _cut_short, _misspelt),
    ),
    (_spliced, _another_of_its_kind),
)
