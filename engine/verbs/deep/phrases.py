"""The phrases of a trigger to those that are found wherever another phrase of it is found already.

Exceptions are left alone: what each of them covers is blanked, so that a longer one does more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.diagnostics.deep import ImpliedPhrase, Named
from engine.language.phrases import NEAR, Phrase, Word, parse_phrase
from engine.program import nodes as program
from engine.source import Span
from engine.syntax import nodes as syntax
from engine.syntax.parse import parse


@dataclass(frozen=True)
class _Said:
    """A phrase, and where it stands."""

    phrase: Phrase
    span: Span


@dataclass(frozen=True)
class _Group:
    """Each of the one side near each of the other."""

    sides: tuple[tuple[_Said, ...], tuple[_Said, ...]]
    within: int


def implied_phrases(policy: program.Program) -> Iterator[ImpliedPhrase]:
    tree = parse(policy.source).tree if policy.triggers else None
    for each in () if tree is None else tree.declarations:
        if isinstance(each, syntax.Trigger):
            yield from _implied(each)


def _implied(trigger: syntax.Trigger) -> Iterator[ImpliedPhrase]:
    alone, groups = _read(trigger)
    for said, by in _alone(alone):
        yield _finding(trigger, said, by)
    for group in groups:
        for said, by in _near(group, alone, groups):
            yield _finding(trigger, said, by)


def _finding(trigger: syntax.Trigger, said: _Said, by: _Said) -> ImpliedPhrase:
    return ImpliedPhrase(
        span=said.span,
        subject=(trigger.name.text,),
        trigger=trigger.name.text,
        said=said.phrase.said,
        by=Named(by.phrase.said, by.span),
    )


def _read(trigger: syntax.Trigger) -> tuple[list[_Said], list[_Group]]:
    alone: list[_Said] = []
    groups: list[_Group] = []
    for node in trigger.patterns:
        within = NEAR if node.within is None else node.within
        match node:
            case syntax.Pattern(text=text, near=None):
                alone += _said([(text, node.span)])
            case syntax.Pattern(text=text, near=str() as near):
                sides = tuple(_said([(text, node.span)])), tuple(_said([(near, node.span)]))
                groups.append(_Group(sides, within))
            case syntax.AnyNear(left=left, right=right):
                sides = (
                    tuple(_said([(each.text, each.span) for each in left])),
                    tuple(_said([(each.text, each.span) for each in right])),
                )
                groups.append(_Group(sides, within))
            case _:
                pass
    return alone, groups


def _said(texts: Sequence[tuple[str, Span]]) -> Iterator[_Said]:
    for text, span in texts:
        phrase = parse_phrase(text)
        if isinstance(phrase, Phrase):
            yield _Said(phrase, span)


def _alone(said: Sequence[_Said]) -> Iterator[tuple[_Said, _Said]]:
    for place, each in enumerate(said):
        for at, other in enumerate(said):
            twice = _holds(other, each) and _holds(each, other)
            if at != place and _holds(other, each) and (not twice or at < place):
                yield each, other
                break


def _near(
    group: _Group, alone: Sequence[_Said], groups: Sequence[_Group]
) -> Iterator[tuple[_Said, _Said]]:
    """The words of a group all of whose pairs are found without them."""
    for side, beside in (group.sides, group.sides[::-1]):
        spare = [each for each in beside if _by_one(each, alone) is None]
        for each in side:
            by = _by_one(each, alone)
            if by is None:
                wider = list(_wider(each, side, group, groups))
                by = _by_all(spare, wider) if spare and wider else None
            if by is not None:
                yield each, by


def _by_one(said: _Said, alone: Sequence[_Said]) -> _Said | None:
    return next((one for one in alone if _holds(one, said)), None)


def _wider(
    said: _Said, side: Sequence[_Said], group: _Group, groups: Sequence[_Group]
) -> Iterator[tuple[_Said, Sequence[_Said]]]:
    """Those that find the word wherever it stands, each with what it is looked for beside."""
    for other in groups:
        if other.within < group.within:
            continue
        for words, beside in (other.sides, other.sides[::-1]):
            for one in words:
                fits = one is not said and _fits(one.phrase.words, said.phrase.words)
                twice = fits and _fits(said.phrase.words, one.phrase.words)
                if fits and (not twice or (one.span.start < said.span.start and words is side)):
                    yield one, beside


def _by_all(spare: Sequence[_Said], wider: Sequence[tuple[_Said, Sequence[_Said]]]) -> _Said | None:
    """What finds the word beside each of those."""
    by: _Said | None = None
    for each in spare:
        found = next(
            (
                one
                for one, beside in wider
                if any(_fits(there.phrase.words, each.phrase.words) for there in beside)
            ),
            None,
        )
        if found is None:
            return None
        by = by or found
    return by


def _holds(wanted: _Said, found: _Said) -> bool:
    """Whether the one stands wherever the other does."""
    one, other = wanted.phrase.words, found.phrase.words
    return any(_fits(one, other[at : at + len(one)]) for at in range(len(other) - len(one) + 1))


def _fits(wanted: Sequence[Word], found: Sequence[Word]) -> bool:
    return len(wanted) == len(found) and all(
        each.text.startswith(word.text) if word.stem else not each.stem and each.text == word.text
        for word, each in zip(wanted, found, strict=True)
    )
