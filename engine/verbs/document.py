"""A program to a Markdown page that a lead can review without knowing the language."""

from collections.abc import Iterator

from engine.program.nodes import Program
from engine.program.words import listed, words
from engine.verbs.pages.decisions import decision, definitions
from engine.verbs.pages.facts import choices, facts, lists, numbers, tables, triggers
from engine.verbs.pages.lifecycles import lifecycle
from engine.verbs.pages.markdown import code, heading, paragraph, plain
from engine.verbs.pages.markdown import table as markdown_table
from engine.verbs.pages.promises import examples, guarantees, waivers


def document(program: Program) -> str:
    """Answers first: what is decided, then what its words mean, then promises and examples."""
    return "\n".join(_lines(program)).rstrip("\n") + "\n"


def _lines(program: Program) -> Iterator[str]:
    yield from _opening(program)
    for each in program.decisions.values():
        yield from decision(program, each)
    for lived in program.lifecycles.values():
        yield from lifecycle(lived)
    yield from definitions(program)
    yield from numbers(program)
    yield from lists(program)
    yield from triggers(program)
    yield from tables(program)
    yield from facts(program)
    yield from choices(program)
    yield from guarantees(program)
    yield from waivers(program)
    yield from examples(program)
    yield from _version(program)


def _opening(program: Program) -> Iterator[str]:
    yield from heading(1, plain(program.title or words(program.name)))
    told = [f"{code(program.name)} version **{program.version}**"]
    if program.owner:
        told.append(f"owned by {plain(program.owner)}")
    if program.governs:
        told.append(f"governs {plain(listed(words(each) for each in program.governs))}")
    yield from paragraph(", ".join(told) + ".")
    if program.origin:
        yield from paragraph(f"Source: {plain(program.origin)}")


def _version(program: Program) -> Iterator[str]:
    yield from heading(2, "Which version this is")
    yield from markdown_table(
        ("", ""),
        (
            ("Policy", f"{code(program.name)} {program.version}"),
            ("Language", f"bylaw {program.language}"),
            ("Content hash", code(program.content_hash)),
            ("Meaning hash", code(program.meaning_hash)),
        ),
    )
