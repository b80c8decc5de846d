"""An answer to `whynot` as text: what would be, and each thing that would have to be so for it."""

from collections.abc import Iterator

from engine.program.words import listed, sentence, words
from engine.verbs.wishing.models import Block, Way, WhyNot


def render(answer: WhyNot) -> str:
    return "\n".join(_lines(answer))


def _lines(answer: WhyNot) -> Iterator[str]:
    yield answer.text
    match answer.answer:
        case "already":
            return
        case "change":
            yield from _ways(answer)
        case "impossible":
            yield from (f"- {_blocked(each)}" for each in answer.blocked)
            if answer.stays:
                named = [f"{each.called} ({each.fact})" for each in answer.stays]
                yield ""
                yield sentence(f"this was to stay as it is: {listed(named)}")
        case "unknown":
            yield sentence(f"{answer.cause}")


def _ways(answer: WhyNot) -> Iterator[str]:
    for at, way in enumerate(answer.ways):
        if at:
            yield "or if"
        yield from (f"- {each}" for each in _changed(way))
    if answer.more:
        yield "There are more ways that are as small."
    if not answer.proved:
        yield ""
        yield "It was tried and is so; that no smaller change would do could not be shown."


def _changed(way: Way) -> Iterator[str]:
    yield from dict.fromkeys(each.text for each in way.changes)


def _blocked(block: Block) -> str:
    return block.text if block.rule is None else f"{block.text} ({words(block.rule)})"
